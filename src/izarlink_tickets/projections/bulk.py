"""Many tickets at once, folded, stored and loaded by the thousand.

Rebuilds, comparisons and benchmarks use it; a command uses `project`. Little is kept from one range of the log to the
next, so that memory does not grow with the log.
"""

from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from functools import cache, lru_cache
from itertools import groupby
from operator import itemgetter
from typing import TYPE_CHECKING, Any, cast
from uuid import UUID

from sqlalchemy import (
    Boolean,
    Column,
    ColumnClause,
    Connection,
    Dialect,
    LargeBinary,
    Select,
    Table,
    bindparam,
    delete,
    func,
    literal_column,
    select,
)

from izarlink_tickets.config import SealingKey
from izarlink_tickets.database import EpochTime, Timestamp
from izarlink_tickets.domain.account import ACCOUNT_EVENTS
from izarlink_tickets.domain.events import Opened
from izarlink_tickets.event_store import EventUnreadable, Mapper, Recorded, events, open_texts, tokens_of
from izarlink_tickets.projections import fold, projected_events
from izarlink_tickets.projections.read_model import ReadModel, Row, TicketRows, tables_of
from izarlink_tickets.projections.ticket_count_table import Counts, counts_of
from izarlink_tickets.projections.ticket_list import TicketList
from izarlink_tickets.projections.ticket_search import WordSet
from izarlink_tickets.sealing import Keys

if TYPE_CHECKING:
    import psycopg

MapperOf = Callable[[Keys], Mapper]
Convert = Callable[[Any], Any]
Converters = Sequence[tuple[int, Convert]]

# Of 1 KB each. The people of a page write in the next ones as well; loading their keys took 8 % of a rebuild.
_KEPT_KEYS = 10_000
# Timestamps come several times: one of a command is in several rows.
_CACHED_TIMESTAMPS = 10_000
_ACCOUNT_TOPICS = [kind.TOPIC for kind in ACCOUNT_EVENTS]
# Without types, so that ids are not converted for each event.
_COLUMNS: Sequence[ColumnClause[Any]] = [
    literal_column(f"events.{name}") for name in ("stream_id", "version", "topic", "state", "position")
]
_first = events.alias("first")
# Streams that begin within a range of positions, up to a later position. Built once: a rebuild runs it for each range.
_select_begun = (
    select(*_COLUMNS)
    .select_from(_first.join(events, events.c.stream_id == _first.c.stream_id))
    .where(_first.c.position > bindparam("after"), _first.c.position <= bindparam("last"))
    .where(_first.c.version == 1, _first.c.topic.not_in(_ACCOUNT_TOPICS))
    .where(events.c.position <= bindparam("until"))
    .order_by(_first.c.position, events.c.version)
)
_changed = (
    select(events.c.stream_id)
    .where(events.c.position > bindparam("after"), events.c.position <= bindparam("until"))
    .where(events.c.topic.not_in(_ACCOUNT_TOPICS))
    .distinct()
    .subquery()
)
# Streams that go on within a range of positions.
_select_changed = (
    select(*_COLUMNS)
    .select_from(_changed.join(events, events.c.stream_id == _changed.c.stream_id))
    .where(events.c.position <= bindparam("until"))
    .order_by(events.c.stream_id, events.c.version)
)


