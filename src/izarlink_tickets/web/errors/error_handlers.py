"""Flask error handlers; each renders a page with advice."""

import re
import secrets
from http import HTTPStatus

import structlog
from flask import Flask, Response, current_app, make_response, request
from gunicorn.http.errors import ParseException
from sqlalchemy.exc import DataError
from werkzeug.exceptions import BadHost, HTTPException, InternalServerError

from izarlink_tickets.attachments import MAX_FILES
from izarlink_tickets.domain.errors import Refusal, TryAgainLater
from izarlink_tickets.security_log import Reason
from izarlink_tickets.web import security_events
from izarlink_tickets.web.app_context import settings
from izarlink_tickets.web.errors.error_texts import DATABASE_TEXTS, STATUS_TEXTS, ErrorText, upload_too_large
from izarlink_tickets.web.errors.refusal_responses import message_for, status_of
from izarlink_tickets.web.request_limits import limits
from izarlink_tickets.web.resubmission import submitted_form
from izarlink_tickets.web.templating import render, render_bare

log = structlog.get_logger(__name__)

# The visitor reads it to support, who look it up in the log: eight letters, short enough for the phone.
REFERENCE_BYTES = 4
# By then earlier writers are done, or the database is back. Source: RFC 9110 §10.2.3.
RETRY_SECONDS = 10
_TICKET_FORM_PATH = re.compile(r"((?:/bureau)?/tickets/[0-9]+)/")


def register_errors(app: Flask) -> None:
    app.register_error_handler(HTTPException, _http_error)
    app.register_error_handler(InternalServerError, _internal_error)
    app.register_error_handler(Refusal, _refusal)
    for kind in DATABASE_TEXTS:
        app.register_error_handler(kind, _database_error)
    # The request holds a value that can't be stored: a number too large, half a character. The log says where.
    for kind in (OverflowError, UnicodeError, DataError):
        app.register_error_handler(kind, _unstorable_value)
    # Gunicorn reads the body when the page does, and only then notices malformed chunks.
    app.register_error_handler(ParseException, _malformed_body)


def _page(text: ErrorText, *, status: int, **values: object) -> Response:
    return make_response(render("error.html", layout="base.html", text=text, **values), status)


def _bare_page(text: ErrorText, *, status: int, **values: object) -> Response:
    return make_response(render_bare("error.html", layout="bare.html", text=text, **values), status)


def _http_error(error: HTTPException) -> Response:
    status = error.code or HTTPStatus.INTERNAL_SERVER_ERROR
    if status < HTTPStatus.BAD_REQUEST:
        # Werkzeug raises its redirects, too.
        return make_response(error.get_response(request.environ))
    security_events.record_http_error(error)
    # A request for a foreign host is not trusted, and neither is its session cookie.
    page = _bare_page if isinstance(error, BadHost) else _page
    response = page(_text_for(status), status=status, ticket=_ticket_path(status))
    for name, value in error.get_headers(request.environ):
        if name in {"Allow", "Retry-After", "Content-Range"}:
            response.headers[name] = value
    return response


def _ticket_path(status: int) -> str | None:
    """Return the ticket's path where a form's address was opened.

    Phones do that when they reopen a tab that was put away.
    """
    is_opened = status == HTTPStatus.METHOD_NOT_ALLOWED and request.method == "GET"
    match = _TICKET_FORM_PATH.match(request.path) if is_opened else None
    return match[1] if match else None


def _text_for(status: int) -> ErrorText:
    if status == HTTPStatus.REQUEST_ENTITY_TOO_LARGE and limits().keeps_files:
        total = current_app.config["MAX_CONTENT_LENGTH"]
        return upload_too_large(request_bytes=total, max_files=MAX_FILES, file_bytes=settings().attachment_max_bytes)
    return STATUS_TEXTS.get(status) or (STATUS_TEXTS[HTTPStatus.BAD_REQUEST] if status < 500 else STATUS_TEXTS[503])  # noqa: PLR2004


def _refusal(refusal: Refusal) -> Response:
    security_events.record_refusal(refusal)
    status = status_of(refusal)
    if status == HTTPStatus.NOT_FOUND:
        # Another company's ticket looks like a page that does not exist.
        return _page(STATUS_TEXTS[status], status=status)
    response = _page(ErrorText(_text_for(status).title, message_for(refusal)), status=status)
    if isinstance(refusal, TryAgainLater):
        response.headers["Retry-After"] = str(refusal.retry_after_seconds)
    return response


def _database_error(error: Exception) -> Response:
    """Offer to send the form again.

    It keeps its command id, so it is carried out once.
    """
    log.warning("database_trouble", kind=type(error).__name__, route=_route())
    text = next(DATABASE_TEXTS[kind] for kind in type(error).__mro__ if kind in DATABASE_TEXTS)
    response = _bare_page(text, status=HTTPStatus.SERVICE_UNAVAILABLE, submitted=submitted_form())
    response.headers["Retry-After"] = str(RETRY_SECONDS)
    return response


def _unstorable_value(error: Exception) -> Response:
    log.warning("odd_value", kind=type(error).__name__, route=_route(), exc_info=error)
    return _page(STATUS_TEXTS[HTTPStatus.BAD_REQUEST], status=HTTPStatus.BAD_REQUEST)


def _malformed_body(_: ParseException) -> Response:
    security_events.record(Reason.MALFORMED_REQUEST)
    return _page(STATUS_TEXTS[HTTPStatus.BAD_REQUEST], status=HTTPStatus.BAD_REQUEST)


def _internal_error(error: InternalServerError) -> Response:
    reference = secrets.token_hex(REFERENCE_BYTES)
    log.error("request_failed", reference=reference, route=_route(), exc_info=error.original_exception)
    values = {"reference": reference, "submitted": submitted_form()}
    return _bare_page(STATUS_TEXTS[500], status=HTTPStatus.INTERNAL_SERVER_ERROR, **values)


def _route() -> str | None:
    """Return the route of the request, for the log.

    The address itself may hold a secret link or a file name.
    """
    return request.url_rule.rule if request.url_rule else None
