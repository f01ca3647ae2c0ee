"""The cookie of browsers that have signed in before.

It opens nothing: `accounts.known_browsers` explains what it is for.
"""

from flask import Response, after_this_request, current_app, request

from izarlink_tickets.accounts import Account
from izarlink_tickets.accounts.known_browsers import LIFETIME
from izarlink_tickets.web.app_context import now, portal


def known_browsers() -> str:
    """Return the request's cookie; empty without one."""
    return request.cookies.get(_cookie_name(), "")


def remember_browser(account: Account) -> None:
    """Send the cookie by which the account knows the browser."""
    value = portal().sign_ins.remember_browser(known_browsers(), account, now=now())

    @after_this_request
    def add_cookie(response: Response) -> Response:
        is_https = current_app.config["SESSION_COOKIE_SECURE"]
        if value:
            response.set_cookie(
                _cookie_name(), value, max_age=LIFETIME, secure=is_https, httponly=True, samesite="Strict"
            )
        return response


def _cookie_name() -> str:
    """Return the name, with the prefix of the session's cookie."""
    return f"{current_app.config['SESSION_COOKIE_NAME']}-browser"
