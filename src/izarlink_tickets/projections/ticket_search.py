"""The words of each ticket, indexed by SQLite's FTS5 or PostgreSQL's GIN.

Texts are folded and split into words here, so that both databases find the same. A row holds each word once, with a
letter before it for its kind; `search_terms` restricts a search to the kinds that the viewer may read.
Source: ADR 0005.
"""

from collections.abc import Callable, Collection, Iterator, Sequence
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

from izarlink_tickets.database import PreparedStatement
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
        self._insert = PreparedStatement(insert(self.rows))
        self._update = PreparedStatement(update(self.rows).where(self.rows.c.rowid == bindparam("of_number")))

    @staticmethod
    def fold(rows: TicketRows, projected: ProjectedEvent) -> None:
        """Add the event's words, and replace the state and people."""
        event, words = projected.event, rows.words
        if event.state != event.previous_state:
            _replace(words, STATE, event.previous_state, event.state)
        if change := _CHANGES.get(type(event)):
            change(words, event)
        if event.SEALED:
            _add_words(words, _words_in(event))

    def write(self, connection: Connection, before: TicketRows, after: TicketRows) -> None:
        """Store the words if they have changed."""
        number = (after.ticket or {}).get("number")
        if before.ticket is None:
            self._insert.execute(connection, {"rowid": number, "words": after.words})
        elif before.words != after.words:
            self._update.execute(connection, {"of_number": number, "words": after.words})

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
    texts = [text for name in event.SEALED if (text := getattr(event, name))]
    return prefixed_words_of("\n".join(texts), prefix=kind) if texts else set()


def _replace(words: set[str], kind: str, before: str | None, after: str | None) -> None:
    """Replace the word of a code; None for no code."""
    if before:
        words.discard(code_word(kind, before))
    if after:
        words.add(code_word(kind, after))


def _opened(words: set[str], event: events.Opened) -> None:
    _replace(words, ORGANISATION, None, event.organisation_id)
    _replace(words, ACCOUNT, None, event.requester_id)
    _replace(words, SERVICE, None, event.service_id)


def _requalified(words: set[str], event: events.Requalified) -> None:
    # The event doesn't name the service before.
    words -= {word for word in words if word.startswith(SERVICE)}
    _replace(words, SERVICE, None, event.service_id)


def _requester_changed(words: set[str], event: events.RequesterChanged) -> None:
    _replace(words, ACCOUNT, event.previous_requester_id, event.requester_id)


def _watcher_added(words: set[str], event: events.WatcherAdded) -> None:
    _replace(words, ACCOUNT, None, event.watcher_id)


def _watcher_removed(words: set[str], event: events.WatcherRemoved) -> None:
    _replace(words, ACCOUNT, event.watcher_id, None)


# The words of people and services, which only some classes of events change.
_CHANGES: dict[type[events.TicketEvent], Callable[[set[str], Any], None]] = {
    events.Opened: _opened,
    events.Requalified: _requalified,
    events.RequesterChanged: _requester_changed,
    events.WatcherAdded: _watcher_added,
    events.WatcherRemoved: _watcher_removed,
}


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
