"""« Connexions »: the list of services, and a page for each."""

from collections.abc import Mapping

from flask import Blueprint, abort, make_response, render_template, request, url_for
from werkzeug.wrappers import Response

from izarlink_tickets.accounts.listing import list_service_rows
from izarlink_tickets.application.directory import service_fields
from izarlink_tickets.directory import ServiceRecord, find_organisation, find_service
from izarlink_tickets.web.app_context import portal
from izarlink_tickets.web.directory.accounts import suggested_names
from izarlink_tickets.web.directory.directory_query import STATES, ServicesQuery
from izarlink_tickets.web.directory.forms import (
    NewServiceForm,
    ServiceDeactivationForm,
    ServiceForm,
    ServiceReactivationForm,
)
from izarlink_tickets.web.directory.record_form import RecordForm
from izarlink_tickets.web.forms import new_command_id, run_form, uuid_of
from izarlink_tickets.web.guards import administrator

pages = Blueprint("services", __name__, url_prefix="/connexions")

PATH = "/bureau/connexions"
# By the endpoint of the form's address.
_FORMS: Mapping[str, type[RecordForm[str, object]]] = {
    "change": ServiceForm,
    "deactivate": ServiceDeactivationForm,
    "reactivate": ServiceReactivationForm,
}


@pages.get("")
@administrator
def show_list() -> str:
    query = ServicesQuery.parse(request.args)
    with portal().database.query() as connection:
        page = list_service_rows(connection, filtered=query.filter, page_request=query.page_request)
        organisation = (
            find_organisation(connection, organisation_id=query.organisation_id) if query.organisation_id else None
        )
    return render_template("directory/services.html", query=query, page=page, organisation=organisation, states=STATES)


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


@pages.get("/<record:service_id>")
@administrator
def show(service_id: str) -> Response:
    return _page(service_id)


def _register(endpoint: str, form_class: type[RecordForm[str, object]]) -> None:
    @administrator
    def view(service_id: str) -> Response:
        form, address = form_class(), url_for("directory.services.show", service_id=_find(service_id).id)
        return run_form(form, service_id, location=lambda _: address, page=lambda: _page(service_id, refused=form))

    pages.add_url_rule(f"/<record:service_id>/{form_class.slug}", endpoint, view, methods=["POST"])


for _endpoint, _form_class in _FORMS.items():
    _register(_endpoint, _form_class)


def _customer_address(service_id: str) -> str:
    return url_for("directory.organisations.show", organisation_id=_find(service_id).organisation_id)


def _new_page(form: NewServiceForm) -> Response:
    with portal().database.query() as connection:
        names = suggested_names(connection, form.organisation.data)
    return make_response(render_template("directory/new_service.html", form=form, names=names), form.status)


def _page(service_id: str, *, refused: RecordForm[str, object] | None = None) -> Response:
    service = _find(service_id)
    with portal().database.query() as connection:
        organisation = find_organisation(connection, organisation_id=service.organisation_id)
    page = render_template(
        "directory/service.html",
        form=refused,
        service=service,
        organisation=organisation,
        change=refused if isinstance(refused, ServiceForm) else ServiceForm.of(service_fields(service)),
        command_id=new_command_id,
    )
    return make_response(page, refused.status if refused else 200)


def _find(service_id: str) -> ServiceRecord:
    with portal().database.query() as connection:
        service = find_service(connection, service_id=service_id)
    return service or abort(404)
