"""What a list of tickets is narrowed to, turned into SQL: by right first, then by what was asked for."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from sqlalchemy import (
    Column,
    ColumnElement,
    Connection,
    Select,
    UnaryExpression,
    and_,
    false,
    func,
    or_,
    select,
    true,
    union_all,
)
from sqlalchemy.sql.operators import custom_op

from izarlink_tickets.domain.access import Scope, scope_of
from izarlink_tickets.domain.text import clean_line
from izarlink_tickets.domain.vocabulary import UNFINISHED, Actor, Awaiting, State
from izarlink_tickets.projections import search_terms
from izarlink_tickets.projections.ticket_list import TicketList

MAX_DIGITS = 18  # fit a BIGINT on both databases; a longer number is no ticket's
MAX_SEARCH = 200  # characters; nobody types more into a search field
# Tickets that a search shows, the newest ones: to sort all of half a million with a common word takes seconds.
MAX_FOUND = 1000

LIVE = TicketList()
_tickets, _watchers = LIVE.tickets.c, LIVE.watchers.c
_words = search_terms.LIVE.rows.c

# What it takes some milliseconds to sort.
FEW = 5_000
# By these a few tickets are found among many.
_INDEXED = frozenset({"category", "service_id", "urgency", "organisation_id", "requester_id", "assignee_id"})


@dataclass(frozen=True, slots=True)
class TicketFilter:
    """What a list is narrowed to; None narrows nothing. `only_mine`: the viewer's own, for the company role.

    urgency_from: the lowest urgency wanted; a Demande has none and is left out. opened_from, opened_before: aware.
    """

    states: tuple[State, ...] = ()
    awaiting: Awaiting | None = None
    ticket_type: str | None = None
    organisation_id: str | None = None
    requester_id: str | None = None
    assignee_id: str | None = None
    is_unassigned: bool = False
    urgency_from: int | None = None
    urgency: int | None = None
    category: str | None = None
    service_id: str | None = None
    opened_from: datetime | None = None
    opened_before: datetime | None = None
    search: str = ""
    only_mine: bool = False


@dataclass(frozen=True, slots=True)
class Hint:
    """How to find a page. few: the columns to enter by; is_sorted: sort what they give, rather than follow an index."""

    few: frozenset[str]
    is_sorted: bool


def visible_to(viewer: Actor) -> ColumnElement[bool]:
    """Turn the one rule of visibility, `access.scope_of`, into SQL."""
    match scope_of(viewer):
        case Scope.ALL:
            return true()
        case Scope.NONE:
            return false()
    company = _tickets.organisation_id == viewer.organisation_id
    return company if scope_of(viewer) is Scope.ORGANISATION else and_(company, _is_own(viewer))


def matching(
    connection: Connection, viewer: Actor, filtered: TicketFilter, *, hint: Hint | None = None
) -> ColumnElement[bool]:
    """Keep what the viewer may see and the filter lets through. hint: from `hint_for`, for a list in an order."""
    wanted = [visible_to(viewer)]
    for column, value in _equal(filtered):
        is_way_in = hint is None or column.name in hint.few
        wanted.append((column if is_way_in else without_index(connection, column)) == value)
    wanted += _between(connection, filtered)
    if filtered.states:
        wanted.append(_in_states(connection, filtered.states))
    if filtered.is_unassigned:
        # Nearly as many as are new, which have an index of their own.
        wanted.append(without_index(connection, _tickets.assignee_id).is_(None))
    if filtered.only_mine:
        wanted.append(_is_own(viewer))
    search = clean_line(filtered.search)[:MAX_SEARCH]
    if search:
        wanted.append(_searched(connection, viewer, filtered, search))
    return and_(*wanted)


def hint_for(connection: Connection, viewer: Actor, filtered: TicketFilter) -> Hint | None:
    """Find out which way into a list is the short one, for SQLite, which keeps no figures to know it by.

    The filter that lets few tickets through is one: they are sorted. Where none does, the order's own index is: a page
    of those it lets through is soon met. None where the database knows, or an index serves both.
    """
    if connection.dialect.name != "sqlite" or scope_of(viewer) is not Scope.ALL or filtered == TicketFilter():
        return None
    few = frozenset(column.name for column, value in _equal(filtered) if _is_few(connection, column, value))
    return Hint(few, is_sorted=bool(few or filtered.search or are_few(filtered.states)))


def without_index(connection: Connection, column: ColumnElement[Any]) -> ColumnElement[Any]:
    """Name the column so that SQLite doesn't enter the table by an index on it; elsewhere the column itself."""
    if connection.dialect.name != "sqlite":
        return column
    return UnaryExpression(column, operator=custom_op("+"), type_=column.type)


