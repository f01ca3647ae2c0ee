"""The entries of a ticket's history, as `_timeline.html` shows them."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from types import MappingProxyType
from typing import NamedTuple
from urllib.parse import quote

from markupsafe import Markup
from sqlalchemy import Connection

from izarlink_tickets import wording
from izarlink_tickets.domain.access import STAFF_ROLES, is_customer
from izarlink_tickets.domain.vocabulary import Actor, Role, State
from izarlink_tickets.i18n import file_size, format_datetime, language_of, relative_time
from izarlink_tickets.i18n import gettext as _
from izarlink_tickets.outbox.deliveries import Delivery, DeliveryRow
from izarlink_tickets.projections.history_queries import (
    AttachedFile,
    Entry,
    EntryRows,
    EntryRowsPart,
    load_entry,
)
from izarlink_tickets.projections.ticket_queries import TicketRow
from izarlink_tickets.web.linkify import TextPart, linkify
from izarlink_tickets.web.row_memo import slotted_html
from izarlink_tickets.web.slots import escaped, filled_all, slot
from izarlink_tickets.web.templating import macro

# A text that is longer is shown up to here, and whole at an address of its own: what is hidden is worth the way.
MAX_SHOWN, EXCERPT = 4_000, 3_000
# Under one entry; more are counted.
MAIL_LINES = 50

Deliveries = Mapping[int, tuple[DeliveryRow, ...]]


@dataclass(frozen=True, slots=True)
class FileView:
    """A file. name, url: None where erased."""

    name: str | None
    size: str
    url: str | None
    thumbnail: "ThumbnailView | None" = None


@dataclass(frozen=True, slots=True)
class ThumbnailView:
    """A picture's thumbnail. width, height: in pixels."""

    url: str
    width: int
    height: int


@dataclass(frozen=True, slots=True)
class MailView:
    """A mail about an entry. name: of the recipient."""

    name: str
    label: wording.DeliveryLabel


@dataclass(frozen=True, slots=True)
class EntryView:
    """One entry.

    number: of its anchor, `#e7`. iso, moment: when. text: None where erased, empty where there is none.
    more_url: of the whole text, where this is its beginning. more_mails: how many are not listed.
    side: "staff", "customer" or "portal", for the margin's colour.
    is_mine: the customer who reads has written it. has_text_above: the page shows its text in another place.
    """

    number: int
    iso: str
    moment: str
    author: str | None
    role: str
    side: str
    headline: str
    text: tuple[TextPart, ...] | None
    changes: tuple[str, ...]
    files: tuple[FileView, ...]
    is_internal: bool = False
    mails: tuple[MailView, ...] = ()
    is_mine: bool = False
    has_text_above: bool = False
    more_url: str | None = None
    more_mails: int = 0

    @property
    def is_line(self) -> bool:
        """Whether it is a change alone, without a message."""
        return self.text == () and not self.files

    @property
    def mails_in_trouble(self) -> int:
        return sum(mail.label.tone is wording.Tone.IN_TROUBLE for mail in self.mails)


class Confirmation(NamedTuple):
    """The confirmation of what was just recorded, shown at its entry."""

    entry: int
    sentence: str


class _EntryKey(NamedTuple):
    """All that an entry's HTML is made of; a `wording.Reader`, too.

    names: empty where the entry refers to nobody.
    actor: the reader, without an id where the entry doesn't concern them.
    is_above: the page shows the text of the entry above the timeline.
    """

    number: int
    entry: EntryRows
    deliveries: tuple[DeliveryRow, ...]
    names: tuple[tuple[str, str], ...]
    actor: Actor
    locale: str
    timezone: str
    is_highlighted: bool
    is_new: bool
    is_mine: bool
    is_above: bool
    is_confirmed: bool

    def render(self) -> str:
        view = entry_view(self.entry, self, number=self.number, names=dict(self.names), deliveries=self.deliveries)
        view = replace(view, is_mine=self.is_mine)
        if self.is_above:
            view = replace(view, text=(), has_text_above=True, more_url=None)
        return str(
            macro("_timeline.html", "item")(
                view,
                slot("ago"),
                is_highlighted=self.is_highlighted,
                is_new=self.is_new,
                confirmation=slot("confirmation") if self.is_confirmed else None,
            )
        )


