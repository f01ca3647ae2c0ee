"""« Catégories »: the tickets' categories, in the order of the forms."""

from flask import Blueprint
from werkzeug.wrappers import Response

from izarlink_tickets import wording
from izarlink_tickets.directory import CategoryRecord, find_category, list_categories
from izarlink_tickets.domain.vocabulary import TicketType
from izarlink_tickets.web.app_context import portal
from izarlink_tickets.web.directory.forms import CATEGORY_FORMS, ImpactForm, NewCategoryForm, RenameCategoryForm
from izarlink_tickets.web.directory.record_form import ButtonForm, RecordForm
from izarlink_tickets.web.directory.record_pages import register_record_pages
from izarlink_tickets.web.forms import form_page, new_command_id, run_form
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
    return run_form(form, None, location=lambda _: PATH, page=lambda: _list_page(new=form))


def _list_page(
    *, refused: RecordForm[CategoryRecord, object] | None = None, new: NewCategoryForm | None = None
) -> Response:
    """Render the list. refused: a button. new: a refused form."""
    with portal().database.query() as connection:
        categories = list_categories(connection)
    active = [category for category in categories if category.active]
    return form_page(
        "directory/categories.html",
        refused or new,
        groups={kind: [category for category in active if category.ticket_type is kind] for kind in TicketType},
        withdrawn=[category for category in categories if not category.active],
        new=new or NewCategoryForm(formdata=None),
        impact_label=wording.impact_label,
        category_label=wording.category_label,
        command_id=new_command_id,
    )


def _page(category: CategoryRecord, refused: RecordForm[CategoryRecord, object] | None) -> Response:
    if isinstance(refused, ButtonForm):
        return _list_page(refused=refused)
    impact = ImpactForm.of({"default_impact": str(category.default_impact)})
    rename = RenameCategoryForm(formdata=None, label=category.label, group_label=category.group_label or "")
    return form_page(
        "directory/category.html",
        refused,
        category=category,
        category_label=wording.category_label,
        impact=refused if isinstance(refused, ImpactForm) else impact,
        rename=refused if isinstance(refused, RenameCategoryForm) else rename,
        command_id=new_command_id,
    )


register_record_pages(
    pages, "/<code:code>", find=find_category, page=_page, location=lambda _: PATH, forms=CATEGORY_FORMS
)
