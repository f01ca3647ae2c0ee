"""Error pages: a title, advice, a way out, and no internals."""

import pytest
from flask import Flask
from structlog.testing import capture_logs
from tests.web.browsing import Browser, text_of

from izarlink_tickets.accounts import TooManyAttempts
from izarlink_tickets.database import DatabaseBusy
from izarlink_tickets.domain.errors import NotAllowed, TicketIsCancelled, TicketNotFound
from izarlink_tickets.domain.vocabulary import State
from izarlink_tickets.web.guards import public

pytestmark = pytest.mark.sqlite_only("error pages")

INTERNALS = ("Traceback", "izarlink_tickets", "SELECT", "sqlite", ".py", "werkzeug", "secret")


@pytest.fixture
def app(own_app: Flask) -> Flask:
    return own_app


def page_when(app: Flask, error: Exception) -> Browser:
    """Build a browser for which /essai raises the error, as in production."""

    def fail() -> str:
        raise error

    app.config.update(TESTING=False, PROPAGATE_EXCEPTIONS=False)
    app.add_url_rule("/essai", view_func=public(fail))
    return Browser(app)


@pytest.mark.cve("CVE-2022-32739")
def test_a_failure_shows_a_reference_that_is_in_the_log(app: Flask, capsys: pytest.CaptureFixture[str]):
    page = page_when(app, RuntimeError("secret")).get("/essai")

    reference = page.tree.findtext(".//strong")
    assert (page.status, page.heading) == (500, "Erreur du portail")
    assert reference is not None
    assert reference in capsys.readouterr().out
    assert not [word for word in INTERNALS if word in page.html]


@pytest.mark.parametrize("error", [RuntimeError(), OverflowError(), DatabaseBusy()])
def test_a_failure_on_a_secret_link_keeps_it_out_of_the_log(
    app: Flask, error: Exception, monkeypatch: pytest.MonkeyPatch
):
    def fail(**_: str) -> str:
        raise error

    app.config.update(TESTING=False, PROPAGATE_EXCEPTIONS=False)
    monkeypatch.setitem(app.view_functions, "passwords.show_reset", public(fail))

    with capture_logs() as logged:
        page = Browser(app).get("/mot-de-passe/opens-the-account")

    assert page.status in {400, 500, 503}
    assert [entry["route"] for entry in logged] == ["/mot-de-passe/<token>"]
    assert "opens-the-account" not in str(logged)


@pytest.mark.parametrize(
    ("error", "status", "heading"),
    [
        (NotAllowed(), 403, "Accès réservé"),
        (TicketNotFound(1042), 404, "Page introuvable"),
        (OverflowError(), 400, "Demande incomplète"),
        (UnicodeEncodeError("utf-8", "\ud800", 0, 1, "surrogates not allowed"), 400, "Demande incomplète"),
        (TooManyAttempts(90), 429, "Trop de tentatives"),
    ],
)
def test_each_failure_has_its_page(app: Flask, error: Exception, status: int, heading: str):
    page = page_when(app, error).get("/essai")

    assert (page.status, page.heading) == (status, heading)
    assert page.tree.find(".//main//a[@href='/']") is not None
    assert not [word for word in INTERNALS if word in page.html]


def test_a_refusal_outside_a_form_has_a_page(app: Flask, clock):
    page = page_when(app, TicketIsCancelled(State.CANCELLED, clock())).get("/essai")

    assert (page.status, page.heading) == (409, "Cette page n’est plus à jour")
    assert "Ce ticket a été annulé le 02/11/2026." in page.words


def test_too_many_attempts_have_a_retry_after_header(app: Flask):
    page = page_when(app, TooManyAttempts(90)).get("/essai")

    assert page.response.headers["Retry-After"] == "90"


def test_another_company_s_ticket_looks_like_a_missing_page(app: Flask):
    browser = page_when(app, TicketNotFound(1042))

    assert browser.get("/essai").html == browser.get("/nulle-part").html


@pytest.mark.parametrize(
    ("path", "ticket"),
    [("/tickets/7/solution/refuser", "/tickets/7"), ("/bureau/tickets/7/resoudre", "/bureau/tickets/7")],
)
def test_a_form_s_address_opened_as_a_page_links_to_the_ticket(anonymous: Browser, path: str, ticket: str):
    page = anonymous.get(path)

    links = {text_of(link): link.get("href") for link in page.tree.iter("a")}
    assert (page.status, links["Revenir au ticket"]) == (405, ticket)


@pytest.mark.cve("CVE-2025-25192", "CVE-2021-39211")
@pytest.mark.parametrize(
    "path",
    [
        "/nulle-part",
        "/static/",
        "/.git/HEAD",
        "/console",
        "/debug",
        "/..%2fetc",
        "/%c0%ae",
        "/%00",
        "/connexion/",
        "/é" * 500,
    ],
)
def test_an_unknown_path_is_not_found(anonymous: Browser, path: str):
    assert anonymous.get(path).status == 404
