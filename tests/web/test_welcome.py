"""The first sign-in: the password is required, the contact details can wait."""

import pytest
from flask import Flask
from tests.cast import ETXEA, Cast
from tests.web.browsing import Browser

from izarlink_tickets.accounts import find_account_by_email
from izarlink_tickets.application import Portal
from izarlink_tickets.application.accounts import NewAccount
from izarlink_tickets.domain.vocabulary import Role
from izarlink_tickets.web.guards import guard_of

INITIAL = "premiere-connexion-2026"
OWN = "quatre chevaux sans selle"
CHOICE = {"new_password": OWN, "confirmation": OWN}


@pytest.fixture
def denis(anonymous: Browser, portal: Portal, cast: Cast) -> Browser:
    """Denis's browser, signed in with the initial password."""
    account = NewAccount("denis@etxea.example", "Denis Etcheverry", Role.CUSTOMER, ETXEA)
    portal.accounts.create_account_with_password(cast.context("system"), account, password=INITIAL)
    anonymous.sign_in("denis@etxea.example", INITIAL, path="/connexion?next=/profil/sessions%3Fentree%3D7")
    return anonymous


def test_the_first_login_leads_to_the_choice_of_a_password(denis: Browser):
    page = denis.get("/bienvenue/mot-de-passe")

    assert page.heading == "Choisissez votre mot de passe"
    assert "Étape 1 sur 2" in page.words
    assert "Créer un ticket" not in page.words


def test_every_page_leads_to_that_choice_until_it_is_made(app: Flask, denis: Browser):
    rules = [rule for rule in app.url_map.iter_rules() if "GET" in (rule.methods or ()) and "<" not in rule.rule]
    guards = {rule.rule: guard_of(app.view_functions[rule.endpoint]) for rule in rules}

    closed = [path for path, guard in guards.items() if guard is None or not guard.is_open_to_newcomers]
    answers = {path: denis.get(path).location for path in closed}

    assert set(answers.values()) == {"/bienvenue/mot-de-passe"}, answers


def test_the_initial_password_is_refused_as_the_new_one(denis: Browser):
    page = denis.send("/bienvenue/mot-de-passe", {"new_password": INITIAL, "confirmation": INITIAL})

    assert page.error_at("new_password") == "Choisissez un mot de passe différent de celui que vous avez reçu par mail."


def test_the_choice_leads_to_the_contact_details_in_a_new_session(denis: Browser):
    before = denis.client.get_cookie("izarlink", "127.0.0.1")

    answer = denis.send("/bienvenue/mot-de-passe", CHOICE)

    after = denis.client.get_cookie("izarlink", "127.0.0.1")
    assert answer.location == "/bienvenue/coordonnees"
    page = denis.get("/bienvenue/coordonnees")
    assert (page.heading, "Étape 2 sur 2" in page.words) == ("Vérifiez vos informations", True)
    assert before != after


def test_putting_the_details_off_leads_to_the_page_that_was_asked_for(denis: Browser):
    denis.send("/bienvenue/mot-de-passe", CHOICE)

    links = {"".join(link.itertext()): link.get("href") for link in denis.get("/bienvenue/coordonnees").tree.iter("a")}

    assert links["Plus tard"] == "/profil/sessions?entree=7"


def test_validating_the_details_notes_the_date_and_goes_on(denis: Browser, portal: Portal, cast: Cast):
    denis.send("/bienvenue/mot-de-passe", CHOICE)
    fields = {"name": "Denis Etcheverry", "email": "denis@etxea.example", "phone": "+33 5 59 00 00 00"}

    answer = denis.send("/bienvenue/coordonnees", fields)

    assert answer.location == "/profil/sessions?entree=7"
    with portal.database.query() as connection:
        account = find_account_by_email(connection, email="denis@etxea.example")
    assert account is not None
    assert (account.phone, account.confirmed_at) == ("+33 5 59 00 00 00", cast.clock())


def test_who_has_a_password_is_not_asked_again(alice: Browser):
    assert alice.get("/bienvenue/mot-de-passe").location == "/profil/mot-de-passe"
    assert alice.send("/bienvenue/mot-de-passe", CHOICE).location == "/profil/mot-de-passe"


def test_later_comes_back_mildly_until_the_details_are_confirmed(denis: Browser, alice: Browser):
    denis.send("/bienvenue/mot-de-passe", CHOICE)
    reminder = "Vos coordonnées n’ont pas encore été vérifiées. Les vérifier"

    later = [denis.get(path).words for path in ("/tickets/nouveau", "/aide")]
    there = denis.get("/bienvenue/coordonnees").words
    denis.send("/bienvenue/coordonnees", {"name": "Denis Etcheverry", "email": "denis@etxea.example", "phone": ""})

    assert [reminder in words for words in later] == [True, True]
    assert "pas encore été vérifiées" not in there
    assert reminder not in denis.get("/aide").words
    assert reminder not in alice.get("/aide").words
