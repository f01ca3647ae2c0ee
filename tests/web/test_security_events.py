"""The security log of the web: refusals, sign-ins, attacks."""

from collections.abc import Iterator
from io import BytesIO

import pytest
from structlog.testing import capture_logs
from structlog.typing import EventDict
from tests.cast import PASSWORD, Cast
from tests.openings import open_incident
from tests.web.browsing import Browser
from tests.web.test_security import portal_with

from izarlink_tickets.application import Portal
from izarlink_tickets.security_log import EVENT, Reason
from izarlink_tickets.web import create_app
from izarlink_tickets.web.request_limits import STRANGER_BYTES


@pytest.fixture
def lines() -> Iterator[list[EventDict]]:
    with capture_logs() as captured:
        yield captured


def reasons(lines: list[EventDict]) -> list[str]:
    return [line["reason"] for line in lines if line["event"] == EVENT]


def test_a_line_names_request_account_and_network_and_nothing_typed(anonymous: Browser, cast: Cast, lines):
    anonymous.sign_in("alice@etxea.example", "faux-secret")

    (line,) = (line for line in lines if line["event"] == EVENT)
    assert {name: line[name] for name in ("reason", "route", "method", "account", "address", "log_level")} == {
        "reason": "wrong_credentials",
        "route": "/connexion",
        "method": "POST",
        "account": cast["alice"].id,
        "address": None,
        "log_level": "warning",
    }
    assert len(line["network"]) == len(line["request"]) == 16
    assert "alice@" not in str(line)
    assert "faux" not in str(line)
    assert "127.0.0.1" not in str(line)


def test_the_address_is_in_clear_where_the_setting_says_so(portal: Portal, cast: Cast, clock, lines):
    app = create_app(portal_with(portal, security_log_addresses="clear"), clock=clock)

    Browser(app).sign_in("nobody@etxea.example", "faux")

    assert [(line["address"], line["account"]) for line in lines if line["event"] == EVENT] == [("127.0.0.1", None)]


def test_signing_in_and_out_leaves_lines(anonymous: Browser, cast: Cast, lines):
    anonymous.sign_in("alice@etxea.example")
    anonymous.send("/deconnexion")

    assert reasons(lines) == [Reason.SIGNED_IN, Reason.SIGNED_OUT]
    assert {line["account"] for line in lines if line["event"] == EVENT} == {cast["alice"].id}


def test_guessing_leaves_a_line_each_and_says_when_the_account_is_locked(anonymous: Browser, cast: Cast, lines):
    for _ in range(11):
        anonymous.sign_in("alice@etxea.example", "faux")

    assert set(reasons(lines)) == {Reason.WRONG_CREDENTIALS, Reason.ACCOUNT_LOCKED, Reason.TOO_MANY_ATTEMPTS}
    assert reasons(lines).count(Reason.ACCOUNT_LOCKED) == 1


@pytest.mark.parametrize(
    ("path", "reason"),
    [
        ("/tickets/1", Reason.WITHHELD),
        ("/tickets/999", Reason.MISSING_OBJECT),
        ("/tickets/1/pieces/00000000-0000-4000-8000-000000000000/a.pdf", Reason.WITHHELD),
        ("/connexions/FTTO-00417", Reason.WITHHELD),
        ("/connexions/FTTO-99999", Reason.MISSING_OBJECT),
        ("/wp-login.php", Reason.UNKNOWN_PATH),
        ("/bureau", Reason.FORBIDDEN),
        ("/mot-de-passe/guessed", Reason.INVALID_LINK),
    ],
)
def test_a_stranger_who_looks_around_leaves_a_line(browser_of, portal: Portal, cast: Cast, path: str, reason: Reason):
    open_incident(portal, cast)
    charlie = browser_of("charlie")

    with capture_logs() as lines:
        charlie.get(path)

    assert reasons(lines) == [reason]
    assert lines[-1]["account"] == cast["charlie"].id


@pytest.mark.parametrize(
    ("path", "options", "reason"),
    [
        ("/connexion", {"headers": {"Host": "evil.example"}}, Reason.FOREIGN_HOST),
        ("/connexion", {"method": "POST", "headers": {"Origin": "https://evil.example"}}, Reason.FORGED_ORIGIN),
        ("/connexion", {"method": "POST", "data": "{}", "content_type": "text/xml"}, Reason.UNEXPECTED_MEDIA_TYPE),
        ("/connexion", {"method": "POST"}, Reason.MISSING_TOKEN),
        ("/tickets", {}, Reason.SIGN_IN_REQUIRED),
        ("/tickets", {"headers": {"Cookie": "izarlink=garbage"}}, Reason.FORGED_COOKIE),
    ],
)
def test_a_strange_request_leaves_a_line(app, lines, path: str, options, reason: Reason):
    app.test_client(use_cookies=False).open(path, base_url="http://127.0.0.1:8000", **options)

    assert reasons(lines) == [reason]


@pytest.mark.parametrize(("path", "before"), [("/connexion", []), ("/profil", [Reason.SIGN_IN_REQUIRED])])
def test_a_body_that_is_too_large_leaves_a_line(anonymous: Browser, lines, path: str, before: list[Reason]):
    anonymous.ask("POST", path, data={"identifier": "a" * STRANGER_BYTES})

    assert reasons(lines) == [*before, Reason.TOO_LARGE]


def test_an_ended_session_leaves_a_line(alice: Browser, clock, lines):
    clock.advance(minutes=31)

    alice.get("/tickets")

    assert reasons(lines) == [Reason.SESSION_ENDED]


def test_a_wrong_current_password_leaves_a_line(alice: Browser, cast: Cast, lines):
    alice.send("/profil/mot-de-passe", {"current_password": "faux", "new_password": PASSWORD, "confirmation": PASSWORD})

    assert reasons(lines) == [Reason.WRONG_CURRENT_PASSWORD]


def test_a_refused_file_leaves_a_line_without_its_name(alice: Browser, cast: Cast, lines):
    alice.send("/tickets/nouveau", {"files": (BytesIO(b"MZ"), "paie-de-bob.exe")})

    (line,) = (line for line in lines if line["event"] == EVENT)
    assert (line["reason"], line["detail"]) == (Reason.FILE_REFUSED, "FileKindRefused")
    assert "paie" not in str(line)


def test_an_ordinary_visit_leaves_no_line(alice: Browser, lines):
    alice.get("/tickets/nouveau")

    assert reasons(lines) == []
