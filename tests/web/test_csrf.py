"""The portal's own forms are executed, forged and expired ones are not."""

import pytest
from flask import Flask, Response
from tests.cast import Cast
from tests.web.browsing import Browser

from izarlink_tickets.web.authentication import command_context
from izarlink_tickets.web.guards import signed_in

pytestmark = pytest.mark.sqlite_only("tokens and origins")

CONTACT = {"name": "Nom changé", "email": "alice@etxea.example", "phone": "05 59 11 11 11"}
SORRY = "Votre session avait expiré ou ce formulaire était trop ancien."


@pytest.fixture
def app(own_app: Flask) -> Flask:
    return own_app


@pytest.mark.cve("CVE-2021-39209", "CVE-2020-11060")
@pytest.mark.parametrize("token", ["", "forged", "ImFiYyI.aaaa.bbbb"])
def test_a_form_without_its_token_comes_back_with_the_text(alice: Browser, token: str):
    answer = alice.post("/profil", {**CONTACT, "csrf_token": token})

    assert (answer.status, answer.value("name")) == (400, "Nom changé")
    assert answer.errors[0].startswith(SORRY)
    assert alice.get("/profil").value("name") == "Alice Etcheverry"


@pytest.mark.cve("CVE-2017-5943")
def test_the_token_of_another_session_is_worth_nothing(app: Flask, alice: Browser):
    answer = alice.post("/profil", {**CONTACT, "csrf_token": Browser(app).token()})

    assert answer.status == 400


def test_a_token_from_before_the_sign_in_is_worth_nothing_after_it(app: Flask, cast: Cast):
    browser = Browser(app)
    token = browser.token()
    browser.sign_in(cast["alice"].email)

    answer = browser.post("/profil", {**CONTACT, "csrf_token": token})

    assert answer.status == 400


def test_the_form_that_comes_back_can_be_sent(alice: Browser):
    back = alice.post("/profil", CONTACT)

    answer = alice.post("/profil", {**CONTACT, **back.hidden_fields("")})

    assert answer.status == 303


@pytest.mark.parametrize(
    "headers",
    [
        {"Sec-Fetch-Site": "cross-site"},
        {"Sec-Fetch-Site": "same-site"},
        {"Origin": "https://evil.example"},
        {"Origin": "null"},
        {"Origin": "null", "Sec-Fetch-Site": "none"},
        {"Origin": "null", "Sec-Fetch-Site": "same-site"},
        {"Origin": "null", "Sec-Fetch-Site": "cross-site"},
        {"Origin": "http://127.0.0.1:9000"},
        {"Origin": "http://["},
    ],
)
def test_a_form_from_elsewhere_is_refused_even_with_the_token(alice: Browser, headers: dict[str, str]):
    answer = alice.send("/profil", CONTACT, headers=headers)

    assert (answer.status, answer.heading) == (400, "Demande incomplète")
    assert alice.get("/profil").value("name") == "Alice Etcheverry"


@pytest.mark.parametrize(
    "headers",
    [
        {"Sec-Fetch-Site": "same-origin", "Origin": "http://127.0.0.1:8000"},
        {"Sec-Fetch-Site": "none"},
        {"Sec-Fetch-Site": "same-origin", "Origin": "null"},
    ],
)
def test_a_form_of_the_portal_is_executed(alice: Browser, headers: dict[str, str]):
    assert alice.send("/profil", CONTACT, headers=headers).status == 303


def test_a_form_without_origin_and_without_its_token_is_not_executed(alice: Browser):
    headers = {"Sec-Fetch-Site": "same-origin", "Origin": "null"}

    answer = alice.send("/profil", {**CONTACT, "csrf_token": "forged"}, headers=headers)

    assert (answer.status, alice.get("/profil").value("name")) == (400, "Alice Etcheverry")


def test_an_unchecked_form_builds_no_command(app: Flask, browser_of):
    command = signed_in(lambda: Response(command_context("c" * 36).channel, mimetype="text/plain"))
    app.add_url_rule("/oubli", view_func=command, endpoint="forgetful", methods=["POST"])
    alice = browser_of("alice")

    assert alice.post("/oubli").status == 400
    assert alice.send("/oubli").status == 200
