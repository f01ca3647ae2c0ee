"""The query of a ticket's version, by number or date."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from http import HTTPStatus
from zoneinfo import ZoneInfo

from izarlink_tickets.application import ReplayedEvent
from izarlink_tickets.domain.text import clean_line
from izarlink_tickets.i18n import gettext as _
from izarlink_tickets.i18n import parse_datetime
from izarlink_tickets.web.audit.event_labels import local_time
from izarlink_tickets.web.numbers import whole_number

# As many as a ticket's page shows entries.
EVENTS_SHOWN = 100
# Of their HTML; the ticket as it was takes the rest of a page's 300 kB.
EVENTS_BYTES = 190_000
BEFORE, AFTER, ENTRY = "avant", "apres", "entree"


@dataclass(frozen=True)
class VersionQuery:
    """The version to show.

    problem: what is wrong with the query, with the field at fault and the status.
    """

    version: int
    problem: str | None = None
    field: str | None = None
    status: int = HTTPStatus.OK


@dataclass(frozen=True)
class ShownEvents:
    """The events on the page.

    first, last: versions. anchor: the version that stays on the page where not all fit. last_of_all: of the stream.
    """

    first: int
    last: int
    anchor: int
    last_of_all: int

    @property
    def has_earlier(self) -> bool:
        return self.first > 1

    @property
    def has_later(self) -> bool:
        return self.last < self.last_of_all

    def fitting(self, sizes: Sequence[int]) -> "ShownEvents":
        """Return as many of these events as fit, one at least.

        sizes: of their HTML in bytes, estimated.
        """
        first, last, total = self.first, self.last, sum(sizes)
        while total > EVENTS_BYTES and first < last:
            # The farther one goes.
            if last - self.anchor >= self.anchor - first:
                total -= sizes[last - self.first]
                last -= 1
            else:
                total -= sizes[first - self.first]
                first += 1
        return replace(self, first=first, last=last)


def parse_shown_events(arguments: Mapping[str, str], *, version: int, last: int) -> ShownEvents:
    """Parse the URL into the events to show, at most EVENTS_SHOWN.

    `avant` and `apres` are the version after them or before them. Without a valid one they surround the entry that a
    mail links to, `entree`, or else the shown version.
    last: of the whole stream.
    """
    before, after, entry = (whole_number(arguments.get(name)) for name in (BEFORE, AFTER, ENTRY))
    middle = entry if entry and entry <= last else version
    if before and 1 < before <= last:
        first = max(1, before - EVENTS_SHOWN)
        return ShownEvents(first, min(last, first + EVENTS_SHOWN - 1), before - 1, last)
    if after and after < last:
        return ShownEvents(after + 1, min(last, after + EVENTS_SHOWN), after + 1, last)
    first = max(1, min(middle - EVENTS_SHOWN // 2, last - EVENTS_SHOWN + 1))
    return ShownEvents(first, min(last, first + EVENTS_SHOWN - 1), middle, last)


def parse_version_query(
    arguments: Mapping[str, str], events: Sequence[ReplayedEvent], *, timezone: str
) -> VersionQuery:
    """Parse the URL into a version.

    Without one, or with an invalid one, it is the last.
    events: the whole stream. timezone: of a date without an offset.
    """
    if arguments.get("version"):
        return _by_number(arguments["version"], last=len(events))
    if arguments.get("au"):
        return _by_date(arguments["au"], events, timezone=timezone)
    return VersionQuery(len(events))


def typed_moment(arguments: Mapping[str, str]) -> str:
    """Return the typed moment, in ISO 8601 where it is understood."""
    typed = clean_line(arguments.get("au", ""))
    moment = parse_datetime(typed)
    return moment.isoformat() if moment and moment.tzinfo is None else typed


def _by_number(text: str, *, last: int) -> VersionQuery:
    version = whole_number(text)
    if version is None:
        return VersionQuery(
            last,
            _("« %(text)s » n’est pas un numéro de version.", text=text),
            "version",
            HTTPStatus.UNPROCESSABLE_ENTITY,
        )
    if not 1 <= version <= last:
        problem = _(
            "Ce ticket n’a pas de version %(version)s : choisissez-en une de 1 à %(last)s.", version=version, last=last
        )
        return VersionQuery(last, problem, "version", HTTPStatus.NOT_FOUND)
    return VersionQuery(version)


def _by_date(text: str, events: Sequence[ReplayedEvent], *, timezone: str) -> VersionQuery:
    moment = _moment(text, timezone=timezone)
    if moment is None:
        problem = _("« %(text)s » n’est pas une date. Écrivez par exemple 03/11/2026 à 10:00.", text=text)
        return VersionQuery(len(events), problem, "au", HTTPStatus.UNPROCESSABLE_ENTITY)
    versions = [event.version for event in events if event.at <= moment]
    if not versions:
        opened = local_time(events[0].at, timezone)
        problem = _("Le ticket n’existait pas encore à cette date : il a été ouvert le %(opened)s.", opened=opened)
        return VersionQuery(len(events), problem, "au", HTTPStatus.NOT_FOUND)
    return VersionQuery(versions[-1])


def _moment(text: str, *, timezone: str) -> datetime | None:
    moment = parse_datetime(text)
    if moment is None:
        return None
    try:
        # In UTC, because comparing overflows for the first and the last year.
        return (moment if moment.tzinfo else moment.replace(tzinfo=ZoneInfo(timezone))).astimezone(ZoneInfo("UTC"))
    except OverflowError:
        return None
