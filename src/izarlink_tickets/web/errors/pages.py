"""The pages of what went wrong: each says what happened and what to do, and offers a way out."""

import re
import secrets
from http import HTTPStatus

import structlog
from flask import Flask, Response, current_app, make_response, render_template, request
from gunicorn.http.errors import ParseException
from sqlalchemy.exc import DataError
from werkzeug.exceptions import BadHost, HTTPException, InternalServerError

from izarlink_tickets.accounts import TooManyAttempts
from izarlink_tickets.attachments import MAX_FILES
from izarlink_tickets.database import CommitUnknown, DatabaseBusy, DatabaseUnreachable, StorageFull
from izarlink_tickets.domain.errors import Refusal
from izarlink_tickets.projections import ReadModelsOutdated
from izarlink_tickets.web.app_context import settings
from izarlink_tickets.web.errors.sentences import sentence, status_of
from izarlink_tickets.web.errors.texts import BUSY, FULL, IN_DOUBT, TEXTS, UNREACHABLE, UPDATING, Text, too_large
from izarlink_tickets.web.resubmission import SubmittedForm, submitted_form

log = structlog.get_logger(__name__)

# Names a failure to the support, who finds it in the log; eight letters can be read out on the telephone.
REFERENCE_BYTES = 4
# Within it the writers in front are done, or the database is back. RFC 9110 §10.2.3.
RETRY_SECONDS = 10
_FORM_OF_TICKET = re.compile(r"((?:/bureau)?/tickets/[0-9]+)/")
_TROUBLES: dict[type[Exception], Text] = {
    DatabaseBusy: BUSY,
    DatabaseUnreachable: UNREACHABLE,
    StorageFull: FULL,
    CommitUnknown: IN_DOUBT,
    ReadModelsOutdated: UPDATING,
}


def register_errors(app: Flask) -> None:
    app.register_error_handler(HTTPException, _http_error)
    app.register_error_handler(InternalServerError, _failure)
    app.register_error_handler(Refusal, _refusal)
    for trouble in _TROUBLES:
        app.register_error_handler(trouble, _trouble)
    # What can't be stored: a number too large, half a character. The request is at fault, and the log says where.
    for odd in (OverflowError, UnicodeError, DataError):
        app.register_error_handler(odd, _odd_value)
    # The server reads a body when the page does: it is only then that the chunks of one turn out to be none.
    app.register_error_handler(ParseException, _malformed)


def _page(text: Text, *, status: int, layout: str = "base.html", **values: object) -> Response:
    return make_response(render_template("error.html", layout=layout, text=text, **values), status)


def _http_error(error: HTTPException) -> Response:
    status = error.code or HTTPStatus.INTERNAL_SERVER_ERROR
    if status < HTTPStatus.BAD_REQUEST:
        # A redirect of the routing.
        return make_response(error.get_response(request.environ))
    # Of a request that named no host of ours nothing is believed, the cookie neither.
    layout = "bare.html" if isinstance(error, BadHost) else "base.html"
    response = _page(_text_for(status), status=status, layout=layout, ticket=_ticket_of(status))
    for name, value in error.get_headers(request.environ):
        if name in {"Allow", "Retry-After", "Content-Range"}:
            response.headers[name] = value
    return response


def _ticket_of(status: int) -> str | None:
    """Name the page of the ticket whose form's address was opened by itself, as telephones do with tabs put away."""
    is_read = status == HTTPStatus.METHOD_NOT_ALLOWED and request.method == "GET"
    found = _FORM_OF_TICKET.match(request.path) if is_read else None
    return found[1] if found else None


def _text_for(status: int) -> Text:
    if status == HTTPStatus.REQUEST_ENTITY_TOO_LARGE:
        total = current_app.config["MAX_CONTENT_LENGTH"]
        return too_large(request_bytes=total, max_files=MAX_FILES, file_bytes=settings().attachment_max_bytes)
    return TEXTS.get(status) or (TEXTS[HTTPStatus.BAD_REQUEST] if status < 500 else TEXTS[503])  # noqa: PLR2004


def _refusal(refusal: Refusal) -> Response:
    status = status_of(refusal)
    if status == HTTPStatus.NOT_FOUND:
        # A stranger's ticket looks like a page that never was (R41).
        return _page(TEXTS[status], status=status)
    response = _page(Text(_text_for(status).title, sentence(refusal)), status=status)
    if isinstance(refusal, TooManyAttempts):
        response.headers["Retry-After"] = str(refusal.retry_after_seconds)
    return response


def _trouble(error: Exception) -> Response:
    """Offer the same command again, under the same id: it is carried out once, however often it is sent (D4)."""
    log.warning("database_trouble", kind=type(error).__name__, route=_route())
    text = next(_TROUBLES[kind] for kind in type(error).__mro__ if kind in _TROUBLES)
    response = _page(text, status=HTTPStatus.SERVICE_UNAVAILABLE, layout="bare.html", kept=submitted_form())
    response.headers["Retry-After"] = str(RETRY_SECONDS)
    return response


def _odd_value(error: Exception) -> Response:
    log.warning("odd_value", kind=type(error).__name__, route=_route(), exc_info=error)
    return _page(TEXTS[HTTPStatus.BAD_REQUEST], status=HTTPStatus.BAD_REQUEST)


def _malformed(_: ParseException) -> Response:
    log.info("malformed_request", route=_route())
    return _page(TEXTS[HTTPStatus.BAD_REQUEST], status=HTTPStatus.BAD_REQUEST)


def _failure(error: InternalServerError) -> Response:
    reference = secrets.token_hex(REFERENCE_BYTES)
    log.error("request_failed", reference=reference, route=_route(), exc_info=error.original_exception)
    values = {"reference": reference, "kept": _kept_if_readable()}
    return _page(TEXTS[500], status=HTTPStatus.INTERNAL_SERVER_ERROR, layout="bare.html", **values)


def _kept_if_readable() -> SubmittedForm | None:
    try:
        return submitted_form()
    except OSError:
        # It was in reading the form that the request failed: there was no room for its files.
        return None


def _route() -> str | None:
    """Name the page by its route for the log: an address may be a link that opens an account, or name a file."""
    return request.url_rule.rule if request.url_rule else None
