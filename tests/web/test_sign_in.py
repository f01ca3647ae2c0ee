"""« Connexion », « Se déconnecter », and their next pages."""

import re
from urllib.parse import urlencode

import pytest
from tests.application.signing_in import ANOTHER_PASSWORD, link
from tests.cast import PASSWORD, Cast, Clock
from tests.web.browsing import Browser

from izarlink_tickets.accounts import Purpose
from izarlink_tickets.application import Portal
from izarlink_tickets.domain.vocabulary import SYSTEM, Channel, CommandContext


def test_a_customer_is_led_to_the_form_of_a_new_ticket(anonymous: Browser, cast: Cast):
    answer = anonymous.sign_in("alice@etxea.example")

    assert (answer.status, answer.location) == (303, "/")
    assert anonymous.get("/").location == "/tickets/nouveau"


@pytest.mark.parametrize(
    ("name", "home"), [("sam", "/bureau"), ("root", "/bureau"), ("ada", "/audit"), ("bob", "/tickets/nouveau")]
)
def test_each_role_is_led_to_its_work(browser_of, name: str, home: str):
    assert browser_of(name).get("/").location == home


def test_a_link_from_a_mail_survives_the_sign_in(anonymous: Browser, cast: Cast):
    redirected = anonymous.get("/profil/personnalisation?entree=7")

    answer = anonymous.sign_in("alice@etxea.example", path=str(redirected.location))

    assert redirected.location == "/connexion?next=/profil/personnalisation%3Fentree%3D7"
    assert answer.location == "/profil/personnalisation?entree=7"


@pytest.mark.parametrize(
    "target",
    [
        "//evil.example",
        "/\\evil.example",
        "https:evil.example",
        "https://evil.example",
        "/\t/evil.example",
        "/%09/evil.example",
        "javascript:alert(1)",
        "http://support@evil.example",
        "/%2f%2fevil.example",
        "/%5cevil.example",
        "evil",
        "",
    ],
)
def test_no_link_leads_from_the_sign_in_to_somewhere_else(anonymous: Browser, cast: Cast, target: str):
    answer = anonymous.sign_in("alice@etxea.example", path=f"/connexion?{urlencode({'next': target})}")

    assert answer.location == "/"


def test_no_hint_or_question_stands_for_a_password(anonymous: Browser, cast: Cast):
    pages = anonymous.get("/connexion").html + anonymous.get("/mot-de-passe/oublie").html

    fields = set(re.findall(r'name="([^"]+)"', pages)) - {"viewport", "theme-color", "color-scheme", "format-detection"}

    assert fields == {"csrf_token", "command_id", "identifier", "password", "depuis_connexion"}


def test_every_password_field_is_masked_and_takes_a_manager(anonymous: Browser, alice: Browser):
    pages = anonymous.get("/connexion").html + alice.get("/profil/mot-de-passe").html

    fields = [tag for tag in re.findall(r"<input[^>]*>", pages) if "-password" in tag and "hidden" not in tag]

    assert len(fields) == 4
    assert [tag for tag in fields if 'type="password"' not in tag or "onpaste" in tag] == []


@pytest.mark.parametrize(
    ("identifier", "password"),
    [
        ("alice@etxea.example", "faux"),
        ("personne@etxea.example", "faux"),
        ("alice@etxea.example", ""),
        ("", ""),
        ("a\0@\u2028", "\0"),
    ],
)
def test_one_sentence_answers_every_wrong_sign_in(anonymous: Browser, cast: Cast, identifier: str, password: str):
    answer = anonymous.sign_in(identifier, password)

    assert (answer.status, answer.errors) == (422, ["Identifiant ou mot de passe incorrect."])
    assert answer.title.startswith("Erreur : Connexion")


def test_a_deactivated_account_gets_the_same_sentence(anonymous: Browser, cast: Cast, portal: Portal):
    context = CommandContext(SYSTEM, cast.clock(), Channel.CLI, "c0000000-0000-4000-8000-000000000001")
    portal.accounts.deactivate(context, email="alice@etxea.example")

    answer = anonymous.sign_in("alice@etxea.example")

    assert answer.errors == ["Identifiant ou mot de passe incorrect."]


