"""The entries of a ticket's history, as `_timeline.html` shows them."""

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
from izarlink_tickets.projections.history_queries import (
    ENTRIES_SHOWN,
    AttachedFile,
    Entry,
    Timeline,
    one_entry,
    timeline,
)
from izarlink_tickets.projections.ticket_queries import TicketRow
from izarlink_tickets.web.linkify import TextPart, linkify

Deliveries = Mapping[int, Iterable[Delivery]]


@dataclass(frozen=True, slots=True)
class FileView:
    """A file. size: in bytes. name, url: None where erased."""

    name: str | None
    size: int
    url: str | None


@dataclass(frozen=True, slots=True)
class MailView:
    """A mail about an entry. name: of the recipient."""

    name: str
    label: wording.DeliveryLabel


@dataclass(frozen=True, slots=True)
class EntryView:
    """One entry.

    number: of its anchor, `#e7`. at: aware UTC. text: None where erased, empty where there is none.
    side: "staff", "customer" or "portal", for the margin's colour.
    is_highlighted: a mail links to it. is_new: it came after the page that the viewer acted on.
    """

    number: int
    at: datetime
    author: str | None
    role: str
    side: str
    headline: str
    text: tuple[TextPart, ...] | None
    changes: tuple[str, ...]
    files: tuple[FileView, ...]
    is_internal: bool = False
    is_highlighted: bool = False
    is_new: bool = False
    mails: tuple[MailView, ...] = ()

    @property
    def mails_in_trouble(self) -> int:
        return sum(mail.label.tone is wording.Tone.IN_TROUBLE for mail in self.mails)


def pending_solution(connection: Connection, viewer: Actor, ticket: TicketRow) -> Timeline:
    """Load the solution that waits for approval, as a timeline."""
    if ticket.state != State.RESOLVED or ticket.solution_entry is None:
        return Timeline([])
    return one_entry(connection, viewer, number=ticket.number, entry=ticket.solution_entry)


def entry_views(
    history: Timeline,
    reader: wording.Reader,
    *,
    number: int,
    highlighted: int | None = None,
    seen: int | None = None,
    deliveries: Deliveries = MappingProxyType({}),
) -> list[EntryView]:
    """Format the entries of a ticket for the reader.

    highlighted: the entry that a mail links to, `?entree=7`.
    seen: the last version that the reader has read.
    deliveries: the mails that the reader may see, by entry.
    """
    return [
        EntryView(
            number=entry.number,
            at=entry.at,
            author=_author(entry),
            role=wording.role_label(entry.role) if entry.role == Role.SYSTEM else wording.role_in_sentence(entry.role),
            side=_side(entry),
            headline=wording.headline(entry, history.names, reader=reader),
            text=None if entry.words is None else linkify(entry.words),
            changes=tuple(change.sentence for change in wording.changes(entry, history.names, reader)),
            files=tuple(file_view(file, number=number) for file in entry.files),
            is_internal=not entry.is_public,
            is_highlighted=entry.number == highlighted,
            is_new=seen is not None and entry.number > seen,
            mails=tuple(
                MailView(delivery.name, wording.delivery_label(delivery, reader))
                for delivery in deliveries.get(entry.number, ())
            ),
        )
        for entry in history.entries
    ]


def load_timeline(
    connection: Connection,
    viewer: Actor,
    *,
    number: int,
    before: int | None,
    entry: int | None,
    size: int = ENTRIES_SHOWN,
) -> tuple[Timeline, bool]:
    """Load a part of a ticket's history.

    Returns it, and whether it goes on to the newest entry.

    before: the part ends before this entry. entry: the part contains this entry, which a mail links to.
    """
    history = timeline(connection, viewer, number=number, before=before, size=size)
    if before is None and entry and history.has_earlier and entry < history.entries[0].number:
        return timeline(connection, viewer, number=number, before=entry + 1), False
    return history, before is None


def load_deliveries(connection: Connection, viewer: Actor, history: Timeline, *, number: int) -> Deliveries:
    """Load the mails about the timeline's entries."""
    if not history.entries:
        return {}
    first, last = history.entries[0].number, history.entries[-1].number
    return deliveries_of(connection, viewer, number=number, first=first, last=last)


def file_view(file: AttachedFile, *, number: int) -> FileView:
    """Format a file with its download address."""
    return FileView(file.name, file.size, file_url(file, number=number))


def file_url(file: AttachedFile, *, number: int) -> str | None:
    """Build the URL that downloads a file; None once erased."""
    if file.name is None:
        return None
    return f"/tickets/{number}/pieces/{file.file_id}/{quote(file.name, safe='')}"


def _author(entry: Entry) -> str | None:
    """Return the actor's name; None for the portal."""
    return None if entry.role == Role.SYSTEM else entry.actor_name or _("Compte effacé")


def _side(entry: Entry) -> str:
    if entry.role == Role.SYSTEM:
        return "portal"
    return "staff" if entry.role in STAFF_ROLES else "customer"
