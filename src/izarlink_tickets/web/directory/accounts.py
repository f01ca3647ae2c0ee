"""« Comptes »: the list of accounts, and a page for each."""

from collections.abc import Mapping
from dataclasses import asdict

from flask import Blueprint, abort, make_response, render_template, request, url_for
from sqlalchemy import Connection
from werkzeug.wrappers import Response

from izarlink_tickets.accounts import Account, find_account
from izarlink_tickets.accounts.listing import list_account_rows
from izarlink_tickets.application.accounts import contact_of, position_of
from izarlink_tickets.directory import few_organisations, find_organisation, search_organisations
from izarlink_tickets.domain.access import CUSTOMER_ROLES
from izarlink_tickets.domain.vocabulary import UNFINISHED
from izarlink_tickets.projections.ticket_queries import TicketFilter, count_each
from izarlink_tickets.web import authentication
from izarlink_tickets.web.app_context import portal
from izarlink_tickets.web.desk.queue_query import open_tickets_url
from izarlink_tickets.web.directory.activity import account_event_views
from izarlink_tickets.web.directory.directory_query import STATES, AccountsQuery
from izarlink_tickets.web.directory.forms import (
    AccountContactForm,
    AccountDeactivationForm,
    AccountReactivationForm,
    InvitationForm,
    NewAccountForm,
    PasswordRenewalForm,
    RoleForm,
)
from izarlink_tickets.web.directory.record_form import RecordForm
from izarlink_tickets.web.directory.role_labels import MEANINGS, ROLES
from izarlink_tickets.web.forms import new_command_id, run_form, uuid_of
from izarlink_tickets.web.guards import administrator

pages = Blueprint("accounts", __name__, url_prefix="/comptes")

PATH = "/bureau/comptes"
# Customers' names that a form suggests; with more customers, it suggests those similar to the typed name.
MAX_NAMES = 500
MAX_SIMILAR_NAMES = 50
# By the endpoint of the form's address.
_FORMS: Mapping[str, type[RecordForm[Account, object]]] = {
    "correct_contact": AccountContactForm,
    "change_role": RoleForm,
    "invite": InvitationForm,
    "renew_password": PasswordRenewalForm,
    "deactivate": AccountDeactivationForm,
    "reactivate": AccountReactivationForm,
}


@pages.get("")
@administrator
def show_list() -> str:
    query = AccountsQuery.parse(request.args)
    with portal().database.query() as connection:
        page = list_account_rows(connection, filtered=query.filter, page_request=query.page_request)
        organisation = (
            find_organisation(connection, organisation_id=query.organisation_id) if query.organisation_id else None
        )
    return render_template(
        "directory/accounts.html",
        query=query,
        page=page,
        organisation=organisation,
        states=STATES,
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
    return run_form(form, None, location=_address_of, page=lambda: _new_page(form))


@pages.get("/<record:account_id>")
@administrator
def show(account_id: str) -> Response:
    return _page(account_id)


def _register(endpoint: str, form_class: type[RecordForm[Account, object]]) -> None:
    @administrator
    def view(account_id: str) -> Response:
        form, account = form_class(), _find(account_id)
        return run_form(
            form, account, location=lambda _: _address_of(account), page=lambda: _page(account_id, refused=form)
        )

    pages.add_url_rule(f"/<record:account_id>/{form_class.slug}", endpoint, view, methods=["POST"])


for _endpoint, _form_class in _FORMS.items():
    _register(_endpoint, _form_class)


def _address_of(account: Account) -> str:
    return url_for("directory.accounts.show", account_id=account.id)


def _new_page(form: NewAccountForm) -> Response:
    with portal().database.query() as connection:
        names = suggested_names(connection, form.organisation.data)
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


def _page(account_id: str, *, refused: RecordForm[Account, object] | None = None) -> Response:
    account = _find(account_id)
    viewer = authentication.viewer().actor
    with portal().database.query() as connection:
        position = position_of(connection, account)
        names = suggested_names(connection, refused.organisation.data if isinstance(refused, RoleForm) else None)
        assigned, requested = count_each(connection, viewer, filtered=_unfinished_of(account))
        activity = account_event_views(connection, account.id, portal().sign_ins.activity(account.id))
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
        open_tickets_url=open_tickets_url(assignee_id=account.id),
        requested=requested,
        activity=activity,
        command_id=new_command_id,
    )
    return make_response(page, refused.status if refused else 200)


def suggested_names(connection: Connection, typed: str | None) -> list[str]:
    """List the customers' names that a form suggests.

    typed: with too many customers, only similar names.
    """
    organisations = few_organisations(connection, at_most=MAX_NAMES)
    if organisations is None:
        organisations = search_organisations(connection, words=typed, at_most=MAX_SIMILAR_NAMES) if typed else []
    return [organisation.name for organisation in organisations if organisation.active]


def _find(account_id: str) -> Account:
    with portal().database.query() as connection:
        account = find_account(connection, account_id=account_id)
    return account or abort(404)
