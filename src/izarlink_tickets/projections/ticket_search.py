"""The words of each ticket, indexed by SQLite's FTS5 or PostgreSQL's GIN.

Texts are folded and split into words here, so that both databases find the same. A row holds each word once, with a
letter before it for its kind; `search_terms` restricts a search to the kinds that the viewer may read.
Source: ADR 0005.
"""

from collections.abc import Collection, Iterator, Sequence
from functools import lru_cache
from itertools import accumulate
from typing import Any, ClassVar

from sqlalchemy import (
    BigInteger,
    Column,
    Connection,
    Dialect,
    Index,
    Table,
    Text,
    bindparam,
    insert,
    update,
)
from sqlalchemy.dialects.postgresql import TSVECTOR
from sqlalchemy.ext.compiler import compiles
from sqlalchemy.schema import CreateTable
from sqlalchemy.sql.compiler import DDLCompiler
from sqlalchemy.types import TypeDecorator, TypeEngine

from izarlink_tickets.domain import events
from izarlink_tickets.domain.text import WORD_MAXIMUM, prefixed_words_of
from izarlink_tickets.projections.read_model import ProjectedEvent, ReadModel, Row, TicketRows

# The kind of a stored word, its first letter. Words of internal notes are apart, out of reach of a customer's search.
# The company, the requester and the watchers are words too: a customer's search reads only tickets that have theirs.
# So is the service: what is typed is looked up among a customer's services first, which are few.
PUBLIC, INTERNAL, STATE, ORGANISATION, ACCOUNT, SERVICE = "pisoac"
# A PostgreSQL tsvector holds 1 MiB, and a longer one would fail the command. This is 50,000 different words.
MAX_BYTES = 500_000
# The bytes of a word at most, with its kind and a blank.
_LONGEST = 4 * WORD_MAXIMUM + 2

# Of an indexed beginning on SQLite, in characters with the kind.
LONGEST_BEGINNING = 6
_FTS5 = "fts5"  # key in a table's info: it is a virtual table
_VIRTUAL = (
    # Words are letters and digits, so this tokenizer splits at blanks alone. Beginnings of these lengths, with the
    # letter of the kind, are found newest first without reading every ticket that has one.
    "CREATE VIRTUAL TABLE {name} USING fts5(words, tokenize='ascii', detail='none', columnsize=0, prefix='3 4 5 6')"
)


class WordSet(TypeDecorator[set[str]]):
    """A set of words: text on SQLite, a tsvector on PostgreSQL."""

    impl = Text
    cache_ok = True

    def load_dialect_impl(self, dialect: Dialect) -> TypeEngine[Any]:
        """Return the column's type."""
        return dialect.type_descriptor(TSVECTOR() if dialect.name == "postgresql" else Text())

    def process_bind_param(self, value: set[str] | None, dialect: Dialect) -> str:
        """Format the words in order; equal sets give equal rows."""
        del dialect
        return " ".join(sorted(value or ()))

    def process_result_value(self, value: str | None, dialect: Dialect) -> set[str]:
        """Parse the words; a tsvector quotes each of them."""
        del dialect
        return set((value or "").replace("'", "").split())


