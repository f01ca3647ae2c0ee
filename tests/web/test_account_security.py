"""The password and the open sessions of an account."""

from collections.abc import Callable

import pytest
from tests.cast import PASSWORD
from tests.web.browsing import Browser

BETTER = "quatre chevaux sans selle"
CHANGE = {"current_password": PASSWORD, "new_password": BETTER, "confirmation": BETTER}


@pytest.fixture
def telephone(browser_of: Callable[[str], Browser]) -> Browser:
    """Alice's other device."""
    return browser_of("alice")


def test_a_changed_password_closes_the_other_sessions(alice: Browser, telephone: Browser, anonymous: Browser):
    answer = alice.send("/profil/mot-de-passe", CHANGE)

    assert answer.location == "/profil/mot-de-passe"
    assert alice.get("/profil").status == 200
    assert telephone.get("/profil").location == "/connexion?next=/profil"
    assert anonymous.sign_in("alice@etxea.example", BETTER).status == 303


def test_the_current_password_is_asked_for(alice: Browser):
    page = alice.send("/profil/mot-de-passe", {**CHANGE, "current_password": "faux"})

    assert (page.status, page.error_at("current_password")) == (422, "Ce n’est pas votre mot de passe actuel.")
    assert BETTER not in page.html


def test_a_form_sent_empty_says_everything_in_the_order_of_the_page(alice: Browser):
    page = alice.send("/profil/mot-de-passe")

    assert page.errors == [
        "Saisissez votre mot de passe actuel.",
        "Choisissez un mot de passe de 8 caractères au moins.",
    ]


def test_a_weak_password_is_refused(alice: Browser):
    page = alice.send("/profil/mot-de-passe", {**CHANGE, "new_password": "etxea2026", "confirmation": "etxea2026"})

    assert page.status == 422
    assert page.error_at("new_password") is not None


def test_the_open_sessions_are_listed(alice: Browser, telephone: Browser):
    page = alice.get("/profil/sessions")

    assert page.words.count("Firefox, Linux") == 2
    assert page.words.count("cette session") == 1


def test_one_session_can_be_closed(alice: Browser, telephone: Browser):
    handle = alice.get("/profil/sessions").value("handle")

    answer = alice.send("/profil/sessions", {"handle": handle})

    assert answer.location == "/profil/sessions"
    assert telephone.get("/profil").location == "/connexion?next=/profil"
    assert alice.get("/profil").status == 200


def test_all_other_sessions_can_be_closed(alice: Browser, telephone: Browser):
    alice.send("/profil/sessions")

    assert telephone.get("/profil").location == "/connexion?next=/profil"
    assert alice.get("/profil").status == 200


def test_the_session_of_somebody_else_is_out_of_reach(alice: Browser, telephone: Browser, sam: Browser):
    handle = alice.get("/profil/sessions").value("handle")

    sam.send("/profil/sessions", {"handle": handle})

    assert telephone.get("/profil").status == 200
