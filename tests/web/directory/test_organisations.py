"""« Clients », « Comptes », « Connexions ».

All forms and their refusals.
"""

from collections.abc import Callable

import pytest
from sqlalchemy import func, select
from tests.cast import ETXEA, Cast, new_service
from tests.openings import open_incident
from tests.web.browsing import Browser, Page
from tests.web.desk.test_queue import link_called, numbers_on
from tests.web.directory.filling import fill, followed, rows

from izarlink_tickets import outbox
from izarlink_tickets.application import Portal
from izarlink_tickets.application.accounts import Contact
from izarlink_tickets.directory import organisation_by_name, organisations
from izarlink_tickets.web.directory import accounts


def id_of(portal: Portal, name: str) -> str:
    with portal.database.query() as connection:
        return organisation_by_name(connection, name=name).id


def link(page: Page, relation: str) -> str:
    """Return the address of the page's link."""
    return next(element.get("href", "") for element in page.tree.iter("a") if element.get("rel") == relation)


def test_a_new_customer_from_nothing_to_an_invited_account(portal: Portal, root: Browser):
    places = [(element.text, element.get("aria-current")) for element in root.get("/bureau/comptes").tree.iter("a")]
    assert ("Annuaire", "page") in places
    client = followed(root, fill(root, root.get("/bureau/clients/nouveau"), "", name="Fromagerie Ossau"))
    assert (client.heading, "Aucun compte" in client.words) == ("Fromagerie Ossau", True)

    here = f"?client={id_of(portal, 'Fromagerie Ossau')}"
    form = root.get(f"/bureau/connexions/nouvelle{here}")
    assert form.value("organisation") == "Fromagerie Ossau"
    line = {"reference": "ftto-00500", "organisation": "fromagerie ossau", "label": "Fibre de la cave"}
    client = followed(root, fill(root, form, "", **line))
    assert "FTTO-00500" in rows(client)

    form = root.get(f"/bureau/comptes/nouveau{here}")
    maddi = {"name": "Maddi Ossau", "email": "maddi@ossau.example", "role": "company"}
    account = followed(root, fill(root, form, "", organisation=form.value("organisation") or "", **maddi))
    assert account.announcements == ["Le compte est créé. Ses identifiants partent par mail à maddi@ossau.example."]
    assert "Renvoyer les identifiants" in account.words
    with portal.database.query() as connection:
        waiting = outbox.list_messages(connection, outbox.outbox.c.status == "waiting")
    assert [letter.kind for letter in waiting] == [outbox.MailKind.CREDENTIALS]


def test_a_double_click_makes_one_customer(portal: Portal, root: Browser):
    form = root.get("/bureau/clients/nouveau")

    answers = [fill(root, form, "", name="Fromagerie Ossau") for _ in range(2)]

    assert answers[0].location == answers[1].location
    with portal.database.query() as connection:
        assert connection.execute(select(func.count()).select_from(organisations)).scalar_one() == 3


CLIENT, ACCOUNT, SERVICE = "/bureau/clients/nouveau", "/bureau/comptes/nouveau", "/bureau/connexions/nouvelle"
WHOLE = {
    CLIENT: {"name": "Fromagerie Ossau"},
    ACCOUNT: {"name": "Émile Harispe", "email": "emile@ossau.example", "role": "customer", "organisation": ETXEA},
    SERVICE: {"reference": "FTTO-1", "label": "Fibre", "organisation": ETXEA},
}
KINDS = ("clients", "comptes", "connexions")
NO_SUCH_CLIENT = "Aucun client ne porte ce nom. Créez-le d’abord, ou indiquez un client existant."


WRONG = [
    (CLIENT, {"name": " "}, "name", "Saisissez un nom."),
    (CLIENT, {"name": "GARAGE MENDI"}, "name", "Un autre client porte déjà ce nom."),
    (ACCOUNT, {"organisation": ""}, "organisation", "Choisissez le client de cette personne."),
    (ACCOUNT, {"role": "support"}, "organisation", "Une personne d’IzarLink n’a pas de client."),
    (ACCOUNT, {"role": ""}, "role", "Choisissez un rôle."),
    (ACCOUNT, {"email": "ALICE@etxea.example"}, "email", "Un autre compte a déjà cette adresse mail."),
    (ACCOUNT, {"organisation": "Nadie"}, "organisation", NO_SUCH_CLIENT),
    (SERVICE, {"reference": "FTTO 1"}, "reference", "Saisissez une référence, par exemple FTTO-00417."),
    (SERVICE, {"reference": "ftto-00417"}, "reference", "Un autre service porte déjà cette référence."),
    (SERVICE, {"label": ""}, "label", "Saisissez un libellé."),
]


