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
from izarlink_tickets.domain.vocabulary import UNFINISHED, Awaiting, Person, State
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


def visible_to(viewer: Person) -> ColumnElement[bool]:
    """Turn the one rule of visibility, `access.scope_of`, into SQL."""
    match scope_of(viewer):
        case Scope.ALL:
            return true()
        case Scope.NONE:
            return false()
    company = _tickets.organisation_id == viewer.organisation_id
    return company if scope_of(viewer) is Scope.ORGANISATION else and_(company, _is_own(viewer))


def matching(
    connection: Connection, viewer: Person, narrowed: Filter, *, hint: Hint | None = None
) -> ColumnElement[bool]:
    """Keep what the viewer may see and the filter lets through. hint: from `hint_for`, for a list in an order."""
    wanted = [visible_to(viewer)]
    for column, value in _equal(narrowed):
        is_way_in = hint is None or column.name in hint.few
        wanted.append((column if is_way_in else without_index(connection, column)) == value)
    wanted += _between(connection, narrowed)
    if narrowed.states:
        wanted.append(_in_states(connection, narrowed.states))
    if narrowed.is_unassigned:
        # Nearly as many as are new, which have an index of their own.
        wanted.append(without_index(connection, _tickets.assignee_id).is_(None))
    if narrowed.only_mine:
        wanted.append(_is_own(viewer))
    search = clean_line(narrowed.search)[:MAX_SEARCH]
    if search:
        wanted.append(_searched(connection, viewer, narrowed, search))
    return and_(*wanted)


def hint_for(connection: Connection, viewer: Person, narrowed: Filter) -> Hint | None:
    """Find out which way into a list is the short one, for SQLite, which keeps no figures to know it by.

    The filter that lets few tickets through is one: they are sorted. Where none does, the order's own index is: a page
    of those it lets through is soon met. None where the database knows, or an index serves both.
    """
    if connection.dialect.name != "sqlite" or scope_of(viewer) is not Scope.ALL or narrowed == Filter():
        return None
    few = frozenset(column.name for column, value in _equal(narrowed) if _is_few(connection, column, value))
    return Hint(few, is_sorted=bool(few or narrowed.search or are_few(narrowed.states)))


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


def _is_own(viewer: Person) -> ColumnElement[bool]:
    """Name them, rather than ask each of the company's tickets whether it is one of them."""
    requested = select(_tickets.number).where(_tickets.requester_id == viewer.account_id)
    watched = select(_tickets.number).join(LIVE.watchers, _watchers.ticket_id == _tickets.ticket_id)
    return _tickets.number.in_(union_all(requested, watched.where(_watchers.account_id == viewer.account_id)))


def _equal(narrowed: Filter) -> list[tuple[Column[Any], object]]:
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
    return [(column, value) for column, value in pairs if value is not None]


def _between(connection: Connection, narrowed: Filter) -> list[ColumnElement[bool]]:
    wanted: list[ColumnElement[bool]] = []
    if narrowed.urgency_from is not None:
        wanted.append(without_index(connection, _tickets.urgency) >= narrowed.urgency_from)
    if narrowed.opened_from is not None:
        wanted.append(_tickets.opened_at >= narrowed.opened_from)
    if narrowed.opened_before is not None:
        wanted.append(_tickets.opened_at < narrowed.opened_before)
    return wanted


def _in_states(connection: Connection, states: Sequence[State]) -> ColumnElement[bool]:
    """Ask for the states; nearly all tickets are in the last ones, so that an index of them is no short way."""
    column = _tickets.state if are_few(states) else without_index(connection, _tickets.state)
    return column.in_([state.value for state in states])


def are_few(states: Sequence[State]) -> bool:
    """Say whether few tickets are in these states: every ticket leaves the unfinished ones in the end."""
    return bool(states) and set(UNFINISHED).issuperset(states)


def _searched(connection: Connection, viewer: Person, narrowed: Filter, search: str) -> ColumnElement[bool]:
    """Narrow to the newest tickets that say it, and the one of that number."""
    found: ColumnElement[bool] = false()
    if said := search_terms.says(search, viewer):
        is_among_all = scope_of(viewer) is Scope.ALL and not narrowed.only_mine
        look = _among_all if is_among_all else _among_own
        found = _tickets.number.in_(look(connection, viewer, narrowed, said))
    digits = search.lstrip("#n°N ").strip()
    if digits.isascii() and digits.isdigit() and len(digits) <= MAX_DIGITS:
        return or_(found, _tickets.number == int(digits))
    return found


def _among_own(
    connection: Connection, viewer: Person, narrowed: Filter, said: Sequence[Sequence[search_terms.Term]]
) -> Select[tuple[int]]:
    """Look through the words of the tickets that the viewer sees: a company's are few beside all that say a word."""
    seen = select(_tickets.number).where(matching(connection, viewer, replace(narrowed, search="")))
    return _newest(_words.rowid.in_(seen), search_terms.holds(connection, said))


def _among_all(
    connection: Connection, viewer: Person, narrowed: Filter, said: Sequence[Sequence[search_terms.Term]]
) -> Select[tuple[int]]:
    """Look in the index of words, which knows states too; what else is asked is asked of the newest that it gives."""
    states = [search_terms.is_in(narrowed.states)] if narrowed.states else []
    if connection.dialect.name == "sqlite":
        whole = [*states, *search_terms.says_whole(clean_line(narrowed.search)[:MAX_SEARCH], viewer)]
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
