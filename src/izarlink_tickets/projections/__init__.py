"""Keep the read models: in place with every command, beside the live ones in a rebuild, and compared by a verification.

The same `apply` serves all three. No side effect happens here: a rebuild mails nobody.
"""

from collections.abc import Iterable, Iterator

from sqlalchemy import Connection

from izarlink_tickets.domain.events import TicketEvent
from izarlink_tickets.event_store import Recorded
from izarlink_tickets.projections import deadline_queries, history_queries, search_terms, ticket_queries
from izarlink_tickets.projections.deadlines import Deadlines
from izarlink_tickets.projections.history import History
from izarlink_tickets.projections.read_model import ProjectedEvent, ReadModel
from izarlink_tickets.projections.ticket_list import TicketList
from izarlink_tickets.projections.ticket_search import TicketSearch
from izarlink_tickets.projections.versions import ReadModelsOutdated, require_versions

MODELS: tuple[type[ReadModel], ...] = (TicketList, History, TicketSearch, Deadlines)
VERSIONS = {model.NAME: model.VERSION for model in MODELS}
LIVE: tuple[ReadModel, ...] = (
    ticket_queries.LIVE,
    history_queries.LIVE,
    search_terms.LIVE,
    deadline_queries.LIVE,
)

__all__ = ["LIVE", "MODELS", "VERSIONS", "Entries", "ReadModelsOutdated", "project"]


class Entries:
    """Name the timeline entry of each event: the version of the first event of the same command.

    The events of a command stand together in the log, because they were stored in one transaction at dense positions.
    Command ids are unique per actor only (D4).
    """

    def __init__(self) -> None:
        self._command: tuple[object, str, str] | None = None
        self._entry = 0

    def of(self, recorded: Iterable[Recorded]) -> Iterator[ProjectedEvent]:
        """Pass on the events of tickets, in the order of the log; the object remembers the last across pages."""
        for one in recorded:
            if not isinstance(one.event, TicketEvent):
                continue
            command = (one.event.originator_id, one.event.actor_id, one.event.command_id)
            if command != self._command:
                self._command, self._entry = command, one.event.originator_version
            yield ProjectedEvent(one.position, self._entry, one.event)


def project(connection: Connection, recorded: Iterable[Recorded]) -> None:
    """Bring the live read models up to date with the events of one command, texts open, in its transaction (D1).

    Raises: ReadModelsOutdated where another release has put its own in place while this program was running; its
    lists would miss what is written here.
    """
    require_versions(connection, VERSIONS)
    for projected in Entries().of(recorded):
        for model in LIVE:
            model.apply(connection, projected)
