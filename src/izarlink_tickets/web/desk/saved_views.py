"""« Mes vues »: filters of the queue, saved under a name."""

from collections.abc import Mapping
from http import HTTPStatus
from urllib.parse import urlencode

from flask import Blueprint, flash, make_response, redirect, render_template, request, url_for
from werkzeug.wrappers import Response

from izarlink_tickets.application.saved_views import SavedViewNotFound
from izarlink_tickets.desk.saved_views import list_saved_views
from izarlink_tickets.i18n import gettext as _
from izarlink_tickets.i18n import lazy_gettext as _l
from izarlink_tickets.web import authentication
from izarlink_tickets.web.app_context import portal
from izarlink_tickets.web.desk.queue_query import QueueQuery
from izarlink_tickets.web.desk.tabs import saved_query
from izarlink_tickets.web.fields import LineField
from izarlink_tickets.web.forms import Form
from izarlink_tickets.web.guards import staff

pages = Blueprint("own_views", __name__, url_prefix="/vues")


class ViewForm(Form):
    """The form of a view's name."""

    name = LineField(_l("Nom de la vue"))

    def for_view(self, view_id: str) -> "ViewForm":
        """Set an id for the input that is unique on the page."""
        self.name.id = self.name.label.field_id = f"nom-{view_id}"
        return self


def _query_to_save() -> QueueQuery:
    """Parse the queue's parameters in the URL, without the page."""
    return QueueQuery.parse(request.args, authentication.viewer().actor).first_page()


@pages.get("")
@staff
def show() -> Response:
    """Show the saved views, and a form for the URL's query."""
    return _page(ViewForm(formdata=None) if request.args else None, {})


@pages.post("")
@staff
def create() -> Response:
    form, query = ViewForm(), _query_to_save()
    if form.validate():
        with form.catch_refusals():
            context = authentication.command_context(form.command_id.data)
            portal().saved_views.create(context, name=form.name.data, query=urlencode(query.parameters))
            flash(_("La vue est enregistrée."))
            return redirect(query.url(), HTTPStatus.SEE_OTHER)
    return _page(form, {})


@pages.post("/<view_id>/renommer")
@staff
def rename(view_id: str) -> Response:
    _require(view_id)
    form = ViewForm().for_view(view_id)
    if form.validate():
        with form.catch_refusals():
            portal().saved_views.rename(
                authentication.command_context(form.command_id.data), view_id, name=form.name.data
            )
            return _done(_("La vue est renommée."))
    return _page(None, {view_id: form})


@pages.post("/<view_id>/supprimer")
@staff
def delete(view_id: str) -> Response:
    _require(view_id)
    form = ViewForm().for_view(view_id)
    if form.validate():
        with form.catch_refusals():
            portal().saved_views.delete(authentication.command_context(form.command_id.data), view_id)
            return _done(_("La vue est supprimée."))
    return _page(None, {view_id: form})


def _require(view_id: str) -> None:
    """Check that the view exists, before its form. Raises: SavedViewNotFound."""
    with portal().database.query() as connection:
        views = list_saved_views(connection, authentication.viewer().id)
    if view_id not in {view.id for view in views}:
        raise SavedViewNotFound


def _done(message: str) -> Response:
    flash(message)
    return redirect(url_for("desk.own_views.show"), HTTPStatus.SEE_OTHER)


def _page(new: ViewForm | None, returned: Mapping[str, ViewForm]) -> Response:
    """Render the views.

    new: the form of a new one.
    returned: refused forms, by the view's id.
    """
    with portal().database.query() as connection:
        views = list_saved_views(connection, authentication.viewer().id)
    forms = {
        view.id: returned.get(view.id) or ViewForm(formdata=None, name=view.name).for_view(view.id) for view in views
    }
    form = new or next(iter(returned.values()), None)
    save_url = _query_to_save().url("desk.own_views.create")
    urls = {view.id: saved_query(view, authentication.viewer().actor).url() for view in views}
    html = render_template(
        "desk/own_views.html", form=form, new=new, save_url=save_url, views=views, urls=urls, forms=forms
    )
    return make_response(html, form.status if form else HTTPStatus.OK)
