"""« Créer un ticket », where a customer's sign-in leads (R10); support opens one for a customer here."""

from http import HTTPStatus

from flask import Blueprint, flash, make_response, redirect, render_template, request
from werkzeug.wrappers import Response

from izarlink_tickets.accounts import Account, find_account, list_accounts
from izarlink_tickets.attachments import MAX_FILES
from izarlink_tickets.directory import active_categories, list_organisations, services_of
from izarlink_tickets.domain import access
from izarlink_tickets.domain.vocabulary import TicketType
from izarlink_tickets.i18n import gettext as _
from izarlink_tickets.projections.ticket_queries import find_ticket
from izarlink_tickets.web.authentication import act, viewer
from izarlink_tickets.web.context import portal, settings
from izarlink_tickets.web.forms import uuid_of
from izarlink_tickets.web.guards import Guard
from izarlink_tickets.web.tickets.numbers import TICKET_DIGITS, whole_number
from izarlink_tickets.web.tickets.ticket_form import TicketForm

pages = Blueprint("new_ticket", __name__)
opener = Guard(lambda person: access.is_customer(person) or access.is_staff(person))

# In the query: the ticket that the new one goes back to (R39); for support, the person it is for.
RELATED, REQUESTER = "lie", "demandeur"


@pages.get("/nouveau")
@opener
def show() -> Response:
    requester = _requester()
    if requester is None:
        return _choice_of_requester()
    form = TicketForm()
    _offer(form, requester)
    form.preset()
    related_to = _visible_ticket(request.args.get(RELATED))
    return _page(form, requester, related_to=related_to)


@pages.post("/nouveau")
@opener
def open_ticket() -> Response:
    requester = _requester()
    if requester is None:
        return _choice_of_requester()
    form = TicketForm()
    _offer(form, requester)
    related_to = _visible_ticket(form.related_to.data)
    if form.validate():
        with form.refusals_shown():
            return _open(form, requester, related_to=related_to)
    form.keep_files()
    return _page(form, requester, related_to=related_to)


def _open(form: TicketForm, requester: Account, *, related_to: int | None) -> Response:
    answer = portal().tickets.open(
        act(form.command_id.data),
        requester_id=requester.id,
        related_to=related_to,
        uploads=form.uploads(),
        **form.values(),
    )
    flash(_("Votre ticket n° %(number)s est enregistré.", number=answer.number))
    return redirect(f"/tickets/{answer.number}", HTTPStatus.SEE_OTHER)


def _page(form: TicketForm, requester: Account, *, related_to: int | None) -> Response:
    form.related_to.data = str(related_to or "")
    page = render_template(
        "tickets/new_ticket.html",
        form=form,
        related_to=related_to,
        requester_name=None if requester.id == viewer().id else requester.name,
        incidents=form.categories_of(TicketType.INCIDENT),
        requests=form.categories_of(TicketType.REQUEST),
        max_bytes=settings().attachment_max_bytes,
        max_files=MAX_FILES,
    )
    return make_response(page, form.status)


def _choice_of_requester() -> Response:
    """Ask support for whom the ticket is."""
    with portal().database.query() as connection:
        names = {one.id: one.name for one in list_organisations(connection)}
        people = [one for one in list_accounts(connection) if access.is_customer(one.person)]
    groups = {name: [one for one in people if one.organisation_id == id_] for id_, name in names.items()}
    return make_response(render_template("tickets/choose_requester.html", groups=groups))


# --- looking up -------------------------------------------------------------------------------------------------------


def _requester() -> Account | None:
    """Give whom the ticket is for: the customer who looks, or the one that support has chosen."""
    if access.is_customer(viewer().person):
        return viewer()
    with portal().database.query() as connection:
        found = find_account(connection, account_id=uuid_of(request.args.get(REQUESTER)) or "")
    return found if found and access.is_customer(found.person) else None


def _offer(form: TicketForm, requester: Account) -> None:
    with portal().database.query() as connection:
        services = services_of(connection, organisation_id=requester.organisation_id or "")
        form.offer(services, active_categories(connection))


def _visible_ticket(text: str | None) -> int | None:
    """Give the number if it is a ticket's that the viewer sees; whatever else was sent relates to nothing."""
    number = whole_number(text, digits=TICKET_DIGITS)
    if number is None:
        return None
    with portal().database.query() as connection:
        return number if find_ticket(connection, viewer().person, number=number) else None
