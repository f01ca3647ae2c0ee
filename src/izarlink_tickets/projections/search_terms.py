"""Searches of the words of tickets, for a viewer.

They are restricted to the texts that the viewer may read, and to tickets of the viewer's company or their own.
Queries hold folded letters and digits alone, so that nothing typed becomes query syntax.
"""

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple

import orjson
from sqlalchemy import (
    BigInteger,
    BindParameter,
    ColumnElement,
    Select,
    Text,
    bindparam,
    case,
    cast,
    column,
    false,
    func,
    literal,
    select,
    type_coerce,
    union_all,
)
from sqlalchemy.dialects.postgresql import TSQUERY
from sqlalchemy.types import TypeEngine

from izarlink_tickets.directory.search import MAX_SEARCH
from izarlink_tickets.domain.access import Scope, scope_of, sees_internal
from izarlink_tickets.domain.text import clean_line, without_invisible, words_of
from izarlink_tickets.domain.vocabulary import Actor
from izarlink_tickets.projections.ticket_search import (
    ACCOUNT,
    INTERNAL,
    LONGEST_BEGINNING,
    ORGANISATION,
    PUBLIC,
    SERVICE,
    STATE,
    TicketSearch,
    code_word,
)

LIVE = TicketSearch()
_rows = LIVE.rows.c

# A search lists the newest tickets: sorting half a million with a common word takes seconds.
MAX_FOUND = 1000
MAX_DIGITS = 18  # of a ticket number; more do not fit a BIGINT
# « 40 », « n° 40 », « nº 40 », « no. 40 », « ticket 40 », « ticket #40 ».
_NUMBER = re.compile(r"(?:ticket)?\s*(?:#|№|n[°ºo]?\.?|num[eé]ro|number)?\s*([0-9]+)")
# Of a mail's subject, anywhere in it: whole subjects are pasted.
_SUBJECT_TAG = re.compile(r"izarlink\s*#\s*([0-9]+)")
# A query for a kind of words that doesn't exist.
_NOTHING = '"n"'
# A single letter is matched as a whole word: as a beginning it would match too many.
_SHORTEST_BEGINNING = 2
# A word's place anywhere in a service's texts counts from this length on; a shorter one begins a word there.
_SHORTEST_PART = 3
# Services that a word can stand for; more have a word as common as « fibre », which the texts are searched for.
MAX_SERVICES = 200
# Plural endings, cut off so that a search finds both numbers: « factures », « réseaux ».
_PLURALS = ("s", "x")
_SHORTEST_PLURAL = 5


class SearchShape(NamedTuple):
    """The shape of a search, without its words.

    is_typed: False for a list that isn't searched.
    maximum: of tickets found, the newest; None where the viewer's are few and other filters choose among them.
    needles: of each word to look for in the texts of a company's or one's own tickets, on SQLite, whether it also
    stands for services.
    """

    is_typed: bool = False
    has_words: bool = False
    has_number: bool = False
    maximum: int | None = None
    needles: tuple[bool, ...] = ()


@dataclass(frozen=True, slots=True)
class Term:
    """A stored word, or the beginning of one."""

    word: str
    is_beginning: bool = False


# The ids of services by a word of the search that stands for them.
ServicesByWord = tuple[tuple[str, tuple[str, ...]], ...]


def services_by_word(typed: str, services: Mapping[str, str]) -> ServicesByWord:
    """Find the services that each word of a search stands for.

    services: their words, by id.
    """
    words = words_of(clean_line(typed)[:MAX_SEARCH])
    texts = {service_id: f" {text}" for service_id, text in services.items()}
    found = {word: tuple(key for key, text in texts.items() if _part_of(word) in text) for word in words}
    return tuple((word, ids) for word, ids in found.items() if 0 < len(ids) <= MAX_SERVICES)


def _part_of(word: str) -> str:
    return _singular(word) if len(word) >= _SHORTEST_PART else f" {word}"


