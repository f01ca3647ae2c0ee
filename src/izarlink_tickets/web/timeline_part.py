"""The part of a timeline that fits a page.

A page stays small whatever its ticket holds: texts longer than a page of paper are cut and have an address of their
own, and of entries with much HTML fewer fit. Sizes are estimated from the rows, never too small.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import accumulate

from markupsafe import escape
from sqlalchemy import Connection

from izarlink_tickets.domain.vocabulary import Actor
from izarlink_tickets.outbox.deliveries import deliveries_of
from izarlink_tickets.projections.history_queries import (
    AttachedFile,
    EntryRows,
    EntryRowsPart,
    EventRow,
    files_between,
    load_part,
    with_files,
)
from izarlink_tickets.web.timeline import MAIL_LINES, MAX_SHOWN, Deliveries

# Of a page's 300 kB; its forms, files and side take the rest.
TIMELINE_BYTES = 150_000
# Upper bounds, measured: of an entry around its texts, a file around its name, a mail, a link, the marks of a line.
_ENTRY_BYTES, _FILE_BYTES, _MAIL_BYTES, _LINK_BYTES, _CAPTURE_BYTES = 800, 400, 350, 45, 16
# Of a name in an address: each byte in UTF-8 takes three.
_QUOTED = 3


@dataclass(frozen=True)
class TimelinePart:
    """The entries to show, with their files and mails.

    is_latest: they go on to the newest entry.
    """

    part: EntryRowsPart
    deliveries: Deliveries
    is_latest: bool


def load_timeline_part(
    connection: Connection,
    viewer: Actor,
    *,
    number: int,
    before: int | None,
    entry: int | None,
    size: int,
    budget: int = TIMELINE_BYTES,
    files: Sequence[AttachedFile] | None = None,
) -> TimelinePart:
    """Load the entries of a ticket to show: the last that fit.

    before: the part ends before this entry. entry: the part contains this entry, which a mail links to.
    size: at most so many. budget: of bytes. files: of the whole ticket, if they are known.
    """
    part = load_part(connection, viewer, number=number, before=before, size=size)
    if part.entries:
        known = files_between(connection, part, number=number) if files is None else files
        part = part._replace(entries=with_files(part.entries, known))
    first, last = (part.entries[0].number, part.entries[-1].number) if part.entries else (0, 0)
    deliveries = deliveries_of(connection, viewer, number=number, first=first, last=last) if part.entries else {}
    part = _fitting(part, deliveries, budget)
    if before is None and entry and part.has_earlier and entry < part.entries[0].number:
        older = load_timeline_part(
            connection, viewer, number=number, before=entry + 1, entry=None, size=size, budget=budget, files=files
        )
        return TimelinePart(older.part, older.deliveries, is_latest=False)
    return TimelinePart(part, deliveries, is_latest=before is None)


def html_bytes(text: str | None) -> int:
    """Estimate the bytes of a text as HTML, with its links."""
    if not text:
        return 0
    links, escaped = text.count("://"), len(escape(text).encode())
    # An address is in the text and in its link.
    return escaped * (2 if links else 1) + links * _LINK_BYTES + text.count("\n") * _CAPTURE_BYTES


def shortened(entry: EntryRows) -> EntryRows:
    """Return the entry with no more of long texts than pages show.

    Pages remember the rows that they have shown.
    """
    if all(len(row.words or "") <= MAX_SHOWN for row in entry.events):
        return entry
    return entry._replace(events=tuple(map(_shortened, entry.events)))


def _shortened(row: EventRow) -> EventRow:
    # One character more tells that there is more.
    return row._replace(words=row.words[: MAX_SHOWN + 1]) if row.words else row


def _fitting(part: EntryRowsPart, deliveries: Deliveries, budget: int) -> EntryRowsPart:
    """Return the last entries that fit, one at least."""
    entries = tuple(map(shortened, part.entries))
    sizes = (_entry_bytes(entry, len(deliveries.get(entry.number, ()))) for entry in reversed(entries))
    fitting = max(1, sum(total <= budget for total in accumulate(sizes)))
    return EntryRowsPart(entries[-fitting:], has_earlier=part.has_earlier or fitting < len(entries))


def _entry_bytes(entry: EntryRows, mails: int) -> int:
    words = sum(html_bytes(row.words) + len(row.facts) for row in entry.events)
    files = sum(_FILE_BYTES + file_name_bytes(file.name) for file in entry.files)
    return _ENTRY_BYTES + words + files + _MAIL_BYTES * min(mails, MAIL_LINES)


def file_name_bytes(name: str | None) -> int:
    """Estimate the HTML of a file's name and address, in bytes."""
    return html_bytes(name) + _QUOTED * len((name or "").encode())
