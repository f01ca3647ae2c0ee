"""Checks of the public address, as a visitor behind the reverse proxy."""

import socket
import ssl
from collections.abc import Iterator
from dataclasses import dataclass
from email.message import Message
from functools import partial
from http import HTTPStatus
from urllib.error import HTTPError
from urllib.parse import urlsplit
from urllib.request import HTTPRedirectHandler, HTTPSHandler, Request, build_opener

from izarlink_tickets.attachments import MAX_FILES
from izarlink_tickets.cli.doctor.check_results import CheckFailed, CheckResult, CheckStatus, run_check
from izarlink_tickets.config import MasterKeys, Settings
from izarlink_tickets.web.request_limits import cookie_for_large_forms
from izarlink_tickets.web.security import HEADERS

TIMEOUT_SECONDS = 20.0
# Room for the fields and boundaries besides the files.
FORM_BYTES = 64 * 1024
# Every page of the portal has this header; a proxy's own answers do not.
_PORTAL_HEADER = "Content-Security-Policy"
_BOUNDARY = "izarlink-doctor"
HTTPS_PORT = 443
# All but those with forward secrecy and authenticated encryption.
_WEAK_CIPHERS = "ALL:!aNULL:!ECDHE+AESGCM:!ECDHE+CHACHA20:!DHE+AESGCM:!DHE+CHACHA20:@SECLEVEL=0"


@dataclass(frozen=True, slots=True)
class PublicResponse:
    """A response, whatever its status."""

    status: int
    headers: Message


class _NoRedirects(HTTPRedirectHandler):
    """Return redirects as responses."""

    def redirect_request(self, *_: object, **__: object) -> None:
        """Follow no redirect."""


_opener = build_opener(_NoRedirects, HTTPSHandler(context=ssl.create_default_context()))


def check_public_url(url: str, settings: Settings, *, keys: MasterKeys | None) -> Iterator[CheckResult]:
    """Test `url` as a visitor would; nothing is stored.

    keys: None if they can't be read; then no large form is sent.
    """
    remedy = f"Check {url} from this machine: its name, its certificate, the proxy in front."
    pages = run_check("pages from outside", partial(_pages, url, settings), remedy=remedy)
    yield pages
    if pages.status is CheckStatus.FAILED:
        return
    if keys:
        yield run_check("uploads from outside", partial(_uploads, url, settings, keys), remedy=remedy)
    yield run_check("figures from outside", partial(_figures, url), remedy=remedy)
    if urlsplit(url).scheme == "https":
        yield run_check(
            "encryption", partial(_encryption, url), remedy="Let the proxy in front also listen on port 80."
        )
        yield run_check("ciphers", partial(check_ciphers, url), remedy=remedy)


def _pages(url: str, settings: Settings) -> str:
    if url.rstrip("/") != settings.base_url:
        raise CheckFailed(
            f"mails link to {settings.base_url}", "Set IZARLINK_BASE_URL to the address that visitors use."
        )
    response = _request(url, "/connexion")
    if response.status != HTTPStatus.OK or _PORTAL_HEADER not in response.headers:
        raise CheckFailed(
            f"the sign-in page answers {response.status}",
            "Check that the proxy in front passes on the Host header and reaches IZARLINK_BIND.",
            status=CheckStatus.FAILED,
        )
    if len(response.headers.get_all(_PORTAL_HEADER, [])) > 1:
        raise CheckFailed("the proxy in front adds its own Content-Security-Policy", "Remove it there.")
    _require_own_referrer_policy(response.headers)
    return "the sign-in page loads"


def _require_own_referrer_policy(headers: Message) -> None:
    """Check that no proxy has browsers hide where forms come from.

    With « no-referrer » they send « Origin: null », and browsers without Sec-Fetch-Site can't send a form at all.
    """
    policies = [policy.strip() for value in headers.get_all("Referrer-Policy", []) for policy in value.split(",")]
    if others := sorted(set(policies) - {HEADERS["Referrer-Policy"]}):
        raise CheckFailed(
            f"the proxy in front sets Referrer-Policy: {', '.join(others)}",
            "Remove it there: the portal sets its own, and browsers hide with another one where a form comes from.",
        )


def _uploads(url: str, settings: Settings, keys: MasterKeys) -> str:
    """Send the largest form that the portal accepts.

    It has no token, so the portal refuses it and stores nothing.
    """
    size = MAX_FILES * settings.attachment_max_bytes
    response = _request(url, "/connexion", body=_form(size), cookie=cookie_for_large_forms(settings, keys))
    if _PORTAL_HEADER not in response.headers:
        raise CheckFailed(
            f"the proxy in front refuses a form of {size >> 20} MiB ({response.status})",
            f"Let it pass at least {(size + FORM_BYTES >> 20) + 1} MiB (nginx: client_max_body_size).",
            status=CheckStatus.FAILED,
        )
    return f"forms of {size >> 20} MiB pass"


def _figures(url: str) -> str:
    if _request(url, "/metrics").status == HTTPStatus.OK:
        raise CheckFailed("/metrics is public", "Block it on the proxy in front.", status=CheckStatus.FAILED)
    return "hidden from visitors"


def _encryption(url: str) -> str:
    host = urlsplit(url).hostname
    response = _request(f"http://{host}", "/")
    if not response.headers.get("Location", "").startswith("https://"):
        raise CheckFailed(f"http://{host} does not redirect to https", "Let the proxy in front redirect it.")
    return f"http://{host} redirects to https"


def check_ciphers(url: str) -> str:
    """Offer weak ciphers alone, which the server should refuse.

    Source: ASVS 5.0, 12.1.2.
    """
    address = urlsplit(url)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    # Of the certificate other checks tell; those of TLS 1.3 are all strong.
    context.check_hostname, context.verify_mode = False, ssl.CERT_NONE
    context.maximum_version = ssl.TLSVersion.TLSv1_2
    context.set_ciphers(_WEAK_CIPHERS)
    with socket.create_connection((address.hostname, address.port or HTTPS_PORT), TIMEOUT_SECONDS) as raw:
        try:
            with context.wrap_socket(raw, server_hostname=address.hostname) as connection:
                accepted = connection.cipher()
        except (ssl.SSLError, ConnectionError):
            return "only strong ones"
    raise CheckFailed(
        f"{accepted[0] if accepted else 'a weak one'} is accepted", "List them as deploy/nginx.conf does (ssl_ciphers)."
    )


def _form(size: int) -> bytes:
    head = f'--{_BOUNDARY}\r\nContent-Disposition: form-data; name="files"; filename="doctor.bin"\r\n\r\n'
    return head.encode() + bytes(size) + f"\r\n--{_BOUNDARY}--\r\n".encode()


def _request(url: str, path: str, *, body: bytes | None = None, cookie: str = "") -> PublicResponse:
    headers = {"User-Agent": "izarlink-tickets doctor"}
    if cookie:
        headers["Cookie"] = cookie
    if body is not None:
        headers["Content-Type"] = f"multipart/form-data; boundary={_BOUNDARY}"
    # S310: the scheme is http, or that of the address that the operator typed.
    request = Request(url.rstrip("/") + path, data=body, headers=headers)  # noqa: S310
    try:
        with _opener.open(request, timeout=TIMEOUT_SECONDS) as response:
            return PublicResponse(response.status, response.headers)
    except HTTPError as error:
        with error:
            return PublicResponse(error.code, error.headers)