def test_a_browser_without_cookies_is_told_that_it_needs_one(anonymous: Browser, cast: Cast):
    fields = {"csrf_token": anonymous.token(), "identifier": cast["alice"].email, "password": PASSWORD}
    anonymous.client.delete_cookie("izarlink", domain="127.0.0.1")

    page = anonymous.post("/connexion", fields)

    assert (page.status, page.value("identifier")) == (400, "alice@etxea.example")
    assert page.errors[0].startswith("Votre navigateur n’a pas envoyé le cookie du portail")


def test_the_identifier_is_kept_and_the_password_is_not(anonymous: Browser, cast: Cast):
    answer = anonymous.sign_in(" Alice@Etxea.example ", "faux-secret")

    assert answer.value("identifier") == "Alice@Etxea.example"
    assert "faux-secret" not in answer.html


def test_too_many_attempts_say_when_to_come_back(anonymous: Browser, cast: Cast):
    answers = [anonymous.sign_in("alice@etxea.example", "faux") for _ in range(11)]

    assert (answers[-1].status, answers[-1].response.headers["Retry-After"]) == (429, "900")
    assert answers[-1].errors == ["Trop de tentatives. Par sécurité, réessayez dans 15 minutes."]


def test_who_has_signed_in_before_gets_in_whatever_others_guess_behind_the_same_address(
    app, anonymous: Browser, cast: Cast
):
    attacker = Browser(app)
    anonymous.sign_in("alice@etxea.example")
    anonymous.send("/deconnexion")
    guesses = [attacker.sign_in("alice@etxea.example", "faux").status for _ in range(6)]

    answer = anonymous.sign_in("alice@etxea.example")

    assert guesses == [422] * 5 + [429]
    assert answer.status == 303


def test_an_empty_field_is_no_attempt(anonymous: Browser, cast: Cast):
    alice = cast["alice"].email

    answers = [anonymous.sign_in(alice, password).status for password in ("", "", "", "", "", "", PASSWORD)]

    assert answers == [422] * 6 + [303]


def test_who_chooses_a_password_by_the_link_signs_in_despite_the_failures(
    anonymous: Browser, portal: Portal, cast: Cast, clock: Clock
):
    for _ in range(6):
        anonymous.sign_in("alice@etxea.example", "faux")
    token = link(portal, cast["alice"].id, Purpose.RESET, clock)
    choice = {"new_password": ANOTHER_PASSWORD, "confirmation": ANOTHER_PASSWORD}

    anonymous.send(f"/mot-de-passe/{token}", choice)

    assert anonymous.sign_in("alice@etxea.example", ANOTHER_PASSWORD).status == 303


def test_the_cookie_of_a_known_browser_opens_nothing_and_outlives_the_session(app, anonymous: Browser, cast: Cast):
    anonymous.sign_in("alice@etxea.example")
    anonymous.send("/deconnexion")
    cookie = anonymous.client.get_cookie("izarlink-browser", "127.0.0.1")
    assert cookie is not None
    thief = Browser(app)
    thief.client.set_cookie("izarlink-browser", cookie.value, domain="127.0.0.1")

    assert (cookie.http_only, cookie.same_site, cookie.path) == (True, "Strict", "/")
    assert thief.get("/profil").location == "/connexion?next=/profil"


@pytest.mark.cve("CVE-2022-31888")
def test_the_cookie_changes_when_somebody_signs_in(anonymous: Browser, cast: Cast):
    anonymous.get("/connexion")
    before = anonymous.client.get_cookie("izarlink", "127.0.0.1")

    anonymous.sign_in("alice@etxea.example")

    after = anonymous.client.get_cookie("izarlink", "127.0.0.1")
    assert before is not None
    assert after is not None
    assert before.value != after.value
    assert (after.http_only, after.same_site, after.path) == (True, "Lax", "/")


@pytest.mark.cve("CVE-2026-23624")
def test_a_copied_cookie_is_dead_after_the_sign_out(app, alice: Browser):
    copy = alice.client.get_cookie("izarlink", "127.0.0.1")
    thief = Browser(app)
    assert copy is not None
    thief.client.set_cookie("izarlink", copy.value, domain="127.0.0.1")
    assert thief.get("/profil").status == 200

    answer = alice.send("/deconnexion")

    assert (answer.status, answer.location) == (303, "/connexion")
    assert answer.response.headers["Clear-Site-Data"] == '"storage"'
    assert thief.get("/profil").location == "/connexion?next=/profil"


