"""Speak each visitor's language: the browser's, until the session says who it is (`authentication`)."""

from flask import Flask, request

from izarlink_tickets import i18n
from izarlink_tickets.web.app_context import settings


def register_language(app: Flask) -> None:
    i18n.load_catalogues()
    app.before_request(_speak)


def _speak() -> None:
    """Speak as the browser asks, else DEFAULT_LOCALE."""
    i18n.speak(i18n.preferred(list(request.accept_languages.values()), otherwise=settings().default_locale))
