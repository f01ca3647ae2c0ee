"""« Textes types »: the texts that the desk keeps, and how one gets into what is being written."""

from collections.abc import Callable, Mapping
from http import HTTPStatus

from flask import Blueprint, abort, flash, make_response, redirect, render_template, request, url_for
from werkzeug.wrappers import Response
from wtforms import HiddenField
from wtforms.validators import ValidationError

from izarlink_tickets import wording
from izarlink_tickets.application.canned_responses import (
    CannedResponse,
    CannedResponseDraft,
    CannedResponseHasChanged,
    CannedResponseNotFound,
    find_canned_response,
    list_canned_responses,
)
from izarlink_tickets.domain.canned_response import Placeholder, fill
from izarlink_tickets.domain.errors import Refusal
from izarlink_tickets.i18n import gettext as _
from izarlink_tickets.i18n import lazy_gettext as _l
from izarlink_tickets.i18n import spoken
from izarlink_tickets.projections.ticket_queries import TicketRow
from izarlink_tickets.web import authentication
from izarlink_tickets.web.app_context import portal
from izarlink_tickets.web.desk.composer import COMPOSER
from izarlink_tickets.web.desk.ticket import page_of
from izarlink_tickets.web.desk.ticket_page_data import ticket_of
from izarlink_tickets.web.forms import Form, LineField, TextField
from izarlink_tickets.web.guards import staff
from izarlink_tickets.web.tickets.numbers import whole_number

pages = Blueprint("texts", __name__)

PAGE = "/textes"
# Of the select beside the text that is being written.
CHOSEN = "texte"
PLACE_DIGITS = 4
# Where the customer knew of none: « le service concerné est rétabli ». In the language of the texts, not of the screen.
NO_SERVICE = "concerné"

_EXPLAINED: Mapping[Placeholder, str] = {
    Placeholder.FIRST_NAME: _l("le prénom du demandeur"),
    Placeholder.NAME: _l("son nom entier"),
    Placeholder.ORGANISATION: _l("sa société"),
    Placeholder.NUMBER: _l("le numéro du ticket"),
    Placeholder.TITLE: _l("le titre du ticket"),
    Placeholder.SERVICE: _l("le service concerné"),
    Placeholder.TECHNICIAN: _l("votre nom"),
}


class TextForm(Form):
    """revision: of the text as its author read it."""

    title = LineField(_l("Titre"))
    body = TextField(_l("Texte"))
    place = LineField(_l("Ordre dans la liste (facultatif)"))
    revision = HiddenField()

    is_stale = False

    def validate_place(self, field: LineField) -> None:
        if field.data and whole_number(field.data, digits=PLACE_DIGITS) is None:
            raise ValidationError(_("Saisissez un nombre entier, de 0 à 9999."))

    @property
    def words(self) -> CannedResponseDraft:
        return CannedResponseDraft(self.title.data, self.body.data, whole_number(self.place.data) or 0)

    @property
    def seen_revision(self) -> int:
        return whole_number(self.revision.data) or 0

    def show(self, refusal: Refusal) -> None:
        super().show(refusal)
        self.is_stale = isinstance(refusal, CannedResponseHasChanged)


# --- keeping ----------------------------------------------------------------------------------------------------------


@pages.get(PAGE)
@staff
def show() -> str:
    with portal().database.query() as connection:
        texts = list_canned_responses(connection)
    forms = {text.id: TextForm(formdata=None, revision=str(text.revision)) for text in texts}
    return render_template("desk/texts.html", texts=texts, forms=forms)


@pages.get(f"{PAGE}/nouveau")
@staff
def new() -> Response:
    return _page(TextForm(formdata=None))


@pages.post(f"{PAGE}/nouveau")
@staff
def create() -> Response:
    form = TextForm()
    if form.validate():
        with form.refusals_shown():
            portal().canned_responses.create(authentication.command_context(form.command_id.data), form.words)
            return _done(_("Le texte type est enregistré."))
    return _page(form)


