"""The typed text survives a lost session and a lost database."""

from collections.abc import Iterator
from contextlib import contextmanager

import pytest
from flask import Flask
from tests.cast import Cast, Clock
from tests.web.browsing import Browser, Page

from izarlink_tickets.application import Portal
from izarlink_tickets.database import CommitUnknown, Database, DatabaseBusy, DatabaseUnreachable, StorageFull

TYPED = {"name": "Un nom <très> long", "email": "alice@etxea.example", "phone": "05 59 11 11 11"}


def kept_fields(page: Page) -> dict[str, str]:
    return page.hidden_fields("/profil")


@pytest.fixture
def interrupted(alice: Browser, clock: Clock) -> tuple[Browser, Page]:
    """Alice's form, sent after her session ended."""
    fields = {"csrf_token": alice.token(), **TYPED}
    clock.advance(hours=1)
    return alice, alice.post("/profil", fields)


def test_a_form_sent_too_late_asks_to_sign_in_and_says_that_the_text_is_kept(interrupted: tuple[Browser, Page]):
    _, page = interrupted

    assert (page.status, page.heading) == (401, "Connexion")
    assert "votre texte est conservé" in page.words


def test_after_the_new_sign_in_the_form_is_there_as_it_was_typed(interrupted: tuple[Browser, Page]):
    alice, page = interrupted

    back = alice.post(
        "/connexion",
        {
            **page.hidden_fields("/connexion"),
            "identifier": "alice@etxea.example",
            "password": "un mot de passe de test 77",
        },
    )
    form = alice.post("/profil", kept_fields(back))

    assert back.heading == "Vous avez de nouveau accès"
    assert (form.status, form.value("name")) == (400, "Un nom <très> long")
    assert (form.title, form.errors) == ("Profil – Support IzarLink", [])
    assert "il n’est pas encore envoyé" in form.words
    assert alice.post("/profil", {**form.hidden_fields(), **TYPED}).status == 303


def test_another_person_who_signs_in_does_not_see_the_text(alice: Browser, clock: Clock):
    page = alice.get("/profil")
    clock.advance(hours=1)
    sign_in_page = alice.post("/profil", {**page.hidden_fields(), **TYPED})

    bob = {"identifier": "bob@etxea.example", "password": "un mot de passe de test 77"}
    resumed = alice.post("/connexion", {**sign_in_page.hidden_fields("/connexion"), **bob})

    assert sign_in_page.hidden_fields("/connexion")["garde.name"] == TYPED["name"]
    assert (resumed.status, resumed.location) == (303, "/")
    assert TYPED["name"] not in resumed.html


def test_a_wrong_password_does_not_lose_the_text(interrupted: tuple[Browser, Page]):
    alice, page = interrupted

    again = alice.post("/connexion", {**page.hidden_fields("/connexion"), "identifier": "a", "password": "b"})

    assert again.status == 422
    assert again.hidden_fields("/connexion")["garde.name"] == "Un nom <très> long"


def test_a_password_is_never_sent_back(alice: Browser, clock: Clock):
    secrets = {"current_password": "secret-un", "new_password": "secret-deux"}
    fields = {"csrf_token": alice.token(), "command_id": "c0000000-0000-4000-8000-000000000009", **secrets}
    clock.advance(hours=1)

    page = alice.post("/profil/mot-de-passe", fields)

    assert page.status == 401
    assert "secret" not in page.html
    assert "conservé" not in page.words


def test_beside_a_password_the_rest_is_kept(alice: Browser, clock: Clock):
    fields = {"csrf_token": alice.token(), **TYPED, "current_password": "secret-un"}
    clock.advance(hours=1)

    page = alice.post("/profil", fields)

    assert "secret" not in page.html
    assert page.hidden_fields("/connexion")["garde.name"] == "Un nom <très> long"


def test_text_from_elsewhere_is_not_kept(app: Flask, cast: Cast):
    page = Browser(app).post("/profil", TYPED, headers={"Sec-Fetch-Site": "cross-site"})

    assert page.status == 400
    assert "long" not in page.html


def test_kept_text_goes_nowhere_else(app: Flask, cast: Cast):
    browser = Browser(app)
    fields = {"garde_chemin": "//evil.example/", "garde.name": "x"}

    answer = browser.send("/connexion", {**fields, "identifier": "alice@etxea.example", "password": "faux"})

    assert "evil" not in answer.html


@pytest.mark.parametrize(
    ("trouble", "heading"),
    [
        (DatabaseBusy, "Portail très sollicité"),
        (DatabaseUnreachable, "Portail momentanément indisponible"),
        (StorageFull, "Enregistrement impossible pour le moment"),
        (CommitUnknown, "Enregistrement à vérifier"),
    ],
)
def test_when_the_database_fails_the_same_form_can_be_sent_again(
    alice: Browser, portal: Portal, monkeypatch: pytest.MonkeyPatch, trouble: type[Exception], heading: str
):
    fields = {"csrf_token": alice.token(), "command_id": "c0000000-0000-4000-8000-000000000009", **TYPED}
    with monkeypatch.context() as patch:
        patch.setattr(portal.profiles, "confirm_contact", raising(trouble))
        page = alice.post("/profil", fields)

    again = alice.post("/profil", kept_fields(page))

    assert (page.status, page.heading) == (503, heading)
    assert page.response.headers["Retry-After"] == "10"
    assert kept_fields(page)["command_id"] == "c0000000-0000-4000-8000-000000000009"
    assert again.status == 303


def test_pages_say_so_when_the_database_is_away(alice: Browser, portal: Portal, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(Database, "query", unreachable)

    page = alice.get("/profil")

    assert (page.status, page.heading) == (503, "Portail momentanément indisponible")


def raising(trouble: type[Exception]):
    def fail(*_: object, **__: object) -> None:
        raise trouble

    return fail


@contextmanager
def unreachable(_: Database) -> Iterator[None]:
    raise DatabaseUnreachable
    yield
