"""Queries of the history: a ticket's timeline, one entry, one file.

The caller checks in the ticket list that the viewer may see the ticket; here internal entries are hidden from
customers.
"""

from collections import defaultdict
from collections.abc import Callable, Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from functools import cache
from itertools import groupby
from typing import Any, NamedTuple, TypeVar

import orjson
from sqlalchemy import (
    BindParameter,
    ColumnElement,
    Connection,
    Select,
    bindparam,
    func,
    select,
    true,
    tuple_,
    union_all,
)

from izarlink_tickets.accounts import accounts
from izarlink_tickets.database import PreparedStatement, as_stored, time_of_stored
from izarlink_tickets.directory import categories, full_label, services
from izarlink_tickets.domain.access import sees_internal
from izarlink_tickets.domain.events import TicketEvent, event_class_of
from izarlink_tickets.domain.vocabulary import GUIDE_CATEGORIES, Actor
from izarlink_tickets.projections.history import History

ENTRIES_SHOWN = 100
_Row = TypeVar("_Row", "EventRow", "AttachedFile")
# Above any version: a timeline without `before` ends with the newest entry.
_NO_ENTRY = 2**31 - 1

LIVE = History()
_rows, _files = LIVE.rows.c, LIVE.files.c
_ACCOUNT_FACTS = ("assignee_id", "previous_assignee_id", "watcher_id", "requester_id", "previous_requester_id")
_NAMED_FACTS = frozenset({*_ACCOUNT_FACTS, "mentioned_ids", "service_id", "category"})


@dataclass(frozen=True, slots=True)
class AttachedFile:
    """A file of an entry; its thumbnail is measured in pixels.

    name: None once erased.
    size: in bytes; sha256: of the sealed bytes.
    """

    file_id: str
    name: str | None
    size: int
    media_type: str
    sha256: str
    entry: int
    thumbnail_sha256: str | None = None
    thumbnail_width: int = 0
    thumbnail_height: int = 0


@dataclass(frozen=True, slots=True)
class HistoryStep:
    """One event of an entry.

    words: None once erased, "" without.
    facts: codes, ids and numbers.
    """

    event: str
    version: int
    words: str | None
    facts: dict[str, Any]

    @property
    def event_class(self) -> type[TicketEvent]:
        """The class that `event`, its stored bare name, stands for."""
        return event_class_of(self.event)


@dataclass(frozen=True, slots=True)
class Entry:
    """The timeline entry of one command.

    number: the version of its first event (`#e7`).
    at: aware UTC.
    """

    number: int
    position: int
    at: datetime
    actor_id: str
    actor_name: str | None
    role: str
    channel: str
    command_id: str
    is_public: bool
    previous_state: str | None
    state: str
    awaiting: str | None
    steps: tuple[HistoryStep, ...]
    files: tuple[AttachedFile, ...] = ()
    previous_awaiting: str | None = None

    def step(self, event_class: type[TicketEvent]) -> HistoryStep | None:
        """Return the entry's first step with this event, if any."""
        return next((step for step in self.steps if step.event_class is event_class), None)

    @property
    def words(self) -> str | None:
        """The text of the entry, which has at most one."""
        return next((step.words for step in self.steps if step.words != ""), "")


@dataclass(frozen=True, slots=True)
class Timeline:
    """Entries, oldest first.

    names: of the accounts, services and categories in their facts.
    """

    entries: list[Entry]
    has_earlier: bool = False
    names: dict[str, str] = field(default_factory=dict)


class EventRow(NamedTuple):
    """An event of the history, as its row stores it.

    actor_name: None once erased. facts: as JSON. stored_at: of `time_of_stored`.
    """

    version: int
    entry: int
    position: int
    stored_at: datetime | str
    actor_id: str
    actor_name: str | None
    role: str
    channel: str
    command_id: str
    event: str
    is_public: bool
    previous_state: str | None
    previous_awaiting: str | None
    state: str
    awaiting: str | None
    words: str | None
    facts: str


