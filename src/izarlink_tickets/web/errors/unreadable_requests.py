"""Pages for requests whose head is too long to be read.

The server refuses them, so the portal never sees them; the pages are rendered before.
"""

from collections.abc import Mapping
from http import HTTPStatus

from flask import Flask

from izarlink_tickets.i18n import SOURCE_LANGUAGE, use_language
from izarlink_tickets.web.errors.error_texts import STATUS_TEXTS
from izarlink_tickets.web.templating import render_bare

TOO_LONG = (HTTPStatus.REQUEST_URI_TOO_LONG, HTTPStatus.REQUEST_HEADER_FIELDS_TOO_LARGE)


def unreadable_request_responses(app: Flask, headers: Mapping[str, str]) -> dict[int, bytes]:
    """Render the whole responses, by status.

    headers: of every response.
    """
    with app.app_context(), use_language(SOURCE_LANGUAGE):
        pages = {
            status: render_bare("error.html", layout="bare.html", text=STATUS_TEXTS[status]).encode()
            for status in TOO_LONG
        }
    return {status.value: _response(status, page, headers) for status, page in pages.items()}


def _response(status: HTTPStatus, page: bytes, headers: Mapping[str, str]) -> bytes:
    fields = {
        **headers,
        "Cache-Control": "no-store",
        "Content-Type": "text/html; charset=utf-8",
        "Content-Length": str(len(page)),
        "Connection": "close",
    }
    head = "".join(f"{name}: {value}\r\n" for name, value in fields.items())
    return f"HTTP/1.1 {status.value} {status.phrase}\r\n{head}\r\n".encode() + page