class LogFolder:
    """Folds whole tickets from the log.

    It keeps as many keys of people as fit, for those of the next page.

    mapper_of: builds the mapper that knows the registered topics. events: folded so far.
    """

    def __init__(self, connection: Connection, *, sealing_key: SealingKey, mapper_of: MapperOf) -> None:
        self._connection = connection
        self._keys = Keys(connection, sealing_key)
        self._mapper = mapper_of(self._keys)
        self.events = 0

    def begun(self, *, after: int, last: int, until: int) -> list[TicketRows]:
        """Fold the tickets opened in a range of positions.

        until: the last position of their events.
        """
        return self._fold(_select_begun, {"after": after, "last": last, "until": until})

    def changed(self, *, after: int, until: int) -> list[TicketRows]:
        """Fold the tickets that changed in a range of positions."""
        return self._fold(_select_changed, {"after": after, "until": until})

    def _fold(self, statement: Select[*tuple[Any, ...]], bounds: dict[str, int]) -> list[TicketRows]:
        rows = self._connection.execute(statement, bounds).all()
        self._keys.forget_beyond(_KEPT_KEYS)
        streams = [self._decoded(stored_id, stream) for stored_id, stream in groupby(rows, itemgetter(0))]
        self._keys.load(token for stream in streams for recorded in stream for token in tokens_of(recorded.event))
        return [self._fold_ticket(stream) for stream in streams]

    def _decoded(self, stored_id: object, rows: Iterable[Sequence[Any]]) -> list[Recorded]:
        stream_id = stored_id if isinstance(stored_id, UUID) else UUID(str(stored_id))
        decoded = self._mapper.decoded
        return [Recorded(row[4], decoded(stream_id, row[1], row[2], row[3])) for row in rows]

    def _fold_ticket(self, stream: list[Recorded]) -> TicketRows:
        first = stream[0].event
        if not isinstance(first, Opened):
            raise EventUnreadable(first.originator_id, first.originator_version, type(first).__name__)
        stream_id = str(first.originator_id)
        for recorded in stream:
            open_texts(recorded.event, self._keys, stream=stream_id)
        projected = list(projected_events(first.number, stream))
        self.events += len(projected)
        return fold(TicketRows(), projected)


def require_all(connection: Connection, *, folded: int, until: int) -> None:
    """Check that all events of tickets were folded.

    Raises: EventUnreadable for one whose ticket was never opened.
    """
    of_tickets = events.c.topic.not_in(_ACCOUNT_TOPICS)
    all_events = select(func.count()).where(events.c.position <= until, of_tickets)
    if connection.execute(all_events).scalar_one() == folded:
        return
    is_opening = (_first.c.version == 1, _first.c.topic.not_in(_ACCOUNT_TOPICS))
    opened = select(_first.c.version).where(_first.c.stream_id == events.c.stream_id, *is_opening)
    place = select(events.c.stream_id, events.c.version, events.c.topic)
    for unopened in connection.execute(place.where(of_tickets, ~opened.exists()).limit(1)):
        raise EventUnreadable(*unopened)
    raise RuntimeError(f"{folded} events were folded up to position {until}, and there are others")


class BulkTable:
    """A table with rows for each ticket, by the thousand.

    Encoded rows are as the driver takes and returns them. columns: by default all.
    """

    def __init__(self, table: Table, dialect: Dialect, *, columns: Sequence[str] = ()) -> None:
        self.name, self.columns = table.name, list(columns or table.c.keys())
        # Of the ticket's number; the counts have none, and are only inserted.
        key = table.c.get("number", table.c[0])
        self._copies = dialect.name == "postgresql"
        names, places = ", ".join(self.columns), ", ".join("?" for _ in self.columns)
        self._insert = f"INSERT INTO {table.name} ({names}) VALUES ({places})"  # noqa: S608 - names of our tables
        self._copy = f"COPY {table.name} ({names}) FROM STDIN"
        self._delete = delete(table).where(key.in_(bindparam("numbers", expanding=True)))
        # Without types, so that rows come as they are stored.
        self._select_all: Select[*tuple[Any, ...]] = select(*map(literal_column, self.columns)).select_from(table)
        self._select: Select[*tuple[Any, ...]] = self._select_all.where(key.in_(bindparam("numbers", expanding=True)))
        chosen = [table.c[name] for name in self.columns]
        self._encoders = _converters(_encoder_of(column, dialect) for column in chosen)
        self._decoders = _converters(_decoder_of(column, dialect) for column in chosen)

    def encode(self, rows: Sequence[Row]) -> list[Row]:
        """Return rows as the driver takes them."""
        return _converted(rows, self._encoders)

    def insert(self, connection: Connection, rows: Sequence[Row]) -> None:
        """Store encoded rows."""
        if not rows:
            return
        if not self._copies:
            connection.exec_driver_sql(self._insert, list(rows))
            return
        driver = cast("psycopg.Connection", connection.connection.driver_connection)
        with driver.cursor() as cursor, cursor.copy(self._copy.encode()) as copy:
            for row in rows:
                copy.write_row(row)

    def load(self, connection: Connection, numbers: Sequence[int]) -> list[Row]:
        """Load the encoded rows of some tickets."""
        return _converted(connection.execute(self._select, {"numbers": numbers}).all(), self._decoders)

    def load_all(self, connection: Connection) -> list[Row]:
        """Load all rows of a small table."""
        return _converted(connection.execute(self._select_all).all(), self._decoders)

    def delete(self, connection: Connection, numbers: Sequence[int]) -> None:
        """Delete the rows of some tickets."""
        connection.execute(self._delete, {"numbers": numbers})


