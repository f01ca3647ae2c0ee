"""The words of each ticket: one row a ticket, kept by `apply`, looked up by SQLite's FTS5 or a GIN index of PostgreSQL.

Texts are folded and cut into words here, so that both databases find the same. A row holds each word once, with a
letter before it that says what it is; whoever asks names the letters (`search_terms`). It knows no right by itself.
Source: docs/adr/0005.
"""

from typing import Any, ClassVar

from sqlalchemy import (
    BigInteger,
    Column,
    Connection,
    Dialect,
    Index,
    MetaData,
    Table,
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

from izarlink_tickets.database import metadata
from izarlink_tickets.domain import events
from izarlink_tickets.domain.text import words_of
from izarlink_tickets.projections.read_model import ProjectedEvent, ReadModel, prefixes

# What the first letter of a stored word says. A word that only internal notes hold stands apart, so that the question
# of a customer can't meet it.
PUBLIC, INTERNAL, STATE = "pis"
# Of a PostgreSQL tsvector, which holds 1 MiB: more would refuse the command. It is 50,000 different words.
MAX_BYTES = 500_000

_FTS5 = "fts5"  # under which a table says that FTS5 keeps it, and how it is called
_VIRTUAL = (
    # Words are letters and digits already: this tokenizer cuts at the blanks between them and nowhere else. Beginnings
    # of these lengths, the mark counted, are met newest first without looking at every ticket that has one.
    "CREATE VIRTUAL TABLE {name} USING fts5(words, tokenize='ascii', detail='none', columnsize=0, prefix='3 4 5 6')"
)


class WordSet(TypeDecorator[frozenset[str]]):
    """A set of words: text with blanks between them in SQLite, a tsvector without positions in PostgreSQL."""

    impl = Text
    cache_ok = True

    def load_dialect_impl(self, dialect: Dialect) -> TypeEngine[Any]:
        """Choose the column's type."""
        return dialect.type_descriptor(TSVECTOR() if dialect.name == "postgresql" else Text())

    def process_bind_param(self, value: frozenset[str] | None, dialect: Dialect) -> str:
        """Write the words in an order of their own, so that two rows of the same words are the same."""
        del dialect
        return " ".join(sorted(value or ()))

    def process_result_value(self, value: str | None, dialect: Dialect) -> frozenset[str]:
        """Read the words; a tsvector shows each in quotes, of which a word has none."""
        del dialect
        return frozenset((value or "").replace("'", "").split())


class TicketSearch(ReadModel):
    """Tables `ticket_search` (a row a ticket: its words) and `ticket_search_numbers` (its number)."""

    NAME: ClassVar[str] = "ticket_search"
    VERSION: ClassVar[int] = 3

    def __init__(self, suffix: str = "", *, temporary: bool = False) -> None:
        self.metadata = MetaData(naming_convention=metadata.naming_convention)
        self.rows = Table(
            f"ticket_search{suffix}",
            self.metadata,
            # The ticket's number, by the name that FTS5 gives to the key of a row.
            Column("rowid", BigInteger, primary_key=True, autoincrement=False),
            Column("words", WordSet, nullable=False),
            prefixes=prefixes(temporary=temporary),
            info={_FTS5: f"temp.ticket_search{suffix}" if temporary else f"ticket_search{suffix}"},
        )
        # The words that somebody looks for. Without a list of pending words, which every search would have to read.
        Index(None, self.rows.c.words, postgresql_using="gin", postgresql_with={"fastupdate": False}).ddl_if(
            dialect="postgresql"
        )
        self.numbers = Table(
            f"ticket_search_numbers{suffix}",
            self.metadata,
            Column("ticket_id", Uuid, primary_key=True),
            Column("number", BigInteger, nullable=False),
            prefixes=prefixes(temporary=temporary),
        )
        self._insert_number = insert(self.numbers)
        self._insert = insert(self.rows)
        self._number = select(self.numbers.c.number).where(self.numbers.c.ticket_id == bindparam("of_ticket"))
        self._select = select(self.rows.c.words).where(self.rows.c.rowid == bindparam("of_number"))
        self._update = update(self.rows).where(self.rows.c.rowid == bindparam("of_number"))

    def apply(self, connection: Connection, projected: ProjectedEvent) -> None:
        """Add what the event says, and note the state in which it leaves the ticket."""
        event = projected.event
        if isinstance(event, events.Opened):
            connection.execute(self._insert_number, {"ticket_id": event.originator_id, "number": event.number})
            marks = frozenset({mark(STATE, event.state)})
            row = {"rowid": event.number, "words": marks | _fitting(marks, _said(event))}
            connection.execute(self._insert, row)
            return
        said = _said(event)
        if said or event.state != event.previous_state:
            self._change(connection, event, said)

    def _change(self, connection: Connection, event: events.TicketEvent, said: frozenset[str]) -> None:
        number = connection.execute(self._number, {"of_ticket": event.originator_id}).scalar_one()
        words: frozenset[str] = connection.execute(self._select, {"of_number": number}).scalar_one()
        marked = words - {mark(STATE, event.previous_state or "")} | {mark(STATE, event.state)}
        changed = marked | _fitting(marked, said - marked)
        if changed != words:
            connection.execute(self._update, {"of_number": number, "words": changed})


@compiles(CreateTable, "sqlite")
def _create_table(element: CreateTable, compiler: DDLCompiler, **options: Any) -> str:  # noqa: ANN401 - of the library
    """Make the table that FTS5 keeps a virtual one; every other as ever."""
    name = element.element.info.get(_FTS5)
    return _VIRTUAL.format(name=name) if name else str(compiler.visit_create_table(element, **options))  # type: ignore[no-untyped-call]  # as the library has it


def mark(kind: str, code: str) -> str:
    """Write a code as a word."""
    return kind + code.replace("_", "").lower()


def _said(event: events.TicketEvent) -> frozenset[str]:
    """Give the words of the event's texts, which are what it holds sealed; an erased one says nothing."""
    kind = PUBLIC if event.IS_PUBLIC else INTERNAL
    texts = (getattr(event, name) for name in event.SEALED)
    return frozenset(kind + word for text in texts if text for word in words_of(text))


def _fitting(words: frozenset[str], more: frozenset[str]) -> frozenset[str]:
    """Give as many of the new words as find room."""
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
