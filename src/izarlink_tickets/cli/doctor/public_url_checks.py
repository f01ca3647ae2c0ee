"""What is asked of the address that visitors use, as one of them: what a proxy in front lets through, and adds."""

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
from izarlink_tickets.config import Settings

PATIENCE_SECONDS = 20.0
# The fields and the boundaries beside the files.
FORM_BYTES = 64 * 1024
# Each page of ours has it; what a proxy answers by itself hasn't.
_OURS = "Content-Security-Policy"
_BOUNDARY = "izarlink-doctor"


@dataclass(frozen=True, slots=True)
class Heard:
    """An answer, whatever its status."""

    status: int
    headers: Message


class _NoRedirects(HTTPRedirectHandler):
    """A redirect is an answer like any other here."""

    def redirect_request(self, *_: object, **__: object) -> None:
        """Follow none."""


_opener = build_opener(_NoRedirects, HTTPSHandler(context=ssl.create_default_context()))


def check_public_url(url: str, settings: Settings) -> Iterator[CheckResult]:
    """Ask at `url` as a visitor would; nothing is stored by it."""
    remedy = f"Check {url} from this machine: its name, its certificate, the server in front."
    pages = run_check("pages from outside", partial(_pages, url, settings), remedy=remedy)
    yield pages
    if pages.status is CheckStatus.FAILED:
        return
    yield run_check("uploads from outside", partial(_uploads, url, settings), remedy=remedy)
    yield run_check("figures from outside", partial(_figures, url), remedy=remedy)
    if urlsplit(url).scheme == "https":
        yield run_check(
            "encryption", partial(_encryption, url), remedy="Let the server in front answer on port 80 too."
        )


def _pages(url: str, settings: Settings) -> str:
    if url.rstrip("/") != settings.base_url:
        raise CheckFailed(
            f"mails link to {settings.base_url}", "Set IZARLINK_BASE_URL to the address that visitors use."
        )
    answer = _ask(url, "/connexion")
    if answer.status != HTTPStatus.OK or _OURS not in answer.headers:
        raise CheckFailed(
            f"the sign-in page answers {answer.status}",
            "See that the server in front passes on the Host header, and reaches IZARLINK_BIND.",
            status=CheckStatus.FAILED,
        )
    if len(answer.headers.get_all(_OURS, [])) > 1:
        raise CheckFailed("the server in front adds a Content-Security-Policy of its own", "Remove it there.")
    return "the sign-in page is there"


def _uploads(url: str, settings: Settings) -> str:
    """Send as much as a form with all its files may hold; the form has no token, so nothing comes of it."""
    size = MAX_FILES * settings.attachment_max_bytes
    answer = _ask(url, "/connexion", body=_form(size))
    if _OURS not in answer.headers:
        raise CheckFailed(
            f"a form of {size >> 20} MiB is refused by the server in front ({answer.status})",
            f"Let it pass at least {(size + FORM_BYTES >> 20) + 1} MiB (nginx: client_max_body_size).",
            status=CheckStatus.FAILED,
        )
    return f"forms of {size >> 20} MiB come through"


def _figures(url: str) -> str:
    if _ask(url, "/metrics").status == HTTPStatus.OK:
        raise CheckFailed(
            "/metrics answers to everybody", "Take it off the server in front.", status=CheckStatus.FAILED
        )
    return "not shown to visitors"


def _encryption(url: str) -> str:
    host = urlsplit(url).hostname
    answer = _ask(f"http://{host}", "/")
    if not answer.headers.get("Location", "").startswith("https://"):
        raise CheckFailed(f"http://{host} does not lead to https", "Let the server in front redirect it.")
    return f"http://{host} leads to https"


def _form(size: int) -> bytes:
    head = f'--{_BOUNDARY}\r\nContent-Disposition: form-data; name="files"; filename="doctor.bin"\r\n\r\n'
    return head.encode() + bytes(size) + f"\r\n--{_BOUNDARY}--\r\n".encode()


def _ask(url: str, path: str, *, body: bytes | None = None) -> Heard:
    headers = {"User-Agent": "izarlink-tickets doctor"}
    if body is not None:
        headers["Content-Type"] = f"multipart/form-data; boundary={_BOUNDARY}"
    # S310: the scheme is that of an address that the operator has typed, or http.
    request = Request(url.rstrip("/") + path, data=body, headers=headers)  # noqa: S310
    try:
        with _opener.open(request, timeout=PATIENCE_SECONDS) as answer:
            return Heard(answer.status, answer.headers)
    except HTTPError as error:
        with error:
            return Heard(error.code, error.headers)
