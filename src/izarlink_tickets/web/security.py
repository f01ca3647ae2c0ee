"""Security of every request and response: headers, cookies, hosts, sizes, proxies.

Accounts and rights are `authentication`'s.
"""

from collections.abc import Iterable
from ipaddress import IPv4Network, IPv6Network, ip_address
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from flask import Flask, Response, abort, current_app, request
from flask.sessions import SecureCookieSessionInterface
from itsdangerous import URLSafeTimedSerializer
from werkzeug.exceptions import BadHost
from werkzeug.middleware.proxy_fix import ProxyFix
from werkzeug.sansio.utils import host_is_trusted

from izarlink_tickets.attachments import MAX_FILES
from izarlink_tickets.config import LOOPBACK_HOSTS, MasterKeys, Settings
from izarlink_tickets.web.app_context import settings as current_settings

if TYPE_CHECKING:
    from _typeshed.wsgi import StartResponse, WSGIApplication, WSGIEnvironment

# Above the size of a form's files. A larger request gets a bare 413, and its typed text is lost.
ROOM_BYTES = 6 * 1024 * 1024
# A text of 20,000 characters takes 240 kB once encoded; Werkzeug's default is 500 kB, for multipart alone.
MAX_FORM_FIELDS_BYTES = 1024 * 1024
OPERATIONS = "/-/"

HEADERS = {
    "Content-Security-Policy": (
        "default-src 'none'; style-src 'self'; script-src 'self'; img-src 'self' data:; font-src 'self'; "
        "connect-src 'self'; form-action 'self'; frame-ancestors 'none'; base-uri 'none'"
    ),
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "same-origin",
    "Permissions-Policy": "camera=(), geolocation=(), microphone=(), payment=(), usb=()",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
}


def largest_form_bytes(settings: Settings) -> int:
    """Return the size of the largest request that a page accepts."""
    return MAX_FILES * settings.attachment_max_bytes + ROOM_BYTES


def register_security(app: Flask, *, settings: Settings, keys: MasterKeys) -> None:
    is_https = urlsplit(settings.base_url).scheme == "https"
    app.config.update(
        SECRET_KEY=keys.secret,
        SESSION_COOKIE_NAME="__Host-izarlink" if is_https else "izarlink",
        SESSION_COOKIE_SECURE=is_https,
        SESSION_COOKIE_HTTPONLY=True,
        SESSION_COOKIE_SAMESITE="Lax",
        MAX_CONTENT_LENGTH=largest_form_bytes(settings),
        MAX_FORM_MEMORY_SIZE=MAX_FORM_FIELDS_BYTES,
        PROVIDE_AUTOMATIC_OPTIONS=False,
    )
    app.session_interface = SignedCookies()
    app.before_request(_refuse_foreign_hosts)
    app.before_request(_refuse_other_media)
    app.after_request(_protect)
    if settings.trusted_proxies:
        app.wsgi_app = BehindProxies(app.wsgi_app, networks=settings.trusted_proxies)  # type: ignore[method-assign]


class SignedCookies(SecureCookieSessionInterface):
    """Flask's sessions, with one signer instead of one a request."""

    def __init__(self) -> None:
        """Prepare; the key is the application's."""
        self._signer: URLSafeTimedSerializer | None = None

    def get_signing_serializer(self, app: Flask) -> URLSafeTimedSerializer | None:
        """Return the signer of this application."""
        if self._signer is None:
            self._signer = super().get_signing_serializer(app)
        return self._signer


class BehindProxies:
    """Trust X-Forwarded-For, -Proto and -Host of the configured proxies only."""

    def __init__(self, application: "WSGIApplication", *, networks: Iterable[IPv4Network | IPv6Network]) -> None:
        self._direct = application
        self._forwarded = ProxyFix(application, x_for=1, x_proto=1, x_host=1)
        self._networks = tuple(networks)

    def __call__(self, environ: "WSGIEnvironment", start_response: "StartResponse") -> Iterable[bytes]:
        application = self._forwarded if self._trusts(environ.get("REMOTE_ADDR", "")) else self._direct
        return application(environ, start_response)

    def _trusts(self, address: str) -> bool:
        try:
            peer = ip_address(address)
        except ValueError:
            return False
        return any(peer in network for network in self._networks)


def _refuse_foreign_hosts() -> None:
    trusted = current_settings().trusted_hosts
    if request.path.startswith(OPERATIONS):
        # A probe on the machine uses a loopback name.
        trusted = (*trusted, *LOOPBACK_HOSTS)
    host = request.headers.get("Host")
    # Werkzeug checks the characters; its list of hosts doesn't support IPv6 addresses.
    if not host_is_trusted(host) or not _is_listed(urlsplit(f"//{host}").hostname or "", trusted):
        raise BadHost


def _is_listed(name: str, trusted: Iterable[str]) -> bool:
    return any(name == host or (host.startswith(".") and f".{name}".endswith(host)) for host in trusted)


def _refuse_other_media() -> None:
    """Refuse media types that Flask parses as an empty form."""
    forms = {"", "application/x-www-form-urlencoded", "multipart/form-data"}
    if request.method == "POST" and request.mimetype not in forms:
        abort(415)


def _protect(response: Response) -> Response:
    for name, value in HEADERS.items():
        response.headers.setdefault(name, value)
    if current_app.config["SESSION_COOKIE_SECURE"]:
        # ASVS 3.4.1: at least a year, with subdomains.
        response.headers["Strict-Transport-Security"] = "max-age=31536000; includeSubDomains"
    if "Cache-Control" not in response.headers:
        response.headers["Cache-Control"] = "no-store"
    return response
