"""Filters of ticket lists and the rule of visibility, in SQL."""

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

from izarlink_tickets.directory.search import MAX_SEARCH
from izarlink_tickets.domain.access import Scope, scope_of
from izarlink_tickets.domain.text import clean_line
from izarlink_tickets.domain.vocabulary import UNFINISHED, Actor, Awaiting, State
from izarlink_tickets.projections import search_terms
from izarlink_tickets.projections.ticket_list import TicketList

MAX_DIGITS = 18  # of a ticket number; more do not fit a BIGINT
# A search lists the newest tickets: sorting half a million with a common word takes seconds.
MAX_FOUND = 1000

LIVE = TicketList()
_tickets, _watchers = LIVE.tickets.c, LIVE.watchers.c
_words = search_terms.LIVE.rows.c

# Rows that are sorted in a few milliseconds.
FEW = 5_000
# These columns have an index of their own.
_INDEXED = frozenset({"category", "service_id", "urgency", "organisation_id", "requester_id", "assignee_id"})


@dataclass(frozen=True, slots=True)
class TicketFilter:
    """Filters of a list; None matches all tickets.

    only_mine: the viewer's own tickets, for the company role.
    urgency_from: the lowest urgency; a Demande has none and is left out.
    opened_from, opened_before: aware.
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
    """The fastest way to a page.

    few: the columns whose index to use. is_sorted: sort the rows found, instead of following the order's index.
    """

    few: frozenset[str]
    is_sorted: bool


def visible_to(viewer: Actor) -> ColumnElement[bool]:
    """Build the SQL condition of the rule of visibility, `access.scope_of`."""
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
    """Build the SQL condition of the filter, for this viewer.

    hint: of `hint_for`, for a sorted list.
    """
    conditions = [visible_to(viewer)]
    for column, value in _equalities(filtered):
        uses_index = hint is None or column.name in hint.few
        conditions.append((column if uses_index else without_index(connection, column)) == value)
    conditions += _ranges(connection, filtered)
    if filtered.states:
        conditions.append(_in_states(connection, filtered.states))
    if filtered.is_unassigned:
        # Unassigned tickets are nearly the new ones, which have an index.
        conditions.append(without_index(connection, _tickets.assignee_id).is_(None))
    if filtered.only_mine:
        conditions.append(_is_own(viewer))
    search = clean_line(filtered.search)[:MAX_SEARCH]
    if search:
        conditions.append(_matches_search(connection, viewer, filtered, search))
    return and_(*conditions)


def hint_for(connection: Connection, viewer: Actor, filtered: TicketFilter) -> Hint | None:
    """Find the fastest way to a page.

    SQLite's planner needs it, because it has no statistics.
    A filter that matches few tickets is fastest: they are sorted. Without one, the order's own index is: its first rows
    soon fill a page. None where the database decides well itself.
    """
    if connection.dialect.name != "sqlite" or scope_of(viewer) is not Scope.ALL or filtered == TicketFilter():
        return None
    few = frozenset(column.name for column, value in _equalities(filtered) if _is_few(connection, column, value))
    return Hint(few, is_sorted=bool(few or filtered.search or are_few(filtered.states)))


def without_index(connection: Connection, column: ColumnElement[Any]) -> ColumnElement[Any]:
    """Return the column so that SQLite ignores an index on it."""
    if connection.dialect.name != "sqlite":
        return column
    return UnaryExpression(column, operator=custom_op("+"), type_=column.type)


def _is_few(connection: Connection, column: ColumnElement[Any], value: object) -> bool:
    if column.name not in _INDEXED:
        return False
    matches = select(_tickets.number).where(column == value).limit(FEW + 1).subquery()
    return connection.execute(select(func.count()).select_from(matches)).scalar_one() <= FEW


def _is_own(viewer: Actor) -> ColumnElement[bool]:
    """Build the condition of requested and watched tickets, found by index."""
    requested = select(_tickets.number).where(_tickets.requester_id == viewer.account_id)
    watched = select(_watchers.number)
    return _tickets.number.in_(union_all(requested, watched.where(_watchers.account_id == viewer.account_id)))


def _equalities(filtered: TicketFilter) -> list[tuple[Column[Any], object]]:
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


def _ranges(connection: Connection, filtered: TicketFilter) -> list[ColumnElement[bool]]:
    conditions: list[ColumnElement[bool]] = []
    if filtered.urgency_from is not None:
        conditions.append(without_index(connection, _tickets.urgency) >= filtered.urgency_from)
    if filtered.opened_from is not None:
        conditions.append(_tickets.opened_at >= filtered.opened_from)
    if filtered.opened_before is not None:
        conditions.append(_tickets.opened_at < filtered.opened_before)
    return conditions


def _in_states(connection: Connection, states: Sequence[State]) -> ColumnElement[bool]:
    """Build the condition of the states.

    The final ones hold nearly all tickets, too many for an index.
    """
    column = _tickets.state if are_few(states) else without_index(connection, _tickets.state)
    return column.in_([state.value for state in states])


def are_few(states: Sequence[State]) -> bool:
    """Return whether few tickets are in these states, the unfinished ones."""
    return bool(states) and set(UNFINISHED).issuperset(states)


def _matches_search(connection: Connection, viewer: Actor, filtered: TicketFilter, search: str) -> ColumnElement[bool]:
    """Build the condition of a search by words or number."""
    has_words: ColumnElement[bool] = false()
    if terms := search_terms.beginning_terms(search, viewer):
        searches_all = scope_of(viewer) is Scope.ALL and not filtered.only_mine
        search_in = _search_all if searches_all else _search_visible
        has_words = _tickets.number.in_(search_in(connection, viewer, filtered, terms))
    digits = search.lstrip("#n°N ").strip()
    if digits.isascii() and digits.isdigit() and len(digits) <= MAX_DIGITS:
        return or_(has_words, _tickets.number == int(digits))
    return has_words


def _search_visible(
    connection: Connection, viewer: Actor, filtered: TicketFilter, terms: Sequence[Sequence[search_terms.Term]]
) -> Select[tuple[int]]:
    """Search the words of the visible tickets.

    A company's are few beside all tickets with a common word.
    """
    visible = select(_tickets.number).where(matching(connection, viewer, replace(filtered, search="")))
    return _newest(_words.rowid.in_(visible), search_terms.contains(connection, terms))


def _search_all(
    connection: Connection, viewer: Actor, filtered: TicketFilter, terms: Sequence[Sequence[search_terms.Term]]
) -> Select[tuple[int]]:
    """Search the index of words, which holds states too.

    Other filters apply to the newest tickets it finds.
    """
    states = [search_terms.state_terms(filtered.states)] if filtered.states else []
    if connection.dialect.name == "sqlite":
        whole = [*states, *search_terms.whole_word_terms(clean_line(filtered.search)[:MAX_SEARCH], viewer)]
        newest = _newest(search_terms.matches(connection, whole))
        if _fill_the_list(connection, newest):
            return newest
    return _newest(search_terms.matches(connection, [*states, *terms]))


def _newest(*conditions: ColumnElement[bool]) -> Select[tuple[int]]:
    return select(_words.rowid).where(*conditions).order_by(_words.rowid.desc()).limit(MAX_FOUND)


def _fill_the_list(connection: Connection, newest: Select[tuple[int]]) -> bool:
    """Return whether whole words find enough tickets.

    FTS5 finds those newest first and stops. For a long beginning it first collects all tickets that have one, which
    took 80 ms for a word of every ticket at a million.
    """
    return connection.execute(select(func.count()).select_from(newest.subquery())).scalar_one() >= MAX_FOUND
