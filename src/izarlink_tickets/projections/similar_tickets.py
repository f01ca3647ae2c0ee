"""Find the ticket that somebody is about to open a second time, in the same read model as the lists."""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Connection, select

from izarlink_tickets.domain.vocabulary import UNFINISHED, Actor
from izarlink_tickets.projections.ticket_filters import visible_to
from izarlink_tickets.projections.ticket_queries import LIVE

_tickets = LIVE.tickets.c
_UNFINISHED = [state.value for state in UNFINISHED]
_SELECT = select(_tickets.number, _tickets.title, _tickets.opened_at).order_by(_tickets.number.desc()).limit(1)


@dataclass(frozen=True, slots=True)
class SimilarTicket:
    """What is said of it. opened_at: aware UTC; title None: erased."""

    number: int
    title: str | None
    opened_at: datetime


def find_similar(
    connection: Connection,
    viewer: Actor,
    *,
    organisation_id: str,
    category: str,
    service_id: str | None,
    since: datetime,
) -> SimilarTicket | None:
    """Give the latest unfinished ticket of that category on that service, opened since, if the viewer sees one.

    service_id None: « Autre / je ne sais pas ». since: aware.
    """
    statement = _SELECT.where(
        visible_to(viewer),
        _tickets.organisation_id == organisation_id,
        _tickets.state.in_(_UNFINISHED),
        # Says nothing more, but there is an index that goes by it.
        _tickets.last_activity_at >= since,
        _tickets.opened_at >= since,
        _tickets.category == category,
        _tickets.service_id == service_id if service_id else _tickets.service_id.is_(None),
    )
    row = connection.execute(statement).first()
    return SimilarTicket(row.number, row.title, row.opened_at) if row else None
