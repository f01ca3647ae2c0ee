"""« Tickets »: the customer's list."""

from dataclasses import dataclass
from http import HTTPStatus

from flask import Blueprint, redirect, request, url_for
from flask.typing import ResponseReturnValue
from sqlalchemy import Connection

from izarlink_tickets import wording
from izarlink_tickets.directory import list_categories, services_of
from izarlink_tickets.domain import access
from izarlink_tickets.domain.vocabulary import LABELS, Actor, Role, State, TicketType
from izarlink_tickets.i18n import gettext as _
from izarlink_tickets.i18n import lazy_gettext as _l
from izarlink_tickets.projections.ticket_queries import MAX_FOUND, count_by_state, list_tickets
from izarlink_tickets.web.app_context import portal
from izarlink_tickets.web.authentication import viewer
from izarlink_tickets.web.guards import signed_in
from izarlink_tickets.web.list_query import list_headings
from izarlink_tickets.web.page import current_page
from izarlink_tickets.web.templating import render
from izarlink_tickets.web.tickets.list_query import COMPANY, MINE, TicketListQuery
from izarlink_tickets.web.tickets.list_rows import company_rows, list_rows

pages = Blueprint("list", __name__)


# Labels, and the orders that their links start with; None where a column can't be sorted.
COLUMNS = (
    (_l("N°"), "-numero"),
    (_l("Titre"), "titre"),
    (_l("Type et catégorie"), None),
    (_l("Urgence"), "-urgence"),
    (_l("État"), "etat"),
    (_l("Ouvert le"), "-ouverture"),
    (_l("Dernière activité"), "-activite"),
)
# In these orders, pages are newer or older than each other.
_BY_TIME = frozenset({"numero", "ouverture", "activite"})


@dataclass(frozen=True)
class FilterLink:
    """A link that filters the list.

    count: of the tickets it lists; None where they are not counted.
    """

    label: str
    url: str
    is_current: bool
    count: int | None = None


@pages.get("")
@signed_in
def show() -> ResponseReturnValue:
    reader = viewer()
    person = reader.actor
    if not access.is_customer(person):
        return redirect(url_for("desk.queue.show" if access.is_staff(person) else "audit.search"))
    query = TicketListQuery.parse(request.args, person, timezone=reader.timezone)
    with portal().database.query() as connection:
        page = list_tickets(
            connection, person, filtered=query.filter, order=query.order, page_request=query.page_request
        )
        counts = count_by_state(connection, person, filtered=query.filter)
        choices = _choices(connection, person)
    headings = list_headings(COLUMNS, current_order=query.order, url_of=lambda order: query.url_with(order=order))
    render_list = company_rows if query.is_of_company else list_rows
    answer = render(
        "tickets/list.html",
        query=query,
        states=_states(query, counts),
        scopes=_scopes(query.first_page()) if person.role is Role.COMPANY else [],
        choices=choices,
        headings=headings,
        rows=render_list(page.rows, current_page(), reader, headings=[heading.label for heading in headings]),
        most_found=MAX_FOUND if query.search and sum(counts.values()) >= MAX_FOUND else None,
        next_url=query.next_url(page),
        previous_url=query.previous_url(page),
        page_labels=_page_labels(query.order),
        unfiltered_url=query.without_filters().url(),
    )
    return answer, HTTPStatus.UNPROCESSABLE_ENTITY if query.errors else HTTPStatus.OK


def _choices(connection: Connection, person: Actor) -> dict[str, dict[str, str]]:
    """Return the choices of « Plus de filtres », labels by code."""
    categories = {
        category.code: wording.category_label(category.code, category.leaf.full_label)
        for category in list_categories(connection)
    }
    services = services_of(connection, organisation_id=person.organisation_id or "")
    return {
        "type": {code.value: wording.type_label(code) for code in TicketType},
        "categorie": categories,
        "service": {service.id: wording.service_named(service.reference, service.label) for service in services},
    }


def _states(query: TicketListQuery, counts: dict[State, int]) -> list[FilterLink]:
    everything = FilterLink(_("Tous"), query.url_with(state=None), query.state is None, sum(counts.values()))
    return [everything] + [
        FilterLink(_(LABELS[state]), query.url_with(state=state), state is query.state, counts[state])
        for state in State
    ]


def _scopes(query: TicketListQuery) -> list[FilterLink]:
    return [
        FilterLink(_("Mes tickets"), query.with_scope(MINE).url(), not query.is_of_company),
        FilterLink(_("Tous ceux de ma société"), query.with_scope(COMPANY).url(), query.is_of_company),
    ]


def _page_labels(order: str) -> tuple[str, str]:
    """Return the labels of the previous and the next page."""
    if order.removeprefix("-") not in _BY_TIME:
        return _("Précédents"), _("Suivants")
    newer, older = _("Plus récents"), _("Plus anciens")
    return (newer, older) if order.startswith("-") else (older, newer)