def _is_few(connection: Connection, column: ColumnElement[Any], value: object) -> bool:
    if column.name not in _INDEXED:
        return False
    some = select(_tickets.number).where(column == value).limit(FEW + 1).subquery()
    return connection.execute(select(func.count()).select_from(some)).scalar_one() <= FEW


def _is_own(viewer: Actor) -> ColumnElement[bool]:
    """Name them, rather than ask each of the company's tickets whether it is one of them."""
    requested = select(_tickets.number).where(_tickets.requester_id == viewer.account_id)
    watched = select(_tickets.number).join(LIVE.watchers, _watchers.ticket_id == _tickets.ticket_id)
    return _tickets.number.in_(union_all(requested, watched.where(_watchers.account_id == viewer.account_id)))


def _equal(filtered: TicketFilter) -> list[tuple[Column[Any], object]]:
    pairs = (
        (_tickets.awaiting, filtered.awaiting and filtered.awaiting.value),
        (_tickets.ticket_type, filtered.ticket_type),
        (_tickets.category, filtered.category),
        (_tickets.service_id, filtered.service_id),
        (_tickets.urgency, filtered.urgency),
        (_tickets.organisation_id, filtered.organisation_id),
        (_tickets.requester_id, filtered.requester_id),
        (_tickets.assignee_id, filtered.assignee_id),
    )
    return [(column, value) for column, value in pairs if value is not None]


def _between(connection: Connection, filtered: TicketFilter) -> list[ColumnElement[bool]]:
    wanted: list[ColumnElement[bool]] = []
    if filtered.urgency_from is not None:
        wanted.append(without_index(connection, _tickets.urgency) >= filtered.urgency_from)
    if filtered.opened_from is not None:
        wanted.append(_tickets.opened_at >= filtered.opened_from)
    if filtered.opened_before is not None:
        wanted.append(_tickets.opened_at < filtered.opened_before)
    return wanted


def _in_states(connection: Connection, states: Sequence[State]) -> ColumnElement[bool]:
    """Ask for the states; nearly all tickets are in the last ones, so that an index of them is no short way."""
    column = _tickets.state if are_few(states) else without_index(connection, _tickets.state)
    return column.in_([state.value for state in states])


def are_few(states: Sequence[State]) -> bool:
    """Say whether few tickets are in these states: every ticket leaves the unfinished ones in the end."""
    return bool(states) and set(UNFINISHED).issuperset(states)


def _searched(connection: Connection, viewer: Actor, filtered: TicketFilter, search: str) -> ColumnElement[bool]:
    """Narrow to the newest tickets that say it, and the one of that number."""
    found: ColumnElement[bool] = false()
    if said := search_terms.says(search, viewer):
        is_among_all = scope_of(viewer) is Scope.ALL and not filtered.only_mine
        look = _among_all if is_among_all else _among_own
        found = _tickets.number.in_(look(connection, viewer, filtered, said))
    digits = search.lstrip("#n°N ").strip()
    if digits.isascii() and digits.isdigit() and len(digits) <= MAX_DIGITS:
        return or_(found, _tickets.number == int(digits))
    return found


def _among_own(
    connection: Connection, viewer: Actor, filtered: TicketFilter, said: Sequence[Sequence[search_terms.Term]]
) -> Select[tuple[int]]:
    """Look through the words of the tickets that the viewer sees: a company's are few beside all that say a word."""
    seen = select(_tickets.number).where(matching(connection, viewer, replace(filtered, search="")))
    return _newest(_words.rowid.in_(seen), search_terms.holds(connection, said))


def _among_all(
    connection: Connection, viewer: Actor, filtered: TicketFilter, said: Sequence[Sequence[search_terms.Term]]
) -> Select[tuple[int]]:
    """Look in the index of words, which knows states too; what else is asked is asked of the newest that it gives."""
    states = [search_terms.is_in(filtered.states)] if filtered.states else []
    if connection.dialect.name == "sqlite":
        whole = [*states, *search_terms.says_whole(clean_line(filtered.search)[:MAX_SEARCH], viewer)]
        newest = _newest(search_terms.matches(connection, whole))
        if _fill_the_list(connection, newest):
            return newest
    return _newest(search_terms.matches(connection, [*states, *said]))


def _newest(*wanted: ColumnElement[bool]) -> Select[tuple[int]]:
    return select(_words.rowid).where(*wanted).order_by(_words.rowid.desc()).limit(MAX_FOUND)


def _fill_the_list(connection: Connection, newest: Select[tuple[int]]) -> bool:
    """Say whether whole words find enough already.

    FTS5 meets those newest first and stops; for a long beginning it first puts together all the tickets that have one,
    which took 80 ms for a word of every ticket at a million.
    """
    return connection.execute(select(func.count()).select_from(newest.subquery())).scalar_one() >= MAX_FOUND
