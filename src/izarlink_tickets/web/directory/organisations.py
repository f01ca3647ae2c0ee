"""« Clients »: the customers, and on the page of each its accounts, its connections and what can be done to it."""

from collections.abc import Callable
from http import HTTPStatus

from flask import Blueprint, abort, flash, make_response, redirect, render_template, request, url_for
from werkzeug.wrappers import Response

from izarlink_tickets.accounts.listing import (
    DirectoryFilter,
    list_account_rows,
    list_organisation_rows,
    list_service_rows,
)
from izarlink_tickets.directory import Organisation, find_organisation
from izarlink_tickets.directory.paging import PageRequest
from izarlink_tickets.domain.vocabulary import UNFINISHED, CommandContext
from izarlink_tickets.i18n import gettext as _
from izarlink_tickets.projections.ticket_queries import TicketFilter, count_each
from izarlink_tickets.web import authentication
from izarlink_tickets.web.app_context import portal
from izarlink_tickets.web.directory import directory_query
from izarlink_tickets.web.directory.forms import ButtonForm, NewOrganisationForm, RenameForm
from izarlink_tickets.web.directory.record_form import RecordForm, run_form
from izarlink_tickets.web.directory.role_labels import ROLES
from izarlink_tickets.web.forms import new_command_id
from izarlink_tickets.web.guards import administrator

pages = Blueprint("organisations", __name__, url_prefix="/clients")

PATH = "/bureau/clients"


@pages.get("")
@administrator
def show_list() -> str:
    wish = directory_query.parse_directory_query(request.args, path=PATH)
    with portal().database.query() as connection:
        page = list_organisation_rows(connection, wanted=wish.wanted, place=wish.place)
    return render_template("directory/organisations.html", asked=wish, page=page, states=directory_query.STATES)


@pages.get("/nouveau")
@administrator
def show_new() -> Response:
    return _new_page(NewOrganisationForm())


@pages.post("/nouveau")
@administrator
def create() -> Response:
    form = NewOrganisationForm()
    if form.validate():
        with form.refusals_shown():
            context = authentication.command_context(form.command_id.data or "")
            created = portal().directory.create_organisation(context, name=form.name.data)
            flash(_("Le client est créé. Ajoutez son premier service et ses comptes."))
            return redirect(url_for("directory.organisations.show", organisation_id=created.id), HTTPStatus.SEE_OTHER)
    return _new_page(form)


@pages.get("/<record:organisation_id>")
@administrator
def show(organisation_id: str) -> Response:
    return _page(organisation_id)


@pages.post("/<record:organisation_id>/nom")
@administrator
def rename(organisation_id: str) -> Response:
    form = RenameForm()

    def command(context: CommandContext) -> object:
        seen = form.seen_record()
        return portal().directory.rename_organisation(
            context, organisation_id=organisation_id, name=form.name.data, seen=seen
        )

    return _settle(organisation_id, form, command, done=_("Le nom est enregistré."))


@pages.post("/<record:organisation_id>/desactiver")
@administrator
def deactivate(organisation_id: str) -> Response:
    def command(context: CommandContext) -> object:
        return portal().directory.deactivate_organisation(context, organisation_id=organisation_id)

    return _settle(organisation_id, ButtonForm(), command, done=_("Le client et tous ses comptes sont désactivés."))


@pages.post("/<record:organisation_id>/reactiver")
@administrator
def reactivate(organisation_id: str) -> Response:
    def command(context: CommandContext) -> object:
        return portal().directory.reactivate_organisation(context, organisation_id=organisation_id)

    done = _("Le client est réactivé. Réactivez les comptes qui doivent l’être.")
    return _settle(organisation_id, ButtonForm(), command, done=done)


def _settle(
    organisation_id: str, form: RecordForm, command: Callable[[CommandContext], object], *, done: str
) -> Response:
    where = url_for("directory.organisations.show", organisation_id=_organisation(organisation_id).id)
    return run_form(form, command, done=done, where=where, page=lambda: _page(organisation_id, refused=form))


def _new_page(form: NewOrganisationForm) -> Response:
    return make_response(render_template("directory/new_organisation.html", form=form), form.status)


def _page(organisation_id: str, *, refused: RecordForm | None = None) -> Response:
    organisation = _organisation(organisation_id)
    rename_form = refused if isinstance(refused, RenameForm) else RenameForm.of({"name": organisation.name})
    viewer, wanted = authentication.viewer().person, DirectoryFilter(organisation_id=organisation.id)
    unfinished = TicketFilter(states=UNFINISHED, organisation_id=organisation.id)
    with portal().database.query() as connection:
        open_tickets = count_each(connection, viewer, filtered=[unfinished])
        accounts = list_account_rows(connection, wanted=wanted, place=PageRequest())
        services = list_service_rows(connection, wanted=wanted, place=PageRequest())
    page = render_template(
        "directory/organisation.html",
        form=refused,
        organisation=organisation,
        rename=rename_form,
        accounts=accounts,
        services=services,
        open_tickets=open_tickets[0],
        roles=ROLES,
        command_id=new_command_id,
    )
    return make_response(page, refused.status if refused else 200)


def _organisation(organisation_id: str) -> Organisation:
    with portal().database.query() as connection:
        found = find_organisation(connection, organisation_id=organisation_id)
    return found or abort(404)
