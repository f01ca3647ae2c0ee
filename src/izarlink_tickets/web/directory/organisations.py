"""« Clients »: the list of customers, and a page for each."""

from collections.abc import Mapping

from flask import Blueprint, abort, make_response, render_template, request, url_for
from werkzeug.wrappers import Response

from izarlink_tickets.accounts.listing import (
    DirectoryFilter,
    list_account_rows,
    list_organisation_rows,
    list_service_rows,
)
from izarlink_tickets.directory import Organisation, find_organisation
from izarlink_tickets.domain.vocabulary import UNFINISHED
from izarlink_tickets.projections.ticket_queries import TicketFilter, count_each
from izarlink_tickets.web import authentication
from izarlink_tickets.web.app_context import portal
from izarlink_tickets.web.desk.queue_query import open_tickets_url
from izarlink_tickets.web.directory.directory_query import STATES, OrganisationsQuery
from izarlink_tickets.web.directory.forms import (
    NewOrganisationForm,
    OrganisationDeactivationForm,
    OrganisationReactivationForm,
    RenameForm,
)
from izarlink_tickets.web.directory.record_form import RecordForm
from izarlink_tickets.web.directory.role_labels import ROLES
from izarlink_tickets.web.forms import new_command_id, run_form
from izarlink_tickets.web.guards import administrator

pages = Blueprint("organisations", __name__, url_prefix="/clients")

PATH = "/bureau/clients"
# By the endpoint of the form's address.
_FORMS: Mapping[str, type[RecordForm[str, object]]] = {
    "rename": RenameForm,
    "deactivate": OrganisationDeactivationForm,
    "reactivate": OrganisationReactivationForm,
}


@pages.get("")
@administrator
def show_list() -> str:
    query = OrganisationsQuery.parse(request.args)
    with portal().database.query() as connection:
        page = list_organisation_rows(connection, filtered=query.filter, page_request=query.page_request)
    return render_template("directory/organisations.html", query=query, page=page, states=STATES)


@pages.get("/nouveau")
@administrator
def show_new() -> Response:
    return _new_page(NewOrganisationForm())


@pages.post("/nouveau")
@administrator
def create() -> Response:
    form = NewOrganisationForm()
    return run_form(form, None, location=_address_of, page=lambda: _new_page(form))


@pages.get("/<record:organisation_id>")
@administrator
def show(organisation_id: str) -> Response:
    return _page(organisation_id)


def _register(endpoint: str, form_class: type[RecordForm[str, object]]) -> None:
    @administrator
    def view(organisation_id: str) -> Response:
        form, address = form_class(), _address_of(_find(organisation_id).id)
        return run_form(
            form, organisation_id, location=lambda _: address, page=lambda: _page(organisation_id, refused=form)
        )

    pages.add_url_rule(f"/<record:organisation_id>/{form_class.slug}", endpoint, view, methods=["POST"])


for _endpoint, _form_class in _FORMS.items():
    _register(_endpoint, _form_class)


def _address_of(organisation_id: str) -> str:
    return url_for("directory.organisations.show", organisation_id=organisation_id)


def _new_page(form: NewOrganisationForm) -> Response:
    return make_response(render_template("directory/new_organisation.html", form=form), form.status)


def _page(organisation_id: str, *, refused: RecordForm[str, object] | None = None) -> Response:
    organisation = _find(organisation_id)
    rename_form = refused if isinstance(refused, RenameForm) else RenameForm.of({"name": organisation.name})
    viewer, wanted = authentication.viewer().actor, DirectoryFilter(organisation_id=organisation.id)
    unfinished = TicketFilter(states=UNFINISHED, organisation_id=organisation.id)
    with portal().database.query() as connection:
        open_tickets = count_each(connection, viewer, filtered=[unfinished])
        accounts = list_account_rows(connection, filtered=wanted)
        services = list_service_rows(connection, filtered=wanted)
    page = render_template(
        "directory/organisation.html",
        form=refused,
        organisation=organisation,
        rename=rename_form,
        accounts=accounts,
        services=services,
        open_tickets=open_tickets[0],
        open_tickets_url=open_tickets_url(organisation_id=organisation.id),
        roles=ROLES,
        command_id=new_command_id,
    )
    return make_response(page, refused.status if refused else 200)


def _find(organisation_id: str) -> Organisation:
    with portal().database.query() as connection:
        organisation = find_organisation(connection, organisation_id=organisation_id)
    return organisation or abort(404)