class EntryRows(NamedTuple):
    """The rows of a timeline entry: hashable, all that a page shows."""

    events: tuple[EventRow, ...]
    files: tuple[AttachedFile, ...] = ()

    @property
    def number(self) -> int:
        return self.events[0].entry

    @property
    def actor_id(self) -> str:
        return self.events[0].actor_id

    @property
    def at(self) -> datetime:
        return time_of_stored(self.events[0].stored_at)

    @property
    def has_references(self) -> bool:
        """Whether the entry refers to accounts, services or categories by their ids."""
        return any(_refers(row.event) for row in self.events)

    def mentions(self, account_id: str) -> bool:
        """Return whether the facts of the entry hold this id."""
        return any(account_id in row.facts for row in self.events)

    def has(self, event_class: type[TicketEvent]) -> bool:
        """Return whether the entry has this event."""
        return any(row.event == event_class.__name__ for row in self.events)

    def enters(self, state: str) -> bool:
        """Return whether the entry brought the ticket into the state."""
        return self.events[-1].state == state != self.events[0].previous_state

    def parse(self) -> Entry:
        """Build the entry with the steps and their facts."""
        first, last = self.events[0], self.events[-1]
        return Entry(
            number=first.entry,
            position=first.position,
            at=self.at,
            actor_id=first.actor_id,
            actor_name=first.actor_name,
            role=first.role,
            channel=first.channel,
            command_id=first.command_id,
            is_public=first.is_public,
            previous_state=first.previous_state,
            previous_awaiting=first.previous_awaiting,
            state=last.state,
            awaiting=last.awaiting,
            steps=tuple(HistoryStep(row.event, row.version, row.words, orjson.loads(row.facts)) for row in self.events),
            files=self.files,
        )


class EntryRowsPart(NamedTuple):
    """Consecutive entries of a ticket, oldest first.

    has_earlier: whether there are older ones.
    """

    entries: tuple[EntryRows, ...] = ()
    has_earlier: bool = False


def _all_event_rows() -> Select[Any]:
    """Build the statement of events with their actors' names."""
    before = LIVE.rows.alias("before")
    # The event before tells who the ticket waited for: by primary key, a row an event.
    previous_awaiting = select(before.c.awaiting).where(
        before.c.number == _rows.number, before.c.version == _rows.version - 1
    )
    joined = {
        "actor_name": accounts.c.name,
        "previous_awaiting": previous_awaiting.scalar_subquery(),
        "stored_at": as_stored(_rows.at),
    }
    columns = (joined[name].label(name) if name in joined else _rows[name] for name in EventRow._fields)
    return select(*columns).select_from(LIVE.rows.outerjoin(accounts, accounts.c.id == _rows.actor_id))


def _event_rows(*, is_shown: ColumnElement[bool]) -> Select[Any]:
    """Build the statement of a ticket's events."""
    return _all_event_rows().where(_rows.number == bindparam("of_ticket"), is_shown).order_by(_rows.version)


def _part(*, is_shown: ColumnElement[bool]) -> Select[Any]:
    """Build the statement of the last `size` entries before `before`.

    It loads one more if there is one. It follows the primary key from the first entry to the last: its time is the
    same for any ticket.
    """
    starts = select(_rows.version).where(_rows.number == bindparam("of_ticket"), _rows.version == _rows.entry)
    is_earlier = _rows.version < bindparam("before")
    first = starts.where(is_shown, is_earlier).order_by(_rows.version.desc()).limit(1).offset(bindparam("size"))
    end = starts.where(~is_earlier).order_by(_rows.version).limit(1)
    return _event_rows(is_shown=is_shown).where(
        _rows.version >= func.coalesce(first.correlate(None).scalar_subquery(), 1),
        _rows.version < func.coalesce(end.correlate(None).scalar_subquery(), _NO_ENTRY),
    )