def test_an_invalid_record_is_refused_at_its_field_and_stores_nothing(root: Browser, stored: Callable[[], int]):
    before, forms = stored(), {path: root.get(path) for path in WHOLE}

    answers = [fill(root, forms[path], "", **(WHOLE[path] | wrong)) for path, wrong, _, _ in WRONG]

    errors = [(page.status, page.error_at(field)) for page, (_, _, field, _) in zip(answers, WRONG, strict=True)]
    assert errors == [(422, sentence) for _, _, _, sentence in WRONG]
    assert stored() == before


def test_what_was_typed_comes_back(root: Browser):
    typed = WHOLE[ACCOUNT] | {"email": "ALICE@etxea.example"}

    page = fill(root, root.get(ACCOUNT), "", **typed)

    assert page.title.startswith("Erreur : ")
    assert {name: page.value(name) for name in ("name", "email", "organisation")} == {
        name: typed[name] for name in ("name", "email", "organisation")
    }


def test_the_lists_are_searched_without_accents_or_case_and_paged_by_key(portal: Portal, cast: Cast, root: Browser):
    for number in range(1, 56):
        portal.directory.create_organisation(cast.context("root"), name=f"Élevage {number:02}")

    first = root.get("/bureau/clients?q=eleVAGE")
    second = root.get(link(first, "next"))
    back = root.get(link(second, "prev"))

    assert (rows(first)[0], rows(first)[-1], len(rows(first))) == ("Élevage 01", "Élevage 50", 50)
    assert rows(second) == [f"Élevage {number}" for number in range(51, 56)]
    assert rows(back) == rows(first)
    assert "Élevage" not in str(second.response.request.query_string)
    assert rows(root.get("/bureau/comptes?q=ETXEA&role=company")) == ["Bob Etcheverry"]
    assert rows(root.get("/bureau/comptes?q=iriart+sam")) == ["Sam Iriart"]
    assert rows(root.get("/bureau/connexions?q=atelier")) == ["FTTH-00981"]
    assert "Aucun compte ne correspond" in root.get("/bureau/comptes?q=%25").words
    assert len(rows(root.get("/bureau/clients?apres=nobody&etat=actif"))) == 50


def test_the_second_of_two_administrators_sees_the_change_and_keeps_their_text(
    portal: Portal, cast: Cast, root: Browser
):
    path = f"/bureau/comptes/{cast['alice'].id}"
    form = root.get(path)
    moved = Contact("Alice Etcheverry", "alice@etxea.example", "06 00 00 00 00")
    portal.accounts.correct_contact(cast.context("system"), email="alice@etxea.example", contact=moved)

    typed = {"name": "Alice Harispe", "email": "alice@etxea.example", "phone": "05 59 00 00 01"}
    refused = fill(root, form, f"{path}/coordonnees", **typed)

    assert refused.status == 409
    assert "Téléphone : « 05 59 00 00 01 » → « 06 00 00 00 00 »" in refused.words
    assert [refused.value(name) for name in ("name", "phone")] == ["Alice Harispe", "06 00 00 00 00"]
    again = {**typed, "phone": refused.value("phone") or ""}
    saved = followed(root, fill(root, refused, f"{path}/coordonnees", **again))
    assert saved.heading == "Alice Harispe"


def test_a_deactivated_account_is_signed_out_and_its_tickets_are_counted(
    portal: Portal, cast: Cast, root: Browser, sam: Browser
):
    number = open_incident(portal, cast)
    portal.tickets.assign(cast.context("sam"), number=number, assignee_id=cast["sam"].id)
    path = f"/bureau/comptes/{cast['sam'].id}"
    page = root.get(path)
    assert "1 ticket ouvert lui reste affecté" in page.words

    closed = followed(root, fill(root, page, f"{path}/desactiver"))

    assert closed.announcements == ["Le compte est désactivé et ses sessions sont fermées."]
    assert "1 ticket ouvert est encore affecté à ce compte désactivé." in closed.words
    assert sam.get("/bureau").location == "/connexion?next=/bureau"
    opened = followed(root, fill(root, closed, f"{path}/reactiver"))
    assert "Réinitialiser le mot de passe" in opened.words
    assert "Compte réactivé, par Root Iriart" in opened.words
    assert "Compte créé, via la ligne de commande" in opened.words


def test_counted_tickets_are_those_that_their_link_leads_to(portal: Portal, cast: Cast, root: Browser):
    cancelled, number = open_incident(portal, cast), open_incident(portal, cast)
    portal.tickets.cancel(cast.context("alice"), number=cancelled)
    portal.tickets.assign(cast.context("sam"), number=number, assignee_id=cast["sam"].id)
    pages = [root.get(f"/bureau/clients/{id_of(portal, ETXEA)}"), root.get(f"/bureau/comptes/{cast['sam'].id}")]

    listed = [numbers_on(root.get(link_called("1", page))) for page in pages]

    assert listed == [[number], [number]]


