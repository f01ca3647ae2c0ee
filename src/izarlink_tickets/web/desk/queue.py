"""« Bureau »: the queue."""

from collections.abc import Sequence

from flask import Blueprint, request
from sqlalchemy import Connection
from werkzeug.wrappers import Response

from izarlink_tickets import wording
from izarlink_tickets.accounts import active_staff
from izarlink_tickets.directory import list_categories
from izarlink_tickets.domain.text import clean_line
from izarlink_tickets.domain.vocabulary import Actor, TicketType, Urgency
from izarlink_tickets.i18n import gettext as _
from izarlink_tickets.i18n import lazy_gettext as _l
from izarlink_tickets.projections.queue_changes import last_position
from izarlink_tickets.projections.ticket_queries import MAX_FOUND, count_each, list_tickets
from izarlink_tickets.web import authentication
from izarlink_tickets.web.app_context import portal
from izarlink_tickets.web.desk.news import SEEN
from izarlink_tickets.web.desk.organisation_filter import TYPED_ORGANISATION, choose_organisation, organisation_filter
from izarlink_tickets.web.desk.queue_form import QueueForm
from izarlink_tickets.web.desk.queue_query import NOBODY, OPEN, QueueQuery, states_offered
from izarlink_tickets.web.desk.queue_row import queue_rows
from izarlink_tickets.web.desk.tabs import tab_views
from izarlink_tickets.web.desk.ticket_page_data import staff_people
from izarlink_tickets.web.desk.views import EVERYTHING, VIEWS
from izarlink_tickets.web.forms import form_page, run_form
from izarlink_tickets.web.guards import staff
from izarlink_tickets.web.list_query import list_headings

pages = Blueprint("queue", __name__)
bulk_pages = Blueprint("several", __name__)

# Labels, and the orders that their links start with; None where a column can't be sorted.
COLUMNS = (
    (_l("Urgence"), "-urgence"),
    (_l("N°"), "-numero"),
    (_l("Client"), None),
    (_l("Titre"), "-titre"),
    (_l("Catégorie"), None),
    (_l("État"), "-etat"),
    (_l("Âge"), "-ouverture"),
    (_l("Dernière activité"), "-activite"),
    (_l("Affecté"), None),
)


@pages.get("")
@staff
def show() -> Response:
    query = QueueQuery.parse(request.args, authentication.viewer().actor)
    if name := clean_line(request.args.get(TYPED_ORGANISATION, "")):
        return choose_organisation(query, name)
    return page_of(query, QueueForm(formdata=None).set_choices(staff_people()))


@bulk_pages.post("/plusieurs")
@staff
def carry_out() -> Response:
    """Execute a command on each chosen ticket."""
    query = QueueQuery.parse(request.args, authentication.viewer().actor)
    form = QueueForm().set_choices(staff_people())
    return run_form(form, None, location=lambda _result: query.url(), page=lambda: page_of(query, form, form.results))


def page_of(query: QueueQuery, form: QueueForm, results: Sequence[object] = ()) -> Response:
    """Render the queue.

    form: new or refused.
    results: one for each ticket of a bulk action.
    """
    reader = authentication.viewer()
    with portal().database.query() as connection:
        # Before the rest: what comes in meanwhile is announced, even where the page already has it.
        position = last_position(connection)
        page = list_tickets(
            connection,
            reader.actor,
            filtered=query.filter_for(reader.actor),
            order=query.effective_order,
            page_request=query.page_request,
        )
        loaded = {
            "tabs": tab_views(connection, reader.actor, query),
            "most_found": _most_found(connection, reader.actor, query),
            "choices": _choices(connection, query),
            "organisation": organisation_filter(connection, query),
        }
    first = query.first_page()
    headings = list_headings(
        COLUMNS, current_order=query.effective_order, url_of=lambda order: query.url_with(order=order)
    )
    return form_page(
        "desk/queue.html",
        form,
        query=query,
        results=results,
        **loaded,
        headings=headings,
        rows=queue_rows(page.rows, headings=[heading.label for heading in headings], chosen=form.numbers),
        next_url=query.next_url(page),
        previous_url=query.previous_url(page),
        unfiltered_url=QueueQuery(view=query.view).url(),
        everywhere=_everywhere(query),
        save_url=first.url("desk.own_views.show"),
        bulk_url=query.url("desk.several.carry_out"),
        news_url=first.url("desk.news.ask", **{SEEN: position}),
        position=position,
    )


def _most_found(connection: Connection, viewer: Actor, query: QueueQuery) -> int | None:
    """Return the number of tickets listed where a search found more."""
    if not query.search:
        return None
    (count,) = count_each(connection, viewer, filtered=[query.filter_for(viewer)])
    return count if count >= MAX_FOUND else None


def _choices(connection: Connection, query: QueueQuery) -> dict[str, dict[str, str]]:
    """Return the choices of « Plus de filtres », labels by code."""
    reader = authentication.viewer()
    return {
        "etat": {code: _state_label(code, reader) for code in states_offered(query.view, reader.actor)},
        "type": {ticket_type.value: wording.type_label(ticket_type.value) for ticket_type in TicketType},
        "categorie": {
            category.code: wording.category_label(category.code, category.leaf.full_label)
            for category in list_categories(connection)
        },
        "urgence": {str(level.value): wording.urgency_label(level) for level in reversed(Urgency)},
        "affecte": {NOBODY: wording.nobody()} | {account.id: account.name for account in active_staff(connection)},
    }


def _state_label(code: str, reader: wording.Reader) -> str:
    return _("Ouvert (ni clôturé ni annulé)") if code == OPEN else wording.reader_state_label(code, None, reader)


def _everywhere(query: QueueQuery) -> str | None:
    """Build the URL of the same search in all tickets."""
    view = VIEWS[EVERYTHING]
    return QueueQuery(view=view, search=query.search).url() if query.search and query.view is not view else None
