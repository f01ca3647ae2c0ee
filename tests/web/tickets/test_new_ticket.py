"""« Créer un ticket »: what the form says, what is recorded, and what each odd value gets for an answer."""

from collections.abc import Callable
from uuid import uuid4

import pytest
from tests.cast import Cast
from tests.web.browsing import Browser, Page, text_of
from tests.web.tickets.filling import typed
from werkzeug.datastructures import MultiDict

from izarlink_tickets.application import Portal
from izarlink_tickets.directory import close_service
from izarlink_tickets.domain.vocabulary import Person
from izarlink_tickets.projections.history_queries import one_entry
from izarlink_tickets.projections.ticket_queries import TicketRow, find_ticket

UNKNOWN = "Choix inconnu. Choisissez une des valeurs proposées."


def ticket(portal: Portal, viewer: Person, number: int = 1) -> TicketRow:
    with portal.database.query() as connection:
        found = find_ticket(connection, viewer, number=number)
    assert found is not None
    return found


def description(portal: Portal, viewer: Person) -> str | None:
    with portal.database.query() as connection:
        return one_entry(connection, viewer, number=1, entry=1).entries[0].words


def labels(page: Page) -> list[str]:
    inside = [text_of(one) for one in page.tree.iter() if one.tag in {"label", "legend"}]
    return list(dict.fromkeys(inside))


# --- the form ---------------------------------------------------------------------------------------------------------


def test_the_form_asks_what_the_guide_says_in_its_words(alice: Browser):
    page = alice.get("/tickets/nouveau")

    assert page.heading == "Créer un ticket"
    assert labels(page) == [
        "Type de demande",
        "Incident",
        "Demande",
        "Service IzarLink concerné",
        "Catégorie",
        "Coupure totale",
        "Lenteur",
        "Perte de Paquets",
        "Débit",
        "Urgence",
        "Haute",
        "Moyenne",
        "Technique",
        "Facturation",
        "Information",
        "Modification",
        "Titre",
        "Description",
        "Fichier (facultatif)",
    ]
    assert "5 fichiers au plus, 2 Mo chacun" in page.words


def test_no_type_is_chosen_and_the_urgency_is_preset(alice: Browser):
    page = alice.get("/tickets/nouveau")

    chosen = [one.get("value") for one in page.tree.iter("input") if one.get("checked") is not None]
    assert chosen == ["3"]


def test_the_only_service_is_preselected(alice: Browser, cast: Cast):
    page = alice.get("/tickets/nouveau")

    options = [(text_of(one), one.get("selected")) for one in page.field("service").iter("option")]
    assert options == [("FTTO-00417 – Fibre du fournil", ""), ("Autre / je ne sais pas", None)]


def test_with_two_services_one_has_to_be_chosen(portal: Portal, alice: Browser):
    portal.people.create_service(reference="SDSL-00112", organisation_name="Boulangerie Etxea", label="Boutique")

    page = alice.get("/tickets/nouveau")

    options = [text_of(one) for one in page.field("service").iter("option")]
    assert options == [
        "Choisissez un service",
        "FTTO-00417 – Fibre du fournil",
        "SDSL-00112 – Boutique",
        "Autre / je ne sais pas",
    ]


# --- what is recorded -------------------------------------------------------------------------------------------------


def test_an_incident_is_recorded_and_shown(alice: Browser, portal: Portal, cast: Cast):
    answer = alice.send("/tickets/nouveau", typed(service=cast.fibre.id))

    recorded = ticket(portal, cast["alice"].person)
    assert (answer.status, answer.location) == (303, "/tickets/1")
    assert alice.get("/tickets/1").announcements == ["Votre ticket n° 1 est enregistré."]
    assert (recorded.title, recorded.ticket_type, recorded.category) == ("Débit à 2 Mbit/s", "INCIDENT", "DEBIT")
    assert (recorded.urgency, recorded.service_id) == (4, cast.fibre.id)


def test_a_request_is_recorded_without_urgency(alice: Browser, portal: Portal, cast: Cast):
    alice.send("/tickets/nouveau", typed(ticket_type="DEMANDE", category="FACTURATION", urgency=None))

    assert ticket(portal, cast["alice"].person).urgency is None


