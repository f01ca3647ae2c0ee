"""« Mes connexions »: the services of a customer.

Each has a page with its tickets. Source: issue 14, « Forty lines ».
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import ClassVar, Self
from urllib.parse import quote

from flask import Blueprint, abort, request, url_for
from werkzeug.wrappers import Response

from izarlink_tickets.directory import fold_reference
from izarlink_tickets.directory.search import MAX_SEARCH
from izarlink_tickets.domain.vocabulary import Role
from izarlink_tickets.i18n import lazy_gettext as _l
from izarlink_tickets.projections.service_queries import (
    MAX_OPEN,
    OwnService,
    find_own_service,
    list_own_services,
)
from izarlink_tickets.projections.ticket_queries import TicketFilter, list_tickets
from izarlink_tickets.web.app_context import portal
from izarlink_tickets.web.authentication import viewer
from izarlink_tickets.web.fields import MAX_LISTED
from izarlink_tickets.web.guards import customer
from izarlink_tickets.web.list_query import ListHeading, ListQuery, line_up_to, parameter
from izarlink_tickets.web.page import current_page
from izarlink_tickets.web.templating import render
from izarlink_tickets.web.tickets.list_page import COLUMNS
from izarlink_tickets.web.tickets.list_rows import ListStyle, list_rows

pages = Blueprint("own_services", __name__, url_prefix="/connexions")

HEADINGS = (_l("Référence"), _l("Libellé"), _l("Site"), _l("Offre"), _l("Tickets ouverts"), _l("Actions"))


@dataclass(frozen=True)
class OwnServicesQuery(ListQuery):
    """The search and page of « Mes connexions »."""

    ENDPOINT: ClassVar[str] = "own_services.show_list"

    search: str = parameter("q", "", line_up_to(MAX_SEARCH))

    @classmethod
    def parse(cls, arguments: Mapping[str, str]) -> Self:
        return cls().with_arguments(arguments)


@dataclass(frozen=True)
class ServiceTicketsQuery(ListQuery):
    """The page of a service's tickets. reference: of the service."""

    ENDPOINT: ClassVar[str] = "own_services.show"

    reference: str = ""

    @property
    def path(self) -> str:
        return url_for(self.ENDPOINT, reference=self.reference)


@dataclass(frozen=True, slots=True)
class OwnServiceView:
    """A service with its addresses. open_label: the number of open tickets."""

    service: OwnService
    open_label: str
    path: str
    tickets_url: str
    incident_url: str


@pages.get("")
@customer
def show_list() -> str:
    query = OwnServicesQuery.parse(request.args)
    with portal().database.query() as connection:
        listed = list_own_services(connection, viewer().actor, search=query.search, page_request=query.page_request)
    return render(
        "tickets/own_services.html",
        query=query,
        rows=[_view(service) for service in listed.rows],
        headings=[str(label) for label in HEADINGS],
        # A search would be in the way of a few services.
        is_searched=bool(query.search or query.after or query.before or len(listed.rows) > MAX_LISTED),
        next_url=query.next_url(listed),
        previous_url=query.previous_url(listed),
    )


@pages.get("/<path:reference>")
@customer
def show(reference: str) -> Response | str:
    """Render a service's page; those of others are missing, too."""
    person = viewer().actor
    query = ServiceTicketsQuery(reference=fold_reference(reference)).with_arguments(request.args)
    with portal().database.query() as connection:
        service = find_own_service(connection, person, reference=reference) or abort(404)
        filtered = TicketFilter(service_id=service.id)
        page = list_tickets(connection, person, filtered=filtered, page_request=query.page_request)
    labels = [str(label) for label, _order in COLUMNS]
    style = ListStyle(tuple(labels), has_requesters=person.role is Role.COMPANY, has_lines=False)
    return render(
        "tickets/own_service.html",
        own=_view(service),
        is_of_company=style.has_requesters,
        headings=[ListHeading(label) for label in labels],
        rows=list_rows(page.rows, current_page(), viewer(), style=style) if page.rows else None,
        is_first_page=not (query.after or query.before),
        next_url=query.next_url(page),
        previous_url=query.previous_url(page),
    )


def _view(service: OwnService) -> OwnServiceView:
    number, escaped = service.open_tickets, quote(service.reference, safe="")
    return OwnServiceView(
        service=service,
        open_label=f"{MAX_OPEN}+" if number > MAX_OPEN else str(number),
        path=url_for("own_services.show", reference=service.reference),
        tickets_url=f"/tickets?service={escaped}",
        incident_url=f"/tickets/nouveau?service={escaped}",
    )