# By whether the viewer sees internal entries.
_IS_SHOWN: dict[bool, ColumnElement[bool]] = {True: true(), False: _rows.is_public == true()}
_PARTS = {internal: PreparedStatement(_part(is_shown=is_shown)) for internal, is_shown in _IS_SHOWN.items()}
_ENTRIES = {
    internal: PreparedStatement(_event_rows(is_shown=is_shown).where(_rows.entry == bindparam("of_entry")))
    for internal, is_shown in _IS_SHOWN.items()
}
_OF_ENTRIES: BindParameter[Any] = bindparam("of_entries", expanding=True)
_ENTRIES_OF_TICKETS = {
    internal: _all_event_rows()
    .add_columns(_rows.number)
    .where(tuple_(_rows.number, _rows.entry).in_(_OF_ENTRIES), is_shown)
    .order_by(_rows.number, _rows.version)
    for internal, is_shown in _IS_SHOWN.items()
}
_LATER_ENTRIES = {
    internal: PreparedStatement(
        select(func.count(_rows.entry.distinct())).where(
            _rows.number == bindparam("of_ticket"), _rows.entry > bindparam("after"), is_shown
        )
    )
    for internal, is_shown in _IS_SHOWN.items()
}
_OTHERS_ENTRIES = {
    internal: select(_rows.entry)
    .where(
        _rows.number == bindparam("of_ticket"),
        _rows.entry > bindparam("after"),
        _rows.actor_id != bindparam("author"),
        is_shown,
    )
    .group_by(_rows.entry)
    .order_by(_rows.entry)
    for internal, is_shown in _IS_SHOWN.items()
}
_ALL_FILES = select(*(_files[name] for name in AttachedFile.__slots__)).order_by(_files.version)
_OF_TICKET = _ALL_FILES.where(_files.number == bindparam("of_ticket"))
_FILES = PreparedStatement(_OF_TICKET)
_FILES_OF_ENTRIES = PreparedStatement(_OF_TICKET.where(_files.entry.between(bindparam("first"), bindparam("last"))))
_FILES_OF_TICKETS = _ALL_FILES.add_columns(_files.number).where(tuple_(_files.number, _files.entry).in_(_OF_ENTRIES))
_FILE = PreparedStatement(_OF_TICKET.where(_files.file_id == bindparam("of_file")))
_IDS: BindParameter[Any] = bindparam("ids", expanding=True)
# The names of the ids that entries refer to.
SELECT_NAMES = (
    select(accounts.c.id, accounts.c.name).where(accounts.c.id.in_(_IDS)),
    select(services.c.id, services.c.reference).where(services.c.id.in_(_IDS)),
    select(categories.c.code, full_label).where(categories.c.code.in_(_IDS)),
)
_NAMES = PreparedStatement(union_all(*SELECT_NAMES))


def timeline(
    connection: Connection, viewer: Actor, *, number: int, before: int | None = None, size: int = ENTRIES_SHOWN
) -> Timeline:
    """Load the last entries of a ticket.

    before: only entries older than this one.
    """
    part = load_part(connection, viewer, number=number, before=before, size=size)
    return _parsed(connection, part, number=number)


def one_entry(connection: Connection, viewer: Actor, *, number: int, entry: int) -> Timeline:
    """Load one entry as a timeline.

    Empty where the viewer may not see it.
    """
    return _parsed(connection, EntryRowsPart(load_entry(connection, viewer, number=number, entry=entry)), number=number)


def load_part(
    connection: Connection, viewer: Actor, *, number: int, before: int | None = None, size: int = ENTRIES_SHOWN
) -> EntryRowsPart:
    """Load the rows of a ticket's last entries, without files.

    before: only entries older than this one.
    """
    values = {"of_ticket": number, "before": before or _NO_ENTRY, "size": size}
    entries = _grouped(_PARTS[sees_internal(viewer)].all(connection, values))
    return EntryRowsPart(entries[-size:], has_earlier=len(entries) > size)


def load_entry(connection: Connection, viewer: Actor, *, number: int, entry: int) -> tuple[EntryRows, ...]:
    """Load the rows of one entry, without files.

    Empty where the viewer may not see it.
    """
    values = {"of_ticket": number, "of_entry": entry}
    return _grouped(_ENTRIES[sees_internal(viewer)].all(connection, values))


def load_entries(
    connection: Connection, *, entries: Collection[tuple[int, int]], with_internal: bool
) -> dict[tuple[int, int], Timeline]:
    """Load entries of many tickets, by ticket number and entry.

    with_internal: whether all their readers see internal notes; without, such entries are missing.
    """
    if not entries:
        return {}
    values = {"of_entries": sorted(entries)}
    grouped = _by_entry(connection.execute(_ENTRIES_OF_TICKETS[with_internal], values).all(), EventRow._make)
    files = _by_entry(connection.execute(_FILES_OF_TICKETS, values).all(), lambda row: AttachedFile(*row))
    rows = {key: EntryRows(events, files.get(key, ())) for key, events in grouped.items()}
    names = load_names(connection, references(rows.values()))
    return {key: Timeline([entry.parse()], names=names) for key, entry in rows.items()}


def others_entries(connection: Connection, viewer: Actor, *, number: int, after: int) -> list[int]:
    """List the entries of others after a version of the ticket."""
    values = {"of_ticket": number, "after": after, "author": viewer.account_id}
    return list(connection.execute(_OTHERS_ENTRIES[sees_internal(viewer)], values).scalars())


