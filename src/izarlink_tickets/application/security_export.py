"""The export of security events for a SIEM.

The event log has the accounts' own events for ever; a file of the security log has what it has kept.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any
from urllib.parse import urlsplit

import orjson

from izarlink_tickets import security_log
from izarlink_tickets.application.ocsf import ocsf_of_event, ocsf_of_line
from izarlink_tickets.application.transaction import mapper_of
from izarlink_tickets.config import Settings
from izarlink_tickets.database import Database
from izarlink_tickets.domain import access
from izarlink_tickets.domain.account import ACCOUNT_EVENTS, AccountEvent
from izarlink_tickets.domain.vocabulary import Actor
from izarlink_tickets.event_store import read_topics

EVENTS_AT_ONCE = 500
_TOPICS = tuple(kind.TOPIC for kind in ACCOUNT_EVENTS)
_ALWAYS = datetime(1, 1, 1, tzinfo=UTC)


@dataclass
class SecurityEvents:
    """Exported events in OCSF, by time.

    from_events, from_lines: how many of them. unreadable: lines of the files that are none of the security log.
    """

    events: list[dict[str, Any]] = field(default_factory=list)
    from_events: int = 0
    from_lines: int = 0
    unreadable: int = 0

    def as_json_lines(self) -> bytes:
        return b"".join(orjson.dumps(event) + b"\n" for event in self.events)


class SecurityExport:
    """Exports security events; it only reads."""

    def __init__(self, database: Database, settings: Settings) -> None:
        self._database = database
        self._host = urlsplit(settings.base_url).hostname or ""

    def export(self, viewer: Actor, *, lines: Iterable[str], since: datetime = _ALWAYS) -> SecurityEvents:
        """Export the account events and these lines of the security log.

        since: aware. Raises: NotAllowed, unless the viewer may see every event.
        """
        access.require(allowed=access.sees_internal(viewer))
        result = SecurityEvents()
        for event in self._account_events():
            if event.timestamp >= since:
                result.events.append(ocsf_of_event(event, host=self._host))
        result.from_events = len(result.events)
        for line in lines:
            self._add_line(result, line, since)
        result.from_lines = len(result.events) - result.from_events
        result.events.sort(key=lambda event: event["time"])
        return result

    def _account_events(self) -> Iterator[AccountEvent]:
        mapper, after = mapper_of(None), 0
        with self._database.query() as connection:
            while page := read_topics(connection, mapper, topics=_TOPICS, after=after, limit=EVENTS_AT_ONCE):
                yield from (recorded.event for recorded in page if isinstance(recorded.event, AccountEvent))
                after = page[-1].position

    def _add_line(self, result: SecurityEvents, text: str, since: datetime) -> None:
        try:
            line = orjson.loads(text)
            if line["event"] != security_log.EVENT:
                return
            event = ocsf_of_line(line, host=self._host)
        except (ValueError, KeyError, TypeError):
            result.unreadable += 1
            return
        if event and event["time"] >= since.timestamp() * 1000:
            result.events.append(event)
