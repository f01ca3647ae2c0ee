"""Turn what somebody typed into a question to the words of the tickets, narrowed to what the viewer may read.

Nothing typed becomes syntax: the question is built of folded letters and digits alone.
"""

from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import ColumnElement, Connection, Text, and_, bindparam, cast, column, literal, or_, type_coerce
from sqlalchemy.dialects.postgresql import TSQUERY

from izarlink_tickets.domain.access import sees_internal
from izarlink_tickets.domain.text import words_of
from izarlink_tickets.domain.vocabulary import Actor
from izarlink_tickets.projections.ticket_search import (
    INTERNAL,
    PUBLIC,
    STATE,
    TicketSearch,
    mark,
)

LIVE = TicketSearch()

# Shorter ones are meant as they are: every second word begins with any one letter.
_SHORTEST_BEGINNING = 2
# Of a plural, which the beginning without it finds as well as the singular: « factures », « réseaux ».
_PLURALS = ("s", "x")
_SHORTEST_PLURAL = 5


@dataclass(frozen=True, slots=True)
class Term:
    """One word, or the beginning of one."""

    word: str
    is_beginning: bool = False


def is_in(states: Sequence[str]) -> list[Term]:
    """Name the marks of the tickets in any of these states."""
    return [Term(mark(STATE, state)) for state in states]


def says(typed: str, viewer: Actor) -> list[list[Term]]:
    """Ask for every word typed, or its beginning, in whatever texts the viewer may read; empty where none was typed."""
    return [[_beginning(kind, word) for kind in _readable(viewer)] for word in words_of(typed)]


def says_whole(typed: str, viewer: Actor) -> list[list[Term]]:
    """Ask for every word typed just so, or in the other number."""
    return [[Term(kind + each) for kind in _readable(viewer) for each in _numbers(word)] for word in words_of(typed)]


def matches(connection: Connection, conditions: Sequence[Sequence[Term]]) -> ColumnElement[bool]:
    """Say in SQL that a row of `LIVE.rows` meets every condition, to find it among all by their words."""
    if connection.dialect.name == "postgresql":
        asked = " & ".join(_any(one, " | ", "'{}':*", "'{}'") for one in conditions)
        return LIVE.rows.c.words.op("@@")(cast(bindparam(None, asked, Text), TSQUERY))
    asked = " AND ".join(_any(one, " OR ", '"{}" *', '"{}"') for one in conditions)
    # The table itself, not its column, is what a question without column names is put to.
    return column(LIVE.rows.name, is_literal=True).op("MATCH")(literal(asked, Text))


def holds(connection: Connection, conditions: Sequence[Sequence[Term]]) -> ColumnElement[bool]:
    """Say the same to look through some rows that are known already."""
    if connection.dialect.name == "postgresql":
        return matches(connection, conditions)
    words = literal(" ") + type_coerce(LIVE.rows.c.words, Text) + " "
    return and_(*(or_(*(words.contains(_spaced(term)) for term in one)) for one in conditions))


def _spaced(term: Term) -> str:
    return f" {term.word}" if term.is_beginning else f" {term.word} "


def _any(terms: Sequence[Term], between: str, beginning: str, whole: str) -> str:
    said = between.join((beginning if term.is_beginning else whole).format(term.word) for term in terms)
    return f"({said})"


def _readable(viewer: Actor) -> str:
    return PUBLIC + INTERNAL if sees_internal(viewer) else PUBLIC


def _beginning(kind: str, word: str) -> Term:
    return Term(kind + _singular(word), len(word) >= _SHORTEST_BEGINNING)


def _singular(word: str) -> str:
    return word[:-1] if len(word) >= _SHORTEST_PLURAL and word.endswith(_PLURALS) else word


def _numbers(word: str) -> set[str]:
    return {word, _singular(word), f"{_singular(word)}s"}
