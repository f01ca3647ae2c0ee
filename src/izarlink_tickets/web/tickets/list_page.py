"""« Tickets »: the customer's list. What it shows is the URL: state, words, type, whose, order, page (R24, R27)."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from http import HTTPStatus

from flask import Blueprint, redirect, render_template, request
from flask.typing import ResponseReturnValue
from sqlalchemy import Connection

from izarlink_tickets import wording
from izarlink_tickets.directory import list_categories, services_of
from izarlink_tickets.domain import access
from izarlink_tickets.domain.vocabulary import LABELS, Actor, Role, State, TicketType
from izarlink_tickets.i18n import gettext as _
from izarlink_tickets.i18n import lazy_gettext as _l
from izarlink_tickets.projections.ticket_queries import (
    MAX_FOUND,
    TicketPage,
    count_by_state,
    list_tickets,
)
from izarlink_tickets.web.app_context import portal
from izarlink_tickets.web.authentication import viewer
from izarlink_tickets.web.guards import signed_in
from izarlink_tickets.web.tickets.list_query import COMPANY, MINE, TicketListQuery, parse_ticket_list_query
from izarlink_tickets.web.tickets.ticket_view import ticket_view

pages = Blueprint("list", __name__)


@dataclass(frozen=True)
class ListColumn:
    """A column of the table. order: what it is sorted by, in the direction that its link begins with."""

    label: str
    order: str | None = None


COLUMNS = (
    ListColumn(_l("N°"), "-numero"),
    ListColumn(_l("Titre"), "titre"),
    ListColumn(_l("Type et catégorie")),
    ListColumn(_l("Urgence"), "-urgence"),
    ListColumn(_l("État"), "etat"),
    ListColumn(_l("Ouvert le"), "-ouverture"),
    ListColumn(_l("Dernière activité"), "-activite"),
)
# Sorted by these, one page is newer than the next, or older.
_BY_TIME = frozenset({"numero", "ouverture", "activite"})


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
def show() -> ResponseReturnValue:
    person = viewer().person
    if not access.is_customer(person):
        return redirect("/bureau" if access.is_staff(person) else "/audit")
    asked = parse_ticket_list_query(request.args, person, timezone=viewer().timezone)
    with portal().database.query() as connection:
        page = list_tickets(
            connection,
            person,
            filtered=asked.filter,
            order=asked.order,
            older_than=asked.older or None,
            newer_than=asked.newer or None,
        )
        counts = count_by_state(connection, person, filtered=asked.filter)
        choices = _choices(connection, person)
    answer = _page(asked, page, counts, person, choices)
    return answer, HTTPStatus.UNPROCESSABLE_ENTITY if asked.errors else HTTPStatus.OK


def _choices(connection: Connection, person: Actor) -> dict[str, dict[str, str]]:
    """Name what « Plus de filtres » offers, by parameter."""
    categories = {
        one.code: wording.category_label(one.code, one.leaf.full_label) for one in list_categories(connection)
    }
    connections = services_of(connection, organisation_id=person.organisation_id or "")
    return {
        "type": {code.value: wording.type_label(code) for code in TicketType},
        "categorie": categories,
        "service": {one.id: wording.service_named(one.reference, one.label) for one in connections},
    }


def _page(
    asked: TicketListQuery,
    page: TicketPage,
    counts: Mapping[State, int],
    person: Actor,
    choices: dict[str, dict[str, str]],
) -> str:
    first = replace(asked, older="", newer="")
    return render_template(
        "tickets/list.html",
        asked=asked,
        states=_states(first, counts),
        scopes=_scopes(first) if person.role is Role.COMPANY else [],
        choices=choices,
        headings=[_heading(first, column) for column in COLUMNS],
        rows=[ticket_view(row, viewer()) for row in page.rows],
        most_found=MAX_FOUND if asked.search and sum(counts.values()) >= MAX_FOUND else None,
        older=page.older and replace(first, older=page.older).address(),
        newer=page.newer and replace(first, newer=page.newer).address(),
        ways=_ways(asked.order),
        everything=TicketListQuery(scope=asked.scope, default_scope=asked.default_scope).address(),
    )


def _states(asked: TicketListQuery, counts: Mapping[State, int]) -> list[Choice]:
    everything = Choice(_("Tous"), replace(asked, state=None).address(), asked.state is None, sum(counts.values()))
    return [everything] + [
        Choice(_(LABELS[state]), replace(asked, state=state).address(), state is asked.state, counts[state])
        for state in State
    ]


def _scopes(asked: TicketListQuery) -> list[Choice]:
    labels = {MINE: _("Mes tickets"), COMPANY: _("Tous ceux de ma société")}
    return [
        Choice(label, replace(asked, scope=scope).address(), scope == asked.scope) for scope, label in labels.items()
    ]


def _ways(order: str) -> tuple[str, str]:
    """Name the page before and the one after in this order."""
    if order.removeprefix("-") not in _BY_TIME:
        return _("Précédents"), _("Suivants")
    newer, older = _("Plus récents"), _("Plus anciens")
    return (newer, older) if order.startswith("-") else (older, newer)


def _heading(asked: TicketListQuery, column: ListColumn) -> Heading:
    """Make the head of a column; its link turns the order round where the list is sorted by it already."""
    if column.order is None:
        return Heading(column.label, None, None)
    name = column.order.removeprefix("-")
    sorted_by = {name: "ascending", f"-{name}": "descending"}.get(asked.order)
    turned = name if asked.order == f"-{name}" else f"-{name}"
    order = turned if sorted_by else column.order
    return Heading(column.label, replace(asked, order=order).address(), sorted_by)
