"""The portal's pages over a real database, and the browsers of people.

Every file runs on both databases, unless it says `pytest.mark.sqlite_only(reason)`: it asks no table a question of
its own. A new page is thereby tried on PostgreSQL without anybody thinking of it.
"""

from collections.abc import Callable, Iterator

import pytest
from flask import Flask
from tests.cast import Cast, Clock
from tests.stage import Stage
from tests.web.applications import application
from tests.web.browsing import Browser, signed_in

from izarlink_tickets.application import Portal
from izarlink_tickets.web import create_app


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    if "stage" in metafunc.fixturenames:
        sqlite_only = metafunc.definition.get_closest_marker("sqlite_only")
        metafunc.parametrize("stage", ["sqlite"] if sqlite_only else ["sqlite", "postgresql"], indirect=True)


@pytest.fixture
def stage(request: pytest.FixtureRequest) -> Stage:
    stage = request.getfixturevalue(f"{request.param}_stage")
    assert isinstance(stage, Stage)
    return stage


@pytest.fixture
def app(portal: Portal, clock: Clock) -> Iterator[Flask]:
    """Return the process's application on this test's portal."""
    app = application(portal, clock)
    # A failure is the test's to see; those of the error pages switch it back.
    app.config["TESTING"] = True
    yield app
    app.config["TESTING"] = False


@pytest.fixture
def own_app(portal: Portal, clock: Clock) -> Flask:
    """Build an application that the test may change."""
    app = create_app(portal, clock=clock)
    app.config["TESTING"] = True
    return app


@pytest.fixture
def anonymous(app: Flask) -> Browser:
    return Browser(app)


@pytest.fixture
def browser_of(app: Flask, cast: Cast) -> Callable[[str], Browser]:
    """Sign in a person by first name."""
    return lambda name: signed_in(app, cast, name)


@pytest.fixture
def alice(browser_of: Callable[[str], Browser]) -> Browser:
    return browser_of("alice")


@pytest.fixture
def sam(browser_of: Callable[[str], Browser]) -> Browser:
    return browser_of("sam")
