"""Questions put to the ticket list. Each takes the viewer, and filters by right in SQL.

Pages follow a key, not a number: the oldest page costs what the newest costs.
"""

from dataclasses import dataclass, fields
from datetime import datetime
from functools import partial
from typing import Any

from sqlalchemy import Connection, Select, and_, select

from izarlink_tickets.accounts import accounts
from izarlink_tickets.directory import categories, full_label, organisations, services
from izarlink_tickets.domain.errors import TicketNotFound
from izarlink_tickets.domain.events import stream_of
from izarlink_tickets.domain.text import fold
from izarlink_tickets.domain.vocabulary import Actor, State
from izarlink_tickets.projections.paging import Key, Order, a_number, a_text, a_time, a_truth, from_key
from izarlink_tickets.projections.ticket_counts import count_by_state, count_each
from izarlink_tickets.projections.ticket_filters import (
    LIVE,
    MAX_FOUND,
    MAX_SEARCH,
    TicketFilter,
    hint_for,
    matching,
    visible_to,
    without_index,
)

# Whoever asks a list asks here.
__all__ = [
    "DEFAULT_ORDER",
    "LIVE",
    "MAX_FOUND",
    "MAX_SEARCH",
    "ORDERS",
    "TicketFilter",
    "TicketPage",
    "TicketRow",
    "awaiting_approval",
    "count_by_state",
    "count_each",
    "existing_ticket",
    "find_ticket",
    "list_tickets",
    "watchers_of",
]

PAGE_SIZE = 50
_tickets, _watchers = LIVE.tickets.c, LIVE.watchers.c
_requester = accounts.alias("requester")
_assignee = accounts.alias("assignee")


@dataclass(frozen=True, slots=True)
class TicketRow:
    """A ticket as lists and page heads show it.

    Times are aware UTC. title None: erased; service_id None: « Autre / je ne sais pas »;
    category_label: with its group; unanswered_since: when the customer asked what nobody has answered yet.
    """

    number: int
    version: int
    title: str | None
    ticket_type: str
    category: str
    category_label: str | None
    urgency: int | None
    impact: int
    priority: int
    state: str
    awaiting: str | None
    state_since: datetime
    opened_at: datetime
    last_activity_at: datetime
    unanswered_since: datetime | None
    organisation_id: str
    organisation_name: str
    requester_id: str
    requester_name: str
    assignee_id: str | None
    assignee_name: str | None
    service_id: str | None
    service_reference: str | None
    service_label: str | None
    related_to: int | None
    solution_version: int
    solution_entry: int | None
    solution_author_id: str | None
    staff_has_acted: bool
    cancellation_is_requested: bool

    @property
    def title_folded(self) -> str:
        """The title as it is sorted."""
        return fold(self.title or "")

    @property
    def urgency_rank(self) -> int:
        """The urgency as it is sorted; a Demande, which has none, comes below all."""
        return self.urgency or 0

    @property
    def pressure(self) -> int:
        """The priority as it is sorted: what presses most is the smallest, as the oldest number is."""
        return -self.priority

    @property
    def is_answered(self) -> bool:
        """Say whether nothing of the customer's is unanswered."""
        return self.unanswered_since is None

    @property
    def turn_at(self) -> datetime:
        """The moment by which the desk takes its turn."""
        return self.unanswered_since or self.opened_at


@dataclass(frozen=True, slots=True)
class TicketPage:
    """Rows in the order asked for. older, newer: keys of the neighbouring pages, None at the ends."""

    rows: list[TicketRow]
    older: str | None
    newer: str | None


_NUMBER = Key(_tickets.number, "number", a_number)


def _both(name: str, *keys: Key) -> dict[str, Order]:
    order = Order((*keys, _NUMBER))
    return {name: order, f"-{name}": order.reversed()}


_PRESSURE = Key(_tickets.pressure, "pressure", a_number)
_TURN = (Key(_tickets.is_answered, "is_answered", a_truth), Key(_tickets.turn_at, "turn_at", a_time))
ORDERS = {
    **_both("activite", Key(_tickets.last_activity_at, "last_activity_at", a_time)),
    **_both("ouverture", Key(_tickets.opened_at, "opened_at", a_time)),
    **_both("numero"),
    **_both("titre", Key(_tickets.title_folded, "title_folded", a_text)),
    **_both("etat", Key(_tickets.state, "state", a_text)),
    **_both("urgence", Key(_tickets.urgency_rank, "urgency_rank", a_number)),
    # The desk's: what presses most, and of that whoever waits longest for an answer; those who have one come after.
    "-priorite": Order((_PRESSURE, *_TURN, _NUMBER)),
}
DEFAULT_ORDER = "-activite"

