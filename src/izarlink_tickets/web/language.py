"""The language of a request before its session is loaded."""

from flask import Flask, request

from izarlink_tickets import i18n
from izarlink_tickets.web.app_context import settings


def register_language(app: Flask) -> None:
    i18n.load_catalogues()
    app.before_request(_set_language)


def _set_language() -> None:
    """Choose the browser's preferred language, or DEFAULT_LOCALE."""
    i18n.set_language(i18n.preferred(list(request.accept_languages.values()), otherwise=settings().default_locale))
