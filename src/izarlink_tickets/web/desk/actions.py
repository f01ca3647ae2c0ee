"""What support does to a ticket: each address takes one form, gives one command, and shows the ticket again."""

from collections.abc import Callable
from dataclasses import replace
from http import HTTPStatus

from flask import Blueprint, flash, redirect, url_for
from werkzeug.wrappers import Response

from izarlink_tickets.application import Answer
from izarlink_tickets.application.tickets import Tickets
from izarlink_tickets.domain.errors import DateNotInFuture
from izarlink_tickets.domain.vocabulary import Act
from izarlink_tickets.web import authentication
from izarlink_tickets.web.context import portal
from izarlink_tickets.web.desk import composer, forms
from izarlink_tickets.web.desk.form_base import DeskForm
from izarlink_tickets.web.desk.subject import customer_people, qualifications, staff_people
from izarlink_tickets.web.desk.ticket import page_of
from izarlink_tickets.web.guards import staff

pages = Blueprint("actions", __name__, url_prefix="/tickets/<ticket:number>")


def carry_out(number: int, form: DeskForm, command: Callable[[Act], Answer], *, done: str) -> Response:
    """Give the command and show the ticket again; what is refused comes back where it was typed.

    done: what to say when it is done. Raises: TicketNotFound.
    """
    if form.validate():
        with form.refusals_shown():
            answer = command(authentication.act(form.command_id.data or ""))
            flash(done)
            return redirect(_address_of(answer), HTTPStatus.SEE_OTHER)
    return page_of(number, refused=form)


# --- the composer -----------------------------------------------------------------------------------------------------


@pages.post("/repondre")
@staff
def reply(number: int) -> Response:
    form = composer.ReplyForm()

    def command(act: Act) -> Answer:
        return _tickets().add_follow_up(act, number=number, text=form.comment.data or "", uploads=form.uploads())

    return carry_out(number, form, command, done="Votre réponse est envoyée au client.")


@pages.post("/note")
@staff
def note(number: int) -> Response:
    form = composer.NoteForm()

    def command(act: Act) -> Answer:
        return _tickets().add_internal_note(act, number=number, text=form.note.data or "")

    return carry_out(number, form, command, done="La note interne est enregistrée. Le client ne la voit pas.")


@pages.post("/demander")
@staff
def ask(number: int) -> Response:
    form = composer.QuestionForm()

    def command(act: Act) -> Answer:
        return _tickets().request_information(act, number=number, question=form.question.data or "")

    return carry_out(number, form, command, done="Votre question est envoyée. Le ticket attend la réponse du client.")


@pages.post("/resoudre")
@staff
def resolve(number: int) -> Response:
    form = composer.ResolveForm()

    def command(act: Act) -> Answer:
        return _tickets().resolve(
            replace(act, seen_version=form.seen_version), number=number, solution=form.solution.data or ""
        )

    return carry_out(number, form, command, done="La solution est proposée au client, qui doit l’approuver.")


# --- the work ---------------------------------------------------------------------------------------------------------


@pages.post("/prendre")
@staff
def take(number: int) -> Response:
    def command(act: Act) -> Answer:
        return _tickets().assign(act, number=number, assignee_id=act.actor.account_id)

    return carry_out(number, forms.TakeForm(), command, done="Vous avez pris le ticket en charge.")


@pages.post("/affecter")
@staff
def assign(number: int) -> Response:
    form = forms.AssignForm().offer(staff_people())

    def command(act: Act) -> Answer:
        return _tickets().assign(act, number=number, assignee_id=form.person.data or "")

    return carry_out(number, form, command, done="Le ticket est affecté.")


@pages.post("/requalifier")
@staff
def requalify(number: int) -> Response:
    form = forms.RequalifyForm().offer(*qualifications(number))

    def command(act: Act) -> Answer:
        return _tickets().requalify(act, number=number, **form.values())

    return carry_out(number, form, command, done="Le ticket est requalifié.")