class BulkTables:
    """The tables of read models, by the thousand rows."""

    def __init__(self, models: Sequence[ReadModel], dialect: Dialect) -> None:
        self._models = models
        self._ticket_list = next(model for model in models if isinstance(model, TicketList))
        kept = (self._ticket_list.counts, self._ticket_list.storage)
        tables = [table for model in models for table in tables_of(model) if table not in kept]
        self._bulk = {table: BulkTable(table, dialect) for table in tables}
        self._tickets = self._bulk[self._ticket_list.tickets]
        self.counts, self.storage = (BulkTable(table, dialect) for table in kept)

    def encoded(self, tickets: Iterable[TicketRows]) -> dict[BulkTable, list[Row]]:
        """Return the encoded rows of tickets by table."""
        folded: dict[Table, list[Row]] = {table: [] for table in self._bulk}
        for ticket in tickets:
            for model in self._models:
                for table, rows in model.rows_of(ticket):
                    folded[table].extend(rows)
        return {bulk: bulk.encode(folded[table]) for table, bulk in self._bulk.items()}

    def insert(self, connection: Connection, encoded: Mapping[BulkTable, Sequence[Row]]) -> None:
        """Store the encoded rows of new tickets, without counting them."""
        for bulk, rows in encoded.items():
            bulk.insert(connection, rows)

    def delete(self, connection: Connection, numbers: Sequence[int]) -> Counts:
        """Delete tickets; return their counts."""
        rows = self._tickets.load(connection, numbers)
        deleted = [dict(zip(self._tickets.columns, row, strict=True)) for row in rows]
        for bulk in self._bulk.values():
            bulk.delete(connection, numbers)
        return _sum(map(counts_of, deleted))

    def add_to_counts(self, connection: Connection, differences: Counts) -> None:
        """Add to the stored counts."""
        self._ticket_list.add_to_counts(connection, differences)


def count(tickets: Iterable[TicketRows]) -> Counts:
    """Count tickets as the list counts them."""
    return _sum(counts_of(rows.ticket) for rows in tickets if rows.ticket)


def _sum(counts: Iterable[Counts]) -> Counts:
    total: Counts = Counter()
    for each in counts:
        total.update(each)
    return total


def numbers_of(tickets: Iterable[TicketRows]) -> list[int]:
    """Return the tickets' numbers."""
    return [rows.ticket["number"] for rows in tickets if rows.ticket]


def _encoder_of(column: Column[Any], dialect: Dialect) -> Convert | None:
    kind = column.type
    if isinstance(kind, Boolean | LargeBinary):
        # Both drivers store them as they are.
        return None
    if isinstance(kind, Timestamp | EpochTime):
        return _time_encoder(type(kind), dialect)  # type: ignore[arg-type]  # classes are hashable
    return kind.dialect_impl(dialect).bind_processor(dialect)


@cache
def _time_encoder(kind: type[Timestamp | EpochTime], dialect: Dialect) -> Convert | None:
    """Return the converter of times, the same for all columns."""
    encode = kind().dialect_impl(dialect).bind_processor(dialect)
    return lru_cache(_CACHED_TIMESTAMPS)(encode) if encode else None


def _decoder_of(column: Column[Any], dialect: Dialect) -> Convert | None:
    """Return what makes a stored value equal to the encoded one.

    A tsvector quotes and sorts its words.
    """
    if not isinstance(column.type, WordSet) or dialect.name == "sqlite":
        return None
    return lambda words: " ".join(sorted(words.replace("'", "").split()))


def _converters(converters: Iterable[Convert | None]) -> Converters:
    return [(place, convert) for place, convert in enumerate(converters) if convert]


def _converted(rows: Sequence[Sequence[Any]], converters: Converters) -> list[Row]:
    """Convert rows column by column, which is faster than by row."""
    if not rows or not converters:
        return list(map(tuple, rows))
    columns = list(zip(*rows, strict=True))
    for place, convert in converters:
        columns[place] = tuple(None if value is None else convert(value) for value in columns[place])
    return list(zip(*columns, strict=True))
