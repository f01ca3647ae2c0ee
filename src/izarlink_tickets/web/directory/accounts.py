"""« Comptes »: who may sign in, and on the page of each who that is, what they may do, and how they come in."""

from collections.abc import Callable
from dataclasses import asdict
from http import HTTPStatus

from flask import Blueprint, abort, flash, make_response, redirect, render_template, request, url_for
from sqlalchemy import Connection
from werkzeug.wrappers import Response

from izarlink_tickets.accounts import Account, find_account
from izarlink_tickets.accounts.listing import list_account_rows
from izarlink_tickets.application.account_changes import contact_of, position_of
from izarlink_tickets.directory import few_organisations, find_organisation, organisations_like
from izarlink_tickets.domain.access import CUSTOMER_ROLES
from izarlink_tickets.domain.vocabulary import UNFINISHED, CommandContext
from izarlink_tickets.i18n import gettext as _
from izarlink_tickets.projections.ticket_queries import TicketFilter, count_each
from izarlink_tickets.web import authentication
from izarlink_tickets.web.app_context import portal
from izarlink_tickets.web.directory import directory_query
from izarlink_tickets.web.directory.activity import account_event_views
from izarlink_tickets.web.directory.forms import AccountContactForm, ButtonForm, NewAccountForm, RoleForm
from izarlink_tickets.web.directory.record_form import RecordForm, run_form
from izarlink_tickets.web.directory.role_labels import MEANINGS, ROLES
from izarlink_tickets.web.forms import new_command_id, uuid_of
from izarlink_tickets.web.guards import administrator

pages = Blueprint("accounts", __name__, url_prefix="/comptes")

PATH = "/bureau/comptes"
# Offered while a name is typed; who keeps more customers than that types a part, and is offered those alike.
NAMES_OFFERED = 500
NAMES_ALIKE = 50


@pages.get("")
@administrator
def show_list() -> str:
    wish = directory_query.parse_directory_query(request.args, path=PATH)
    with portal().database.query() as connection:
        page = list_account_rows(connection, wanted=wish.wanted, place=wish.place)
        organisation = (
            find_organisation(connection, organisation_id=wish.organisation_id) if wish.organisation_id else None
        )
    return render_template(
        "directory/accounts.html",
        asked=wish,
        page=page,
        organisation=organisation,
        states=directory_query.STATES,
        roles={role.value: label for role, label in ROLES.items()},
    )


@pages.get("/nouveau")
@administrator
def show_new() -> Response:
    form = NewAccountForm()
    with portal().database.query() as connection:
        organisation = find_organisation(connection, organisation_id=uuid_of(request.args.get("client")) or "")
    if organisation:
        form.organisation.data, form.role.data = organisation.name, "customer"
    return _new_page(form)


@pages.post("/nouveau")
@administrator
def create() -> Response:
    form = NewAccountForm()
    if form.validate():
        with form.refusals_shown():
            created = portal().people.create_account(
                authentication.command_context(form.command_id.data or ""), form.wanted()
            )
            flash(_("Le compte est créé. Ses identifiants partent par mail à %(email)s.", email=created.email))
            return redirect(url_for("directory.accounts.show", account_id=created.id), HTTPStatus.SEE_OTHER)
    return _new_page(form)


@pages.get("/<record:account_id>")
@administrator
def show(account_id: str) -> Response:
    return _page(account_id)


@pages.post("/<record:account_id>/coordonnees")
@administrator
def correct_contact(account_id: str) -> Response:
    form = AccountContactForm()

    def command(context: CommandContext, account: Account) -> object:
        return portal().people.correct_contact(
            context, email=account.email, contact=form.contact(), seen=form.seen_contact()
        )

    return _settle(account_id, form, command, done=_("Les coordonnées sont enregistrées."))


@pages.post("/<record:account_id>/role")
@administrator
def change_role(account_id: str) -> Response:
    form = RoleForm()

    def command(context: CommandContext, account: Account) -> object:
        return portal().people.change_role(
            context, email=account.email, position=form.position(), seen=form.seen_position()
        )

    return _settle(account_id, form, command, done=_("Le rôle est changé. La personne doit se connecter de nouveau."))