@pages.post("/attente")
@staff
def hold(number: int) -> Response:
    form = forms.HoldForm()

    def command(act: Act) -> Answer:
        until = form.until_in(authentication.viewer().timezone)
        if until is None:
            raise DateNotInFuture
        return _tickets().hold(act, number=number, reason=form.reason.data or "", until=until)

    return carry_out(number, form, command, done="Le ticket est en attente d’un tiers.")


@pages.post("/reprendre")
@staff
def resume(number: int) -> Response:
    def command(act: Act) -> Answer:
        return _tickets().resume(act, number=number)

    return carry_out(number, forms.ResumeForm(), command, done="Le ticket est de nouveau en cours.")


# --- the solution -----------------------------------------------------------------------------------------------------


@pages.post("/reviser")
@staff
def revise(number: int) -> Response:
    form = forms.ReviseForm()

    def command(act: Act) -> Answer:
        return _tickets().revise_solution(act, number=number, solution=form.solution.data or "")

    return carry_out(number, form, command, done="La nouvelle solution est proposée au client.")


@pages.post("/retirer")
@staff
def withdraw(number: int) -> Response:
    form = forms.WithdrawForm()

    def command(act: Act) -> Answer:
        return _tickets().withdraw_solution(act, number=number, reason=form.reason.data or "")

    return carry_out(number, form, command, done="La solution est retirée. Le ticket est de nouveau en cours.")


@pages.post("/approbation")
@staff
def approve(number: int) -> Response:
    form = forms.ApprovalForm()

    def command(act: Act) -> Answer:
        return _tickets().record_approval(act, number=number, note=form.note.data or "")

    return carry_out(number, form, command, done="L’approbation est enregistrée. Le ticket est clôturé.")


@pages.post("/rouvrir")
@staff
def reopen(number: int) -> Response:
    form = forms.ReopenForm()

    def command(act: Act) -> Answer:
        return _tickets().reopen(act, number=number, reason=form.reason.data or "")

    return carry_out(number, form, command, done="Le ticket est rouvert.")


@pages.post("/annulation")
@staff
def settle_cancellation(number: int) -> Response:
    form = forms.CancellationForm()

    def confirm(act: Act) -> Answer:
        return _tickets().confirm_cancellation(act, number=number)

    def decline(act: Act) -> Answer:
        return _tickets().decline_cancellation(act, number=number, reason=form.reason.data or "")

    if form.decision.data == forms.CONFIRM:
        return carry_out(number, form, confirm, done="Le ticket est annulé, comme le client l’a demandé.")
    return carry_out(number, form, decline, done="Le ticket se poursuit. Le client sait pourquoi.")


# --- people -----------------------------------------------------------------------------------------------------------


@pages.post("/observateurs")
@staff
def change_watchers(number: int) -> Response:
    form = forms.WatcherForm().offer(customer_people(number))

    def add(act: Act) -> Answer:
        return _tickets().add_watcher(act, number=number, account_id=form.person.data or "")

    def remove(act: Act) -> Answer:
        return _tickets().remove_watcher(act, number=number, account_id=form.person.data or "")

    if form.operation.data == forms.REMOVE:
        return carry_out(number, form, remove, done="L’observateur est retiré.")
    return carry_out(number, form, add, done="L’observateur est ajouté.")


@pages.post("/demandeur")
@staff
def change_requester(number: int) -> Response:
    form = forms.RequesterForm().offer(customer_people(number))

    def command(act: Act) -> Answer:
        return _tickets().change_requester(act, number=number, account_id=form.person.data or "")

    return carry_out(number, form, command, done="Le demandeur est changé.")


# --- shared -----------------------------------------------------------------------------------------------------------


def _tickets() -> Tickets:
    return portal().tickets


def _address_of(answer: Answer) -> str:
    """Lead to what the command left on the timeline."""
    return url_for("desk.ticket.show", number=answer.number, _anchor=f"e{answer.entry}")
