"""The words of each ticket, indexed by SQLite's FTS5 or PostgreSQL's GIN.

Texts are folded and split into words here, so that both databases find the same. A row holds each word once, with a
letter before it for its kind; `search_terms` restricts a search to the kinds that the viewer may read.
Source: ADR 0005.
"""

from typing import Any, ClassVar

from sqlalchemy import (
    BigInteger,
    Column,
    Connection,
    Dialect,
    Index,
    Text,
    Uuid,
    bindparam,
    insert,
    select,
    update,
)
from sqlalchemy.dialects.postgresql import TSVECTOR
from sqlalchemy.ext.compiler import compiles
from sqlalchemy.schema import CreateTable
from sqlalchemy.sql.compiler import DDLCompiler
from sqlalchemy.types import TypeDecorator, TypeEngine

from izarlink_tickets.domain import events
from izarlink_tickets.domain.text import words_of
from izarlink_tickets.projections.read_model import ProjectedEvent, ReadModel

# The kind of a stored word, its first letter. Words of internal notes are apart, out of reach of a customer's search.
# The company, the requester and the watchers are words too: a customer's search reads only tickets that have theirs.
PUBLIC, INTERNAL, STATE, ORGANISATION, ACCOUNT = "pisoa"
# A PostgreSQL tsvector holds 1 MiB, and a longer one would fail the command. This is 50,000 different words.
MAX_BYTES = 500_000

_FTS5 = "fts5"  # key in a table's info: its full name as a virtual table
_VIRTUAL = (
    # Words are letters and digits, so this tokenizer splits at blanks alone. Beginnings of these lengths, with the
    # letter of the kind, are found newest first without reading every ticket that has one.
    "CREATE VIRTUAL TABLE {name} USING fts5(words, tokenize='ascii', detail='none', columnsize=0, prefix='3 4 5 6')"
)


class WordSet(TypeDecorator[frozenset[str]]):
    """A set of words: text on SQLite, a tsvector on PostgreSQL."""

    impl = Text
    cache_ok = True

    def load_dialect_impl(self, dialect: Dialect) -> TypeEngine[Any]:
        """Return the column's type."""
        return dialect.type_descriptor(TSVECTOR() if dialect.name == "postgresql" else Text())

    def process_bind_param(self, value: frozenset[str] | None, dialect: Dialect) -> str:
        """Format the words in order; equal sets give equal rows."""
        del dialect
        return " ".join(sorted(value or ()))

    def process_result_value(self, value: str | None, dialect: Dialect) -> frozenset[str]:
        """Parse the words; a tsvector quotes each of them."""
        del dialect
        return frozenset((value or "").replace("'", "").split())


class TicketSearch(ReadModel):
    """Tables `ticket_search`, the words of each ticket, and `ticket_search_numbers`, its number."""

    NAME: ClassVar[str] = "ticket_search"
    VERSION: ClassVar[int] = 4

    def declare(self) -> None:
        self.rows = self.table(
            "ticket_search",
            # The ticket's number, under FTS5's name for the key of a row.
            Column("rowid", BigInteger, primary_key=True, autoincrement=False),
            Column("words", WordSet, nullable=False),
        )
        self.rows.info[_FTS5] = f"temp.{self.rows.name}" if self.is_temporary else self.rows.name
        # Searches by words. Without a list of pending words, which every search would have to read.
        Index(None, self.rows.c.words, postgresql_using="gin", postgresql_with={"fastupdate": False}).ddl_if(
            dialect="postgresql"
        )
        self.numbers = self.table(
            "ticket_search_numbers",
            Column("ticket_id", Uuid, primary_key=True),
            Column("number", BigInteger, nullable=False),
        )
        self._insert_number = insert(self.numbers)
        self._insert = insert(self.rows)
        self._number = select(self.numbers.c.number).where(self.numbers.c.ticket_id == bindparam("of_ticket"))
        self._select = select(self.rows.c.words).where(self.rows.c.rowid == bindparam("of_number"))
        self._update = update(self.rows).where(self.rows.c.rowid == bindparam("of_number"))

    def apply(self, connection: Connection, projected: ProjectedEvent) -> None:
        """Add the event's words, and replace the state."""
        event = projected.event
        if isinstance(event, events.Opened):
            connection.execute(self._insert_number, {"ticket_id": event.originator_id, "number": event.number})
            organisation = code_word(ORGANISATION, event.organisation_id)
            codes = frozenset({code_word(STATE, event.state), organisation, *_people(event)[1]})
            row = {"rowid": event.number, "words": codes | _fitting(codes, _words_in(event))}
            connection.execute(self._insert, row)
            return
        added = _words_in(event)
        if added or event.state != event.previous_state or any(_people(event)):
            self._add_words(connection, event, added)

    def _add_words(self, connection: Connection, event: events.TicketEvent, added: frozenset[str]) -> None:
        number = connection.execute(self._number, {"of_ticket": event.originator_id}).scalar_one()
        words: frozenset[str] = connection.execute(self._select, {"of_number": number}).scalar_one()
        gone, come = _people(event)
        current = words - {code_word(STATE, event.previous_state or "")} - gone | {code_word(STATE, event.state)} | come
        changed = current | _fitting(current, added - current)
        if changed != words:
            connection.execute(self._update, {"of_number": number, "words": changed})


@compiles(CreateTable, "sqlite")
def _create_table(element: CreateTable, compiler: DDLCompiler, **options: Any) -> str:  # noqa: ANN401 - of the library
    """Compile CREATE TABLE, for FTS5 as a virtual table."""
    name = element.element.info.get(_FTS5)
    return _VIRTUAL.format(name=name) if name else str(compiler.visit_create_table(element, **options))  # type: ignore[no-untyped-call]  # as the library has it


def code_word(kind: str, code: str) -> str:
    """Return the stored word of a code."""
    return kind + code.replace("_", "").replace("-", "").lower()


def _people(event: events.TicketEvent) -> tuple[set[str], set[str]]:
    """Return the words of people whom the event removes and adds."""
    removed, added = set[str](), set[str]()
    match event:
        case events.Opened():
            added = {event.requester_id}
        case events.RequesterChanged():
            removed, added = {event.previous_requester_id}, {event.requester_id}
        case events.WatcherAdded():
            added = {event.watcher_id}
        case events.WatcherRemoved():
            removed = {event.watcher_id}
    return {code_word(ACCOUNT, person) for person in removed}, {code_word(ACCOUNT, person) for person in added}


def _words_in(event: events.TicketEvent) -> frozenset[str]:
    """Return the words of the event's sealed texts, unless erased."""
    kind = PUBLIC if event.IS_PUBLIC else INTERNAL
    texts = (getattr(event, name) for name in event.SEALED)
    return frozenset(kind + word for text in texts if text for word in words_of(text))


def _fitting(words: frozenset[str], more: frozenset[str]) -> frozenset[str]:
    """Return as many of the new words as fit."""
    room = MAX_BYTES - _size(words)
    if _size(more) <= room:
        return more
    fitting, size = set[str](), 0
    for word in sorted(more):
        size += len(word.encode()) + 1
        if size > room:
            break
        fitting.add(word)
    return frozenset(fitting)


def _size(words: frozenset[str]) -> int:
    return sum(len(word.encode()) + 1 for word in words)
