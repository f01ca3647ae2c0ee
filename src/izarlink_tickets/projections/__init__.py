"""Read models: updated with every command, rebuilt, verified.

The same `apply` serves all three, without side effects: a rebuild sends no mail.
"""

from collections.abc import Iterable, Iterator

from sqlalchemy import Connection

from izarlink_tickets.domain.events import TicketEvent
from izarlink_tickets.event_store import Recorded
from izarlink_tickets.projections import deadline_queries, history_queries, search_terms, ticket_filters
from izarlink_tickets.projections.deadlines import Deadlines
from izarlink_tickets.projections.history import History
from izarlink_tickets.projections.read_model import ProjectedEvent, ReadModel
from izarlink_tickets.projections.ticket_list import TicketList
from izarlink_tickets.projections.ticket_search import TicketSearch
from izarlink_tickets.projections.versions import ReadModelsOutdated, require_versions

MODELS: tuple[type[ReadModel], ...] = (TicketList, History, TicketSearch, Deadlines)
VERSIONS = {model.NAME: model.VERSION for model in MODELS}
LIVE: tuple[ReadModel, ...] = (
    ticket_filters.LIVE,
    history_queries.LIVE,
    search_terms.LIVE,
    deadline_queries.LIVE,
)


class Entries:
    """Number the timeline entry of each event.

    It is the version of the command's first event.
    The events of a command are consecutive in the log: one transaction stored them at dense positions.
    Command ids are unique per actor only.
    """

    def __init__(self) -> None:
        self._command: tuple[object, str, str] | None = None
        self._entry = 0

    def of(self, recorded: Iterable[Recorded]) -> Iterator[ProjectedEvent]:
        """Yield the events of tickets, in the order of the log.

        The last entry is remembered across pages.
        """
        for stored in recorded:
            event = stored.event
            if not isinstance(event, TicketEvent):
                continue
            command = (event.originator_id, event.actor_id, event.command_id)
            if command != self._command:
                self._command, self._entry = command, event.originator_version
            yield ProjectedEvent(stored.position, self._entry, event)


def project(connection: Connection, recorded: Iterable[Recorded]) -> None:
    """Update the live read models with one command's events.

    recorded: with opened texts.
    Raises: ReadModelsOutdated once another release has swapped its own in while this program runs: its lists would
    miss these events.
    Source: ADR 0001.
    """
    require_versions(connection, VERSIONS)
    for projected in Entries().of(recorded):
        for model in LIVE:
            model.apply(connection, projected)
