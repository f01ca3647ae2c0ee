"""« Clients »: the list of customers, and a page for each."""

from flask import Blueprint, request, url_for
from werkzeug.wrappers import Response

from izarlink_tickets.accounts.listing import (
    DirectoryFilter,
    list_account_rows,
    list_organisation_rows,
    list_service_rows,
)
from izarlink_tickets.directory import Organisation, find_organisation
from izarlink_tickets.projections.ticket_counts import organisation_figures
from izarlink_tickets.web import authentication
from izarlink_tickets.web.app_context import portal, settings
from izarlink_tickets.web.desk.queue_query import open_tickets_url
from izarlink_tickets.web.directory.directory_query import STATES, OrganisationsQuery
from izarlink_tickets.web.directory.forms import ORGANISATION_FORMS, NewOrganisationForm, RenameForm
from izarlink_tickets.web.directory.record_form import RecordForm
from izarlink_tickets.web.directory.record_pages import register_record_pages
from izarlink_tickets.web.directory.role_labels import ROLES
from izarlink_tickets.web.forms import form_page, new_command_id, run_form
from izarlink_tickets.web.guards import administrator
from izarlink_tickets.web.templating import render

pages = Blueprint("organisations", __name__, url_prefix="/clients")


@pages.get("")
@administrator
def show_list() -> str:
    query = OrganisationsQuery.parse(request.args)
    with portal().database.query() as connection:
        listed = list_organisation_rows(connection, filtered=query.filter, page_request=query.page_request)
    return render("directory/organisations.html", query=query, listed=listed, states=STATES)


@pages.get("/nouveau")
@administrator
def show_new() -> Response:
    return form_page("directory/new_organisation.html", NewOrganisationForm())


@pages.post("/nouveau")
@administrator
def create() -> Response:
    form = NewOrganisationForm()
    return run_form(form, None, location=_address_of, page=lambda: form_page("directory/new_organisation.html", form))


def _address_of(organisation_id: str) -> str:
    return url_for("directory.organisations.show", organisation_id=organisation_id)


def _page(organisation: Organisation, refused: RecordForm[Organisation, object] | None) -> Response:
    viewer, of_organisation = authentication.viewer().actor, DirectoryFilter(organisation_id=organisation.id)
    with portal().database.query() as connection:
        figures = organisation_figures(connection, viewer, organisation_id=organisation.id)
        accounts = list_account_rows(connection, filtered=of_organisation)
        services = list_service_rows(connection, filtered=of_organisation)
    return form_page(
        "directory/organisation.html",
        refused,
        organisation=organisation,
        rename=refused if isinstance(refused, RenameForm) else RenameForm.of({"name": organisation.name}),
        accounts=accounts,
        services=services,
        figures=figures,
        quota_bytes=settings().customer_quota_bytes,
        open_tickets_url=open_tickets_url(organisation_id=organisation.id),
        roles=ROLES,
        command_id=new_command_id,
    )


register_record_pages(
    pages,
    "/<record:organisation_id>",
    find=find_organisation,
    page=_page,
    location=lambda organisation: _address_of(organisation.id),
    forms=ORGANISATION_FORMS,
)
