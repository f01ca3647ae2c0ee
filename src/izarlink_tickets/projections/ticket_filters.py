"""What a list of tickets is narrowed to, turned into SQL: by right first, then by what was asked for."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import ColumnElement, Connection, Text, and_, false, or_, select, true, type_coerce, union_all

from izarlink_tickets.domain.access import Scope, scope_of
from izarlink_tickets.domain.text import clean_line
from izarlink_tickets.domain.vocabulary import Awaiting, Person, State
from izarlink_tickets.projections import search_terms
from izarlink_tickets.projections.ticket_list import TicketList

MAX_DIGITS = 18  # fit a BIGINT on both databases; a longer number is no ticket's
MAX_SEARCH = 200  # characters; nobody types more into a search field
# Tickets that a search shows, the newest ones: to sort all of half a million with a common word takes seconds.
MAX_FOUND = 1000

LIVE = TicketList()
_tickets, _watchers = LIVE.tickets.c, LIVE.watchers.c

# Every ticket leaves these in the end.
OPEN_STATES = frozenset({State.NOUVEAU, State.EN_COURS, State.EN_ATTENTE, State.RESOLU})


@dataclass(frozen=True, slots=True)
class Filter:
    """What a list is narrowed to; None narrows nothing. `only_mine`: the viewer's own, for the company role.

    urgency_from: the lowest urgency wanted; a Demande has none and is left out. opened_from, opened_before: aware.
    """

    states: tuple[State, ...] = ()
    awaiting: Awaiting | None = None
    ticket_type: str | None = None
    organisation_id: str | None = None
    requester_id: str | None = None
    assignee_id: str | None = None
    urgency_from: int | None = None
    urgency: int | None = None
    category: str | None = None
    service_id: str | None = None
    opened_from: datetime | None = None
    opened_before: datetime | None = None
    search: str = ""
    only_mine: bool = False


def visible_to(viewer: Person) -> ColumnElement[bool]:
    """Turn the one rule of visibility, `access.scope_of`, into SQL."""
    match scope_of(viewer):
        case Scope.ALL:
            return true()
        case Scope.NONE:
            return false()
    company = _tickets.organisation_id == viewer.organisation_id
    return company if scope_of(viewer) is Scope.ORGANISATION else and_(company, _is_own(viewer))


def matching(connection: Connection, viewer: Person, narrowed: Filter) -> ColumnElement[bool]:
    """Keep what the viewer may see and the filter lets through."""
    wanted = [visible_to(viewer), *_equal(narrowed), *_between(narrowed)]
    if narrowed.states:
        wanted.append(_in_states(connection, narrowed.states))
    if narrowed.only_mine:
        wanted.append(_is_own(viewer))
    search = clean_line(narrowed.search)[:MAX_SEARCH]
    if search:
        wanted.append(_searched(connection, viewer, narrowed, search))
    return and_(*wanted)


def _is_own(viewer: Person) -> ColumnElement[bool]:
    """Name them, rather than ask each of the company's tickets whether it is one of them."""
    requested = select(_tickets.number).where(_tickets.requester_id == viewer.account_id)
    watched = select(_tickets.number).join(LIVE.watchers, _watchers.ticket_id == _tickets.ticket_id)
    return _tickets.number.in_(union_all(requested, watched.where(_watchers.account_id == viewer.account_id)))


def _equal(narrowed: Filter) -> list[ColumnElement[bool]]:
    pairs = (
        (_tickets.awaiting, narrowed.awaiting and narrowed.awaiting.value),
        (_tickets.ticket_type, narrowed.ticket_type),
        (_tickets.category, narrowed.category),
        (_tickets.service_id, narrowed.service_id),
        (_tickets.urgency, narrowed.urgency),
        (_tickets.organisation_id, narrowed.organisation_id),
        (_tickets.requester_id, narrowed.requester_id),
        (_tickets.assignee_id, narrowed.assignee_id),
    )
    return [column == value for column, value in pairs if value is not None]


def _between(narrowed: Filter) -> list[ColumnElement[bool]]:
    wanted: list[ColumnElement[bool]] = []
    if narrowed.urgency_from is not None:
        wanted.append(_tickets.urgency >= narrowed.urgency_from)
    if narrowed.opened_from is not None:
        wanted.append(_tickets.opened_at >= narrowed.opened_from)
    if narrowed.opened_before is not None:
        wanted.append(_tickets.opened_at < narrowed.opened_before)
    return wanted


def _in_states(connection: Connection, states: Sequence[State]) -> ColumnElement[bool]:
    """Ask for the states; on SQLite, for one that most tickets are in sooner or later, without its index.

    SQLite doesn't know that nearly all tickets are closed: it would sort a million of them rather than walk along an
    index that has them in order.
    """
    wanted = _tickets.state.in_([state.value for state in states])
    may_be_all = not OPEN_STATES.issuperset(states)
    if connection.dialect.name != "sqlite" or not may_be_all:
        return wanted
    return type_coerce(_tickets.state.op("||")(""), Text).in_([state.value for state in states])


def _searched(connection: Connection, viewer: Person, narrowed: Filter, search: str) -> ColumnElement[bool]:
    """Narrow to the newest tickets that say it, and the one of that number.

    Right, state and « Mes tickets » are asked of the words as well, so that those left out are never the viewer's only.
    """
    found: ColumnElement[bool] = false()
    said = search_terms.says(search, viewer)
    if said:
        conditions = [*search_terms.is_visible(viewer), *said]
        conditions += [search_terms.is_in(narrowed.states)] if narrowed.states else []
        conditions += [search_terms.is_own(viewer)] if narrowed.only_mine else []
        words = search_terms.LIVE.rows.c
        newest = select(words.rowid).where(search_terms.matches(connection, conditions))
        found = _tickets.number.in_(newest.order_by(words.rowid.desc()).limit(MAX_FOUND))
    digits = search.lstrip("#n°N ").strip()
    if digits.isascii() and digits.isdigit() and len(digits) <= MAX_DIGITS:
        return or_(found, _tickets.number == int(digits))
    return found
