"""The tabs of the queue: the desk's views and the saved ones."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import cache
from urllib.parse import parse_qsl

from sqlalchemy import Connection

from izarlink_tickets.desk.saved_views import SavedView
from izarlink_tickets.domain.vocabulary import UNFINISHED, Actor
from izarlink_tickets.projections.ticket_queries import TicketFilter, count_each
from izarlink_tickets.web.desk.queue_query import QueueQuery
from izarlink_tickets.web.desk.views import VIEWS


@dataclass(frozen=True)
class Tab:
    """A tab.

    count: of its tickets, None where counting takes long.
    is_own: a saved view of the viewer.
    """

    label: str
    count: int | None
    url: str
    is_current: bool
    is_own: bool = False


def load_tabs(
    connection: Connection,
    viewer: Actor,
    query: QueueQuery,
    saved_views: Sequence[SavedView],
    *,
    also: Sequence[TicketFilter] = (),
) -> tuple[list[Tab], list[int]]:
    """Build the tabs of the queue's page, with counts, and count other filters.

    saved_views: the viewer's. also: the other filters.
    """
    here = replace(query.first_page(), has_unknown_values=False)
    saved = [(view.name, saved_query(view, viewer)) for view in saved_views]
    filters = [view.filter_for(viewer) for view in VIEWS.values()]
    of_saved = [own.filter_for(viewer) for _, own in saved]
    filters += [filtered for filtered in of_saved if _is_quickly_counted(filtered)]
    counts = count_each(connection, viewer, filtered=[*filters, *also])
    of_tabs, others = iter(counts[: len(filters)]), counts[len(filters) :]
    is_saved = here in [own for _, own in saved]
    tabs = [
        Tab(view.label, next(of_tabs), _url_of_view(view.code), is_current=view is query.view and not is_saved)
        for view in VIEWS.values()
    ]
    for (name, own), filtered in zip(saved, of_saved, strict=True):
        count = next(of_tabs) if _is_quickly_counted(filtered) else None
        tabs.append(Tab(name, count, own.url(), is_current=own == here, is_own=True))
    return tabs, others


@cache
def _url_of_view(code: str) -> str:
    return QueueQuery(view=VIEWS[code]).url()


def saved_query(view: SavedView, viewer: Actor) -> QueueQuery:
    """Parse a saved view again; drop filters that no longer exist."""
    return replace(QueueQuery.parse(dict(parse_qsl(view.query)), viewer), has_unknown_values=False)


def _is_quickly_counted(filtered: TicketFilter) -> bool:
    """Return whether the count needs only open tickets and no search."""
    return bool(filtered.states) and set(UNFINISHED).issuperset(filtered.states) and not filtered.search
