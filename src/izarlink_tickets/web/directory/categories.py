"""« Catégories »: the tickets' categories, in the order of the forms."""

from collections.abc import Mapping

from flask import Blueprint, abort, make_response, render_template
from werkzeug.wrappers import Response

from izarlink_tickets import wording
from izarlink_tickets.directory import CategoryRecord, find_category, list_categories
from izarlink_tickets.domain.vocabulary import TicketType
from izarlink_tickets.web.app_context import portal
from izarlink_tickets.web.directory.forms import (
    CategoryRestorationForm,
    CategoryWithdrawalForm,
    ImpactForm,
    MoveDownForm,
    MoveUpForm,
    NewCategoryForm,
    RenameCategoryForm,
)
from izarlink_tickets.web.directory.record_form import RecordForm
from izarlink_tickets.web.forms import new_command_id, run_form
from izarlink_tickets.web.guards import administrator

pages = Blueprint("categories", __name__, url_prefix="/categories")

PATH = "/bureau/categories"
# By the endpoint of the form's address.
_FORMS: Mapping[str, type[RecordForm[str, object]]] = {
    "rename": RenameCategoryForm,
    "change_impact": ImpactForm,
    "move_up": MoveUpForm,
    "move_down": MoveDownForm,
    "withdraw": CategoryWithdrawalForm,
    "restore": CategoryRestorationForm,
}


@pages.get("")
@administrator
def show_list() -> Response:
    return _list_page()


@pages.post("/nouvelle")
@administrator
def create() -> Response:
    form = NewCategoryForm()
    return run_form(form, None, location=lambda _: PATH, page=lambda: _list_page(new=form))


@pages.get("/<code:code>")
@administrator
def show(code: str) -> Response:
    return _page(code)


def _register(endpoint: str, form_class: type[RecordForm[str, object]]) -> None:
    @administrator
    def view(code: str) -> Response:
        form = form_class()
        _find(code)
        is_button = not isinstance(form, ImpactForm | RenameCategoryForm)
        page = (lambda: _list_page(refused=form)) if is_button else (lambda: _page(code, refused=form))
        return run_form(form, code, location=lambda _: PATH, page=page)

    pages.add_url_rule(f"/<code:code>/{form_class.slug}", endpoint, view, methods=["POST"])


for _endpoint, _form_class in _FORMS.items():
    _register(_endpoint, _form_class)


def _list_page(*, refused: RecordForm[str, object] | None = None, new: NewCategoryForm | None = None) -> Response:
    """Render the list. refused: a button. new: a refused form."""
    form = refused or new
    with portal().database.query() as connection:
        categories = list_categories(connection)
    page = render_template(
        "directory/categories.html",
        form=form,
        groups={ticket_type: _active_of(categories, ticket_type) for ticket_type in TicketType},
        withdrawn=[category for category in categories if not category.active],
        new=new or NewCategoryForm(formdata=None),
        impact_label=wording.impact_label,
        category_label=wording.category_label,
        command_id=new_command_id,
    )
    return make_response(page, form.status if form else 200)


def _active_of(categories: list[CategoryRecord], ticket_type: TicketType) -> list[CategoryRecord]:
    return [category for category in categories if category.ticket_type is ticket_type and category.active]


def _page(code: str, *, refused: RecordForm[str, object] | None = None) -> Response:
    category = _find(code)
    impact = ImpactForm.of({"default_impact": str(category.default_impact)})
    words = RenameCategoryForm(formdata=None, label=category.label, group_label=category.group_label or "")
    page = render_template(
        "directory/category.html",
        form=refused,
        category=category,
        category_label=wording.category_label,
        impact=refused if isinstance(refused, ImpactForm) else impact,
        words=refused if isinstance(refused, RenameCategoryForm) else words,
        command_id=new_command_id,
    )
    return make_response(page, refused.status if refused else 200)


def _find(code: str) -> CategoryRecord:
    with portal().database.query() as connection:
        category = find_category(connection, code=code)
    return category or abort(404)
