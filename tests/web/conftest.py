"""The portal's pages over a real database, and people who look at them."""

from collections.abc import Callable

import pytest
from flask import Flask
from tests.cast import Cast, Clock
from tests.web.browsing import Browser, signed_in

from izarlink_tickets.application import Portal
from izarlink_tickets.web import create_app


@pytest.fixture
def app(portal: Portal, clock: Clock) -> Flask:
    app = create_app(portal, clock=clock)
    # A failure is the test's to see; those of the error pages switch it back.
    app.config["TESTING"] = True
    return app


@pytest.fixture
def anonymous(app: Flask) -> Browser:
    return Browser(app)


@pytest.fixture
def browser_of(app: Flask, cast: Cast) -> Callable[[str], Browser]:
    """Sign somebody in, by first name."""
    return lambda name: signed_in(app, cast, name)


@pytest.fixture
def alice(browser_of: Callable[[str], Browser]) -> Browser:
    return browser_of("alice")


@pytest.fixture
def sam(browser_of: Callable[[str], Browser]) -> Browser:
    return browser_of("sam")
