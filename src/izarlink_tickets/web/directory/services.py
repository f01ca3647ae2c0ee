"""« Connexions »: the contracted connections of all customers."""

from collections.abc import Callable
from http import HTTPStatus

from flask import Blueprint, abort, flash, make_response, redirect, render_template, request, url_for
from werkzeug.wrappers import Response

from izarlink_tickets.accounts.listing import list_service_rows
from izarlink_tickets.application.directory import words_of
from izarlink_tickets.directory import ServiceRecord, find_organisation, find_service
from izarlink_tickets.domain.vocabulary import CommandContext
from izarlink_tickets.i18n import gettext as _
from izarlink_tickets.web import authentication
from izarlink_tickets.web.app_context import portal
from izarlink_tickets.web.directory import directory_query
from izarlink_tickets.web.directory.accounts import names_offered
from izarlink_tickets.web.directory.forms import ButtonForm, NewServiceForm, ServiceForm
from izarlink_tickets.web.directory.record_form import RecordForm, run_form
from izarlink_tickets.web.forms import new_command_id, uuid_of
from izarlink_tickets.web.guards import administrator

pages = Blueprint("services", __name__, url_prefix="/connexions")

PATH = "/bureau/connexions"


@pages.get("")
@administrator
def show_list() -> str:
    wish = directory_query.parse_directory_query(request.args, path=PATH)
    with portal().database.query() as connection:
        page = list_service_rows(connection, wanted=wish.wanted, place=wish.place)
        organisation = (
            find_organisation(connection, organisation_id=wish.organisation_id) if wish.organisation_id else None
        )
    return render_template(
        "directory/services.html", asked=wish, page=page, organisation=organisation, states=directory_query.STATES
    )


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
    if form.validate():
        with form.refusals_shown():
            created = portal().directory.create_service(
                authentication.command_context(form.command_id.data or ""),
                reference=form.reference.data,
                organisation_name=form.organisation.data,
                label=form.label.data,
                site=form.site.data,
                offer=form.offer.data,
            )
            flash(_("Le service est ajouté."))
            return redirect(_client_of(created.id), HTTPStatus.SEE_OTHER)
    return _new_page(form)


@pages.get("/<record:service_id>")
@administrator
def show(service_id: str) -> Response:
    return _page(service_id)


@pages.post("/<record:service_id>/modifier")
@administrator
def change(service_id: str) -> Response:
    form = ServiceForm()

    def command(context: CommandContext) -> object:
        return portal().directory.change_service(
            context,
            service_id=service_id,
            label=form.label.data,
            site=form.site.data,
            offer=form.offer.data,
            seen=form.seen_record(),
        )

    return _settle(service_id, form, command, done=_("Le service est enregistré."))


@pages.post("/<record:service_id>/desactiver")
@administrator
def deactivate(service_id: str) -> Response:
    def command(context: CommandContext) -> object:
        return portal().directory.deactivate_service(context, service_id=service_id)

    return _settle(
        service_id, ButtonForm(), command, done=_("Le service n’est plus proposé pour les nouveaux tickets.")
    )


@pages.post("/<record:service_id>/reactiver")
@administrator
def reactivate(service_id: str) -> Response:
    def command(context: CommandContext) -> object:
        return portal().directory.reactivate_service(context, service_id=service_id)

    return _settle(service_id, ButtonForm(), command, done=_("Le service est de nouveau proposé."))


def _settle(service_id: str, form: RecordForm, command: Callable[[CommandContext], object], *, done: str) -> Response:
    where = url_for("directory.services.show", service_id=_service(service_id).id)
    return run_form(form, command, done=done, where=where, page=lambda: _page(service_id, refused=form))


def _new_page(form: NewServiceForm) -> Response:
    with portal().database.query() as connection:
        names = names_offered(connection, form.organisation.data)
    return make_response(render_template("directory/new_service.html", form=form, names=names), form.status)


def _page(service_id: str, *, refused: RecordForm | None = None) -> Response:
    service = _service(service_id)
    with portal().database.query() as connection:
        organisation = find_organisation(connection, organisation_id=service.organisation_id)
    page = render_template(
        "directory/service.html",
        form=refused,
        service=service,
        organisation=organisation,
        change=refused if isinstance(refused, ServiceForm) else ServiceForm.of(words_of(service)),
        command_id=new_command_id,
    )
    return make_response(page, refused.status if refused else 200)


def _client_of(service_id: str) -> str:
    return url_for("directory.organisations.show", organisation_id=_service(service_id).organisation_id)


def _service(service_id: str) -> ServiceRecord:
    with portal().database.query() as connection:
        found = find_service(connection, service_id=service_id)
    return found or abort(404)