def test_a_browser_without_javascript_may_send_the_hidden_preset_along(alice: Browser, portal: Portal, cast: Cast):
    answer = alice.send("/tickets/nouveau", typed(ticket_type="DEMANDE", category="TECHNIQUE", urgency="3"))

    assert answer.status == 303
    assert ticket(portal, cast["alice"].person).urgency is None


def test_the_same_form_sent_twice_gets_the_same_answer(alice: Browser, stored: Callable[[], int]):
    form = typed()
    first = alice.send("/tickets/nouveau", form)
    after_one = stored()

    second = alice.send("/tickets/nouveau", form)

    assert (second.status, second.location) == (303, first.location)
    assert stored() == after_one


def test_an_edited_form_sent_again_comes_back_with_its_text(alice: Browser, stored: Callable[[], int]):
    command_id = str(uuid4())
    alice.send("/tickets/nouveau", typed(command_id=command_id))
    after_one = stored()

    again = alice.send("/tickets/nouveau", typed(command_id=command_id, title="Autre chose"))

    assert again.status == 409
    assert "Ce formulaire a déjà été envoyé (ticket n° 1)" in again.errors[0].replace("\u00a0", " ")
    assert again.value("title") == "Autre chose"
    assert stored() == after_one
    renewed = again.value("command_id")
    assert alice.send("/tickets/nouveau", typed(command_id=renewed, title="Autre chose")).location == "/tickets/2"


def test_fields_that_the_form_does_not_have_change_nothing(alice: Browser, portal: Portal, cast: Cast):
    foreign = {"role": "administrator", "requester_id": cast["charlie"].id, "state": "CLOTURE", "priority": "5"}

    alice.send("/tickets/nouveau", {**typed(), **foreign, "opened_at": "1970-01-01", "organisation_id": "x"})

    recorded = ticket(portal, cast["alice"].person)
    assert (recorded.requester_id, recorded.state, recorded.priority) == (cast["alice"].id, "NOUVEAU", 4)


def test_a_related_ticket_is_named_on_the_form_and_recorded(
    alice: Browser, portal: Portal, cast: Cast, new_ticket: int
):
    page = alice.get(f"/tickets/nouveau?lie={new_ticket}")
    answer = alice.send("/tickets/nouveau", typed(related_to=page.value("related_to")))

    assert f"Ce ticket sera lié au ticket n° {new_ticket}." in page.words
    assert answer.location == "/tickets/2"
    assert ticket(portal, cast["alice"].person, 2).related_to == new_ticket


@pytest.mark.parametrize("number", ["1", "999", "0", "-1", "٣", "9" * 30, "x"])
def test_a_ticket_that_is_not_seen_relates_to_nothing(
    charlie: Browser, portal: Portal, cast: Cast, new_ticket: int, number: str
):
    page = charlie.get(f"/tickets/nouveau?lie={number}")
    answer = charlie.send("/tickets/nouveau", typed(related_to=number))

    assert "sera lié" not in page.words
    assert answer.location == "/tickets/2"
    assert ticket(portal, cast["charlie"].person, 2).related_to is None


