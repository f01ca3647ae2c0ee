"""« Catégories »: what tickets may be about, in the order of the forms."""

from collections.abc import Callable

from flask import Blueprint, abort, make_response, render_template
from werkzeug.wrappers import Response

from izarlink_tickets import wording
from izarlink_tickets.application.categories import Categories, NewCategory
from izarlink_tickets.directory import CategoryRecord, find_category, list_categories
from izarlink_tickets.domain.vocabulary import CommandContext, TicketType
from izarlink_tickets.i18n import gettext as _
from izarlink_tickets.web.app_context import portal
from izarlink_tickets.web.directory.forms import ButtonForm, ImpactForm, NewCategoryForm, RenameCategoryForm
from izarlink_tickets.web.directory.record_form import RecordForm, run_form
from izarlink_tickets.web.forms import new_command_id
from izarlink_tickets.web.guards import administrator

pages = Blueprint("categories", __name__, url_prefix="/categories")

PATH = "/bureau/categories"


@pages.get("")
@administrator
def show_list() -> Response:
    return _list_page()


@pages.post("/nouvelle")
@administrator
def create() -> Response:
    form = NewCategoryForm()

    def command(context: CommandContext) -> object:
        impact = int(form.default_impact.data or 0)
        wanted = NewCategory(form.ticket_type.data or "", form.label.data, form.group_label.data, impact)
        return _categories().create(context, wanted)

    return run_form(
        form, command, done=_("La catégorie est ajoutée."), where=PATH, page=lambda: _list_page(refused=form)
    )


@pages.get("/<code:code>")
@administrator
def show(code: str) -> Response:
    return _page(code)


@pages.post("/<code:code>/renommer")
@administrator
def rename(code: str) -> Response:
    form = RenameCategoryForm()

    def command(context: CommandContext) -> object:
        return _categories().rename(context, code=code, label=form.label.data, group_label=form.group_label.data)

    done = _("Les nouveaux tickets porteront le nouveau libellé ; les anciens gardent le leur.")
    return _settle(code, form, command, done=done)


@pages.post("/<code:code>/impact")
@administrator
def change_impact(code: str) -> Response:
    form = ImpactForm()

    def command(context: CommandContext) -> object:
        impact = int(form.default_impact.data or 0)
        return _categories().change_impact(context, code=code, default_impact=impact, seen=form.seen_record())

    return _settle(code, form, command, done=_("L’impact s’applique aux nouveaux tickets."))


@pages.post("/<code:code>/monter")
@administrator
def move_up(code: str) -> Response:
    return _settle(
        code, ButtonForm(), lambda context: _categories().move_up(context, code=code), done=_("L’ordre est changé.")
    )


@pages.post("/<code:code>/descendre")
@administrator
def move_down(code: str) -> Response:
    return _settle(
        code, ButtonForm(), lambda context: _categories().move_down(context, code=code), done=_("L’ordre est changé.")
    )


@pages.post("/<code:code>/retirer")
@administrator
def withdraw(code: str) -> Response:
    done = _("La catégorie n’est plus proposée. Les tickets existants la gardent.")
    return _settle(code, ButtonForm(), lambda context: _categories().withdraw(context, code=code), done=done)


@pages.post("/<code:code>/remettre")
@administrator
def restore(code: str) -> Response:
    done = _("La catégorie est de nouveau proposée.")
    return _settle(code, ButtonForm(), lambda context: _categories().restore(context, code=code), done=done)


def _categories() -> Categories:
    return portal().categories


def _settle(code: str, form: RecordForm, command: Callable[[CommandContext], object], *, done: str) -> Response:
    _category(code)
    is_button = isinstance(form, ButtonForm)
    page = (lambda: _list_page(refused=form)) if is_button else (lambda: _page(code, refused=form))
    return run_form(form, command, done=done, where=PATH, page=page)


def _list_page(*, refused: RecordForm | None = None) -> Response:
    with portal().database.query() as connection:
        known = list_categories(connection)
    page = render_template(
        "directory/categories.html",
        form=refused,
        groups={kind: _of_type(known, kind) for kind in TicketType},
        withdrawn=[one for one in known if not one.active],
        new=refused if isinstance(refused, NewCategoryForm) else NewCategoryForm.blank(),
        impact_said=wording.impact_label,
        category_said=wording.category_label,
        command_id=new_command_id,
    )
    return make_response(page, refused.status if refused else 200)


def _of_type(known: list[CategoryRecord], ticket_type: TicketType) -> list[CategoryRecord]:
    return [one for one in known if one.ticket_type is ticket_type and one.active]


def _page(code: str, *, refused: RecordForm | None = None) -> Response:
    category = _category(code)
    impact = ImpactForm.of({"default_impact": str(category.default_impact)})
    words = RenameCategoryForm(formdata=None, label=category.label, group_label=category.group_label or "")
    page = render_template(
        "directory/category.html",
        form=refused,
        category=category,
        category_said=wording.category_label,
        impact=refused if isinstance(refused, ImpactForm) else impact,
        words=refused if isinstance(refused, RenameCategoryForm) else words,
        command_id=new_command_id,
    )
    return make_response(page, refused.status if refused else 200)


def _category(code: str) -> CategoryRecord:
    with portal().database.query() as connection:
        found = find_category(connection, code=code)
    return found or abort(404)