class TicketSearch(ReadModel):
    """Table `ticket_search`, the words of each ticket."""

    NAME: ClassVar[str] = "ticket_search"
    VERSION: ClassVar[int] = 20

    def declare(self) -> None:
        self.rows = self.table(
            "ticket_search",
            # The ticket's number, under FTS5's name for the key of a row.
            Column("rowid", BigInteger, primary_key=True, autoincrement=False),
            Column("words", WordSet, nullable=False),
        )
        self.rows.info[_FTS5] = True
        # Searches by words. Without a list of pending words, which every search would have to read.
        Index(None, self.rows.c.words, postgresql_using="gin", postgresql_with={"fastupdate": False}).ddl_if(
            dialect="postgresql"
        )
        self._insert = insert(self.rows)
        self._update = update(self.rows).where(self.rows.c.rowid == bindparam("of_number"))

    @staticmethod
    def fold(rows: TicketRows, projected: ProjectedEvent) -> None:
        """Add the event's words, and replace the state and people."""
        event = projected.event
        if event.state != event.previous_state:
            _replace_codes(rows.words, STATE, removed={event.previous_state}, added={event.state})
        if isinstance(event, events.Opened):
            _replace_codes(rows.words, ORGANISATION, removed=set(), added={event.organisation_id})
        if isinstance(event, events.Opened | events.Requalified):
            _replace_service(rows.words, event.service_id)
        removed, added = _people(event)
        if removed or added:
            _replace_codes(rows.words, ACCOUNT, removed=removed, added=added)
        if event.SEALED:
            _add_words(rows.words, _words_in(event))

    def write(self, connection: Connection, before: TicketRows, after: TicketRows) -> None:
        """Store the words if they have changed."""
        number = (after.ticket or {}).get("number")
        if before.ticket is None:
            connection.execute(self._insert, {"rowid": number, "words": after.words})
        elif before.words != after.words:
            connection.execute(self._update, {"of_number": number, "words": after.words})

    def rows_of(self, rows: TicketRows) -> Iterator[tuple[Table, Sequence[Row]]]:
        """Return the ticket's words."""
        if rows.ticket is not None:
            yield self.rows, [(rows.ticket["number"], rows.words)]


@compiles(CreateTable, "sqlite")
def _create_table(element: CreateTable, compiler: DDLCompiler, **options: Any) -> str:  # noqa: ANN401 - of the library
    """Compile CREATE TABLE, for FTS5 as a virtual table."""
    table = element.element
    if table.info.get(_FTS5):
        return _VIRTUAL.format(name=table.name)
    return str(compiler.visit_create_table(element, **options))  # type: ignore[no-untyped-call]  # as the library has it


@lru_cache(maxsize=4096)
def code_word(kind: str, code: str) -> str:
    """Return the stored word of a code."""
    return kind + code.replace("_", "").replace("-", "").lower()


def _words_in(event: events.TicketEvent) -> set[str]:
    """Return the words of the event's sealed texts, unless erased."""
    kind = PUBLIC if event.IS_PUBLIC else INTERNAL
    texts = (getattr(event, name) for name in event.SEALED)
    return prefixed_words_of("\n".join(filter(None, texts)), prefix=kind)


def _people(event: events.TicketEvent) -> tuple[set[str | None], set[str | None]]:
    """Return the requesters and watchers whom the event removes and adds."""
    match event:
        case events.Opened():
            return set(), {event.requester_id}
        case events.RequesterChanged():
            return {event.previous_requester_id}, {event.requester_id}
        case events.WatcherAdded():
            return set(), {event.watcher_id}
        case events.WatcherRemoved():
            return {event.watcher_id}, set()
    return set(), set()


def _replace_codes(words: set[str], kind: str, *, removed: set[str | None], added: set[str | None]) -> None:
    words -= {code_word(kind, code) for code in removed if code}
    words |= {code_word(kind, code) for code in added if code}


def _replace_service(words: set[str], service_id: str | None) -> None:
    # An event doesn't name the service before.
    words -= {word for word in words if word.startswith(SERVICE)}
    _replace_codes(words, SERVICE, removed=set(), added={service_id})


def _add_words(words: set[str], added: set[str]) -> None:
    """Add the words, or as many as fit."""
    if (len(words) + len(added)) * _LONGEST > MAX_BYTES:
        added = _fitting(added - words, MAX_BYTES - _size(words))
    words |= added


def _fitting(words: set[str], room: int) -> set[str]:
    """Return as many of the words, in their order, as fit."""
    sizes = accumulate(len(word.encode()) + 1 for word in sorted(words))
    return {word for word, size in zip(sorted(words), sizes, strict=True) if size <= room}


def _size(words: Collection[str]) -> int:
    return len(" ".join(words).encode()) + 1
