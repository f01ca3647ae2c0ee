"""Sessions from cookies whose signatures are verified once."""

from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from flask import Flask, request
from flask.sessions import SecureCookieSession

from izarlink_tickets.config import MasterKeys, SealingKey
from izarlink_tickets.config.master_keys import PreviousKey, SecretKey, Secrets
from izarlink_tickets.web.security import SignedCookies

KEY, NEW_KEY = b"a key of the test", b"the key after it"


@pytest.fixture
def app():
    app = Flask(__name__)
    app.session_interface = SignedCookies(app, keys_with(Secrets(KEY)))
    return app


def cookie_of(app: Flask, content: Mapping[str, Any]) -> str:
    serializer = app.session_interface.get_signing_serializer(app)  # type: ignore[attr-defined]  # ours
    return str(serializer.dumps(content))


def keys_with(secrets: Secrets) -> MasterKeys:
    return MasterKeys(SecretKey(secrets), SealingKey(bytes(32)))


def opened(app: Flask, cookie: str) -> SecureCookieSession:
    with app.test_request_context(headers={"Cookie": f"session={cookie}"}):
        session = app.session_interface.open_session(app, request)
    assert isinstance(session, SecureCookieSession)
    return session


def test_a_known_cookie_opens_again(app: Flask):
    cookie = cookie_of(app, {"name": "alice"})

    assert [dict(opened(app, cookie)) for _ in range(2)] == [{"name": "alice"}] * 2


def test_a_request_changes_its_own_session_alone(app: Flask):
    cookie = cookie_of(app, {"messages": ["one"]})

    opened(app, cookie)["messages"].append("two")

    assert opened(app, cookie)["messages"] == ["one"]


@pytest.mark.parametrize("format_of", ["{0}x", "x{0}", ""], ids=["signature", "content", "missing"])
def test_an_altered_cookie_opens_an_empty_session(app: Flask, format_of: str):
    cookie = cookie_of(app, {"name": "alice"})
    opened(app, cookie)

    assert not opened(app, format_of.format(cookie))


def test_a_known_cookie_expires(app: Flask):
    cookie = cookie_of(app, {"name": "alice"})
    opened(app, cookie)
    app.permanent_session_lifetime = timedelta(seconds=-1)

    assert not opened(app, cookie)


# --- a changed key ----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("hours", "content"), [(1, {"name": "alice"}), (-1, {})], ids=["accepted", "expired"])
def test_a_cookie_of_the_key_before_opens_until_its_time_has_come(app: Flask, hours: int, content: dict[str, str]):
    cookie = cookie_of(app, {"name": "alice"})
    until = datetime.now(UTC) + timedelta(hours=hours)

    app.session_interface = SignedCookies(app, keys_with(Secrets(NEW_KEY, (PreviousKey(KEY, until),))))

    assert dict(opened(app, cookie)) == content


def test_cookies_and_forms_are_signed_with_the_new_key(app: Flask):
    before = cookie_of(app, {"name": "alice"})
    app.session_interface = SignedCookies(app, keys_with(Secrets(NEW_KEY, (PreviousKey(KEY),))))

    cookie = cookie_of(app, {"name": "alice"})

    assert cookie.rpartition(".")[2] != before.rpartition(".")[2]
    app.session_interface = SignedCookies(app, keys_with(Secrets(NEW_KEY)))
    assert dict(opened(app, cookie)) == {"name": "alice"}
    assert (app.config["SECRET_KEY"], app.config["WTF_CSRF_SECRET_KEY"]) == (NEW_KEY, [NEW_KEY])