def search_shape(typed: str, *, finds_all: bool, is_scoped: bool, services: ServicesByWord = ()) -> SearchShape:
    """Return what a search looks for."""
    if not typed:
        return SearchShape()
    line = clean_line(typed)[:MAX_SEARCH]
    words, of_services = words_of(line), dict(services)
    maximum, needles = None if finds_all else MAX_FOUND, words if is_scoped else ()
    has_services = tuple(word in of_services for word in needles)
    return SearchShape(bool(line), bool(words), _number_in(line) is not None, maximum, has_services)


def search_values(
    typed: str,
    viewer: Actor,
    *,
    states: Sequence[str],
    is_own: bool,
    dialect: str,
    services: ServicesByWord = (),
) -> dict[str, Any]:
    """Return the values that a search binds.

    states, is_own: of the list; tickets of these are found even where others are newer.
    """
    line = clean_line(typed)[:MAX_SEARCH]
    words, kinds = words_of(line), _readable(viewer)
    within = [[Term(code_word(STATE, state)) for state in states], _scope_terms(viewer, is_own=is_own)]
    of_services = {word: [Term(code_word(SERVICE, key)) for key in ids] for word, ids in services}
    in_service = [of_services.get(word, []) for word in words]
    whole = [[Term(kind + form) for kind in kinds for form in _singular_and_plural(word)] for word in words]
    whole = [terms + codes for terms, codes in zip(whole, in_service, strict=True)]
    beginnings = [[_beginning(kind, word) for kind in kinds] for word in words]
    is_scoped = scope_of(viewer) is not Scope.ALL
    needles = {
        f"needle_{place}": _needles(terms[0], codes)
        for place, (terms, codes) in enumerate(zip(beginnings, in_service, strict=True))
        if is_scoped
    }
    if needles and dialect == "sqlite":
        # One's own tickets are few enough to read them all.
        beginnings = [] if is_own else [[_shortened(term) for term in terms] for terms in beginnings]
    if beginnings:
        beginnings = [terms + codes for terms, codes in zip(beginnings, in_service, strict=True)]
    return {
        "whole_words": _query([*within, *whole], dialect),
        "beginnings": _query([*within, *beginnings], dialect),
        "number_typed": _number_in(line),
        **needles,
    }


def _needles(text: Term, services: Iterable[Term]) -> str:
    """Format what a word stands for: a needle, or several as JSON."""
    codes = [_needle(term) for term in services]
    return orjson.dumps([_needle(text), *codes]).decode() if codes else _needle(text)


def _needle(term: Term) -> str:
    return f" {term.word}" if term.is_beginning else f" {term.word} "


def _shortened(term: Term) -> Term:
    """Return an indexed beginning; the texts are asked for the rest."""
    return Term(term.word[:LONGEST_BEGINNING], is_beginning=term.is_beginning) if term.is_beginning else term


def _number_in(line: str) -> int | None:
    """Parse a ticket's number, as mails and pages write it."""
    typed = without_invisible(line).casefold()
    match = _NUMBER.fullmatch(typed) or _SUBJECT_TAG.search(typed)
    return int(match[1]) if match and len(match[1]) <= MAX_DIGITS else None


def found_numbers(shape: SearchShape, *, dialect: str, prefix: str = "") -> Select[tuple[int]]:
    """Select the numbers of the tickets that a search finds."""
    found: list[Select[Any]] = []
    if shape.has_number:
        found.append(select(_parameter("number_typed", prefix, BigInteger).label("rowid")))
    if shape.has_words and shape.maximum:
        found += _newest(shape, shape.maximum, dialect, prefix)
    elif shape.has_words:
        found.append(
            select(_rows.rowid).where(_matches("beginnings", dialect, prefix), *_holds(shape, dialect, prefix))
        )
    return select(union_all(*found).subquery().c.rowid) if found else select(_rows.rowid).where(false())