# --- what is refused --------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("changes", "field", "sentence"),
    [
        ({"ticket_type": None}, "ticket_type", "Choisissez un type de demande."),
        ({"ticket_type": ""}, "ticket_type", "Choisissez un type de demande."),
        ({"ticket_type": "Autre"}, "ticket_type", UNKNOWN),
        ({"service": None}, "service", "Choisissez le service concerné."),
        ({"service": ""}, "service", "Choisissez le service concerné."),
        ({"service": "9" * 30}, "service", "Service inconnu. Choisissez un des services proposés."),
        ({"category": None}, "incident", "Choisissez une catégorie."),
        ({"category": ""}, "incident", "Choisissez une catégorie."),
        ({"category": "AUTRE"}, "incident", UNKNOWN),
        ({"category": "FACTURATION"}, "incident", "Choisissez une catégorie de ce type de demande."),
        (
            {"ticket_type": "DEMANDE", "urgency": None},
            "request",
            "Choisissez une catégorie de ce type de demande.",
        ),
        ({"urgency": None}, "urgency", "Indiquez l’urgence."),
        ({"urgency": ""}, "urgency", "Indiquez l’urgence."),
        ({"urgency": "5"}, "urgency", UNKNOWN),
        ({"urgency": "Haute;Moyenne"}, "urgency", UNKNOWN),
        (
            {"ticket_type": "DEMANDE", "category": "TECHNIQUE", "urgency": "4"},
            "urgency",
            "Une demande n’a pas d’urgence : le choix a été retiré. Envoyez de nouveau si tout le reste convient.",
        ),
        ({"title": None}, "title", "Saisissez un titre."),
        ({"title": ""}, "title", "Saisissez un titre."),
        ({"title": " \u00a0\u200b "}, "title", "Saisissez un titre."),
        ({"title": "\x00"}, "title", "Saisissez un titre."),
        ({"title": "ab"}, "title", "Saisissez 3 caractères au moins."),
        ({"title": "t" * 212}, "title", "150 caractères au plus (vous en avez 212)."),
        ({"description": None}, "description", "Décrivez votre demande."),
        ({"description": " \n\u2800 "}, "description", "Décrivez votre demande."),
        ({"description": "d" * 20_001}, "description", "20 000 caractères au plus (vous en avez 20 001)."),
    ],
)
def test_an_odd_value_is_refused_at_its_field_and_nothing_is_lost(
    alice: Browser, stored: Callable[[], int], changes: dict[str, str | None], field: str, sentence: str
):
    before = stored()
    form = typed(**changes)

    page = alice.send("/tickets/nouveau", form)

    assert page.status == 422
    assert page.title.startswith("Erreur : Créer un ticket")
    assert page.error_at(field) == sentence.replace("\u00a0", " ")
    assert page.errors == [page.error_at(field)]
    assert "Le formulaire contient 1 erreur" in page.words
    assert page.value("title") == (form.get("title") or "").strip(" \u00a0\x00")
    assert (form.get("description") or "").strip() in page.html
    assert stored() == before


def test_all_errors_are_told_at_once(alice: Browser):
    page = alice.send("/tickets/nouveau", typed(title="", description="", category=None, urgency=None))

    assert "Le formulaire contient 4 erreurs" in page.words
    assert page.errors == [
        "Choisissez une catégorie.",
        "Indiquez l’urgence.",
        "Saisissez un titre.",
        "Décrivez votre demande.",
    ]


def test_a_choice_sent_twice_is_refused(alice: Browser, stored: Callable[[], int]):
    before = stored()

    page = alice.post("/tickets/nouveau", MultiDict([*typed(csrf_token=alice.token()).items(), ("urgency", "3")]))

    assert (page.status, page.error_at("urgency")) == (422, UNKNOWN)
    assert stored() == before


def test_another_company_s_service_is_unknown(alice: Browser, cast: Cast, stored: Callable[[], int]):
    before = stored()

    page = alice.send("/tickets/nouveau", typed(service=cast.line_of_mendi.id))

    assert page.error_at("service") == "Service inconnu. Choisissez un des services proposés."
    assert stored() == before


def test_a_closed_service_is_unknown(alice: Browser, portal: Portal, cast: Cast):
    with portal.database.command() as connection:
        close_service(connection, service_id=cast.fibre.id)

    page = alice.send("/tickets/nouveau", typed(service=cast.fibre.id))

    assert page.error_at("service") == "Service inconnu. Choisissez un des services proposés."


def test_a_refused_urgency_is_preset_again(alice: Browser):
    page = alice.send("/tickets/nouveau", typed(ticket_type="DEMANDE", category="TECHNIQUE", urgency="4"))

    chosen = [one.get("value") for one in page.tree.iter("input") if one.get("checked") is not None]
    assert chosen == ["DEMANDE", "3", "TECHNIQUE"]


def test_the_error_of_a_category_leads_to_one_of_the_chosen_type(alice: Browser):
    page = alice.send("/tickets/nouveau", typed(ticket_type="DEMANDE", category=None, urgency=None))

    link = next(one for one in page.tree.findall(".//*[@role='alert']//a"))
    target = page.tree.find(f".//*[@id='{link.get('href', '')[1:]}']")
    assert target is not None
    assert target.get("value") == "TECHNIQUE"


