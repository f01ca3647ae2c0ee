"""Queries of a customer's services, with their open tickets.

Each takes the viewer and filters by right in SQL.
"""

from functools import lru_cache
from typing import Any, NamedTuple

from sqlalchemy import (
    ColumnElement,
    Connection,
    Select,
    String,
    bindparam,
    func,
    literal_column,
    select,
    union_all,
)

from izarlink_tickets.database.paging import FIRST_PAGE, PAGE_SIZE, Order, Page, PageRequest, SortKey, page_reader
from izarlink_tickets.directory import fold_reference, services
from izarlink_tickets.directory.search import matches_words
from izarlink_tickets.domain.access import Scope, scope_of
from izarlink_tickets.domain.vocabulary import UNFINISHED, Actor
from izarlink_tickets.projections.ticket_filters import LIVE, in_states

_tickets, _watchers = LIVE.tickets.c, LIVE.watchers.c
_ORDER = Order((SortKey(services.c.reference, "reference"),))
# Of a service's open tickets; one more stands for all others.
MAX_OPEN = 100
_OPEN = [state.value for state in sorted(UNFINISHED)]


class OwnService(NamedTuple):
    """A service of the viewer's company.

    site, offer: empty if unknown. open_tickets: of those that the viewer sees, `MAX_OPEN` + 1 at most.
    """

    id: str
    reference: str
    label: str
    site: str
    offer: str
    active: bool
    open_tickets: int


def list_own_services(
    connection: Connection,
    viewer: Actor,
    *,
    search: str = "",
    page_request: PageRequest = FIRST_PAGE,
    size: int = PAGE_SIZE,
) -> Page[OwnService]:
    """List the services of the viewer's company by reference."""
    reader = page_reader(connection, _ORDER, page_request, size=size)
    statement = _select(scope_of(viewer)).where(matches_words(search, services.c.search_key))
    rows = connection.execute(reader.restrict(statement), _values(viewer)).all()
    return reader.page(list(map(OwnService._make, rows)))


def find_own_service(connection: Connection, viewer: Actor, *, reference: str) -> OwnService | None:
    """Find a service of the viewer's company; None for any other."""
    statement = _select(scope_of(viewer)).where(services.c.reference == bindparam("reference", type_=String))
    row = connection.execute(statement, _values(viewer) | {"reference": fold_reference(reference)}).first()
    return OwnService._make(row) if row else None


def _values(viewer: Actor) -> dict[str, Any]:
    return {"viewer": viewer.account_id, "viewer_organisation": viewer.organisation_id}


@lru_cache(maxsize=len(Scope))
def _select(scope: Scope) -> Select[Any]:
    """Build the selection of a company's services."""
    columns = [services.c[name] for name in OwnService._fields if name != "open_tickets"]
    of_company = services.c.organisation_id == bindparam("viewer_organisation", type_=String)
    if scope is Scope.ORGANISATION:
        return select(*columns, _open_of_company().label("open_tickets")).where(of_company)
    own = _open_of_viewer().subquery("own")
    joined = services.outerjoin(own, own.c.service_id == services.c.id)
    return select(*columns, func.coalesce(own.c.tickets, 0).label("open_tickets")).select_from(joined).where(of_company)


def _open_of_company() -> ColumnElement[int]:
    """Count a service's open tickets, as far as they are shown."""
    few = (
        select(literal_column("1").label("one"))
        .where(
            _tickets.service_id == services.c.id,
            in_states(_tickets.state, _OPEN),
            _tickets.organisation_id == bindparam("viewer_organisation", type_=String),
        )
        .limit(MAX_OPEN + 1)
        .correlate(services)
        .subquery("few")
    )
    return select(func.count()).select_from(few).scalar_subquery()


def _open_of_viewer() -> Select[Any]:
    """Count the viewer's open tickets, by service."""
    viewer = bindparam("viewer", type_=String)
    is_open = (in_states(_tickets.state, _OPEN), _tickets.organisation_id == bindparam("viewer_organisation"))
    requested = select(_tickets.service_id).where(_tickets.requester_id == viewer, *is_open)
    watched = (
        select(_tickets.service_id)
        .select_from(LIVE.watchers.join(LIVE.tickets, _tickets.number == _watchers.number))
        .where(_watchers.account_id == viewer, *is_open)
    )
    open_tickets = union_all(requested, watched).subquery("open_tickets")
    return select(open_tickets.c.service_id, func.count().label("tickets")).group_by(open_tickets.c.service_id)