_COLUMNS = (
    *(_tickets[field.name] for field in fields(TicketRow) if field.name in _tickets),
    organisations.c.name.label("organisation_name"),
    _requester.c.name.label("requester_name"),
    _assignee.c.name.label("assignee_name"),
    services.c.reference.label("service_reference"),
    services.c.label.label("service_label"),
    full_label.label("category_label"),
)
_JOINED = (
    LIVE.tickets.join(organisations, organisations.c.id == _tickets.organisation_id)
    .join(_requester, _requester.c.id == _tickets.requester_id)
    .outerjoin(_assignee, _assignee.c.id == _tickets.assignee_id)
    .outerjoin(services, services.c.id == _tickets.service_id)
    .outerjoin(categories, categories.c.code == _tickets.category)
)
_SELECT = select(*_COLUMNS).select_from(_JOINED)


def find_ticket(connection: Connection, viewer: Actor, *, number: int) -> TicketRow | None:
    """Give the ticket, or None where it doesn't exist or isn't the viewer's to see (R41)."""
    row = connection.execute(_SELECT.where(_tickets.number == number, visible_to(viewer))).mappings().first()
    return TicketRow(**row) if row else None


def existing_ticket(connection: Connection, viewer: Actor, *, number: int) -> TicketRow:
    """Give the ticket. Raises: TicketNotFound, for one that isn't the viewer's to see as for a missing one (R41)."""
    found = find_ticket(connection, viewer, number=number)
    if found is None:
        raise TicketNotFound(number)
    return found


def list_tickets(
    connection: Connection,
    viewer: Actor,
    *,
    filtered: TicketFilter,
    order: str = DEFAULT_ORDER,
    older_than: str | None = None,
    newer_than: str | None = None,
    size: int = PAGE_SIZE,
) -> TicketPage:
    """Give one page of the list. older_than, newer_than: a key of `Page`; a key that is none gives the first page."""
    sort = ORDERS[order]
    key = sort.read_key(older_than or newer_than)
    backwards = key is not None and not older_than
    asked = sort.reversed() if backwards else sort
    numbers = _numbers(connection, viewer, filtered, asked, key).limit(size + 1)
    # Names are joined to the rows of the page alone, not to all that have to be sorted.
    statement = from_key(_SELECT.where(_tickets.number.in_(numbers)), asked, None)
    found = [TicketRow(**row) for row in connection.execute(statement).mappings()]
    has_more, rows = len(found) > size, found[:size]
    if backwards:
        rows.reverse()
    return TicketPage(
        rows,
        older=sort.key_of(rows[-1]) if rows and (has_more or backwards) else None,
        newer=sort.key_of(rows[0]) if rows and (has_more if backwards else key is not None) else None,
    )


def _numbers(
    connection: Connection, viewer: Actor, filtered: TicketFilter, asked: Order, key: tuple[Any, ...] | None
) -> Select[Any]:
    hint = hint_for(connection, viewer, filtered)
    numbers = select(_tickets.number).where(matching(connection, viewer, filtered, hint=hint))
    is_sorted = hint is not None and hint.is_sorted
    way = asked.through(partial(without_index, connection)) if is_sorted else asked
    return from_key(numbers, way, key)


def watchers_of(connection: Connection, *, number: int) -> list[str]:
    """Give the ids of the accounts that watch the ticket."""
    of_ticket = _watchers.ticket_id == stream_of(number)
    return list(connection.execute(select(_watchers.account_id).where(of_ticket)).scalars())


def awaiting_approval(connection: Connection, viewer: Actor) -> list[int]:
    """Give the numbers of the viewer's own tickets whose solution waits for him, oldest first."""
    mine = and_(_tickets.requester_id == viewer.account_id, _tickets.state == State.RESOLVED.value, visible_to(viewer))
    return list(connection.execute(select(_tickets.number).where(mine).order_by(_tickets.number)).scalars())
