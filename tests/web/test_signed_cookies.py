"""Sessions from cookies whose signatures are verified once."""

from collections.abc import Mapping
from datetime import timedelta
from typing import Any

import pytest
from flask import Flask, request
from flask.sessions import SecureCookieSession

from izarlink_tickets.web.security import SignedCookies


@pytest.fixture
def app():
    app = Flask(__name__)
    app.secret_key = "a key of the test"
    app.session_interface = SignedCookies(app)
    return app


def cookie_of(app: Flask, content: Mapping[str, Any]) -> str:
    serializer = SignedCookies(app).get_signing_serializer(app)
    return str(serializer.dumps(content))


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
