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
from izarlink_tickets.domain.vocabulary import Person, TicketType, Urgency
from izarlink_tickets.i18n import gettext as _
from izarlink_tickets.i18n import lazy_gettext as _l
from izarlink_tickets.projections.ticket_news import last_position
from izarlink_tickets.projections.ticket_queries import MAX_FOUND, Page, count_each, list_tickets
from izarlink_tickets.web import authentication
from izarlink_tickets.web.context import now, portal
from izarlink_tickets.web.desk.asked import NOBODY, OPEN, Asked, read, states_offered
from izarlink_tickets.web.desk.news import SEEN
from izarlink_tickets.web.desk.organisation_filter import TYPED, narrowed_to, organisation_filter
from izarlink_tickets.web.desk.queue_form import QueueForm
from izarlink_tickets.web.desk.rows import row_shown
from izarlink_tickets.web.desk.subject import staff_people
from izarlink_tickets.web.desk.tabs import tabs_shown
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
class Column:
    """A heading of the table. sorted: of `aria-sort`, None where it isn't sorted by; address: where its link leads."""

    label: str
    address: str | None
    sorted: str | None


@pages.get("")
@staff
def show() -> Response:
    asked = read(request.args, authentication.viewer().person)
    if typed := clean_line(request.args.get(TYPED, "")):
        return narrowed_to(asked, typed)
    return page_of(asked, QueueForm(formdata=None).offer(staff_people()))


def page_of(asked: Asked, form: QueueForm, results: Sequence[object] = ()) -> Response:
    """Show the queue. form: as it stands, or as it comes back; results: what became of the tickets chosen."""
    viewer = authentication.viewer().person
    with portal().database.query() as connection:
        # Before the rest: what comes in meanwhile is told, even where it is shown already.
        position = last_position(connection)
        page = list_tickets(
            connection,
            viewer,
            narrowed=asked.filter_for(viewer),
            order=asked.sorting,
            older_than=asked.older or None,
            newer_than=asked.newer or None,
        )
        shown = {
            "tabs": tabs_shown(connection, viewer, asked),
            "most_found": _found(connection, viewer, asked),
            "choices": _choices(connection, asked),
            "organisation": organisation_filter(connection, asked),
        }
    words = _page(asked, page, position=position, form=form, results=results, **shown)
    return make_response(words, form.status)


def _found(connection: Connection, viewer: Person, asked: Asked) -> int | None:
    """Say how many a search shows where it found more; None where it shows all."""
    if not asked.search:
        return None
    (found,) = count_each(connection, viewer, narrowed=[asked.filter_for(viewer)])
    return found if found >= MAX_FOUND else None


def _choices(connection: Connection, asked: Asked) -> dict[str, dict[str, str]]:
    """Name what « Plus de filtres » offers, by parameter."""
    reader = authentication.viewer()
    urgencies = {str(level.value): wording.urgency_said(level) for level in reversed(Urgency)}
    colleagues = {one.id: one.name for one in active_staff(connection)}
    return {
        "etat": {code: _state_said(code, reader) for code in states_offered(asked.view, reader.person)},
        "type": {one.value: wording.type_said(one.value) for one in TicketType},
        "categorie": {
            one.code: wording.category_said(one.code, one.leaf.full_label) for one in list_categories(connection)
        },
        "urgence": urgencies,
        "affecte": {NOBODY: wording.nobody()} | colleagues,
    }


def _state_said(code: str, reader: wording.Reader) -> str:
    return _("Ouvert (ni clôturé ni annulé)") if code == OPEN else wording.state_said(code, None, reader)


def _page(asked: Asked, page: Page, *, position: int, **shown: object) -> str:
    first = replace(asked, older="", newer="")
    return render_template(
        "desk/queue.html",
        asked=asked,
        **shown,
        columns=[_column(first, label, order) for label, order in COLUMNS],
        rows=[row_shown(row, authentication.viewer(), now=now()) for row in page.rows],
        older=page.older and replace(first, older=page.older).address(),
        newer=page.newer and replace(first, newer=page.newer).address(),
        bare=Asked(asked.view).address(),
        everywhere=_everywhere(asked),
        keeping=f"{url_for('desk.own_views.show')}?{first.query()}",
        several=f"{url_for('desk.several.carry_out')}?{asked.query()}",
        news=f"{url_for('desk.news.ask')}?{first.query()}&{SEEN}={position}",
        position=position,
    )


def _everywhere(asked: Asked) -> str | None:
    """Give the address that looks for the same words in all tickets; None where the page does so already."""
    whole = VIEWS[EVERYTHING]
    return Asked(whole, search=asked.search).address() if asked.search and asked.view is not whole else None


def _column(asked: Asked, label: str, order: str | None) -> Column:
    """Make the heading of a column; its link turns the order round where the table is sorted by it already."""
    if order is None:
        return Column(label, None, None)
    directions = {order: "ascending", f"-{order}": "descending"}
    direction = directions.get(asked.sorting)
    turned = order if direction == "descending" else f"-{order}"
    return Column(label, replace(asked, order=turned).address(), direction)