def _newest(shape: SearchShape, maximum: int, dialect: str, prefix: str) -> list[Select[Any]]:
    """Select the newest tickets with the words, longer ones where few.

    Whole words first: the index has those newest first and stops. For a long beginning it collects all tickets that
    have one, which takes 80 ms for a word of every ticket at a million.
    """
    whole = _newest_of(maximum, _matches("whole_words", dialect, prefix)).cte(f"{prefix}whole")
    fills_the_list = select(func.count()).select_from(whole).scalar_subquery() >= maximum
    if dialect == "postgresql":
        longer = _newest_of(maximum, ~fills_the_list, _matches("beginnings", dialect, prefix))
    else:
        # Asked for nothing, the index is not read; another condition would come after it has been.
        query = case((fills_the_list, _NOTHING), else_=_parameter("beginnings", prefix, Text))
        longer = _newest_of(maximum, _is_match(query), *_holds(shape, dialect, prefix))
    return [select(whole.c.rowid).where(fills_the_list), select(longer.subquery().c.rowid)]


def _newest_of(maximum: int, *conditions: ColumnElement[bool]) -> Select[tuple[int]]:
    return select(_rows.rowid).where(*conditions).order_by(_rows.rowid.desc()).limit(maximum)


def _matches(query: str, dialect: str, prefix: str) -> ColumnElement[bool]:
    """Build the SQL condition that the words match a bound query."""
    parameter = _parameter(query, prefix, Text)
    return _rows.words.op("@@")(cast(parameter, TSQUERY)) if dialect == "postgresql" else _is_match(parameter)


def _holds(shape: SearchShape, dialect: str, prefix: str) -> list[ColumnElement[bool]]:
    """Build the conditions that texts hold the whole beginnings.

    The index would collect a long beginning from the tickets of all companies first.
    """
    if dialect != "sqlite":
        return []
    words = literal(" ") + type_coerce(_rows.words, Text) + " "
    needles = [_parameter(f"needle_{place}", prefix, Text) for place in range(len(shape.needles))]
    return [
        _holds_any(words, needle) if has_services else func.instr(words, needle) > 0
        for needle, has_services in zip(needles, shape.needles, strict=True)
    ]


def _holds_any(words: ColumnElement[str], needles: BindParameter[str]) -> ColumnElement[bool]:
    """Build the condition that texts hold one of the needles, as JSON."""
    each = func.json_each(needles).table_valued("value")
    return select(each.c.value).where(func.instr(words, each.c.value) > 0).exists()


def _is_match(query: ColumnElement[str]) -> ColumnElement[bool]:
    # FTS5 matches a query without column names against the table itself.
    return column(LIVE.rows.name, is_literal=True).op("MATCH")(query)


def _parameter(name: str, prefix: str, type_: type[TypeEngine[Any]]) -> BindParameter[Any]:
    return bindparam(f"{prefix}{name}", type_=type_)


def _query(conditions: Sequence[Sequence[Term]], dialect: str) -> str:
    """Format a query for one term of each list."""
    if dialect == "postgresql":
        return " & ".join(_any_of(terms, " | ", "'{}':*", "'{}'") for terms in conditions if terms)
    return " AND ".join(_any_of(terms, " OR ", '"{}" *', '"{}"') for terms in conditions if terms)


def _any_of(terms: Sequence[Term], operator: str, beginning: str, whole: str) -> str:
    joined = operator.join((beginning if term.is_beginning else whole).format(term.word) for term in terms)
    return f"({joined})"


def _scope_terms(viewer: Actor, *, is_own: bool) -> list[Term]:
    """Return the term of one's own or the company's tickets."""
    if is_own:
        return [Term(code_word(ACCOUNT, viewer.account_id))]
    if scope_of(viewer) is Scope.ORGANISATION:
        return [Term(code_word(ORGANISATION, viewer.organisation_id or ""))]
    return []


def _readable(viewer: Actor) -> str:
    return PUBLIC + INTERNAL if sees_internal(viewer) else PUBLIC


def _beginning(kind: str, word: str) -> Term:
    return Term(kind + _singular(word), len(word) >= _SHORTEST_BEGINNING)


def _singular(word: str) -> str:
    return word[:-1] if len(word) >= _SHORTEST_PLURAL and word.endswith(_PLURALS) else word


def _singular_and_plural(word: str) -> set[str]:
    return {word, _singular(word), f"{_singular(word)}s"}