@pytest.mark.parametrize(
    ("title", "recorded"),
    [
        ("t" * 150, "t" * 150),
        ("De\u0301bit\u2028perdu\x00", "Débit perdu"),
        ("\u202eexe.fdp", "exe.fdp"),
        ("<script>alert(1)</script>", "<script>alert(1)</script>"),
        ("{{7*7}} %s {0.__class__}", "{{7*7}} %s {0.__class__}"),
        ("=?utf-8?q?=0D=0ABcc:_evil@x.fr?=", "=?utf-8?q?=0D=0ABcc:_evil@x.fr?="),
        ("'; DROP TABLE events;--", "'; DROP TABLE events;--"),
        ("Réseau 📡", "Réseau 📡"),
    ],
)
def test_a_title_is_data(alice: Browser, portal: Portal, cast: Cast, title: str, recorded: str):
    alice.send("/tickets/nouveau", typed(title=title))

    page = alice.get("/tickets/1")

    assert ticket(portal, cast["alice"].person).title == recorded
    assert page.heading == f"n° 1 — {' '.join(recorded.split())}"
    assert not page.tree.findall(".//main//script")


@pytest.mark.parametrize(
    "raw", [b"\xed\xa0\x80abc", b"\xff\xfeabc", b"\xc3abc"], ids=["surrogate", "utf-16", "latin-1"]
)
def test_bytes_that_are_no_text_become_replacement_signs(alice: Browser, portal: Portal, cast: Cast, raw: bytes):
    fields = {name: value.encode() for name, value in typed(csrf_token=alice.token()).items()} | {"title": raw}
    part = b'--x\r\nContent-Disposition: form-data; name="%s"\r\n\r\n%s\r\n'
    body = b"".join(part % (name.encode(), value) for name, value in fields.items()) + b"--x--\r\n"

    answer = alice.ask("POST", "/tickets/nouveau", data=body, content_type="multipart/form-data; boundary=x")

    recorded = ticket(portal, cast["alice"].person).title or ""
    assert answer.location == "/tickets/1"
    assert recorded.strip("\ufffd") == "abc"


def test_the_longest_description_is_kept_whole(alice: Browser, portal: Portal, cast: Cast):
    text = "é" * 20_000

    alice.send("/tickets/nouveau", typed(description=text))

    assert description(portal, cast["alice"].person) == text


def test_line_ends_count_once(alice: Browser, portal: Portal, cast: Cast):
    alice.send("/tickets/nouveau", typed(description="un\r\ndeux\rtrois\nquatre"))

    assert description(portal, cast["alice"].person) == "un\ndeux\ntrois\nquatre"


# --- who --------------------------------------------------------------------------------------------------------------


def test_an_auditor_opens_nothing(browser_of: Callable[[str], Browser], stored: Callable[[], int]):
    ada = browser_of("ada")
    before = stored()

    assert ada.get("/tickets/nouveau").status == 403
    assert ada.send("/tickets/nouveau", typed()).status == 403
    assert stored() == before


def test_support_opens_a_ticket_for_a_customer(sam: Browser, portal: Portal, cast: Cast):
    choice = sam.get("/tickets/nouveau")
    address = f"/tickets/nouveau?demandeur={cast['alice'].id}"
    form = sam.get(address)

    answer = sam.send(address, typed(service=cast.fibre.id))

    recorded = ticket(portal, cast["alice"].person)
    assert "Alice Etcheverry (alice@etxea.example)" in choice.words
    assert "Pour Alice Etcheverry." in form.words
    assert answer.location == "/tickets/1"
    assert (recorded.requester_id, recorded.opened_by_id) == (cast["alice"].id, cast["sam"].id)


@pytest.mark.parametrize("chosen", ["", "x", "sam", "%00"])
def test_support_has_to_choose_a_customer_first(sam: Browser, cast: Cast, stored: Callable[[], int], chosen: str):
    address = f"/tickets/nouveau?demandeur={cast['sam'].id if chosen == 'sam' else chosen}"
    before = stored()

    page = sam.send(address, typed())

    assert page.heading == "Créer un ticket pour un client"
    assert stored() == before


def test_a_customer_opens_no_ticket_for_another(alice: Browser, portal: Portal, cast: Cast):
    alice.send(f"/tickets/nouveau?demandeur={cast['bob'].id}", typed())

    assert ticket(portal, cast["alice"].person).requester_id == cast["alice"].id


def test_a_form_without_its_token_comes_back_with_its_text(alice: Browser, stored: Callable[[], int]):
    before = stored()

    page = alice.post("/tickets/nouveau", typed(title="Ne pas perdre"))

    assert page.status == 400
    assert page.value("title") == "Ne pas perdre"
    assert stored() == before
