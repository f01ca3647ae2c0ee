"""« Bureau »: the queue."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass

from flask import Blueprint, make_response, request
from markupsafe import Markup, escape
from sqlalchemy import Connection
from werkzeug.wrappers import Response

from izarlink_tickets import wording
from izarlink_tickets.application.list_choices import Labels, QueueChoices, load_queue_choices
from izarlink_tickets.database.paging import Page
from izarlink_tickets.domain.text import clean_line
from izarlink_tickets.domain.vocabulary import TicketType, Urgency
from izarlink_tickets.i18n import gettext as _
from izarlink_tickets.i18n import lazy_gettext as _l
from izarlink_tickets.projections.ticket_queries import MAX_FOUND, TicketRow, count_each, list_tickets
from izarlink_tickets.web import authentication
from izarlink_tickets.web.app_context import portal
from izarlink_tickets.web.desk.news import SEEN
from izarlink_tickets.web.desk.organisation_filter import TYPED_ORGANISATION, OrganisationFilter, choose_organisation
from izarlink_tickets.web.desk.queue_form import QueueForm
from izarlink_tickets.web.desk.queue_query import NOBODY, OPEN, QueueQuery, states_offered
from izarlink_tickets.web.desk.queue_row import queue_rows
from izarlink_tickets.web.desk.tabs import Tab, counted_filters, tabs_with
from izarlink_tickets.web.desk.views import EVERYTHING, VIEWS
from izarlink_tickets.web.forms import new_command_id, run_form
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
    reading = _read(query)
    command_id = new_command_id()

    def values(html: Mapping[str, Markup]) -> dict[str, object]:
        form = QueueForm(formdata=None).set_choices(dict(reading.choices.staff))
        form.command_id.data = html["command_id"]
        return _values(query, reading, form, html)

    fill = {**_fill(query, reading), "command_id": command_id}
    shown = bool(reading.page.rows), bool(reading.page.after), bool(reading.page.before), reading.most_found
    # The position changes with each event: it fills a hole.
    key = query.key, reading.choices._replace(position=0), shown
    return make_response(render_frame("desk/queue.html", key=key, fill=fill, values=values))


@bulk_pages.post("/plusieurs")
@staff
def carry_out() -> Response:
    """Execute a command on each chosen ticket."""
    query = QueueQuery.parse(request.args, authentication.viewer().actor)
    with portal().database.query() as connection:
        choices = _load_choices(connection, query)
    form = QueueForm().set_choices(dict(choices.staff))
    return run_form(form, None, location=lambda _result: query.url(), page=lambda: _page_with(form, query))


def _page_with(form: QueueForm, query: QueueQuery) -> Response:
    """Render the queue with a refused form or its commands' results."""
    # Read now: what was just done is no news.
    reading = _read(query)
    fill = _fill(query, reading, chosen=form.numbers)
    html = {name: Markup(text) for name, text in fill.items()}  # noqa: S704 - HTML already
    return make_response(render("desk/queue.html", **_values(query, reading, form, html)), form.status)


@dataclass(frozen=True, slots=True)
class QueueReading:
    """The content of the queue.

    most_found: listed of a search that found more.
    """

    choices: QueueChoices
    page: Page[TicketRow]
    tabs: list[Tab]
    most_found: int | None


def _read(query: QueueQuery) -> QueueReading:
    viewer = authentication.viewer().actor
    filtered = query.filter_for(viewer)
    with portal().database.query() as connection:
        # Before the rows: what comes in meanwhile is announced, even where the page already has it.
        choices = _load_choices(connection, query)
        page = list_tickets(
            connection, viewer, filtered=filtered, order=query.effective_order, page_request=query.page_request
        )
        of_tabs = counted_filters(viewer, choices.saved_views)
        searched = [filtered] if query.search else []
        counts = count_each(connection, viewer, filtered=[*of_tabs, *searched])
    tabs, found = tabs_with(counts, viewer, query, choices.saved_views), counts[len(of_tabs) :]
    return QueueReading(choices, page, tabs, found[0] if found and found[0] >= MAX_FOUND else None)


def _fill(query: QueueQuery, reading: QueueReading, *, chosen: Collection[int] = ()) -> dict[str, str]:
    """Return the HTML that changes between requests, by name."""
    labels = {f"count_{place}": tab.count_label for place, tab in enumerate(reading.tabs)}
    return {
        "rows": queue_rows(reading.page.rows, headings=[str(label) for label, _order in COLUMNS], chosen=chosen),
        "next_url": escape(query.next_url(reading.page) or ""),
        "previous_url": escape(query.previous_url(reading.page) or ""),
        "position": str(reading.choices.position),
        **{name: label for name, label in labels.items() if label is not None},
    }


def _values(query: QueueQuery, reading: QueueReading, form: QueueForm, html: Mapping[str, Markup]) -> dict[str, object]:
    """Return the template's values. html: of `_fill`, or the holes for it."""
    first, page = query.first_page(), reading.page
    return {
        "form": form,
        "query": query,
        "results": form.results,
        "tabs": reading.tabs,
        "counts": [html.get(f"count_{place}") for place in range(len(reading.tabs))],
        "most_found": reading.most_found,
        "choices": _labelled(reading.choices, query),
        "organisation": _organisation_filter(reading.choices),
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


def _load_choices(connection: Connection, query: QueueQuery) -> QueueChoices:
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
        "affecte": {NOBODY: wording.nobody(), **dict(choices.staff), **_closed(choices.former_staff)},
    }


def _closed(former_staff: Labels) -> dict[str, str]:
    return {account_id: wording.account_label(name, is_active=False) for account_id, name in former_staff}


def _state_label(code: str, reader: wording.Reader) -> str:
    return _("Ouvert (ni clôturé ni annulé)") if code == OPEN else wording.reader_state_label(code, None, reader)


def _everywhere(query: QueueQuery) -> str | None:
    """Build the URL of the same search in all tickets."""
    view = VIEWS[EVERYTHING]
    return QueueQuery(view=view, search=query.search).url() if query.search and query.view is not view else None