def count_entries(connection: Connection, viewer: Actor, *, number: int, after: int) -> int:
    """Count the entries after a version of the ticket."""
    values = {"of_ticket": number, "after": after}
    return int(_LATER_ENTRIES[sees_internal(viewer)].scalar(connection, values))


def find_file(connection: Connection, *, number: int, file_id: str) -> AttachedFile | None:
    """Find a file of the ticket; only public entries have files."""
    return next(iter(_load_files(connection, _FILE, number=number, of_file=file_id)), None)


def files_of(connection: Connection, *, number: int) -> list[AttachedFile]:
    """Load all files of the ticket, in order."""
    return _load_files(connection, _FILES, number=number)


def files_between(connection: Connection, part: EntryRowsPart, *, number: int) -> list[AttachedFile]:
    """Load the files of consecutive entries, in order."""
    if not part.entries:
        return []
    first, last = part.entries[0].number, part.entries[-1].number
    return _load_files(connection, _FILES_OF_ENTRIES, number=number, first=first, last=last)


def with_files(entries: Iterable[EntryRows], files: Iterable[AttachedFile]) -> tuple[EntryRows, ...]:
    """Add each entry's files. files: in order, of other entries too."""
    of_entry = {entry: tuple(group) for entry, group in groupby(files, key=lambda file: file.entry)}
    if not of_entry:
        return tuple(entries)
    return tuple(entry._replace(files=of_entry.get(entry.number, ())) for entry in entries)


def references(entries: Iterable[EntryRows]) -> set[str]:
    """Return the ids and codes that the entries' facts refer to."""
    # The guide's categories have labels of their own.
    return {value for entry in entries for row in entry.events for value in _references(row)} - set(GUIDE_CATEGORIES)


def load_names(connection: Connection, ids: Collection[str]) -> dict[str, str]:
    """Load the names of accounts, services and categories."""
    if not ids:
        return {}
    return dict(_NAMES.all(connection, {"ids": sorted(ids)}))


def referenced(connection: Connection, *, hashes: Collection[str]) -> set[str]:
    """Return the hashes that a ticket still references."""
    files = select(_files.sha256).where(_files.sha256.in_(hashes))
    thumbnails = select(_files.thumbnail_sha256).where(_files.thumbnail_sha256.in_(hashes))
    return set(connection.execute(files.union_all(thumbnails)).scalars())


def _grouped(rows: Iterable[Any]) -> tuple[EntryRows, ...]:
    """Group rows in the order of their versions by entry."""
    events = map(EventRow._make, rows)
    return tuple(EntryRows(tuple(group)) for _, group in groupby(events, key=lambda row: row.entry))


def _by_entry(rows: Iterable[Any], make: Callable[[Sequence[Any]], _Row]) -> dict[tuple[int, int], tuple[_Row, ...]]:
    """Group rows that end with their ticket's number by ticket and entry."""
    grouped: defaultdict[tuple[int, int], list[_Row]] = defaultdict(list)
    for row in rows:
        made = make(row[:-1])
        grouped[row[-1], made.entry].append(made)
    return {key: tuple(group) for key, group in grouped.items()}


def _parsed(connection: Connection, part: EntryRowsPart, *, number: int) -> Timeline:
    files = files_between(connection, part, number=number)
    names = load_names(connection, references(part.entries))
    return Timeline([entry.parse() for entry in with_files(part.entries, files)], part.has_earlier, names)


def _load_files(
    connection: Connection, statement: PreparedStatement, *, number: int, **values: object
) -> list[AttachedFile]:
    rows = statement.all(connection, {"of_ticket": number, **values})
    return [AttachedFile(*row) for row in rows]


@cache
def _refers(event: str) -> bool:
    """Return whether this event's facts hold ids or codes with a name."""
    known = event_class_of(event)
    return known is TicketEvent or not _NAMED_FACTS.isdisjoint(known.__dataclass_fields__)


def _references(row: EventRow) -> Iterator[str]:
    if not _refers(row.event):
        return
    facts = orjson.loads(row.facts)
    yield from (facts[name] for name in _ACCOUNT_FACTS if facts.get(name))
    yield from facts.get("mentioned_ids", ())
    for values in (facts.get("previous", {}), facts):
        yield from (values[name] for name in ("service_id", "category") if values.get(name))
