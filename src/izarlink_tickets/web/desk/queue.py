"""« Bureau »: the queue. Views, filters, sorting and pages are all in the URL."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from urllib.parse import urlencode

from flask import Blueprint, render_template, request, url_for

from izarlink_tickets import wording
from izarlink_tickets.accounts import Account, active_staff
from izarlink_tickets.directory import Organisation, list_organisations
from izarlink_tickets.domain.text import clean_line
from izarlink_tickets.domain.vocabulary import Person, TicketType
from izarlink_tickets.i18n import lazy_gettext as _l
from izarlink_tickets.projections.ticket_queries import ORDERS, Filter, Page, count_each, list_tickets
from izarlink_tickets.web import authentication
from izarlink_tickets.web.context import now, portal
from izarlink_tickets.web.desk.rows import row_shown
from izarlink_tickets.web.desk.views import DEFAULT_VIEW, VIEWS, View
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
class Asked:
    """What the URL asks for. Empty texts ask for nothing; older, newer: keys of pages."""

    view: View
    search: str = ""
    organisation_id: str = ""
    ticket_type: str = ""
    assignee_id: str = ""
    order: str = ""
    older: str = ""
    newer: str = ""

    @property
    def sorting(self) -> str:
        return self.order or self.view.order

    @property
    def is_narrowed(self) -> bool:
        return any((self.search, self.organisation_id, self.ticket_type, self.assignee_id))

    def filter_for(self, viewer: Person) -> Filter:
        narrowed = self.view.filter_for(viewer)
        return replace(
            narrowed,
            search=self.search,
            organisation_id=self.organisation_id or None,
            ticket_type=self.ticket_type or None,
            assignee_id=self.assignee_id or narrowed.assignee_id,
        )

    def address(self) -> str:
        """Write the URL that asks for this, without what it needn't say."""
        words = {
            "vue": self.view.code,
            "q": self.search,
            "organisation": self.organisation_id,
            "type": self.ticket_type,
            "affecte": self.assignee_id,
            "tri": self.order,
            "apres": self.older,
            "avant": self.newer,
        }
        return f"{url_for('desk.queue.show')}?{urlencode({name: word for name, word in words.items() if word})}"


@dataclass(frozen=True)
class Tab:
    """A view with the number of its tickets."""

    label: str
    count: int
    address: str
    is_current: bool


@dataclass(frozen=True)
class Column:
    """A heading of the table. sorted: of `aria-sort`, None where it isn't sorted by; address: where its link leads."""

    label: str
    address: str | None
    sorted: str | None


@pages.get("")
@staff
def show() -> str:
    asked = read(request.args)
    viewer = authentication.viewer().person
    with portal().database.query() as connection:
        counts = count_each(connection, viewer, narrowed=[view.filter_for(viewer) for view in VIEWS.values()])
        page = list_tickets(
            connection,
            viewer,
            narrowed=asked.filter_for(viewer),
            order=asked.sorting,
            older_than=asked.older or None,
            newer_than=asked.newer or None,
        )
        choices = list_organisations(connection), active_staff(connection)
    return _page(asked, page, counts, *choices)


def read(arguments: Mapping[str, str]) -> Asked:
    """Read what the URL asks for; an unknown view, type or order asks for nothing. Codes are taken in any case."""
    words = {name: clean_line(word) for name, word in arguments.items()}
    ticket_type = words.get("type", "").upper()
    order = words.get("tri", "").lower()
    return Asked(
        view=VIEWS.get(words.get("vue", "").lower(), VIEWS[DEFAULT_VIEW]),
        search=words.get("q", ""),
        organisation_id=words.get("organisation", ""),
        ticket_type=ticket_type if ticket_type in set(TicketType) else "",
        assignee_id=words.get("affecte", ""),
        order=order if order in ORDERS else "",
        older=words.get("apres", ""),
        newer=words.get("avant", ""),
    )


def _page(
    asked: Asked, page: Page, counts: list[int], organisations: list[Organisation], colleagues: list[Account]
) -> str:
    first = replace(asked, older="", newer="")
    return render_template(
        "desk/queue.html",
        asked=asked,
        tabs=_tabs(asked.view, counts),
        columns=[_column(first, label, order) for label, order in COLUMNS],
        rows=[row_shown(row, authentication.viewer(), now=now()) for row in page.rows],
        older=page.older and replace(first, older=page.older).address(),
        newer=page.newer and replace(first, newer=page.newer).address(),
        bare=Asked(asked.view).address(),
        organisations={one.id: one.name for one in organisations},
        colleagues={one.id: one.name for one in colleagues},
        types={one.value: wording.type_said(one.value) for one in TicketType},
    )


def _tabs(current: View, counts: list[int]) -> list[Tab]:
    return [
        Tab(view.label, count, Asked(view).address(), view is current)
        for view, count in zip(VIEWS.values(), counts, strict=True)
    ]


def _column(asked: Asked, label: str, order: str | None) -> Column:
    """Make the heading of a column; its link turns the order round where the table is sorted by it already."""
    if order is None:
        return Column(label, None, None)
    directions = {order: "ascending", f"-{order}": "descending"}
    direction = directions.get(asked.sorting)
    turned = order if direction == "descending" else f"-{order}"
    return Column(label, replace(asked, order=turned).address(), direction)
