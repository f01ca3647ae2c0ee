"""« Textes types »: keep canned responses, and insert them into forms."""

from collections.abc import Callable, Mapping, Sequence
from typing import Self

from flask import Blueprint, abort, make_response, request, url_for
from werkzeug.wrappers import Response
from wtforms import HiddenField
from wtforms.validators import ValidationError

from izarlink_tickets import wording
from izarlink_tickets.application.canned_responses import (
    CannedResponseDraft,
    CannedResponseNotFound,
    existing_canned_response,
)
from izarlink_tickets.desk.canned_responses import CannedResponse, list_canned_responses
from izarlink_tickets.domain.canned_response import Placeholder, fill
from izarlink_tickets.domain.errors import Refusal
from izarlink_tickets.i18n import current_language
from izarlink_tickets.i18n import gettext as _
from izarlink_tickets.i18n import lazy_gettext as _l
from izarlink_tickets.projections.ticket_queries import TicketRow
from izarlink_tickets.web import authentication
from izarlink_tickets.web.app_context import portal
from izarlink_tickets.web.desk.composer import COMPOSER
from izarlink_tickets.web.desk.ticket import page_of
from izarlink_tickets.web.desk.ticket_page_data import ticket_of
from izarlink_tickets.web.fields import LineField, TextField
from izarlink_tickets.web.forms import SeenForm, form_page, run_form
from izarlink_tickets.web.guards import staff
from izarlink_tickets.web.numbers import whole_number
from izarlink_tickets.web.request_limits import takes_files
from izarlink_tickets.web.templating import render

pages = Blueprint("texts", __name__)

PAGE = "/textes"
# The name of the select beside the text being written.
CHOICE = "texte"
PLACE_DIGITS = 4
# Of one text in the list, and of all texts, in characters.
MAX_EXCERPT, ALL_EXCERPTS = 1_500, 30_000
# Where the ticket has no service: « le service concerné est rétabli ». In the language of the texts.
NO_SERVICE = "concerné"

_PLACEHOLDER_MEANINGS: Mapping[Placeholder, str] = {
    Placeholder.FIRST_NAME: _l("le prénom du demandeur"),
    Placeholder.NAME: _l("son nom complet"),
    Placeholder.ORGANISATION: _l("sa société"),
    Placeholder.NUMBER: _l("le numéro du ticket"),
    Placeholder.TITLE: _l("le titre du ticket"),
    Placeholder.SERVICE: _l("le service concerné"),
    Placeholder.TECHNICIAN: _l("votre nom"),
}


class CannedResponseForm(SeenForm[str, None]):
    """A form on a canned response, by id; empty: a new one.

    seen: the revision that the author had on the page.
    """

    seen = HiddenField(name="revision")


class NewCannedResponseForm(CannedResponseForm):
    done = _l("Le texte type est enregistré.")

    title = LineField(_l("Titre"))
    body = TextField(_l("Texte"))
    place = LineField(_l("Ordre dans la liste (facultatif)"))

    def validate_place(self, field: LineField) -> None:
        if field.data and whole_number(field.data, digits=PLACE_DIGITS) is None:
            raise ValidationError(_("Saisissez un nombre entier, de 0 à 9999."))

    @property
    def draft(self) -> CannedResponseDraft:
        return CannedResponseDraft(self.title.data, self.body.data, whole_number(self.place.data) or 0)

    def execute(self, _text_id: str) -> None:
        portal().canned_responses.create(self.context, self.draft)


class EditCannedResponseForm(NewCannedResponseForm):
    done = _l("Le texte type est modifié.")

    @classmethod
    def of(cls, text: CannedResponse) -> Self:
        return cls(formdata=None, title=text.title, body=text.body, place=str(text.place), seen=str(text.revision))

    def execute(self, text_id: str) -> None:
        portal().canned_responses.change(self.context, text_id, self.draft, seen_revision=self.seen_version)


class WithdrawalForm(CannedResponseForm):
    # Without a page of its own: its refusals are pages.
    page_refusals = (Refusal,)
    done = _l("Le texte type est retiré. Il n’est plus proposé.")

    def execute(self, text_id: str) -> None:
        portal().canned_responses.withdraw(self.context, text_id, seen_revision=self.seen_version)


