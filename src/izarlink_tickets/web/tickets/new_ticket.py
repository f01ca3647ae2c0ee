"""« Créer un ticket », where a customer's sign-in leads (R10); support opens one for a customer here."""

from http import HTTPStatus

from flask import Blueprint, make_response, redirect, render_template, request
from werkzeug.wrappers import Response

from izarlink_tickets.accounts import Account, find_account
from izarlink_tickets.accounts.listing import DirectoryFilter, list_account_rows
from izarlink_tickets.attachments import MAX_FILES
from izarlink_tickets.directory import active_categories, find_organisation, services_of
from izarlink_tickets.domain import access
from izarlink_tickets.domain.text import clean_line
from izarlink_tickets.domain.vocabulary import CommandContext, TicketType
from izarlink_tickets.i18n import gettext as _
from izarlink_tickets.projections.similar_tickets import SimilarTicket
from izarlink_tickets.projections.ticket_queries import TicketRow
from izarlink_tickets.web.app_context import portal, settings
from izarlink_tickets.web.authentication import command_context, viewer
from izarlink_tickets.web.forms import confirm, uuid_of
from izarlink_tickets.web.guards import Guard
from izarlink_tickets.web.tickets.older_tickets import relatable, seen_ticket, unread_similar
from izarlink_tickets.web.tickets.ticket_form import TicketForm

pages = Blueprint("new_ticket", __name__)
opener = Guard(lambda person: access.is_customer(person) or access.is_staff(person))

# In the query: the ticket that the new one goes back to (R39); for support, the person it is for.
RELATED, REQUESTER = "lie", "demandeur"


@pages.get("/nouveau")
@opener
def show() -> Response | str:
    requester = _requester()
    if requester is None:
        return _choice_of_requester()
    form = TicketForm()
    _offer(form, requester)
    older = relatable(seen_ticket(request.args.get(RELATED)), requester)
    form.preset(older)
    return _page(form, requester, older=older)


@pages.post("/nouveau")
@opener
def open_ticket() -> Response | str:
    requester = _requester()
    if requester is None:
        return _choice_of_requester()
    form = TicketForm()
    _offer(form, requester)
    older = seen_ticket(form.related_to.data)
    similar = None
    if form.validate():
        command = command_context(form.command_id.data)
        # Sent twice, the ticket that is similar to it is itself.
        similar = None if portal().tickets.is_known(command) else unread_similar(form, requester)
        if similar is None:
            with form.refusals_shown():
                return _open(command, form, requester, older=older)
    form.keep_files()
    return _page(form, requester, older=relatable(older, requester), similar=similar)


def _open(command: CommandContext, form: TicketForm, requester: Account, *, older: TicketRow | None) -> Response:
    answer = portal().tickets.open(
        command,
        requester_id=requester.id,
        related_to=older.number if older else None,
        uploads=form.uploads(),
        **form.values(),
    )
    confirm(form, _("Votre ticket n° %(number)s est enregistré.", number=answer.number))
    return redirect(f"/tickets/{answer.number}", HTTPStatus.SEE_OTHER)


def _page(
    form: TicketForm, requester: Account, *, older: TicketRow | None, similar: SimilarTicket | None = None
) -> Response:
    """Show the form. older: the ticket it goes back to; similar: one to look at before it is sent."""
    form.related_to.data = str(older.number) if older else ""
    if similar:
        form.similar.data = str(similar.number)
    page = render_template(
        "tickets/new_ticket.html",
        form=form,
        older=older,
        similar=similar,
        requester_name=None if requester.id == viewer().id else requester.name,
        organisation_name=None if requester.id == viewer().id else _organisation_name(requester),
        incidents=form.categories_of(TicketType.INCIDENT),
        requests=form.categories_of(TicketType.REQUEST),
        draft=f"nouveau/{requester.id}/{form.related_to.data}",
        max_bytes=settings().attachment_max_bytes,
        max_files=MAX_FILES,
    )
    return make_response(page, HTTPStatus.CONFLICT if similar else form.status)


def _organisation_name(requester: Account) -> str:
    """Name whose customer it is: two people may have one name."""
    with portal().database.query() as connection:
        found = find_organisation(connection, organisation_id=requester.organisation_id or "")
    return found.name if found else ""


def _choice_of_requester() -> str:
    """Have support look for whom the ticket is: there are thousands to choose from."""
    search = clean_line(request.args.get("q", ""))
    wanted = DirectoryFilter(search, roles=access.CUSTOMER_ROLES, is_active=True)
    with portal().database.query() as connection:
        page = list_account_rows(connection, filtered=wanted)
    return render_template("tickets/choose_requester.html", people=page.rows, search=search, has_more=page.after)


# --- looking up -------------------------------------------------------------------------------------------------------


def _requester() -> Account | None:
    """Give whom the ticket is for: the customer who looks, or the one that support has chosen."""
    if access.is_customer(viewer().person):
        return viewer()
    older = seen_ticket(request.args.get(RELATED))
    chosen = uuid_of(request.args.get(REQUESTER)) or (older.requester_id if older else "")
    with portal().database.query() as connection:
        found = find_account(connection, account_id=chosen)
    return found if found and access.is_customer(found.person) else None


def _offer(form: TicketForm, requester: Account) -> None:
    with portal().database.query() as connection:
        services = services_of(connection, organisation_id=requester.organisation_id or "")
        form.offer(services, active_categories(connection))
