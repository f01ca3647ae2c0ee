"""Security of every request and response: headers, cookies, hosts, proxies.

Accounts and rights are `authentication`'s, sizes `request_limits`'.
"""

from collections.abc import Iterable
from datetime import UTC, datetime, timedelta
from functools import lru_cache
from ipaddress import IPv4Network, IPv6Network, ip_address
from typing import TYPE_CHECKING, cast
from urllib.parse import urlsplit

from flask import Flask, Request, Response, abort, current_app, request
from flask.sessions import SecureCookieSession, SecureCookieSessionInterface
from itsdangerous import BadSignature, TimestampSigner, URLSafeTimedSerializer
from werkzeug.exceptions import BadHost
from werkzeug.middleware.proxy_fix import ProxyFix
from werkzeug.sansio.utils import host_is_trusted

from izarlink_tickets.config import LOOPBACK_HOSTS, MasterKeys, Settings
from izarlink_tickets.web.app_context import settings as current_settings

if TYPE_CHECKING:
    from _typeshed.wsgi import StartResponse, WSGIApplication, WSGIEnvironment

OPERATIONS = "/-/"
# Of some 300 bytes, of the sessions that a process has seen last.
KNOWN_COOKIES = 1024

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


def register_security(app: Flask, *, settings: Settings, keys: MasterKeys) -> None:
    is_https = urlsplit(settings.base_url).scheme == "https"
    app.config.update(
        SESSION_COOKIE_NAME="__Host-izarlink" if is_https else "izarlink",
        SESSION_COOKIE_SECURE=is_https,
        SESSION_COOKIE_HTTPONLY=True,
        SESSION_COOKIE_SAMESITE="Lax",
        PROVIDE_AUTOMATIC_OPTIONS=False,
    )
    app.session_interface = SignedCookies(app, keys)
    app.before_request(_refuse_foreign_hosts)
    app.before_request(_refuse_other_media)
    app.after_request(_protect)
    if settings.trusted_proxies:
        app.wsgi_app = BehindProxies(app.wsgi_app, networks=settings.trusted_proxies)  # type: ignore[method-assign]


class SignedCookies(SecureCookieSessionInterface):
    """Flask's sessions, whose signatures are verified once.

    A page's cookie is mostly one that the process has seen before. A changed secret key is taken at the next request.
    """

    def __init__(self, app: Flask, keys: MasterKeys) -> None:
        """Prepare the signer of the application, and give it its key."""
        self._keys = keys
        self._secrets: tuple[bytes, ...] = ()
        self._take_keys(app)

    def get_signing_serializer(self, app: Flask) -> URLSafeTimedSerializer:
        """Return the signer of the application."""
        del app
        return self._serializer

    def open_session(self, app: Flask, request: Request) -> SecureCookieSession:
        """Return the cookie's session; an empty one without a valid cookie."""
        self._take_keys(app)
        cookie = request.cookies.get(self.get_cookie_name(app), "")
        try:
            content, signed_at = self._verified(cookie)
        except BadSignature:
            return self.session_class()
        if not timedelta(0) <= datetime.now(UTC) - signed_at <= app.permanent_session_lifetime:
            return self.session_class()
        # Parsed each time: what is in a session may be changed.
        return self.session_class(self._serializer.load_payload(content))

    def _take_keys(self, app: Flask) -> None:
        """Take the secret keys as they are now, for cookies and forms."""
        secrets = self._keys.accepted_secrets(datetime.now(UTC))
        if secrets == self._secrets:
            return
        # The signers want the present key last.
        app.config.update(
            SECRET_KEY=secrets[-1], SECRET_KEY_FALLBACKS=list(secrets[:-1]), WTF_CSRF_SECRET_KEY=list(secrets)
        )
        self._serializer = cast("URLSafeTimedSerializer", super().get_signing_serializer(app))
        self._verified = lru_cache(maxsize=KNOWN_COOKIES)(self._verify)
        self._secrets = secrets

    def _verify(self, cookie: str) -> tuple[bytes, datetime]:
        """Return the signed content and its time, aware UTC. Raises: BadSignature."""
        signer = cast("TimestampSigner", self._serializer.make_signer(self._serializer.salt))
        return signer.unsign(cookie, return_timestamp=True)


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
        if name not in response.headers:
            response.headers.add(name, value)
    if current_app.config["SESSION_COOKIE_SECURE"]:
        # ASVS 3.4.1: at least a year, with subdomains.
        response.headers["Strict-Transport-Security"] = "max-age=31536000; includeSubDomains"
    if "Cache-Control" not in response.headers:
        response.headers["Cache-Control"] = "no-store"
    return response
