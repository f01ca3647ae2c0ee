"""Read models: updated with every command, rebuilt, verified.

The same `fold` serves all three, without side effects: a rebuild sends no mail.
"""

from collections.abc import Iterable, Iterator, Sequence

from sqlalchemy import Connection, bindparam, select

from izarlink_tickets.database import PreparedStatement
from izarlink_tickets.domain import events
from izarlink_tickets.domain.events import TicketEvent
from izarlink_tickets.event_store import Recorded
from izarlink_tickets.projections import deadline_queries, history_queries, search_terms, ticket_filters
from izarlink_tickets.projections.deadlines import Deadlines
from izarlink_tickets.projections.history import History
from izarlink_tickets.projections.read_model import ProjectedEvent, ReadModel, TicketRows
from izarlink_tickets.projections.ticket_list import TicketList, TicketNotProjected
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

_tickets, _watchers = ticket_filters.LIVE.tickets, ticket_filters.LIVE.watchers.c
_words, _deadlines = search_terms.LIVE.rows, deadline_queries.LIVE.rows
# A ticket's rows in one statement.
_SELECT_ROWS = PreparedStatement(
    select(_words.c.words, *_tickets.c, *_deadlines.c)
    .select_from(
        _tickets.outerjoin(_words, _words.c.rowid == _tickets.c.number).outerjoin(
            _deadlines, _deadlines.c.number == _tickets.c.number
        )
    )
    .where(_tickets.c.number == bindparam("of_number"))
)
_OF_TICKET = slice(1, 1 + len(_tickets.c))
_OF_DEADLINE = slice(_OF_TICKET.stop, None)
_SELECT_WATCHERS = PreparedStatement(select(_watchers.account_id).where(_watchers.number == bindparam("of_number")))
_CHANGES_WATCHERS = (events.WatcherAdded, events.WatcherRemoved, events.RequesterChanged)


def projected_events(number: int, recorded: Iterable[Recorded]) -> Iterator[ProjectedEvent]:
    """Yield a ticket's events with their timeline entries.

    An entry is the version of the command's first event: one transaction stored all its events, next to each other.
    Command ids are unique per actor only.
    """
    command, entry = None, 0
    for position, event in recorded:
        if not isinstance(event, TicketEvent):
            continue
        if command != (event.actor_id, event.command_id):
            command, entry = (event.actor_id, event.command_id), event.originator_version
        yield ProjectedEvent(position, number, entry, event)


def fold(rows: TicketRows, projected: Iterable[ProjectedEvent]) -> TicketRows:
    """Return a ticket's rows after more events.

    rows: changed in place.
    """
    folds = [model.fold for model in MODELS]
    for event in projected:
        for apply in folds:
            apply(rows, event)
    return rows


def project(connection: Connection, recorded: Iterable[Recorded], before: TicketRows, *, number: int) -> None:
    """Update the live read models with one command's events on a ticket.

    recorded: with opened texts. before: of `current_rows`. The caller has required this release's versions: in another
    release's read models these events would be missing. Source: ADR 0001.
    """
    after = fold(before.copy(), projected_events(number, recorded))
    for model in LIVE:
        model.write(connection, before, after)


def current_rows(
    connection: Connection, changes: Sequence[TicketEvent], *, number: int, published: str | None = None
) -> TicketRows:
    """Load the rows that a command's events may change.

    They may be read before positions are taken: whoever changes them meanwhile takes the same version of the stream.
    published: the live read models, as the log's head has them. Raises: TicketNotProjected, ReadModelsOutdated.
    """
    rows = TicketRows()
    if isinstance(changes[0], events.Opened):
        return rows
    # Another release's tables may lack the columns.
    require_versions(connection, VERSIONS, published=published)
    row = _SELECT_ROWS.first(connection, {"of_number": number})
    if row is None:
        raise TicketNotProjected(number)
    rows.words = row[0]
    rows.ticket = dict(zip(_tickets.c.keys(), row[_OF_TICKET], strict=True))
    deadline = dict(zip(_deadlines.c.keys(), row[_OF_DEADLINE], strict=True))
    rows.deadline = deadline if deadline["number"] is not None else None
    if any(isinstance(change, _CHANGES_WATCHERS) for change in changes):
        rows.watcher_ids = set(_SELECT_WATCHERS.scalars(connection, {"of_number": number}))
    return rows
