"""« Tickets »: the customer's list."""

from collections.abc import Mapping
from dataclasses import dataclass
from http import HTTPStatus

from flask import Blueprint, redirect, request, url_for
from flask.typing import ResponseReturnValue
from markupsafe import Markup, escape

from izarlink_tickets import wording
from izarlink_tickets.application.list_choices import ListChoices, load_list_choices
from izarlink_tickets.domain import access
from izarlink_tickets.domain.vocabulary import LABELS, Role, State, TicketType
from izarlink_tickets.i18n import gettext as _
from izarlink_tickets.i18n import lazy_gettext as _l
from izarlink_tickets.projections.ticket_queries import MAX_FOUND, count_by_state, list_tickets
from izarlink_tickets.web.app_context import portal
from izarlink_tickets.web.authentication import viewer
from izarlink_tickets.web.fields import MAX_LISTED, MAX_SUGGESTED
from izarlink_tickets.web.filters import number
from izarlink_tickets.web.guards import signed_in
from izarlink_tickets.web.list_query import list_headings
from izarlink_tickets.web.page import current_page
from izarlink_tickets.web.row_memo import render_frame
from izarlink_tickets.web.templating import render
from izarlink_tickets.web.tickets.list_query import COMPANY, MINE, TO_DO, TicketListQuery
from izarlink_tickets.web.tickets.list_rows import ListStyle, list_rows

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

    count: of the tickets it lists, as HTML; None where they are not counted.
    """

    label: str
    url: str
    is_current: bool
    count: Markup | None = None


@pages.get("")
@signed_in
def show() -> ResponseReturnValue:
    reader = viewer()
    person = reader.actor
    if not access.is_customer(person):
        return redirect(url_for("desk.queue.show" if access.is_staff(person) else "audit.search"))
    query = TicketListQuery.parse(request.args, person, timezone=reader.timezone)
    with portal().database.query() as connection:
        # First: the words of a search stand for services, too.
        choices = load_list_choices(connection, person)
        query = query.with_choices(choices)
        filtered = query.filter_among(choices.services)
        page = list_tickets(connection, person, filtered=filtered, order=query.order, page_request=query.page_request)
        counts = count_by_state(connection, person, filtered=filtered)
    labels = [str(label) for label, _order in COLUMNS]
    style = ListStyle(labels, has_requesters=query.is_of_company, has_lines=choices.has_lines)
    fill = {
        "rows": list_rows(page.rows, current_page(), reader, style=style),
        "next_url": escape(query.next_url(page) or ""),
        "previous_url": escape(query.previous_url(page) or ""),
        "count_all": number(sum(counts.values())),
        "count_to_do": number(current_page().to_do),
        **{f"count_{state.value.lower()}": number(count) for state, count in counts.items()},
    }
    most_found = MAX_FOUND if query.search and sum(counts.values()) >= MAX_FOUND else None

    def values(html: Mapping[str, Markup]) -> dict[str, object]:
        return {
            "query": query,
            "tabs": [*_to_do(query, html), *_states(query, html)],
            "scopes": _scopes(query.first_page()) if person.role is Role.COMPANY else [],
            "choices": _labelled(choices),
            "has_lines": choices.has_lines,
            "has_many_services": len(choices.services) > MAX_LISTED,
            "most_suggested": MAX_SUGGESTED,
            "headings": list_headings(
                COLUMNS, current_order=query.order, url_of=lambda order: query.url_with(order=order)
            ),
            "rows": html["rows"] if page.rows else None,
            "most_found": most_found,
            "next_url": html["next_url"] if page.after else None,
            "previous_url": html["previous_url"] if page.before else None,
            "page_labels": _page_labels(query.order),
            "export_url": query.first_page().url("tickets.list_export.export"),
            "unfiltered_url": query.without_filters().url(),
        }

    if query.errors:
        filled = {name: Markup(text) for name, text in fill.items()}  # noqa: S704 - escaped above
        return render("tickets/list.html", **values(filled)), HTTPStatus.UNPROCESSABLE_ENTITY
    shown = bool(page.rows), bool(page.after), bool(page.before), most_found
    key = query.key, choices, shown
    return render_frame("tickets/list.html", key=key, fill=fill, values=values), HTTPStatus.OK


def _labelled(choices: ListChoices) -> dict[str, dict[str, str]]:
    """Return the choices of « Filtres », labels by code."""
    return {
        "type": {code.value: wording.type_label(code) for code in TicketType},
        "categorie": {code: wording.category_label(code, label) for code, label in choices.categories},
        "service": {
            service.reference: wording.service_named(service.reference, service.label, service.site)
            for service in choices.services
            if choices.has_lines
        },
        "demandeur": dict(choices.requesters) if len(choices.requesters) > 1 else {},
    }


def _to_do(query: TicketListQuery, counts: Mapping[str, Markup]) -> list[FilterLink]:
    """Return the tab of what waits for the viewer, if any."""
    if not (current_page().to_do or query.to_do):
        return []
    url = query.without_filters().with_scope("").url_with(to_do=TO_DO)
    return [FilterLink(_("À faire de mon côté"), url, bool(query.to_do), counts["count_to_do"])]


def _states(query: TicketListQuery, counts: Mapping[str, Markup]) -> list[FilterLink]:
    is_all = query.state is None and not query.to_do
    everything = FilterLink(_("Tous"), query.url_with(state=None, to_do=""), is_all, counts["count_all"])
    return [everything] + [
        FilterLink(
            _(LABELS[state]),
            query.url_with(state=state, to_do=""),
            state is query.state and not query.to_do,
            counts[f"count_{state.value.lower()}"],
        )
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
