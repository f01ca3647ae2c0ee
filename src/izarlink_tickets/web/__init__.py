"""The portal's web pages."""

from collections.abc import Callable
from datetime import datetime
from typing import Any

from flask import Flask

from izarlink_tickets.application import Portal
from izarlink_tickets.web import (
    account_security,
    audit,
    desk,
    directory,
    home,
    identity,
    legal,
    mailbox,
    operations,
    own_second_factors,
    passwords,
    preferences,
    profile,
    second_factor,
    sign_in,
    single_sign_on,
    tickets,
    welcome,
)
from izarlink_tickets.web.addresses import register_addresses
from izarlink_tickets.web.app_context import register_app_context
from izarlink_tickets.web.assets import register_assets
from izarlink_tickets.web.authentication import register_authentication, require_guards
from izarlink_tickets.web.compression import register_compression
from izarlink_tickets.web.csrf import register_csrf
from izarlink_tickets.web.errors import register_errors
from izarlink_tickets.web.fetch_redirects import register_fetch_redirects
from izarlink_tickets.web.language import register_language
from izarlink_tickets.web.request_limits import register_request_limits
from izarlink_tickets.web.request_origin import register_request_origin
from izarlink_tickets.web.row_memo import register_row_memo
from izarlink_tickets.web.security import register_security
from izarlink_tickets.web.security_events import register_security_events
from izarlink_tickets.web.templating import register_templates

PAGES = (
    home.pages,
    legal.pages,
    sign_in.pages,
    single_sign_on.pages,
    second_factor.pages,
    passwords.pages,
    welcome.pages,
    profile.pages,
    preferences.pages,
    account_security.pages,
    own_second_factors.pages,
    identity.pages,
    tickets.pages,
    tickets.own_services.pages,
    desk.pages,
    directory.pages,
    audit.pages,
    operations.pages,
    mailbox.pages,
)


class WebPortal(Flask):
    """The Flask application; `errors` logs its failures."""

    def ensure_sync(self, func: Callable[..., Any]) -> Callable[..., Any]:
        """Return the function, as none of ours is asynchronous."""
        return func

    def log_exception(self, *_: object) -> None:
        """Leave logging to the error page, which has the reference."""


def create_app(portal: Portal, *, clock: Callable[[], datetime]) -> Flask:
    """Build the WSGI application of one worker. clock: returns aware UTC."""
    app = WebPortal(__name__, static_folder=None)
    register_app_context(app, portal=portal, clock=clock)
    register_language(app)
    register_row_memo(app)
    if portal.settings.metrics_bind:
        from izarlink_tickets.web.request_metrics import register_request_metrics  # noqa: PLC0415 - 3 MB, needed with METRICS_BIND only

        register_request_metrics(app)
    register_compression(app)
    register_request_origin(app, settings=portal.settings, keys=portal.keys)
    # The order of the checks of a request: host, origin, session and guard. Only then the form is parsed.
    register_security(app, settings=portal.settings, keys=portal.keys)
    register_csrf(app)
    register_authentication(app)
    register_request_limits(app, settings=portal.settings)
    register_security_events(app)
    register_errors(app)
    register_templates(app, settings=portal.settings)
    register_addresses(app)
    register_assets(app)
    register_fetch_redirects(app)
    for pages in PAGES:
        app.register_blueprint(pages)
    require_guards(app)
    return app
