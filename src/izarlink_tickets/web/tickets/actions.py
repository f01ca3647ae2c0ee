"""What a customer does with a ticket: each address takes one form and gives one command.

What is refused comes back on the ticket's page, where it was typed. A stranger gets the 404 of a ticket that isn't,
before the form is looked at (R41).
"""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from http import HTTPStatus

from flask import Blueprint, redirect
from werkzeug.wrappers import Response

from izarlink_tickets.application import CommandResult
from izarlink_tickets.application.tickets import Tickets
from izarlink_tickets.domain.errors import NotAllowed
from izarlink_tickets.domain.vocabulary import CommandContext
from izarlink_tickets.i18n import gettext as _
from izarlink_tickets.i18n import lazy_gettext as _l
from izarlink_tickets.web.app_context import portal
from izarlink_tickets.web.authentication import command_context
from izarlink_tickets.web.form_files import FormWithFiles
from izarlink_tickets.web.forms import confirm
from izarlink_tickets.web.guards import customer
from izarlink_tickets.web.tickets import ticket_forms as forms
from izarlink_tickets.web.tickets.ticket_page import page_of, require_visible

WATCHES = _l(
    "Vous suivez ce ticket comme observateur : seule la personne qui l’a demandé, ou un responsable"
    " de votre société, peut agir."
)

pages = Blueprint("actions", __name__, url_prefix="/<ticket:number>")


@pages.post("/suivi")
@customer
def follow_up(number: int) -> Response:
    require_visible(number)
    form = forms.FollowUpForm()

    def command(context: CommandContext) -> CommandResult:
        return _tickets().add_follow_up(context, number=number, text=form.comment.data, uploads=form.uploads())

    return _carry_out(number, form, command, done=_("Votre suivi est enregistré."))


@pages.post("/solution/approuver")
@customer
def approve(number: int) -> Response:
    require_visible(number)
    form = forms.ApprovalForm()

    def command(context: CommandContext) -> CommandResult:
        return _tickets().approve_solution(
            context, number=number, solution_version=form.version_read, comment=form.comment.data
        )

    return _carry_out(number, form, command, done=_("Merci. La solution est approuvée et le ticket est clôturé."))


@pages.post("/solution/refuser")
@customer
def refuse(number: int) -> Response:
    require_visible(number)
    form = forms.RefusalForm()

    def command(context: CommandContext) -> CommandResult:
        return _tickets().refuse_solution(
            context,
            number=number,
            solution_version=form.version_read,
            reason=form.reason.data,
            uploads=form.uploads(),
        )

    return _carry_out(number, form, command, done=_("Votre réponse est enregistrée. Le support reprend le ticket."))


@pages.post("/rouvrir")
@customer
def reopen(number: int) -> Response:
    require_visible(number)
    form = forms.ReopeningForm()

    def command(context: CommandContext) -> CommandResult:
        return _tickets().reopen(context, number=number, reason=form.reason.data)

    return _carry_out(number, form, command, done=_("Le ticket est rouvert."))


@pages.post("/annuler")
@customer
def cancel(number: int) -> Response:
    require_visible(number)
    form = forms.CancellationForm()
    if form.wish.data == forms.ASK:
        return _carry_out(number, form, _request_cancellation(number, form), done=_("Le support a reçu votre demande."))

    def command(context: CommandContext) -> CommandResult:
        return _tickets().cancel(context, number=number, reason=form.reason.data)

    return _carry_out(number, form, command, done=_("Le ticket est annulé."))


def _request_cancellation(number: int, form: forms.CancellationForm) -> Callable[[CommandContext], CommandResult]:
    return lambda context: _tickets().request_cancellation(context, number=number, reason=form.reason.data)


def _carry_out(
    number: int, form: forms.OnTicket, command: Callable[[CommandContext], CommandResult], *, done: str
) -> Response:
    """Give the command and show the ticket again. done: what to say when it is done."""
    if form.validate():
        with _watchers_told(form), form.refusals_shown():
            answer = command(command_context(form.command_id.data))
            confirm(form, done)
            return redirect(_place_of(form, answer), HTTPStatus.SEE_OTHER)
    if isinstance(form, FormWithFiles):
        form.keep_files()
    return page_of(number, refused=form)


def _place_of(form: forms.OnTicket, answer: CommandResult) -> str:
    """Lead to what was said. What changes the ticket's state is seen at the top: the confirmation and the state."""
    page = f"/tickets/{answer.number}"
    return f"{page}#e{answer.entry}" if isinstance(form, forms.FollowUpForm) else page


@contextmanager
def _watchers_told(form: forms.OnTicket) -> Iterator[None]:
    """Give their text back to those who only read along: they may have been the requester when they began to write."""
    try:
        yield
    except NotAllowed:
        form.fail(WATCHES, status=HTTPStatus.FORBIDDEN)


def _tickets() -> Tickets:
    return portal().tickets