def test_a_second_tab_leads_on_once_signed_in(app, cast: Cast):
    browser = Browser(app)
    token = browser.token()
    browser.sign_in("alice@etxea.example")

    fields = {"identifier": " Alice@etxea.example", "password": PASSWORD, "csrf_token": token}
    answer = browser.post("/connexion?next=/profil", fields)

    assert (answer.status, answer.location) == (303, "/profil")


def test_a_tab_loaded_before_any_cookie_leads_on_once_signed_in(app, cast: Cast):
    # A restored browser loads its tabs at once: each answer sets another cookie, and the last one stays.
    token = Browser(app).token()
    browser = Browser(app)
    browser.sign_in("alice@etxea.example")

    fields = {"identifier": "alice@etxea.example", "password": PASSWORD, "csrf_token": token}
    answer = browser.post("/connexion?next=/profil", fields)

    assert (answer.status, answer.location) == (303, "/profil")


def test_a_second_tab_for_another_account_asks_for_its_password(app, cast: Cast):
    browser = Browser(app)
    token = browser.token()
    browser.sign_in("alice@etxea.example")

    fields = {"identifier": "bob@etxea.example", "password": PASSWORD, "csrf_token": token}
    answer = browser.post("/connexion", fields)

    assert (answer.status, answer.value("identifier")) == (409, "bob@etxea.example")
    assert answer.errors[0].startswith("Vous êtes déjà connecté avec alice@etxea.example.")
    assert browser.get("/profil").value("email") == "alice@etxea.example"


@pytest.mark.parametrize("path", ["/tickets?q=" + "a" * 2_500, "/tickets?q=" + "%25" * 600])
def test_a_long_address_is_left_behind_at_the_sign_in(anonymous: Browser, path: str):
    assert anonymous.get(path).location == "/connexion"


def test_signing_out_is_said(alice: Browser):
    alice.send("/deconnexion")

    assert alice.get("/connexion").announcements == ["Votre session est fermée."]


def test_nobody_is_signed_out_by_a_forged_form(alice: Browser):
    answer = alice.post("/deconnexion", {"csrf_token": "forged"})

    assert answer.location == "/"
    assert alice.get("/profil").status == 200


@pytest.mark.parametrize("pause", [{"minutes": 31}, {"hours": 12, "minutes": 1}])
def test_a_session_ends_when_nobody_uses_it(alice: Browser, clock: Clock, pause: dict[str, float]):
    clock.advance(**pause)

    assert alice.get("/profil").location == "/connexion?next=/profil"


def test_who_is_signed_in_already_goes_on(alice: Browser):
    assert alice.get("/connexion?next=/aide").location == "/aide"


@pytest.mark.parametrize("cookie", ["garbage", "e30.a.b", "." * 4000, "\u00e9"])
def test_a_garbled_cookie_is_a_stranger(app, cookie: str):
    browser = Browser(app)
    browser.client.set_cookie("izarlink", cookie, domain="127.0.0.1")

    assert browser.get("/profil").location == "/connexion?next=/profil"


OFFER = "Recevoir un lien pour choisir mon mot de passe"


def test_an_expired_initial_password_says_so_and_offers_a_new_one(
    anonymous: Browser, portal: Portal, cast: Cast, clock: Clock
):
    _, initial = portal.accounts.renew_password_without_mail(cast.context("root"), email="alice@etxea.example")
    clock.advance(days=8)

    wrong = anonymous.sign_in("alice@etxea.example", password="faux")
    right = anonymous.sign_in("alice@etxea.example", password=initial)
    sent = anonymous.send("/mot-de-passe/oublie", {"identifier": "alice@etxea.example"})

    assert (wrong.status, OFFER in wrong.words) == (422, False)
    assert "Identifiant ou mot de passe incorrect." in wrong.words
    assert (right.status, OFFER in right.words) == (422, True)
    assert "Votre mot de passe initial n’est plus valable" in right.words
    assert (sent.status, sent.heading) == (200, "Consultez vos mails")
