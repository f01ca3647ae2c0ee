"""The views of the queue with the number of their tickets, as tabs: the desk's, then the person's own."""

from dataclasses import dataclass, replace
from urllib.parse import parse_qsl

from sqlalchemy import Connection

from izarlink_tickets.desk.saved_views import SavedView, list_saved_views
from izarlink_tickets.domain.vocabulary import Actor
from izarlink_tickets.projections.ticket_filters import are_few
from izarlink_tickets.projections.ticket_queries import TicketFilter, count_each
from izarlink_tickets.web.desk.queue_query import QueueQuery, parse_queue_query
from izarlink_tickets.web.desk.views import VIEWS


@dataclass(frozen=True)
class Tab:
    """A view with the number of its tickets, None where counting them takes long; is_own: the person's."""

    label: str
    count: int | None
    address: str
    is_current: bool
    is_own: bool = False


def tab_views(connection: Connection, viewer: Actor, asked: QueueQuery) -> list[Tab]:
    """Give the tabs of the page that was asked for."""
    here = replace(asked, older="", newer="", has_odd=False)
    own = [(view.name, _kept(view, viewer)) for view in list_saved_views(connection, viewer.account_id)]
    counted = [view.filter_for(viewer) for view in VIEWS.values()]
    counted += [kept.filter_for(viewer) for _, kept in own if _is_soon_counted(kept.filter_for(viewer))]
    counts = iter(count_each(connection, viewer, filtered=counted))
    is_own = here in [kept for _, kept in own]
    tabs = [
        Tab(view.label, next(counts), QueueQuery(view).address(), is_current=view is asked.view and not is_own)
        for view in VIEWS.values()
    ]
    for name, kept in own:
        count = next(counts) if _is_soon_counted(kept.filter_for(viewer)) else None
        tabs.append(Tab(name, count, kept.address(), is_current=kept == here, is_own=True))
    return tabs


def _kept(view: SavedView, viewer: Actor) -> QueueQuery:
    """Read anew what was kept: what there is no more asks for nothing."""
    return replace(parse_queue_query(dict(parse_qsl(view.query)), viewer), has_odd=False)


def _is_soon_counted(filtered: TicketFilter) -> bool:
    """Say whether only open tickets have to be counted, and no text be looked for."""
    return are_few(filtered.states) and not filtered.search
