"""« Bureau »: the queue."""

from collections.abc import Mapping, Sequence

from flask import Blueprint, make_response, request
from markupsafe import Markup, escape
from werkzeug.wrappers import Response

from izarlink_tickets import wording
from izarlink_tickets.application.list_choices import QueueChoices, load_queue_choices
from izarlink_tickets.domain.text import clean_line
from izarlink_tickets.domain.vocabulary import TicketType, Urgency
from izarlink_tickets.i18n import gettext as _
from izarlink_tickets.i18n import lazy_gettext as _l
from izarlink_tickets.projections.ticket_queries import MAX_FOUND, list_tickets
from izarlink_tickets.web import authentication
from izarlink_tickets.web.app_context import portal
from izarlink_tickets.web.desk.news import SEEN
from izarlink_tickets.web.desk.organisation_filter import TYPED_ORGANISATION, OrganisationFilter, choose_organisation
from izarlink_tickets.web.desk.queue_form import QueueForm
from izarlink_tickets.web.desk.queue_query import NOBODY, OPEN, QueueQuery, states_offered
from izarlink_tickets.web.desk.queue_row import queue_rows
from izarlink_tickets.web.desk.tabs import load_tabs
from izarlink_tickets.web.desk.views import EVERYTHING, VIEWS
from izarlink_tickets.web.filters import number
from izarlink_tickets.web.forms import run_form
from izarlink_tickets.web.guards import staff
from izarlink_tickets.web.list_query import list_headings
from izarlink_tickets.web.row_memo import render_frame
from izarlink_tickets.web.templating import render

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
    choices = _load_choices(query)
    return page_of(query, QueueForm(formdata=None).set_choices(dict(choices.staff)), choices)


@bulk_pages.post("/plusieurs")
@staff
def carry_out() -> Response:
    """Execute a command on each chosen ticket."""
    query = QueueQuery.parse(request.args, authentication.viewer().actor)
    form = QueueForm().set_choices(dict(_load_choices(query).staff))

    def page() -> Response:
        # Read again: what was just done is no news.
        return page_of(query, form, _load_choices(query), form.results)

    return run_form(form, None, location=lambda _result: query.url(), page=page)


def page_of(query: QueueQuery, form: QueueForm, choices: QueueChoices, results: Sequence[object] = ()) -> Response:
    """Render the queue.

    form: new or refused.
    choices: read before the rows; what comes in meanwhile is announced, even where the page already has it.
    results: one for each ticket of a bulk action.
    """
    reader = authentication.viewer()
    filtered = query.filter_for(reader.actor)
    with portal().database.query() as connection:
        page = list_tickets(
            connection,
            reader.actor,
            filtered=filtered,
            order=query.effective_order,
            page_request=query.page_request,
        )
        searched = [filtered] if query.search else []
        tabs, found = load_tabs(connection, reader.actor, query, choices.saved_views, also=searched)
    labels = [str(label) for label, _order in COLUMNS]
    first = query.first_page()
    fill = {
        "rows": queue_rows(page.rows, headings=labels, chosen=form.numbers),
        "next_url": escape(query.next_url(page) or ""),
        "previous_url": escape(query.previous_url(page) or ""),
        "position": str(choices.position),
        "command_id": form.command_id.data,
        **{f"count_{place}": number(tab.count) for place, tab in enumerate(tabs) if tab.count is not None},
    }
    most_found = found[0] if found and found[0] >= MAX_FOUND else None

    def values(html: Mapping[str, Markup]) -> dict[str, object]:
        form.command_id.data = html["command_id"]
        return {
            "form": form,
            "query": query,
            "results": results,
            "tabs": tabs,
            "counts": [html.get(f"count_{place}") for place in range(len(tabs))],
            "most_found": most_found,
            "choices": _labelled(choices, query),
            "organisation": _organisation_filter(choices),
            "headings": list_headings(
                COLUMNS, current_order=query.effective_order, url_of=lambda order: query.url_with(order=order)
            ),
            "rows": html["rows"] if page.rows else None,
            "next_url": html["next_url"] if page.after else None,
            "previous_url": html["previous_url"] if page.before else None,
            "unfiltered_url": QueueQuery(view=query.view).url(),
            "everywhere": _everywhere(query),
            "save_url": first.url("desk.own_views.show"),
            "bulk_url": query.url("desk.several.carry_out"),
            "news_url": escape(f"{first.url('desk.news.ask')}&{SEEN}=") + html["position"],
            "position": html["position"],
        }

    if results or form.has_errors or form.is_submitted():
        filled = {name: Markup(text) for name, text in fill.items()}  # noqa: S704 - escaped above
        return make_response(render("desk/queue.html", **values(filled)), form.status)
    shown = bool(page.rows), bool(page.after), bool(page.before), most_found
    key = query.key, choices[1:], shown
    return make_response(render_frame("desk/queue.html", key=key, fill=fill, values=values))


def _load_choices(query: QueueQuery) -> QueueChoices:
    with portal().database.query() as connection:
        actor = authentication.viewer().actor
        return load_queue_choices(connection, actor, organisation_id=query.organisation_id)


def _organisation_filter(choices: QueueChoices) -> OrganisationFilter:
    few = choices.organisations
    return OrganisationFilter(None if few is None else dict(few), choices.chosen_organisation)


def _labelled(choices: QueueChoices, query: QueueQuery) -> dict[str, dict[str, str]]:
    """Return the choices of « Plus de filtres », labels by code."""
    reader = authentication.viewer()
    return {
        "etat": {code: _state_label(code, reader) for code in states_offered(query.view, reader.actor)},
        "type": {ticket_type.value: wording.type_label(ticket_type.value) for ticket_type in TicketType},
        "categorie": {code: wording.category_label(code, label) for code, label in choices.categories},
        "urgence": {str(level.value): wording.urgency_label(level) for level in reversed(Urgency)},
        "affecte": {NOBODY: wording.nobody(), **dict(choices.staff)},
    }


def _state_label(code: str, reader: wording.Reader) -> str:
    return _("Ouvert (ni clôturé ni annulé)") if code == OPEN else wording.reader_state_label(code, None, reader)


def _everywhere(query: QueueQuery) -> str | None:
    """Build the URL of the same search in all tickets."""
    view = VIEWS[EVERYTHING]
    return QueueQuery(view=view, search=query.search).url() if query.search and query.view is not view else None
