"""« Connexions »: the list of services, and a page for each."""

from flask import Blueprint, request, url_for
from werkzeug.wrappers import Response

from izarlink_tickets.accounts.listing import list_service_rows
from izarlink_tickets.application.directory import service_fields
from izarlink_tickets.directory import ServiceRecord, find_organisation, find_service
from izarlink_tickets.web.app_context import portal
from izarlink_tickets.web.directory.accounts import suggested_names
from izarlink_tickets.web.directory.directory_query import STATES, ServicesQuery
from izarlink_tickets.web.directory.forms import SERVICE_FORMS, NewServiceForm, ServiceForm
from izarlink_tickets.web.directory.record_form import RecordForm
from izarlink_tickets.web.directory.record_pages import existing, register_record_pages
from izarlink_tickets.web.forms import form_page, new_command_id, run_form, uuid_of
from izarlink_tickets.web.guards import administrator
from izarlink_tickets.web.templating import render

pages = Blueprint("services", __name__, url_prefix="/connexions")


@pages.get("")
@administrator
def show_list() -> str:
    query = ServicesQuery.parse(request.args)
    with portal().database.query() as connection:
        listed = list_service_rows(connection, filtered=query.filter, page_request=query.page_request)
        organisation = (
            find_organisation(connection, organisation_id=query.organisation_id) if query.organisation_id else None
        )
    return render("directory/services.html", query=query, listed=listed, organisation=organisation, states=STATES)


@pages.get("/nouvelle")
@administrator
def show_new() -> Response:
    form = NewServiceForm()
    with portal().database.query() as connection:
        organisation = find_organisation(connection, organisation_id=uuid_of(request.args.get("client")) or "")
    if organisation:
        form.organisation.data = organisation.name
    return _new_page(form)


@pages.post("/nouvelle")
@administrator
def create() -> Response:
    form = NewServiceForm()
    return run_form(form, None, location=_customer_address, page=lambda: _new_page(form))


def _customer_address(service_id: str) -> str:
    service = existing(find_service, service_id=service_id)
    return url_for("directory.organisations.show", organisation_id=service.organisation_id)


def _new_page(form: NewServiceForm) -> Response:
    with portal().database.query() as connection:
        names = suggested_names(connection, form.organisation.data)
    return form_page("directory/new_service.html", form, names=names)


def _page(service: ServiceRecord, refused: RecordForm[ServiceRecord, object] | None) -> Response:
    with portal().database.query() as connection:
        organisation = find_organisation(connection, organisation_id=service.organisation_id)
    return form_page(
        "directory/service.html",
        refused,
        service=service,
        organisation=organisation,
        change=refused if isinstance(refused, ServiceForm) else ServiceForm.of(service_fields(service)),
        command_id=new_command_id,
    )


register_record_pages(
    pages,
    "/<record:service_id>",
    find=find_service,
    page=_page,
    location=lambda service: url_for("directory.services.show", service_id=service.id),
    forms=SERVICE_FORMS,
)
