"""The Flask application, built once per test process and set of keys."""

from flask import Flask
from tests.cast import Clock

from izarlink_tickets.application import Portal
from izarlink_tickets.web import create_app
from izarlink_tickets.web.app_context import register_app_context

_made: dict[bytes, Flask] = {}


def application(portal: Portal, clock: Clock) -> Flask:
    """Return the application on this portal, which needs the default settings."""
    app = _made.get(portal.keys.secret)
    if app is None:
        app = _made[portal.keys.secret] = create_app(portal, clock=clock)
    register_app_context(app, portal=portal, clock=clock)
    return app
