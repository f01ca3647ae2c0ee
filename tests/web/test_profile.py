"""« Profil ».

Name, mail, telephone; a new mail address counts once confirmed.
"""

import pytest
from flask import Flask
from tests.cast import Cast, Clock
from tests.web.browsing import Browser, text_of

from izarlink_tickets import outbox
from izarlink_tickets.accounts import Purpose, create_token, find_account
from izarlink_tickets.application import Portal
from izarlink_tickets.outbox import MailKind

CONTACT = {"name": "Alice Etcheverry", "email": "alice@etxea.example", "phone": "05 59 00 00 01"}

MOVING = {**CONTACT, "email": "alice@nouvelle.example"}


@pytest.fixture
def link(portal: Portal, cast: Cast) -> str:
    """Return a confirmation link's path, as the mailer issues it."""
    with portal.database.command() as connection:
        token = create_token(
            connection,
            account_id=cast["alice"].id,
            purpose=Purpose.EMAIL,
            now=cast.clock(),
            data="alice@nouvelle.example",
        )
    return f"/profil/mail/{token}"


def test_the_name_in_the_header_leads_to_the_profile(alice: Browser):
    page = alice.get("/profil")

    links = {"".join(link.itertext()): link.get("href") for link in page.tree.iter("a")}
    assert links["Alice Etcheverry"] == "/profil"
    assert page.heading == "Profil"


def test_what_is_known_can_be_corrected(alice: Browser):
    answer = alice.send("/profil", {**CONTACT, "name": "Alice  Harispe ", "phone": "+33 5 59 11 11 11"})

    page = alice.get(str(answer.location))
    assert (page.value("name"), page.value("phone")) == ("Alice Harispe", "+33 5 59 11 11 11")
    assert page.announcements == ["Vos coordonnées sont enregistrées."]


@pytest.mark.parametrize(
    ("field", "typed", "sentence"),
    [
        ("name", "", "Saisissez un nom."),
        ("name", "\u200b ", "Saisissez un nom."),
        ("name", "é" * 101, "Raccourcissez le nom : 100 caractères au plus (vous en avez 101)."),
        ("email", "a@b", "Saisissez une adresse mail, par exemple prenom.nom@societe.fr."),
        ("email", "a@b.fr\nBcc: x@y.fr", "Saisissez une adresse mail, par exemple prenom.nom@societe.fr."),
        ("email", "a@b.fr, c@d.fr", "Saisissez une adresse mail, par exemple prenom.nom@societe.fr."),
        ("email", "é@b.fr", "Saisissez une adresse mail sans accents ni caractères spéciaux avant l’arobase (@)."),
        ("phone", "appelez-moi", "Saisissez un numéro de téléphone : des chiffres, par exemple 05 59 00 00 00."),
        ("phone", "1" * 200, "Saisissez un numéro de téléphone : des chiffres, par exemple 05 59 00 00 00."),
    ],
)
def test_each_mistake_is_said_at_its_field_and_what_was_typed_stays(
    alice: Browser, field: str, typed: str, sentence: str
):
    page = alice.send("/profil", {**CONTACT, field: typed})

    assert (page.status, page.error_at(field), page.errors) == (422, sentence, [sentence])
    assert page.title.startswith("Erreur : Profil")
    assert alice.get("/profil").value(field) == CONTACT[field]


def test_a_new_address_waits_for_its_confirmation(alice: Browser, portal: Portal, cast: Cast):
    answer = alice.send("/profil", MOVING)

    page = alice.get(str(answer.location))
    assert page.value("email") == "alice@etxea.example"
    assert "En attente de confirmation : alice@nouvelle.example" in page.words
    assert "Un lien vient d’être envoyé à alice@nouvelle.example" in page.announcements[-1]
    with portal.database.query() as connection:
        kinds = [letter.kind for letter in outbox.list_messages(connection)]
    assert MailKind.EMAIL_CONFIRMATION in kinds


