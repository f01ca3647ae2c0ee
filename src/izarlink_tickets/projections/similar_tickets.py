"""Search for a ticket that is being opened twice."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, Connection, Select, bindparam, exists, false, or_, select, true

from izarlink_tickets.domain import access
from izarlink_tickets.domain.vocabulary import UNFINISHED, Actor
from izarlink_tickets.projections.ticket_queries import LIVE

_tickets, _watchers = LIVE.tickets.c, LIVE.watchers.c


@dataclass(frozen=True, slots=True)
class SimilarTicket:
    """A similar ticket. opened_at: aware UTC; title: None once erased."""

    number: int
    title: str | None
    opened_at: datetime


def _is_visible(scope: access.Scope) -> ColumnElement[bool]:
    """Build the rule of visibility for few rows; `matching` has it for lists."""
    match scope:
        case access.Scope.ALL:
            return true()
        case access.Scope.NONE:
            return false()
    company = _tickets.organisation_id == bindparam("viewer_organisation")
    if scope is access.Scope.ORGANISATION:
        return company
    is_watcher = (_watchers.number == _tickets.number) & (_watchers.account_id == bindparam("viewer"))
    return company & or_(_tickets.requester_id == bindparam("viewer"), exists().where(is_watcher))


def _similar(scope: access.Scope, is_of_service: ColumnElement[bool]) -> Select[Any]:
    since = bindparam("since", type_=_tickets.opened_at.type)
    return (
        select(_tickets.number, _tickets.title, _tickets.opened_at)
        .where(
            _is_visible(scope),
            _tickets.organisation_id == bindparam("organisation"),
            _tickets.state.in_([state.value for state in sorted(UNFINISHED)]),
            # Follows from the next condition, and lets the database use an index.
            _tickets.last_activity_at >= since,
            _tickets.opened_at >= since,
            _tickets.category == bindparam("category"),
            is_of_service,
        )
        .order_by(_tickets.number.desc())
        .limit(1)
    )


# Built once: each opening runs one of these.
_OF_SERVICE = {scope: _similar(scope, _tickets.service_id == bindparam("service")) for scope in access.Scope}
_WITHOUT_SERVICE = {scope: _similar(scope, _tickets.service_id.is_(None)) for scope in access.Scope}


def find_similar(
    connection: Connection,
    viewer: Actor,
    *,
    organisation_id: str,
    category: str,
    service_id: str | None,
    since: datetime,
) -> SimilarTicket | None:
    """Find the latest unfinished visible ticket of the category and service.

    service_id: None for « Autre / je ne sais pas ». since: of its opening, aware.
    """
    statements = _OF_SERVICE if service_id else _WITHOUT_SERVICE
    values = {
        "viewer": viewer.account_id,
        "viewer_organisation": viewer.organisation_id,
        "organisation": organisation_id,
        "category": category,
        "service": service_id,
        "since": since,
    }
    row = connection.execute(statements[access.scope_of(viewer)], values).first()
    return SimilarTicket(row.number, row.title, row.opened_at) if row else None
