"""« Comptes »: the list of accounts, and a page for each."""

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from datetime import datetime

from flask import Blueprint, abort, request, url_for
from sqlalchemy import Connection
from werkzeug.wrappers import Response

from izarlink_tickets.accounts import (
    Account,
    find_account,
    find_accounts,
    find_enrolled_factors,
    find_subject,
    may_use_password,
)
from izarlink_tickets.accounts.listing import list_account_rows
from izarlink_tickets.application.accounts import contact_of, position_of
from izarlink_tickets.directory import few_organisations, find_organisation, search_organisations
from izarlink_tickets.domain.access import CUSTOMER_ROLES
from izarlink_tickets.domain.account import AccountEvent
from izarlink_tickets.domain.vocabulary import CHANNEL_LABELS, SYSTEM, UNFINISHED, Channel
from izarlink_tickets.i18n import gettext as _
from izarlink_tickets.projections.ticket_queries import TicketFilter, count_each
from izarlink_tickets.web import authentication
from izarlink_tickets.web.account_event_labels import labelled_events
from izarlink_tickets.web.app_context import portal, settings
from izarlink_tickets.web.desk.queue_query import open_tickets_url
from izarlink_tickets.web.directory.directory_query import STATES, AccountsQuery
from izarlink_tickets.web.directory.forms import (
    ACCOUNT_FORMS,
    AccountContactForm,
    NewAccountForm,
    ProviderSubjectForm,
    RoleForm,
)
from izarlink_tickets.web.directory.record_form import RecordForm
from izarlink_tickets.web.directory.record_pages import register_record_pages
from izarlink_tickets.web.directory.role_labels import MEANINGS, ROLES
from izarlink_tickets.web.forms import form_page, new_command_id, run_form, uuid_of
from izarlink_tickets.web.guards import administrator
from izarlink_tickets.web.templating import render

pages = Blueprint("accounts", __name__, url_prefix="/comptes")

# Customers' names that a form suggests; with more customers, it suggests those similar to the typed name.
MAX_NAMES = 500
MAX_SIMILAR_NAMES = 50


@dataclass(frozen=True, slots=True)
class AccountEventView:
    """An event of an account, in words.

    at: aware UTC. actor: another person's name. channel: how it came, where no person did it.
    """

    at: datetime
    label: str
    actor: str | None
    channel: str | None


@pages.get("")
@administrator
def show_list() -> str:
    query = AccountsQuery.parse(request.args)
    with portal().database.query() as connection:
        listed = list_account_rows(connection, filtered=query.filter, page_request=query.page_request)
        organisation = (
            find_organisation(connection, organisation_id=query.organisation_id) if query.organisation_id else None
        )
    return render(
        "directory/accounts.html",
        query=query,
        listed=listed,
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


def _address_of(account: Account) -> str:
    return url_for("directory.accounts.show", account_id=account.id)


def _new_page(form: NewAccountForm) -> Response:
    with portal().database.query() as connection:
        names = suggested_names(connection, form.organisation.data)
    return form_page(
        "directory/new_account.html",
        form,
        names=names,
        meanings={role.value: meaning for role, meaning in MEANINGS.items()},
    )


def _page(account: Account, refused: RecordForm[Account, object] | None) -> Response:
    viewer = authentication.viewer().actor
    unfinished = [
        TicketFilter(states=UNFINISHED, assignee_id=account.id),
        TicketFilter(states=UNFINISHED, requester_id=account.id),
    ]
    with portal().database.query() as connection:
        position = position_of(connection, account)
        names = suggested_names(connection, refused.organisation.data if isinstance(refused, RoleForm) else None)
        assigned, requested = count_each(connection, viewer, filtered=unfinished)
        identity = _provider_identity(connection, account, refused)
        enrolled = find_enrolled_factors(connection, account_id=account.id)
        activity = _account_event_views(connection, account.id, portal().sign_ins.activity(account.id))
    contact = contact_of(account)
    return form_page(
        "directory/account.html",
        refused,
        account=account,
        role=ROLES[account.role],
        organisation_name=position.organisation,
        is_own=account.id == viewer.account_id,
        is_customer=account.role in CUSTOMER_ROLES,
        contact=refused if isinstance(refused, AccountContactForm) else AccountContactForm.of(asdict(contact)),
        position=refused if isinstance(refused, RoleForm) else RoleForm.of(asdict(position)),
        identity=identity,
        names=names,
        assigned=assigned,
        open_tickets_url=open_tickets_url(assignee_id=account.id),
        requested=requested,
        activity=activity,
        has_second_factor=enrolled.is_any,
        command_id=new_command_id,
    )


@dataclass(frozen=True, slots=True)
class ProviderIdentity:
    """The sign-in of a person of IzarLink at the provider.

    is_linked: whether the provider knows them. uses_password: whether a password opens the account, too.
    """

    form: ProviderSubjectForm
    is_linked: bool
    uses_password: bool


def _provider_identity(
    connection: Connection, account: Account, refused: RecordForm[Account, object] | None
) -> ProviderIdentity | None:
    """Return how a person of staff signs in; None without a provider."""
    issuer = settings().oidc_issuer
    if issuer is None or account.role in CUSTOMER_ROLES or not account.active:
        if isinstance(refused, ProviderSubjectForm):
            # A form that this page doesn't offer.
            abort(404)
        return None
    subject = find_subject(connection, account_id=account.id, issuer=issuer) or ""
    form = refused if isinstance(refused, ProviderSubjectForm) else ProviderSubjectForm.of({"subject": subject})
    return ProviderIdentity(form, bool(subject), may_use_password(connection, account))


def _account_event_views(
    connection: Connection, account_id: str, events: Sequence[AccountEvent]
) -> list[AccountEventView]:
    """Format the events of an account."""
    people = find_accounts(connection, ids={event.actor_id for event in events})
    names = {person.id: person.name for person in people if person.id != account_id}
    channels = {SYSTEM.account_id: _(CHANNEL_LABELS[Channel.CLI])}
    return [
        AccountEventView(event.timestamp, label, names.get(event.actor_id), channels.get(event.actor_id))
        for event, label in labelled_events(events)
    ]


def suggested_names(connection: Connection, typed: str | None) -> list[str]:
    """List the customers' names that a form suggests.

    typed: with too many customers, only similar names.
    """
    organisations = few_organisations(connection, at_most=MAX_NAMES)
    if organisations is None:
        organisations = search_organisations(connection, words=typed, at_most=MAX_SIMILAR_NAMES) if typed else []
    return [organisation.name for organisation in organisations if organisation.active]


register_record_pages(
    pages, "/<record:account_id>", find=find_account, page=_page, location=_address_of, forms=ACCOUNT_FORMS
)
