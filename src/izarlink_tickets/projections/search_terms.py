"""Search conditions on the words of tickets, for a viewer.

They are restricted to the texts that the viewer may read.
Conditions hold folded letters and digits alone, so that nothing typed becomes query syntax.
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
    code_word,
)

LIVE = TicketSearch()

# A single letter is matched as a whole word: as a beginning it would match too many.
_SHORTEST_BEGINNING = 2
# Plural endings, cut off so that a search finds both numbers: « factures », « réseaux ».
_PLURALS = ("s", "x")
_SHORTEST_PLURAL = 5


@dataclass(frozen=True, slots=True)
class Term:
    """A stored word, or the beginning of one."""

    word: str
    is_beginning: bool = False


def state_terms(states: Sequence[str]) -> list[Term]:
    """Return the terms of tickets in any of these states."""
    return [Term(code_word(STATE, state)) for state in states]


def beginning_terms(typed: str, viewer: Actor) -> list[list[Term]]:
    """Return terms for each typed word, as the beginning of a word.

    One of each list must match.
    """
    return [[_beginning(kind, word) for kind in _readable(viewer)] for word in words_of(typed)]


def whole_word_terms(typed: str, viewer: Actor) -> list[list[Term]]:
    """Return terms for each typed word, in singular and plural.

    One of each list must match.
    """
    return [
        [Term(kind + form) for kind in _readable(viewer) for form in _singular_and_plural(word)]
        for word in words_of(typed)
    ]


def matches(connection: Connection, conditions: Sequence[Sequence[Term]]) -> ColumnElement[bool]:
    """Build the SQL condition that a term of each list matches.

    It uses the index of words.
    """
    if connection.dialect.name == "postgresql":
        query = " & ".join(_any_of(terms, " | ", "'{}':*", "'{}'") for terms in conditions)
        return LIVE.rows.c.words.op("@@")(cast(bindparam(None, query, Text), TSQUERY))
    query = " AND ".join(_any_of(terms, " OR ", '"{}" *', '"{}"') for terms in conditions)
    # FTS5 matches a query without column names against the table itself.
    return column(LIVE.rows.name, is_literal=True).op("MATCH")(literal(query, Text))


def contains(connection: Connection, conditions: Sequence[Sequence[Term]]) -> ColumnElement[bool]:
    """Build the same condition for a few rows found by other means."""
    if connection.dialect.name == "postgresql":
        return matches(connection, conditions)
    words = literal(" ") + type_coerce(LIVE.rows.c.words, Text) + " "
    return and_(*(or_(*(words.contains(_spaced(term)) for term in terms)) for terms in conditions))


def _spaced(term: Term) -> str:
    return f" {term.word}" if term.is_beginning else f" {term.word} "


def _any_of(terms: Sequence[Term], operator: str, beginning: str, whole: str) -> str:
    joined = operator.join((beginning if term.is_beginning else whole).format(term.word) for term in terms)
    return f"({joined})"


def _readable(viewer: Actor) -> str:
    return PUBLIC + INTERNAL if sees_internal(viewer) else PUBLIC


def _beginning(kind: str, word: str) -> Term:
    return Term(kind + _singular(word), len(word) >= _SHORTEST_BEGINNING)


def _singular(word: str) -> str:
    return word[:-1] if len(word) >= _SHORTEST_PLURAL and word.endswith(_PLURALS) else word


def _singular_and_plural(word: str) -> set[str]:
    return {word, _singular(word), f"{_singular(word)}s"}