class RestorationForm(CannedResponseForm):
    page_refusals = (Refusal,)
    done = _l("Le texte type est de nouveau proposé.")

    def execute(self, text_id: str) -> None:
        portal().canned_responses.restore(self.context, text_id, seen_revision=self.seen_version)


# --- keeping ----------------------------------------------------------------------------------------------------------


@pages.get(PAGE)
@staff
def show() -> Response:
    with portal().database.query() as connection:
        texts = list_canned_responses(connection)
    forms = {text.id: CannedResponseForm(formdata=None, seen=str(text.revision)) for text in texts}
    return make_response(render("desk/texts.html", texts=texts, excerpts=_excerpts(texts), forms=forms))


def _excerpts(texts: Sequence[CannedResponse]) -> dict[str, str]:
    """Return the beginning of each text, by id.

    The form that edits a text has the rest. The more texts, the shorter: the page stays small.
    """
    longest = min(MAX_EXCERPT, ALL_EXCERPTS // max(1, len(texts)))
    return {text.id: wording.beginning_of(text.body, maximum=longest) for text in texts}


@pages.get(f"{PAGE}/nouveau")
@staff
def new() -> Response:
    return _page(NewCannedResponseForm(formdata=None))


@pages.post(f"{PAGE}/nouveau")
@staff
def create() -> Response:
    form = NewCannedResponseForm()
    return _run(form, "", page=lambda: _page(form))


@pages.get(f"{PAGE}/<text_id>")
@staff
def edit(text_id: str) -> Response:
    text = _find(text_id)
    return _page(EditCannedResponseForm.of(text), text)


@pages.post(f"{PAGE}/<text_id>")
@staff
def change(text_id: str) -> Response:
    _find(text_id)
    form = EditCannedResponseForm()

    def page() -> Response:
        text = _find(text_id)
        # The page shows the present text beside the typed one.
        form.mark_seen(text.revision)
        return _page(form, text)

    return _run(form, text_id, page=page)


@pages.post(f"{PAGE}/<text_id>/retirer")
@staff
def withdraw(text_id: str) -> Response:
    return _run(WithdrawalForm(), text_id, page=lambda: abort(400))


@pages.post(f"{PAGE}/<text_id>/remettre")
@staff
def restore(text_id: str) -> Response:
    return _run(RestorationForm(), text_id, page=lambda: abort(400))


def _run(form: CannedResponseForm, text_id: str, *, page: Callable[[], Response]) -> Response:
    return run_form(form, text_id, location=lambda _none: url_for("desk.texts.show"), page=page)


def _page(form: NewCannedResponseForm, text: CannedResponse | None = None) -> Response:
    explained = {
        placeholder.in_language(current_language()): meaning for placeholder, meaning in _PLACEHOLDER_MEANINGS.items()
    }
    return form_page("desk/text.html", form, text=text, explained=explained)


def _find(text_id: str) -> CannedResponse:
    """Find a canned response. Raises: CannedResponseNotFound."""
    with portal().database.query() as connection:
        return existing_canned_response(connection, text_id)


# --- inserting --------------------------------------------------------------------------------------------------------


@pages.get(f"/tickets/<ticket:number>{PAGE}/<text_id>")
@staff
def filled(number: int, text_id: str) -> Response:
    """Return the filled text alone; the script inserts it."""
    return Response(_fill(ticket_of(number), text_id), content_type="text/plain; charset=utf-8")


@pages.post("/tickets/<ticket:number>/inserer/<slug>")
@staff
@takes_files
def insert(number: int, slug: str) -> Response:
    """Render the ticket with the text below the typed one."""
    if slug not in COMPOSER or not COMPOSER[slug].takes_canned_responses:
        abort(404)
    ticket, form = ticket_of(number), COMPOSER[slug].from_request(number)
    form.validate()
    try:
        form.insert(_fill(ticket, request.form.get(CHOICE, "")))
    except CannedResponseNotFound:
        form.fail(_("Choisissez un texte type."))
    form.keep_files()
    return page_of(number, returned=form)


def _fill(ticket: TicketRow, text_id: str) -> str:
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
    return fill(_find(text_id).body, values)
