"""« Bureau »: the queue. Views, filters, sorting and pages are all in the URL."""

from collections.abc import Sequence
from dataclasses import dataclass, replace

from flask import Blueprint, make_response, render_template, request, url_for
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
from izarlink_tickets.projections.ticket_queries import MAX_FOUND, TicketPage, count_each, list_tickets
from izarlink_tickets.web import authentication
from izarlink_tickets.web.app_context import now, portal
from izarlink_tickets.web.desk.news import SEEN
from izarlink_tickets.web.desk.organisation_filter import TYPED, narrowed_to, organisation_filter
from izarlink_tickets.web.desk.queue_form import QueueForm
from izarlink_tickets.web.desk.queue_query import NOBODY, OPEN, QueueQuery, parse_queue_query, states_offered
from izarlink_tickets.web.desk.queue_row import queue_row_view
from izarlink_tickets.web.desk.tabs import tab_views
from izarlink_tickets.web.desk.ticket_page_data import staff_people
from izarlink_tickets.web.desk.views import EVERYTHING, VIEWS
from izarlink_tickets.web.guards import staff

pages = Blueprint("queue", __name__)

# Heading, and the order that its link sorts by; a column without one can't be sorted by.
COLUMNS = (
    (_l("Urgence"), "urgence"),
    (_l("N°"), "numero"),
    (_l("Client"), None),
    (_l("Titre"), "titre"),
    (_l("Catégorie"), None),
    (_l("État"), "etat"),
    (_l("Âge"), "ouverture"),
    (_l("Dernière activité"), "activite"),
    (_l("Affecté"), None),
)


@dataclass(frozen=True)
class QueueColumn:
    """A heading of the table. sorted: of `aria-sort`, None where it isn't sorted by; address: where its link leads."""

    label: str
    address: str | None
    sorted: str | None


@pages.get("")
@staff
def show() -> Response:
    asked = parse_queue_query(request.args, authentication.viewer().person)
    if typed := clean_line(request.args.get(TYPED, "")):
        return narrowed_to(asked, typed)
    return page_of(asked, QueueForm(formdata=None).set_choices(staff_people()))


def page_of(asked: QueueQuery, form: QueueForm, results: Sequence[object] = ()) -> Response:
    """Show the queue. form: as it stands, or as it comes back; results: what became of the tickets chosen."""
    viewer = authentication.viewer().person
    with portal().database.query() as connection:
        # Before the rest: what comes in meanwhile is told, even where it is shown already.
        position = last_position(connection)
        page = list_tickets(
            connection,
            viewer,
            filtered=asked.filter_for(viewer),
            order=asked.sorting,
            older_than=asked.older or None,
            newer_than=asked.newer or None,
        )
        shown = {
            "tabs": tab_views(connection, viewer, asked),
            "most_found": _found(connection, viewer, asked),
            "choices": _choices(connection, asked),
            "organisation": organisation_filter(connection, asked),
        }
    words = _page(asked, page, position=position, form=form, results=results, **shown)
    return make_response(words, form.status)


def _found(connection: Connection, viewer: Actor, asked: QueueQuery) -> int | None:
    """Say how many a search shows where it found more; None where it shows all."""
    if not asked.search:
        return None
    (found,) = count_each(connection, viewer, filtered=[asked.filter_for(viewer)])
    return found if found >= MAX_FOUND else None


def _choices(connection: Connection, asked: QueueQuery) -> dict[str, dict[str, str]]:
    """Name what « Plus de filtres » offers, by parameter."""
    reader = authentication.viewer()
    urgencies = {str(level.value): wording.urgency_label(level) for level in reversed(Urgency)}
    colleagues = {one.id: one.name for one in active_staff(connection)}
    return {
        "etat": {code: _state_said(code, reader) for code in states_offered(asked.view, reader.person)},
        "type": {one.value: wording.type_label(one.value) for one in TicketType},
        "categorie": {
            one.code: wording.category_label(one.code, one.leaf.full_label) for one in list_categories(connection)
        },
        "urgence": urgencies,
        "affecte": {NOBODY: wording.nobody()} | colleagues,
    }


def _state_said(code: str, reader: wording.Reader) -> str:
    return _("Ouvert (ni clôturé ni annulé)") if code == OPEN else wording.reader_state_label(code, None, reader)


def _page(asked: QueueQuery, page: TicketPage, *, position: int, **shown: object) -> str:
    first = replace(asked, older="", newer="")
    return render_template(
        "desk/queue.html",
        asked=asked,
        **shown,
        columns=[_column(first, label, order) for label, order in COLUMNS],
        rows=[queue_row_view(row, authentication.viewer(), now=now()) for row in page.rows],
        older=page.older and replace(first, older=page.older).address(),
        newer=page.newer and replace(first, newer=page.newer).address(),
        bare=QueueQuery(asked.view).address(),
        everywhere=_everywhere(asked),
        keeping=f"{url_for('desk.own_views.show')}?{first.query()}",
        several=f"{url_for('desk.several.carry_out')}?{asked.query()}",
        news=f"{url_for('desk.news.ask')}?{first.query()}&{SEEN}={position}",
        position=position,
    )


def _everywhere(asked: QueueQuery) -> str | None:
    """Give the address that looks for the same words in all tickets; None where the page does so already."""
    whole = VIEWS[EVERYTHING]
    return QueueQuery(whole, search=asked.search).address() if asked.search and asked.view is not whole else None


def _column(asked: QueueQuery, label: str, order: str | None) -> QueueColumn:
    """Make the heading of a column; its link turns the order round where the table is sorted by it already."""
    if order is None:
        return QueueColumn(label, None, None)
    directions = {order: "ascending", f"-{order}": "descending"}
    direction = directions.get(asked.sorting)
    turned = order if direction == "descending" else f"-{order}"
    return QueueColumn(label, replace(asked, order=turned).address(), direction)