def test_a_customer_who_leaves_and_comes_back(portal: Portal, cast: Cast, root: Browser, alice: Browser):
    path = f"/bureau/clients/{id_of(portal, ETXEA)}"

    left = followed(root, fill(root, root.get(path), f"{path}/desactiver"))

    assert "Créer un compte" not in left.words
    assert alice.get("/tickets").status == 302
    back = followed(root, fill(root, left, f"{path}/reactiver"))
    assert "Le client est réactivé. Réactivez les comptes qui doivent l’être." in back.announcements


def test_a_role_is_changed_with_its_rules(cast: Cast, root: Browser):
    path = f"/bureau/comptes/{cast['carol'].id}"

    refused = fill(root, root.get(path), f"{path}/role", role="support", organisation=ETXEA)
    changed = followed(root, fill(root, refused, f"{path}/role", role="support", organisation=""))

    assert refused.error_at("role-organisation") == "Une personne d’IzarLink n’a pas de client."
    assert "Le rôle est changé." in changed.announcements[0]
    assert "Client" not in [element.text for element in changed.tree.iter("dt")]


def test_the_last_administrator_stays_active(cast: Cast, root: Browser):
    path = f"/bureau/comptes/{cast['root'].id}"
    page = root.get(path)

    demoted = fill(root, page, f"{path}/role", role="support", organisation="")
    closed = root.send(f"{path}/desactiver", {"command_id": "x"})

    assert "Désactiver le compte" not in page.words
    assert (demoted.status, closed.status) == (409, 409)
    assert demoted.errors == ["C’est le dernier administrateur actif : nommez-en un autre avant."]
    assert closed.errors == ["Vous ne pouvez pas désactiver votre propre compte."]


def test_new_accounts_are_invited_again_and_others_get_a_reset(portal: Portal, cast: Cast, root: Browser):
    alice = f"/bureau/comptes/{cast['alice'].id}"

    reset = followed(root, fill(root, root.get(alice), f"{alice}/mot-de-passe"))
    invited = followed(root, fill(root, reset, f"{alice}/inviter"))

    assert invited.announcements == ["De nouveaux identifiants partent par mail."]
    with portal.database.query() as connection:
        waiting = outbox.list_messages(connection, outbox.outbox.c.status == "waiting")
    assert {letter.kind for letter in waiting} == {outbox.MailKind.CREDENTIALS, outbox.MailKind.PASSWORD_RENEWED}


def test_a_service_is_changed_and_closed(portal: Portal, cast: Cast, root: Browser, alice: Browser):
    line = new_service(portal, cast.clock(), reference="SDSL-00112", organisation_name=ETXEA, label="Boutique")
    path = f"/bureau/connexions/{line.id}"

    changed = followed(root, fill(root, root.get(path), f"{path}/modifier", label="Boutique", site="Bayonne", offer=""))
    closed = followed(root, fill(root, changed, f"{path}/desactiver"))

    assert changed.value("site") == "Bayonne"
    assert "SDSL-00112" not in alice.get("/tickets/nouveau").words
    reopened = followed(root, fill(root, closed, f"{path}/reactiver"))
    assert reopened.announcements == ["Le service est de nouveau proposé."]
    same = fill(root, reopened, f"{path}/modifier", label="Boutique", site="Bayonne", offer="")
    assert same.errors == ["Rien ne change : modifiez au moins une valeur."]


def test_names_that_look_like_markup_stay_names(portal: Portal, cast: Cast, root: Browser):
    portal.directory.create_organisation(cast.context("root"), name="<script>alert(1)</script> & « fils »")

    page = root.get("/bureau/clients")

    assert "<script>alert(1)</script> & « fils »" in rows(page)


def test_all_errors_of_a_new_record_are_shown_together(root: Browser):
    account = fill(root, root.get("/bureau/comptes/nouveau"), "", phone="abc")
    line = fill(root, root.get("/bureau/connexions/nouvelle"), "", reference="?")

    assert [bool(account.error_at(name)) for name in ("name", "email", "phone")] == [True] * 3
    assert [bool(line.error_at(name)) for name in ("reference", "organisation", "label")] == [True] * 3


def test_with_too_many_customers_similar_names_are_suggested(root: Browser, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(accounts, "MAX_NAMES", 1)
    form = root.get("/bureau/connexions/nouvelle")

    refused = fill(root, form, "", reference="FTTO-1", organisation="mendi", label="Fibre")

    assert form.tree.find(".//datalist") is None
    assert [element.get("value") for element in refused.tree.findall(".//datalist/option")] == ["Garage Mendi"]
