"""The language of a request before its session is loaded."""

from functools import lru_cache

from flask import Flask, request
from werkzeug.datastructures import LanguageAccept
from werkzeug.http import parse_accept_header

from izarlink_tickets import i18n
from izarlink_tickets.web.app_context import settings

# Browsers send far less; what follows is not kept in memory.
_MAX_HEADER = 300


def register_language(app: Flask) -> None:
    i18n.load_catalogues()
    app.before_request(_set_language)


def _set_language() -> None:
    """Choose the browser's preferred language, or DEFAULT_LOCALE."""
    header = request.headers.get("Accept-Language", "")[:_MAX_HEADER]
    i18n.set_language(_preferred(header, settings().default_locale))


@lru_cache(maxsize=1024)
def _preferred(header: str, otherwise: str) -> str:
    codes = parse_accept_header(header, LanguageAccept).values()
    return i18n.preferred(list(codes), otherwise=otherwise)