@pages.get(f"{PAGE}/<text_id>")
@staff
def edit(text_id: str) -> Response:
    text = _found(text_id)
    return _page(TextForm(formdata=None, data=_typed(text)), text)


@pages.post(f"{PAGE}/<text_id>")
@staff
def change(text_id: str) -> Response:
    _found(text_id)
    form = TextForm()
    if form.validate():
        with form.refusals_shown():
            context = authentication.command_context(form.command_id.data)
            portal().canned_responses.change(context, text_id, form.words, seen_revision=form.seen_revision)
            return _done(_("Le texte type est modifié."))
    text = _found(text_id)
    # Shown beside what was typed, the present text is seen.
    form.revision.data = str(text.revision)
    return _page(form, text)


@pages.post(f"{PAGE}/<text_id>/retirer")
@staff
def withdraw(text_id: str) -> Response:
    return _switch(text_id, portal().canned_responses.withdraw, _("Le texte type est retiré. Il n’est plus proposé."))


@pages.post(f"{PAGE}/<text_id>/remettre")
@staff
def restore(text_id: str) -> Response:
    return _switch(text_id, portal().canned_responses.restore, _("Le texte type est de nouveau proposé."))


def _switch(text_id: str, command: Callable[..., None], done: str) -> Response:
    form = TextForm()
    form.validate()
    command(authentication.command_context(form.command_id.data), text_id, seen_revision=form.seen_revision)
    return _done(done)


def _done(message: str) -> Response:
    flash(message)
    return redirect(url_for("desk.texts.show"), HTTPStatus.SEE_OTHER)


def _typed(text: CannedResponse) -> dict[str, str]:
    """Give the text as its form would have sent it."""
    return {"title": text.title, "body": text.body, "place": str(text.place), "revision": str(text.revision)}


def _page(form: TextForm, text: CannedResponse | None = None) -> Response:
    explained = {placeholder.in_language(spoken()): meaning for placeholder, meaning in _EXPLAINED.items()}
    page = render_template("desk/text.html", form=form, text=text, explained=explained)
    return make_response(page, form.status)


def _found(text_id: str) -> CannedResponse:
    with portal().database.query() as connection:
        return find_canned_response(connection, text_id)


# --- inserting --------------------------------------------------------------------------------------------------------


@pages.get(f"/tickets/<ticket:number>{PAGE}/<text_id>")
@staff
def filled(number: int, text_id: str) -> Response:
    """Give the text alone, filled for the ticket, for the script that puts it where the cursor is."""
    return Response(_filled(ticket_of(number), text_id), content_type="text/plain; charset=utf-8")


@pages.post("/tickets/<ticket:number>/inserer/<slug>")
@staff
def insert(number: int, slug: str) -> Response:
    """Show the ticket with the text below what is typed; nothing is sent."""
    if slug not in COMPOSER or not COMPOSER[slug].takes_texts:
        abort(404)
    ticket, form = ticket_of(number), COMPOSER[slug].sent(number)
    form.validate()
    try:
        form.insert(_filled(ticket, request.form.get(CHOSEN, "")))
    except CannedResponseNotFound:
        form.fail(_("Choisissez un texte type."))
    return page_of(number, returned=form)


def _filled(ticket: TicketRow, text_id: str) -> str:
    requester = ticket.requester_name
    values = {
        Placeholder.FIRST_NAME: requester.partition(" ")[0],
        Placeholder.NAME: requester,
        Placeholder.ORGANISATION: ticket.organisation_name,
        Placeholder.NUMBER: str(ticket.number),
        Placeholder.TITLE: wording.erased() if ticket.title is None else ticket.title,
        Placeholder.SERVICE: ticket.service_reference or NO_SERVICE,
        Placeholder.TECHNICIAN: authentication.viewer().name,
    }
    return fill(_found(text_id).body, values)
