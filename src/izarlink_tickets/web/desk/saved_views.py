"""« Mes vues »: what the queue is narrowed to, kept under a name, beside the desk's own views."""

from collections.abc import Mapping
from dataclasses import replace
from http import HTTPStatus

from flask import Blueprint, flash, make_response, redirect, render_template, request, url_for
from werkzeug.wrappers import Response

from izarlink_tickets.application.saved_views import SavedViewNotFound, list_saved_views
from izarlink_tickets.i18n import gettext as _
from izarlink_tickets.i18n import lazy_gettext as _l
from izarlink_tickets.web import authentication
from izarlink_tickets.web.app_context import portal
from izarlink_tickets.web.desk.queue_query import QueueQuery, parse_queue_query
from izarlink_tickets.web.fields import LineField
from izarlink_tickets.web.forms import Form
from izarlink_tickets.web.guards import staff

pages = Blueprint("own_views", __name__, url_prefix="/vues")


class ViewForm(Form):
    """The name of a view."""

    name = LineField(_l("Nom de la vue"))

    def of(self, view_id: str) -> "ViewForm":
        """Tell its input apart from those of the other views on the page."""
        self.name.id = self.name.label.field_id = f"nom-{view_id}"
        return self


def _viewer_asks() -> QueueQuery:
    """Read what is to be kept: whatever the address of the queue said, without the page."""
    return replace(parse_queue_query(request.args, authentication.viewer().person), older="", newer="")


@pages.get("")
@staff
def show() -> Response:
    """List one's views; with something asked in the address, offer to keep it, too."""
    return _page(ViewForm(formdata=None) if request.args else None, {})


@pages.post("")
@staff
def create() -> Response:
    form, asked = ViewForm(), _viewer_asks()
    if form.validate():
        with form.catch_refusals():
            context = authentication.command_context(form.command_id.data)
            portal().saved_views.create(context, name=form.name.data, query=asked.query())
            flash(_("La vue est enregistrée."))
            return redirect(asked.address(), HTTPStatus.SEE_OTHER)
    return _page(form, {})


@pages.post("/<view_id>/renommer")
@staff
def rename(view_id: str) -> Response:
    _require(view_id)
    form = ViewForm().of(view_id)
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
    form = ViewForm().of(view_id)
    if not form.validate():
        return _page(None, {view_id: form})
    portal().saved_views.delete(authentication.command_context(form.command_id.data), view_id)
    return _done(_("La vue est supprimée."))


def _require(view_id: str) -> None:
    """Ask for the view before its form is looked at. Raises: OwnViewNotFound."""
    with portal().database.query() as connection:
        views = list_saved_views(connection, authentication.viewer().id)
    if view_id not in {view.id for view in views}:
        raise SavedViewNotFound


def _done(message: str) -> Response:
    flash(message)
    return redirect(url_for("desk.own_views.show"), HTTPStatus.SEE_OTHER)


def _page(new: ViewForm | None, returned: Mapping[str, ViewForm]) -> Response:
    """Show the views. new: the form of another one; returned: that of a view which comes back, by the view's id."""
    with portal().database.query() as connection:
        views = list_saved_views(connection, authentication.viewer().id)
    forms = {view.id: returned.get(view.id) or ViewForm(formdata=None, name=view.name).of(view.id) for view in views}
    form = new or next(iter(returned.values()), None)
    kept = f"{url_for('desk.own_views.create')}?{_viewer_asks().query()}"
    page = render_template("desk/own_views.html", form=form, new=new, address=kept, views=views, forms=forms)
    return make_response(page, form.status if form else HTTPStatus.OK)
