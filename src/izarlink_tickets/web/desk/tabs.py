"""The views of the queue with the number of their tickets, as tabs."""

from dataclasses import dataclass

from sqlalchemy import Connection

from izarlink_tickets.domain.vocabulary import Person
from izarlink_tickets.projections.ticket_queries import count_each
from izarlink_tickets.web.desk.asked import Asked
from izarlink_tickets.web.desk.views import VIEWS


@dataclass(frozen=True)
class Tab:
    """A view with the number of its tickets."""

    label: str
    count: int
    address: str
    is_current: bool


def tabs_shown(connection: Connection, viewer: Person, asked: Asked) -> list[Tab]:
    """Give the tabs of the page that was asked for."""
    views = list(VIEWS.values())
    counts = count_each(connection, viewer, narrowed=[view.filter_for(viewer) for view in views])
    return [
        Tab(view.label, count, Asked(view).address(), view is asked.view)
        for view, count in zip(views, counts, strict=True)
    ]