def timeline_html(
    part: EntryRowsPart,
    reader: wording.Reader,
    *,
    number: int,
    names: Mapping[str, str],
    now: datetime,
    highlighted: int | None = None,
    seen: int | None = None,
    above: int | None = None,
    confirmed: Confirmation | None = None,
    deliveries: Deliveries = MappingProxyType({}),
) -> Markup:
    """Render the entries of a ticket as the items of a list.

    names: of the accounts, services and categories that they refer to.
    highlighted: the entry that a mail links to, `?entree=7`.
    seen: the last version that the reader has read.
    above: the entry whose text the page shows above the timeline.
    confirmed: of the entry that the reader has just written.
    deliveries: the mails that the reader may see, by entry.
    """
    locale, names_key = language_of(reader.locale), tuple(sorted(names.items()))
    concerned = Actor(reader.actor.account_id, reader.actor.role)
    other, author_id = Actor("", reader.actor.role), reader.actor.account_id if is_customer(reader.actor) else None
    keys = [
        _EntryKey(
            number=number,
            entry=entry,
            deliveries=deliveries.get(entry.number, ()),
            names=names_key if entry.has_references else (),
            actor=concerned if entry.mentions(concerned.account_id) else other,
            locale=locale,
            timezone=reader.timezone,
            is_highlighted=entry.number == highlighted,
            is_new=seen is not None and entry.number > seen and entry.actor_id != author_id,
            is_mine=entry.actor_id == author_id,
            is_above=entry.number == above,
            is_confirmed=confirmed is not None and entry.number == confirmed.entry,
        )
        for entry in part.entries
    ]
    pieces = slotted_html("entry", keys, lambda index: keys[index].render())
    agos = (relative_time(entry.at, now, locale=locale) for entry in part.entries)
    slots = escaped(confirmation=confirmed.sentence if confirmed else "")
    return filled_all((piece, {"ago": ago, **slots}) for piece, ago in zip(pieces, agos, strict=True))


def entry_view(
    rows: EntryRows,
    reader: wording.Reader,
    *,
    number: int,
    names: Mapping[str, str],
    deliveries: Sequence[DeliveryRow] = (),
) -> EntryView:
    """Format an entry for the reader, its text shortened."""
    view = whole_entry_view(rows, reader, number=number, names=names, deliveries=deliveries[:MAIL_LINES])
    text = rows.parse().words
    if text and len(text) > MAX_SHOWN:
        excerpt = linkify(wording.beginning_of(text, maximum=EXCERPT))
        view = replace(view, text=excerpt, more_url=f"/tickets/{number}/entrees/{rows.number}")
    return replace(view, more_mails=max(0, len(deliveries) - MAIL_LINES))


def whole_entry_view(
    rows: EntryRows,
    reader: wording.Reader,
    *,
    number: int,
    names: Mapping[str, str],
    deliveries: Sequence[DeliveryRow] = (),
) -> EntryView:
    """Format an entry for the reader, with its whole text."""
    entry, locale = rows.parse(), language_of(reader.locale)
    return EntryView(
        number=entry.number,
        iso=entry.at.isoformat(timespec="seconds"),
        moment=format_datetime(entry.at, locale=locale, timezone=reader.timezone),
        author=_author(entry),
        role=wording.role_label(entry.role) if entry.role == Role.SYSTEM else wording.role_in_sentence(entry.role),
        side=_side(entry),
        headline=wording.headline(entry, names, reader=reader),
        text=None if entry.words is None else linkify(entry.words),
        changes=tuple(change.sentence for change in wording.changes(entry, names, reader)),
        files=tuple(file_view(file, number=number, locale=locale) for file in entry.files),
        is_internal=not entry.is_public,
        mails=tuple(_mail_view(mail.parse(), reader) for mail in deliveries),
    )


def _mail_view(mail: Delivery, reader: wording.Reader) -> MailView:
    return MailView(mail.name, wording.delivery_label(mail, reader))


def load_solution(connection: Connection, viewer: Actor, ticket: TicketRow, part: EntryRowsPart) -> EntryRows | None:
    """Find the solution that waits for approval.

    part: the shown entries, often with it. It is loaded again where they hold only the beginning of its text, which a
    form may revise.
    """
    if ticket.state != State.RESOLVED or ticket.solution_entry is None:
        return None
    shown = (entry for entry in part.entries if entry.number == ticket.solution_entry)
    loaded = next(shown, None)
    if loaded and all(len(row.words or "") <= MAX_SHOWN for row in loaded.events):
        return loaded
    return next(iter(load_entry(connection, viewer, number=ticket.number, entry=ticket.solution_entry)), None)


def file_view(file: AttachedFile, *, number: int, locale: str) -> FileView:
    """Format a file with its download address."""
    size, url = file_size(file.size, locale=locale), file_url(file, number=number)
    return FileView(file.name, size, url, _thumbnail_view(file, number=number) if url else None)


def _thumbnail_view(file: AttachedFile, *, number: int) -> ThumbnailView | None:
    if file.thumbnail_sha256 is None:
        return None
    # Half as wide as it is: dense screens show each pixel.
    width, height = (max(1, pixels // 2) for pixels in (file.thumbnail_width, file.thumbnail_height))
    return ThumbnailView(f"/tickets/{number}/apercus/{file.file_id}", width, height)


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
