"""The tabs of the queue: the desk's views and the saved ones."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import cache
from urllib.parse import parse_qsl

from izarlink_tickets.desk.saved_views import SavedView
from izarlink_tickets.domain.vocabulary import UNFINISHED, Actor
from izarlink_tickets.projections.ticket_counts import COUNTED, is_limited
from izarlink_tickets.projections.ticket_queries import TicketFilter
from izarlink_tickets.web.desk.queue_query import QueueQuery
from izarlink_tickets.web.desk.views import VIEWS
from izarlink_tickets.web.filters import number


@dataclass(frozen=True)
class Tab:
    """A tab.

    count: of its tickets, None where counting takes long. is_limited: whether they are counted up to `COUNTED` alone.
    is_own: a saved view of the viewer.
    """

    label: str
    count: int | None
    url: str
    is_current: bool
    is_own: bool = False
    is_limited: bool = False

    @property
    def count_label(self) -> str | None:
        """The count; « 1 000+ » where not all are counted."""
        if self.count is None:
            return None
        return f"{number(COUNTED)}+" if self.is_limited and self.count > COUNTED else number(self.count)


def counted_filters(viewer: Actor, saved_views: Sequence[SavedView]) -> list[TicketFilter]:
    """List the filters of the tabs that show a count."""
    saved = (saved_query(view, viewer).filter_for(viewer) for view in saved_views)
    return [view.filter_for(viewer) for view in VIEWS.values()] + list(filter(_is_quickly_counted, saved))


def tabs_with(counts: Sequence[int], viewer: Actor, query: QueueQuery, saved_views: Sequence[SavedView]) -> list[Tab]:
    """Build the tabs of the queue's page. counts: of `counted_filters`."""
    here = replace(query.first_page(), has_unknown_values=False)
    saved = [(view.name, saved_query(view, viewer)) for view in saved_views]
    is_saved, of_tabs = here in [own for _, own in saved], iter(counts)
    tabs = [
        Tab(view.label, next(of_tabs), _url_of_view(view.code), is_current=view is query.view and not is_saved)
        for view in VIEWS.values()
    ]
    for name, own in saved:
        filtered = own.filter_for(viewer)
        count = next(of_tabs) if _is_quickly_counted(filtered) else None
        tabs.append(Tab(name, count, own.url(), own == here, is_own=True, is_limited=is_limited(viewer, filtered)))
    return tabs


@cache
def _url_of_view(code: str) -> str:
    return QueueQuery(view=VIEWS[code]).url()


def saved_query(view: SavedView, viewer: Actor) -> QueueQuery:
    """Parse a saved view again; drop filters that no longer exist."""
    return replace(QueueQuery.parse(dict(parse_qsl(view.query)), viewer), has_unknown_values=False)


def _is_quickly_counted(filtered: TicketFilter) -> bool:
    """Return whether the count needs only open tickets and no search."""
    return bool(filtered.states) and set(UNFINISHED).issuperset(filtered.states) and not filtered.search
