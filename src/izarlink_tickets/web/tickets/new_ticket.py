"""« Créer un ticket », for customers and for support.

Source: guide §3, "vous avez accès directement à un formulaire de saisie de demande".
"""

from flask import Blueprint, request
from werkzeug.wrappers import Response

from izarlink_tickets.accounts import Account, find_account
from izarlink_tickets.accounts.listing import DirectoryFilter, list_account_rows
from izarlink_tickets.directory import find_organisation, fold_reference
from izarlink_tickets.domain import access
from izarlink_tickets.domain.text import clean_line
from izarlink_tickets.domain.vocabulary import UNFINISHED
from izarlink_tickets.projections.ticket_queries import TicketFilter, list_tickets
from izarlink_tickets.web.app_context import now, portal
from izarlink_tickets.web.authentication import viewer
from izarlink_tickets.web.blank_forms import page_slots, render_blank, render_form
from izarlink_tickets.web.forms import form_page, run_form, uuid_of
from izarlink_tickets.web.guards import Guard
from izarlink_tickets.web.request_limits import takes_files
from izarlink_tickets.web.templating import render
from izarlink_tickets.web.tickets.older_tickets import find_visible_ticket, linkable
from izarlink_tickets.web.tickets.ticket_form import NewTicketForm, offered_to
from izarlink_tickets.web.tickets.ticket_view import TicketView, ticket_view

pages = Blueprint("new_ticket", __name__)
opener = Guard(lambda person: access.is_customer(person) or access.is_staff(person))

_TEMPLATE, _MACRO = "tickets/_new_ticket_form.html", "new_ticket"
# In the query: the ticket that the new one is linked to; for support, the requester.
RELATED, REQUESTER = "lie", "demandeur"
# In the query: the reference of the service to report an incident on.
SERVICE = "service"
# Beside the form; the list has the others.
OPEN_TICKETS_SHOWN = 5
_OPEN = TicketFilter(states=UNFINISHED, only_mine=True)


@pages.get("/nouveau")
@opener
def show() -> Response | str:
    requester = _requester()
    if requester is None:
        return _requester_choice()
    older = linkable(find_visible_ticket(request.args.get(RELATED)), requester)
    if older is None:
        return _blank_page(requester)
    form = _form_for(requester)
    form.set_choices()
    form.preset(older)
    return _page(form, requester)


@pages.post("/nouveau")
@opener
@takes_files
def open_ticket() -> Response | str:
    requester = _requester()
    if requester is None:
        return _requester_choice()
    form = _form_for(requester)
    return run_form(
        form,
        requester,
        location=lambda result: f"/tickets/{result.number}",
        page=lambda: _page(form, requester),
    )


def _form_for(requester: Account) -> NewTicketForm:
    form = NewTicketForm()
    form.requester = requester
    return form


def _blank_page(requester: Account) -> Response:
    """Render the page with a blank form."""
    offered = offered_to(requester)
    reference = fold_reference(request.args.get(SERVICE, ""))
    chosen = next((service.id for service in offered[0] if service.active and service.reference == reference), None)

    def form() -> NewTicketForm:
        form = NewTicketForm(formdata=None)
        form.requester, form.offered = requester, offered
        form.set_choices()
        form.preset(None)
        form.preset_incident(chosen)
        return form

    html = render_blank(_TEMPLATE, _MACRO, form, key=(offered, chosen), slots=page_slots(target=requester.id))
    return form_page("tickets/new_ticket.html", None, form_html=html, older=None, **_requester_values(requester))


def _page(form: NewTicketForm, requester: Account) -> Response:
    """Render the page with a form that has values or errors."""
    form.set_choices()
    older = linkable(form.older_ticket, requester)
    form.related_to.data = str(older.number) if older else ""
    return form_page(
        "tickets/new_ticket.html",
        form,
        form_html=render_form(_TEMPLATE, _MACRO, form, older, form.similar_ticket, target=requester.id),
        older=older,
        **_requester_values(requester),
    )


def _requester_values(requester: Account) -> dict[str, object]:
    """Return the requester's open tickets, and for staff their name."""
    is_own = requester.id == viewer().id
    return {
        "requester_name": None if is_own else requester.name,
        "organisation_name": None if is_own else _organisation_name(requester),
        "open_tickets": _open_tickets(requester),
    }


def _open_tickets(requester: Account) -> list[TicketView]:
    """List the requester's open tickets, the latest activity first."""
    with portal().database.query() as connection:
        page = list_tickets(connection, requester.actor, filtered=_OPEN, size=OPEN_TICKETS_SHOWN)
    return [ticket_view(row, viewer(), now=now()) for row in page.rows]


def _requester() -> Account | None:
    """Return the viewing customer, or the one that support has chosen."""
    if access.is_customer(viewer().actor):
        return viewer()
    older = find_visible_ticket(request.args.get(RELATED))
    account_id = uuid_of(request.args.get(REQUESTER)) or (older.requester_id if older else "")
    with portal().database.query() as connection:
        account = find_account(connection, account_id=account_id)
    return account if account and access.is_customer(account.actor) else None


def _organisation_name(requester: Account) -> str:
    """Return the customer's name, to tell requesters apart."""
    with portal().database.query() as connection:
        organisation = find_organisation(connection, organisation_id=requester.organisation_id or "")
    return organisation.name if organisation else ""


def _requester_choice() -> str:
    """Render the search for a requester; customers have thousands of accounts."""
    search = clean_line(request.args.get("q", ""))
    customers = DirectoryFilter(search, roles=access.CUSTOMER_ROLES, is_active=True)
    with portal().database.query() as connection:
        page = list_account_rows(connection, filtered=customers)
    return render("tickets/choose_requester.html", people=page.rows, search=search, has_more=page.after)
