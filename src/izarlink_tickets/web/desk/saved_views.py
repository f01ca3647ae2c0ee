"""« Mes vues »: filters of the queue, saved under a name."""

from collections.abc import Mapping
from types import MappingProxyType
from typing import Self
from urllib.parse import urlencode

from flask import Blueprint, request, url_for
from werkzeug.wrappers import Response

from izarlink_tickets.application.saved_views import SavedViewNotFound
from izarlink_tickets.desk.saved_views import list_saved_views
from izarlink_tickets.i18n import lazy_gettext as _l
from izarlink_tickets.web import authentication
from izarlink_tickets.web.app_context import portal
from izarlink_tickets.web.desk.queue_query import QueueQuery
from izarlink_tickets.web.desk.tabs import saved_query
from izarlink_tickets.web.fields import LineField
from izarlink_tickets.web.forms import CommandForm, Target, form_page, run_form
from izarlink_tickets.web.guards import staff

pages = Blueprint("own_views", __name__, url_prefix="/vues")


class ViewForm(CommandForm[Target, None]):
    """A form with a view's name."""

    name = LineField(_l("Nom de la vue"))

    def for_view(self, view_id: str) -> Self:
        """Set an id for the input that is unique on the page."""
        self.name.id = self.name.label.field_id = f"nom-{view_id}"
        return self


class NewViewForm(ViewForm[QueueQuery]):
    done = _l("La vue est enregistrée.")

    def execute(self, query: QueueQuery) -> None:
        portal().saved_views.create(self.context, name=self.name.data, query=urlencode(query.parameters))


class RenameViewForm(ViewForm[str]):
    done = _l("La vue est renommée.")

    def execute(self, view_id: str) -> None:
        portal().saved_views.rename(self.context, view_id, name=self.name.data)


class DeleteViewForm(ViewForm[str]):
    done = _l("La vue est supprimée.")

    def execute(self, view_id: str) -> None:
        portal().saved_views.delete(self.context, view_id)


def _query_to_save() -> QueueQuery:
    """Parse the queue's parameters in the URL, without the page."""
    return QueueQuery.parse(request.args, authentication.viewer().actor).first_page()


@pages.get("")
@staff
def show() -> Response:
    """Show the saved views, and a form for the URL's query."""
    return _page(NewViewForm(formdata=None) if request.args else None)


@pages.post("")
@staff
def create() -> Response:
    form, query = NewViewForm(), _query_to_save()
    return run_form(form, query, location=lambda _none: query.url(), page=lambda: _page(form))


@pages.post("/<view_id>/renommer")
@staff
def rename(view_id: str) -> Response:
    return _run(RenameViewForm(), view_id)


@pages.post("/<view_id>/supprimer")
@staff
def delete(view_id: str) -> Response:
    return _run(DeleteViewForm(), view_id)


def _run(form: ViewForm[str], view_id: str) -> Response:
    """Run the form of a view. Raises: SavedViewNotFound."""
    with portal().database.query() as connection:
        views = list_saved_views(connection, authentication.viewer().id)
    if view_id not in {view.id for view in views}:
        raise SavedViewNotFound
    return run_form(
        form.for_view(view_id),
        view_id,
        location=lambda _none: url_for("desk.own_views.show"),
        page=lambda: _page(None, {view_id: form}),
    )


def _page(new: NewViewForm | None, refused: Mapping[str, ViewForm[str]] = MappingProxyType({})) -> Response:
    """Render the views.

    new: the form of a new one. refused: forms by the view's id.
    """
    with portal().database.query() as connection:
        views = list_saved_views(connection, authentication.viewer().id)
    return form_page(
        "desk/own_views.html",
        new or next(iter(refused.values()), None),
        new=new,
        save_url=_query_to_save().url("desk.own_views.create"),
        views=views,
        urls={view.id: saved_query(view, authentication.viewer().actor).url() for view in views},
        forms={
            view.id: refused.get(view.id) or RenameViewForm(formdata=None, name=view.name).for_view(view.id)
            for view in views
        },
    )