@pages.post("/<record:account_id>/inviter")
@administrator
def invite(account_id: str) -> Response:
    def command(context: CommandContext, account: Account) -> object:
        return portal().people.invite(context, email=account.email)

    return _settle(account_id, ButtonForm(), command, done=_("De nouveaux identifiants partent par mail."))


@pages.post("/<record:account_id>/mot-de-passe")
@administrator
def renew_password(account_id: str) -> Response:
    def command(context: CommandContext, account: Account) -> object:
        return portal().people.renew_password(context, email=account.email)

    done = _("Le mot de passe est réinitialisé et les sessions sont fermées. Un mot de passe provisoire part par mail.")
    return _settle(account_id, ButtonForm(), command, done=done)


@pages.post("/<record:account_id>/desactiver")
@administrator
def deactivate(account_id: str) -> Response:
    def command(context: CommandContext, account: Account) -> object:
        return portal().people.deactivate(context, email=account.email)

    return _settle(account_id, ButtonForm(), command, done=_("Le compte est désactivé et ses sessions sont fermées."))


@pages.post("/<record:account_id>/reactiver")
@administrator
def reactivate(account_id: str) -> Response:
    def command(context: CommandContext, account: Account) -> object:
        return portal().people.reactivate(context, email=account.email)

    return _settle(account_id, ButtonForm(), command, done=_("Le compte est réactivé."))


def _settle(
    account_id: str, form: RecordForm, command: Callable[[CommandContext, Account], object], *, done: str
) -> Response:
    account = _account(account_id)
    return run_form(
        form,
        lambda context: command(context, account),
        done=done,
        where=url_for("directory.accounts.show", account_id=account.id),
        page=lambda: _page(account_id, refused=form),
    )


def _new_page(form: NewAccountForm) -> Response:
    with portal().database.query() as connection:
        names = names_offered(connection, form.organisation.data)
    page = render_template(
        "directory/new_account.html",
        form=form,
        names=names,
        meanings={role.value: meaning for role, meaning in MEANINGS.items()},
    )
    return make_response(page, form.status)


def _unfinished_of(account: Account) -> list[TicketFilter]:
    return [
        TicketFilter(states=UNFINISHED, assignee_id=account.id),
        TicketFilter(states=UNFINISHED, requester_id=account.id),
    ]


def _page(account_id: str, *, refused: RecordForm | None = None) -> Response:
    account = _account(account_id)
    viewer = authentication.viewer().person
    with portal().database.query() as connection:
        position = position_of(connection, account)
        names = names_offered(connection, refused.organisation.data if isinstance(refused, RoleForm) else None)
        assigned, requested = count_each(connection, viewer, filtered=_unfinished_of(account))
        activity = account_event_views(connection, account.id, portal().people.activity(account.id))
    page = render_template(
        "directory/account.html",
        form=refused,
        account=account,
        role=ROLES[account.role],
        organisation_name=position.organisation,
        is_own=account.id == viewer.account_id,
        is_customer=account.role in CUSTOMER_ROLES,
        contact=refused
        if isinstance(refused, AccountContactForm)
        else AccountContactForm.of(asdict(contact_of(account))),
        position=refused if isinstance(refused, RoleForm) else RoleForm.of(asdict(position)),
        names=names,
        assigned=assigned,
        requested=requested,
        activity=activity,
        command_id=new_command_id,
    )
    return make_response(page, refused.status if refused else 200)


def names_offered(connection: Connection, typed: str | None) -> list[str]:
    """List the customers that a form offers while a name is typed; of too many those alike what came back with it."""
    found = few_organisations(connection, at_most=NAMES_OFFERED)
    if found is None:
        found = organisations_like(connection, words=typed, at_most=NAMES_ALIKE) if typed else []
    return [one.name for one in found if one.active]


def _account(account_id: str) -> Account:
    with portal().database.query() as connection:
        found = find_account(connection, account_id=account_id)
    return found or abort(404)
