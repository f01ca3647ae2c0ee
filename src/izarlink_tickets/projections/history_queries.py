"""Queries of the history: a ticket's timeline, one entry, one file.

The caller checks in the ticket list that the viewer may see the ticket; here internal entries are hidden from
customers.
"""

from collections.abc import Collection, Iterable
from dataclasses import dataclass, field
from datetime import datetime
from itertools import groupby
from typing import Any

import orjson
from sqlalchemy import ColumnElement, Connection, func, select, true

from izarlink_tickets.accounts import accounts
from izarlink_tickets.directory import category_labels, services
from izarlink_tickets.domain.access import sees_internal
from izarlink_tickets.domain.events import TicketEvent, event_class_of
from izarlink_tickets.domain.vocabulary import GUIDE_CATEGORIES, Actor
from izarlink_tickets.projections.history import History

ENTRIES_SHOWN = 100

LIVE = History()
_rows, _files = LIVE.rows.c, LIVE.files.c
_ACCOUNT_FACTS = ("assignee_id", "previous_assignee_id", "watcher_id", "requester_id", "previous_requester_id")
_FILE_COLUMNS = (_files.file_id, _files.name, _files.size, _files.media_type, _files.sha256, _files.entry)
# Built once: every ticket's page selects these columns.
_before = LIVE.rows.alias("before")
# The event before tells who the ticket waited for: by primary key, a row an event.
_ROW = select(
    LIVE.rows,
    accounts.c.name.label("actor_name"),
    select(_before.c.awaiting)
    .where(_before.c.number == _rows.number, _before.c.version == _rows.version - 1)
    .scalar_subquery()
    .label("previous_awaiting"),
).select_from(LIVE.rows.outerjoin(accounts, accounts.c.id == _rows.actor_id))


@dataclass(frozen=True, slots=True)
class AttachedFile:
    """A file of an entry.

    name: None once erased.
    size: in bytes; sha256: of the sealed bytes.
    """

    file_id: str
    name: str | None
    size: int
    media_type: str
    sha256: str
    entry: int


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


def timeline(
    connection: Connection, viewer: Actor, *, number: int, before: int | None = None, size: int = ENTRIES_SHOWN
) -> Timeline:
    """Load the last entries of a ticket.

    before: only entries older than this one.
    """
    of_ticket = [_rows.number == number, _visible_to(viewer)]
    if before is not None:
        of_ticket.append(_rows.entry < before)
    newest = select(_rows.entry).where(*of_ticket).distinct().order_by(_rows.entry.desc()).limit(size + 1)
    numbers = list(connection.execute(newest).scalars())
    if not numbers:
        return Timeline([])
    oldest = numbers[:size][-1]
    entries = _entries(connection, number, *of_ticket, _rows.entry >= oldest)
    return Timeline(entries, len(numbers) > size, _names(connection, entries))


def one_entry(connection: Connection, viewer: Actor, *, number: int, entry: int) -> Timeline:
    """Load one entry as a timeline.

    Empty where the viewer may not see it.
    """
    of_entry = (_rows.number == number, _rows.entry == entry, _visible_to(viewer))
    entries = _entries(connection, number, *of_entry)
    return Timeline(entries, names=_names(connection, entries))


def count_entries(connection: Connection, viewer: Actor, *, number: int, after: int) -> int:
    """Count the entries after a version of the ticket."""
    of_ticket = (_rows.number == number, _rows.entry > after, _visible_to(viewer))
    return connection.execute(select(func.count(_rows.entry.distinct())).where(*of_ticket)).scalar_one()


def find_file(connection: Connection, *, number: int, file_id: str) -> AttachedFile | None:
    """Find a file of the ticket; only public entries have files."""
    of_file = (_files.file_id == file_id, _files.number == number)
    return next(iter(_load_files(connection, *of_file)), None)


def files_of(connection: Connection, *, number: int) -> list[AttachedFile]:
    """Load all files of the ticket, in order."""
    return _load_files(connection, _files.number == number)


def referenced(connection: Connection, *, hashes: Collection[str]) -> set[str]:
    """Return the hashes that a ticket still references."""
    return set(connection.execute(select(_files.sha256).where(_files.sha256.in_(hashes))).scalars())


def _visible_to(viewer: Actor) -> ColumnElement[bool]:
    return true() if sees_internal(viewer) else _rows.is_public == true()


def _entries(connection: Connection, number: int, *conditions: ColumnElement[bool]) -> list[Entry]:
    rows = connection.execute(_ROW.where(*conditions).order_by(_rows.version)).mappings()
    grouped = [list(group) for _, group in groupby(rows, key=lambda row: row["entry"])]
    if not grouped:
        return []
    is_of_entries = _files.entry.between(grouped[0][0]["entry"], grouped[-1][0]["entry"])
    files = _load_files(connection, _files.number == number, is_of_entries)
    files_by_entry = {entry: tuple(group) for entry, group in groupby(files, key=lambda file: file.entry)}
    return [_entry(group, files_by_entry.get(group[0]["entry"], ())) for group in grouped]


def _load_files(connection: Connection, *conditions: ColumnElement[bool]) -> list[AttachedFile]:
    """Load files in the order of their events."""
    statement = select(*_FILE_COLUMNS).where(*conditions).order_by(_files.version)
    return [AttachedFile(**row) for row in connection.execute(statement).mappings()]


def _entry(group: list[Any], files: tuple[AttachedFile, ...]) -> Entry:
    first, last = group[0], group[-1]
    return Entry(
        number=first["entry"],
        position=first["position"],
        at=first["at"],
        actor_id=first["actor_id"],
        actor_name=first["actor_name"],
        role=first["role"],
        channel=first["channel"],
        command_id=first["command_id"],
        is_public=first["is_public"],
        previous_state=first["previous_state"],
        previous_awaiting=first["previous_awaiting"],
        state=last["state"],
        awaiting=last["awaiting"],
        steps=tuple(
            HistoryStep(row["event"], row["version"], row["words"], orjson.loads(row["facts"])) for row in group
        ),
        files=files,
    )


def _names(connection: Connection, entries: Iterable[Entry]) -> dict[str, str]:
    """Load the names that the entries' facts refer to."""
    facts = [step.facts for entry in entries for step in entry.steps]
    account_ids = {fact[name] for fact in facts for name in _ACCOUNT_FACTS if fact.get(name)}
    account_ids |= {account_id for fact in facts for account_id in fact.get("mentioned_ids", ())}
    service_ids = {service_id for fact in facts for service_id in _before_and_after(fact, "service_id")}
    # The guide's categories have labels of their own.
    codes = {code for fact in facts for code in _before_and_after(fact, "category")} - set(GUIDE_CATEGORIES)
    names: dict[str, str] = {}
    if account_ids:
        names |= _values_by_key(connection, accounts.c.id, accounts.c.name, account_ids)
    if service_ids:
        names |= _values_by_key(connection, services.c.id, services.c.reference, service_ids)
    return names | category_labels(connection, codes=codes)


def _before_and_after(facts: dict[str, Any], name: str) -> list[str]:
    values = (facts.get("previous", {}).get(name), facts.get(name))
    return [value for value in values if value]


def _values_by_key(
    connection: Connection, key: ColumnElement[Any], value: ColumnElement[Any], keys: Collection[str]
) -> dict[str, str]:
    rows = connection.execute(select(key, value).where(key.in_(keys)))
    return {row[0]: row[1] for row in rows}
