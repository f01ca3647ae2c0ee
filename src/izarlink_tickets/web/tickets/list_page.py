"""« Tickets »: the customer's list. What it shows is the URL: state, words, type, whose, order, page (R24, R27)."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from urllib.parse import urlencode

from flask import Blueprint, redirect, render_template, request
from werkzeug.wrappers import Response

from izarlink_tickets import wording
from izarlink_tickets.domain import access
from izarlink_tickets.domain.text import clean_line
from izarlink_tickets.domain.vocabulary import LABELS, Person, Role, State, TicketType
from izarlink_tickets.i18n import gettext as _
from izarlink_tickets.i18n import lazy_gettext as _l
from izarlink_tickets.projections.ticket_queries import (
    DEFAULT_ORDER,
    MAX_SEARCH,
    ORDERS,
    Filter,
    Page,
    count_by_state,
    list_tickets,
)
from izarlink_tickets.web.authentication import viewer
from izarlink_tickets.web.context import portal
from izarlink_tickets.web.guards import signed_in
from izarlink_tickets.web.tickets.shown import ticket_shown

pages = Blueprint("list", __name__)

MINE, COMPANY = "moi", "societe"


@dataclass(frozen=True)
class Column:
    """A column of the table. order: what it is sorted by, in the direction that its link begins with."""

    label: str
    order: str | None = None


COLUMNS = (
    Column("N°", "-numero"),
    Column(_l("Titre"), "titre"),
    Column(_l("Type et catégorie")),
    Column(_l("Urgence"), "-urgence"),
    Column(_l("État"), "etat"),
    Column(_l("Ouvert le"), "-ouverture"),
    Column(_l("Dernière activité"), "-activite"),
)


@dataclass(frozen=True)
class Asked:
    """What the URL asks for; None and empty ask for nothing. older, newer: keys of pages."""

    state: State | None = None
    search: str = ""
    ticket_type: TicketType | None = None
    scope: str = MINE
    default_scope: str = MINE
    order: str = DEFAULT_ORDER
    older: str = ""
    newer: str = ""

    @property
    def is_narrowed(self) -> bool:
        return any((self.state, self.search, self.ticket_type))

    @property
    def filter(self) -> Filter:
        return Filter(
            states=(self.state,) if self.state else (),
            ticket_type=self.ticket_type,
            search=self.search,
            only_mine=self.scope == MINE,
        )

    def address(self) -> str:
        """Write the URL that asks for this, without what goes without saying."""
        words = {
            "etat": self.state,
            "q": self.search,
            "type": self.ticket_type,
            "portee": self.scope if self.scope != self.default_scope else "",
            "tri": self.order if self.order != DEFAULT_ORDER else "",
            "apres": self.older,
            "avant": self.newer,
        }
        query = urlencode({name: str(word) for name, word in words.items() if word})
        return f"/tickets?{query}" if query else "/tickets"


@dataclass(frozen=True)
class Choice:
    """A link that narrows the list. count: how many tickets it shows; None where that isn't counted."""

    label: str
    address: str
    is_current: bool
    count: int | None = None


@dataclass(frozen=True)
class Heading:
    """The head of a column. address: what its link sorts by; sorted: the value of `aria-sort`."""

    label: str
    address: str | None
    sorted: str | None


@pages.get("")
@signed_in
def show() -> Response | str:
    person = viewer().person
    if not access.is_customer(person):
        return redirect("/bureau" if access.is_staff(person) else "/audit")
    asked = read(request.args, person)
    with portal().database.query() as connection:
        page = list_tickets(
            connection,
            person,
            narrowed=asked.filter,
            order=asked.order,
            older_than=asked.older or None,
            newer_than=asked.newer or None,
        )
        counts = count_by_state(connection, person, narrowed=asked.filter)
    return _page(asked, page, counts, person)


def read(words: Mapping[str, str], person: Person) -> Asked:
    """Read what the URL asks for. Codes are taken in any case; what is no code asks for nothing."""
    default_scope = COMPANY if person.role is Role.COMPANY else MINE
    state, ticket_type = words.get("etat", "").upper(), words.get("type", "").upper()
    scope, order = words.get("portee", "").lower(), words.get("tri", "").lower()
    return Asked(
        state=State(state) if state in set(State) else None,
        search=clean_line(words.get("q", ""))[:MAX_SEARCH],
        ticket_type=TicketType(ticket_type) if ticket_type in set(TicketType) else None,
        scope=scope if scope in {MINE, COMPANY} and person.role is Role.COMPANY else default_scope,
        default_scope=default_scope,
        order=order if order in ORDERS else DEFAULT_ORDER,
        older=words.get("apres", ""),
        newer=words.get("avant", ""),
    )


def _page(asked: Asked, page: Page, counts: Mapping[State, int], person: Person) -> str:
    first = replace(asked, older="", newer="")
    return render_template(
        "tickets/list.html",
        asked=asked,
        states=_states(first, counts),
        scopes=_scopes(first) if person.role is Role.COMPANY else [],
        types={code.value: wording.type_said(code) for code in TicketType},
        headings=[_heading(first, column) for column in COLUMNS],
        rows=[ticket_shown(row, viewer()) for row in page.rows],
        older=page.older and replace(first, older=page.older).address(),
        newer=page.newer and replace(first, newer=page.newer).address(),
        everything=Asked(scope=asked.scope, default_scope=asked.default_scope).address(),
    )


def _states(asked: Asked, counts: Mapping[State, int]) -> list[Choice]:
    everything = Choice(_("Tous"), replace(asked, state=None).address(), asked.state is None, sum(counts.values()))
    return [everything] + [
        Choice(_(LABELS[state]), replace(asked, state=state).address(), state is asked.state, counts[state])
        for state in State
    ]


def _scopes(asked: Asked) -> list[Choice]:
    labels = {MINE: _("Mes tickets"), COMPANY: _("Tous ceux de ma société")}
    return [
        Choice(label, replace(asked, scope=scope).address(), scope == asked.scope) for scope, label in labels.items()
    ]


def _heading(asked: Asked, column: Column) -> Heading:
    """Make the head of a column; its link turns the order round where the list is sorted by it already."""
    if column.order is None:
        return Heading(column.label, None, None)
    name = column.order.removeprefix("-")
    sorted_by = {name: "ascending", f"-{name}": "descending"}.get(asked.order)
    turned = name if asked.order == f"-{name}" else f"-{name}"
    order = turned if sorted_by else column.order
    return Heading(column.label, replace(asked, order=order).address(), sorted_by)
