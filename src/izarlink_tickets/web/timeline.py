"""Turn the entries of a ticket's history into what the template `_timeline.html` shows. Customers and desk share it."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from types import MappingProxyType
from urllib.parse import quote

from sqlalchemy import Connection

from izarlink_tickets import wording
from izarlink_tickets.domain.access import STAFF_ROLES
from izarlink_tickets.domain.vocabulary import Actor, Role, State
from izarlink_tickets.i18n import gettext as _
from izarlink_tickets.outbox.deliveries import Delivery, deliveries_of
from izarlink_tickets.projections.history_queries import AttachedFile, Entry, Timeline, one_entry
from izarlink_tickets.projections.ticket_queries import TicketRow
from izarlink_tickets.web.linkify import TextPart, linkify

Deliveries = Mapping[int, Iterable[Delivery]]


@dataclass(frozen=True, slots=True)
class FileView:
    """A file with its address. name and url None: erased. size in bytes."""

    name: str | None
    size: int
    url: str | None


@dataclass(frozen=True, slots=True)
class MailView:
    """A mail about an entry: to whom, and how far it is."""

    name: str
    said: wording.DeliveryLabel


@dataclass(frozen=True, slots=True)
class EntryView:
    """One entry, in words. number: `#e7`; at: aware UTC; text None: erased, empty: nothing was said.

    side: "staff", "customer" or "portal", for the margin's colour. is_wanted: the one that a mail led to. is_new: came
    after the page that the viewer acted on.
    """

    number: int
    at: datetime
    author: str | None
    role: str
    side: str
    deed: str
    text: tuple[TextPart, ...] | None
    changes: tuple[str, ...]
    files: tuple[FileView, ...]
    is_internal: bool = False
    is_wanted: bool = False
    is_new: bool = False
    mails: tuple[MailView, ...] = ()

    @property
    def mails_in_trouble(self) -> int:
        return sum(mail.said.tone is wording.Tone.IN_TROUBLE for mail in self.mails)


def pending_solution(connection: Connection, viewer: Actor, ticket: TicketRow) -> Timeline:
    """Give the entry that proposed the solution, in a timeline of its own, while it waits for approval; else none."""
    if ticket.state != State.RESOLVED or ticket.solution_entry is None:
        return Timeline([])
    return one_entry(connection, viewer, number=ticket.number, entry=ticket.solution_entry)


def entry_views(
    timeline: Timeline,
    reader: wording.Reader,
    *,
    number: int,
    wanted: int | None = None,
    seen: int | None = None,
    deliveries: Deliveries = MappingProxyType({}),
) -> list[EntryView]:
    """Put the entries of ticket `number` into words for the reader.

    wanted: the entry to point out (`?entree=7`); seen: the last version that the reader had before him; deliveries: the
    mails that the reader may know of, by entry.
    """
    return [
        entry_view(
            entry,
            timeline,
            reader,
            number=number,
            is_wanted=entry.number == wanted,
            is_new=_came_after(entry, seen),
            deliveries=deliveries.get(entry.number, ()),
        )
        for entry in timeline.entries
    ]


def load_deliveries(connection: Connection, viewer: Actor, timeline: Timeline, *, number: int) -> Deliveries:
    """Look up the mails about the entries that are shown."""
    if not timeline.entries:
        return {}
    first, last = timeline.entries[0].number, timeline.entries[-1].number
    return deliveries_of(connection, viewer, number=number, first=first, last=last)


def entry_view(
    entry: Entry,
    timeline: Timeline,
    reader: wording.Reader,
    *,
    number: int,
    is_wanted: bool = False,
    is_new: bool = False,
    deliveries: Iterable[Delivery] = (),
) -> EntryView:
    """Put one entry into words."""
    return EntryView(
        number=entry.number,
        at=entry.at,
        author=_author(entry),
        role=wording.role_label(entry.role) if entry.role == Role.SYSTEM else wording.role_in_sentence(entry.role),
        side=_side(entry),
        deed=wording.headline(entry, timeline.names, reader=reader),
        text=None if entry.words is None else linkify(entry.words),
        changes=tuple(change.sentence for change in wording.changes(entry, timeline.names, reader)),
        files=tuple(file_view(file, number=number) for file in entry.files),
        is_internal=not entry.is_public,
        is_wanted=is_wanted,
        is_new=is_new,
        mails=tuple(MailView(one.name, wording.delivery_label(one, reader)) for one in deliveries),
    )


def file_view(file: AttachedFile, *, number: int) -> FileView:
    """Give a file with the address that downloads it."""
    return FileView(file.name, file.size, file_url(file, number=number))


def file_url(file: AttachedFile, *, number: int) -> str | None:
    if file.name is None:
        return None
    return f"/tickets/{number}/pieces/{file.file_id}/{quote(file.name, safe='')}"


def _author(entry: Entry) -> str | None:
    """Name who acted; None for the portal, which is its own role."""
    return None if entry.role == Role.SYSTEM else entry.actor_name or _("Compte effacé")


def _side(entry: Entry) -> str:
    if entry.role == Role.SYSTEM:
        return "portal"
    return "staff" if entry.role in STAFF_ROLES else "customer"


def _came_after(entry: Entry, seen: int | None) -> bool:
    return seen is not None and entry.number > seen