@pytest.mark.parametrize("path", ["/profil", "/bienvenue/coordonnees"])
def test_a_new_address_needs_a_recent_proof(alice: Browser, portal: Portal, clock: Clock, path: str):
    clock.advance(minutes=6)

    page = alice.send(path, {**MOVING, "name": "Une autre"})

    assert (page.status, page.heading) == (401, "Confirmez votre identité")
    assert page.hidden_fields(path)["email"] == "alice@nouvelle.example"
    assert alice.get("/profil").value("name") == CONTACT["name"]
    with portal.database.query() as connection:
        assert MailKind.EMAIL_CONFIRMATION not in {letter.kind for letter in outbox.list_messages(connection)}


def test_the_link_alone_changes_nothing_its_button_does(alice: Browser, link: str, portal: Portal, cast: Cast):
    page = alice.get(link)
    assert page.heading == "Confirmez votre adresse mail"
    assert alice.get("/profil").value("email") == "alice@etxea.example"

    answer = alice.send(link)

    assert answer.location == "/connexion"
    assert alice.get("/connexion").announcements[0].startswith("Votre adresse mail est maintenant alice@nouvelle")
    assert alice.sign_in("alice@nouvelle.example").status == 303


def test_the_link_works_without_a_sign_in(anonymous: Browser, link: str, portal: Portal, cast: Cast):
    answer = anonymous.send(link)

    assert answer.location == "/connexion"
    with portal.database.query() as connection:
        account = find_account(connection, account_id=cast["alice"].id)
    assert account is not None
    assert account.email == "alice@nouvelle.example"


@pytest.mark.parametrize("again", ["GET", "POST"])
def test_a_used_link_leads_to_the_profile(anonymous: Browser, link: str, again: str):
    token = anonymous.token()
    anonymous.send(link)

    page = anonymous.ask(again, link, data={"csrf_token": token})

    assert (page.status, page.errors) == (400, ["Ce lien n’est plus valable. Demandez-en un nouveau."])
    assert "Ouvrir votre profil" in page.words
    assert "Confirmer cette adresse" not in page.words


def test_the_security_page_tells_what_has_happened_to_the_account(app: Flask, anonymous: Browser):
    alice = Browser(app)
    alice.sign_in("alice@etxea.example")
    for_a_lock = [anonymous.sign_in("alice@etxea.example", "faux") for _ in range(5)]
    page = alice.get("/profil/securite")

    rows = [[text_of(cell) for cell in row] for row in page.tree.findall(".//tbody/tr")]
    assert (page.heading, for_a_lock[-1].status) == ("Sécurité", 422)
    assert "changé le 02/11/2026 à 09:00" in page.words
    assert rows[:2] == [
        ["02/11/2026 à 09:00", "Connexion temporairement bloquée après trop de tentatives"],
        ["02/11/2026 à 09:00", "Connexion réussie"],
    ]
    assert rows[-1] == ["02/11/2026 à 09:00", "Compte créé par IzarLink"]


def test_the_security_page_tells_in_the_directory_s_words_what_administrators_did(
    app: Flask, portal: Portal, cast: Cast
):
    portal.accounts.deactivate(cast.context("root"), email="alice@etxea.example")
    portal.accounts.reactivate(cast.context("root"), email="alice@etxea.example")
    alice, root = Browser(app), Browser(app)
    alice.sign_in("alice@etxea.example")
    root.sign_in("root@izarlink.example")

    own = alice.get("/profil/securite")
    record = root.get(f"/bureau/comptes/{cast['alice'].id}")

    facts = [text_of(row[1]) for row in own.tree.findall(".//tbody/tr")]
    assert facts[1:3] == ["Compte réactivé par IzarLink", "Compte désactivé par IzarLink"]
    assert [fact for fact in facts if fact.removesuffix(" par IzarLink") not in record.words] == []
