"""Refused requests and commands, recorded in the security log.

A refusal is recorded where it is answered: in an error handler, or by the form that shows it. Sign-ins and limits are
recorded by the application.
"""

from collections.abc import Callable, Mapping

from flask import Flask, request
from sqlalchemy import Connection
from werkzeug.exceptions import (
    BadHost,
    BadRequest,
    Forbidden,
    HTTPException,
    NotFound,
    RequestEntityTooLarge,
    UnsupportedMediaType,
)

from izarlink_tickets import security_log
from izarlink_tickets.accounts import LinkNotValid
from izarlink_tickets.attachments import FileInfected
from izarlink_tickets.attachments.refusals import FileRefused
from izarlink_tickets.directory import find_service_by_reference, fold_reference
from izarlink_tickets.domain.errors import (
    HourlyLimitReached,
    NotAllowed,
    QuotaReached,
    Refusal,
    ServiceNotOfOrganisation,
    TicketNotFound,
    UnknownChoice,
)
from izarlink_tickets.projections.ticket_queries import tickets_by_number
from izarlink_tickets.security_log import Reason
from izarlink_tickets.web import csrf
from izarlink_tickets.web.app_context import portal
from izarlink_tickets.web.authentication import signed_in_visitor

_REASONS: Mapping[type[Exception], Reason] = {
    csrf.ForgedOrigin: Reason.FORGED_ORIGIN,
    BadRequest: Reason.UNEXPECTED_VALUE,
    Forbidden: Reason.FORBIDDEN,
    RequestEntityTooLarge: Reason.TOO_LARGE,
    UnsupportedMediaType: Reason.UNEXPECTED_MEDIA_TYPE,
    NotAllowed: Reason.FORBIDDEN,
    LinkNotValid: Reason.INVALID_LINK,
    UnknownChoice: Reason.UNEXPECTED_VALUE,
    ServiceNotOfOrganisation: Reason.UNEXPECTED_VALUE,
    FileInfected: Reason.FILE_INFECTED,
    FileRefused: Reason.FILE_REFUSED,
    HourlyLimitReached: Reason.HOURLY_LIMIT,
    QuotaReached: Reason.QUOTA,
}
# Whether the object of an address exists, by the name of its part; who asks doesn't matter.
_EXISTENCE: Mapping[str, Callable[[Connection, str], object]] = {
    "number": lambda connection, number: tickets_by_number(connection, numbers=[int(number)]),
    "reference": lambda connection, text: find_service_by_reference(connection, reference=fold_reference(text)),
}


def register_security_events(app: Flask) -> None:
    # After the guards: whoever has no right to a page hasn't sent a form of it.
    app.before_request(_record_missing_token)


def record(reason: Reason, *, detail: str | None = None) -> None:
    """Write a line about the request and its visitor."""
    visitor = signed_in_visitor()
    security_log.record(reason, account_id=visitor.account.id if visitor else None, detail=detail)


def record_http_error(error: HTTPException) -> None:
    """Record an HTTP error that may be an attack."""
    if isinstance(error, BadHost):
        # A request for a foreign host is not trusted, and neither is its session cookie.
        security_log.record(Reason.FOREIGN_HOST)
    elif isinstance(error, NotFound):
        _record_missing()
    else:
        _record_kind(error)


def record_refusal(refusal: Refusal) -> None:
    """Record the refusal of a command that may be an attack."""
    if isinstance(refusal, TicketNotFound):
        _record_missing()
    else:
        _record_kind(refusal)


def _record_kind(error: Exception) -> None:
    reason = next((_REASONS[kind] for kind in type(error).__mro__ if kind in _REASONS), None)
    if reason:
        record(reason, detail=type(error).__name__)


def _record_missing() -> None:
    """Record that a page or its object is missing or withheld.

    Missing and withheld objects cost the same question and the same line: their answers take the same time.
    """
    if request.url_rule is None:
        record(Reason.UNKNOWN_PATH)
        return
    name = next((name for name in request.view_args or {} if name in _EXISTENCE), None)
    if name is None or signed_in_visitor() is None:
        record(Reason.MISSING_OBJECT)
        return
    with portal().database.query() as connection:
        exists = _EXISTENCE[name](connection, str((request.view_args or {})[name]))
    record(Reason.WITHHELD if exists else Reason.MISSING_OBJECT, detail=name)


def _record_missing_token() -> None:
    if request.method == "POST" and request.url_rule and not csrf.is_genuine() and not csrf.is_resumed():
        record(Reason.MISSING_TOKEN)
