"""Several tickets of the queue at once: each is a command of its own, with its own id and its own result."""

from collections.abc import Callable
from dataclasses import dataclass
from http import HTTPStatus
from uuid import UUID, uuid5

from flask import Blueprint, flash, redirect, request
from werkzeug.wrappers import Response

from izarlink_tickets.domain.errors import AssignedMeanwhile, Refusal
from izarlink_tickets.domain.vocabulary import CommandContext
from izarlink_tickets.i18n import gettext as _
from izarlink_tickets.i18n import lazy_gettext as _l
from izarlink_tickets.projections.ticket_queries import PAGE_SIZE, find_ticket
from izarlink_tickets.web import authentication
from izarlink_tickets.web.app_context import portal
from izarlink_tickets.web.desk.queue import page_of
from izarlink_tickets.web.desk.queue_form import TAKE, QueueForm
from izarlink_tickets.web.desk.queue_query import parse_queue_query
from izarlink_tickets.web.desk.ticket_page_data import staff_people
from izarlink_tickets.web.errors import field_of, sentence
from izarlink_tickets.web.forms import confirm
from izarlink_tickets.web.guards import staff

pages = Blueprint("several", __name__)

ASSIGN, REPLY = "affecter", "repondre"
DONE = {
    TAKE: _l("Pris en charge : %(numbers)s."),
    ASSIGN: _l("Affectés : %(numbers)s."),
    REPLY: _l("Réponse envoyée au client : %(numbers)s."),
}


@dataclass(frozen=True)
class Result:
    """What became of one ticket. refusal: the sentence that says why nothing did; empty where it is done."""

    number: int
    refusal: str = ""


@pages.post("/plusieurs")
@staff
def carry_out() -> Response:
    """Give a command for each ticket; what is refused stays ticked, and what was typed stays typed."""
    asked = parse_queue_query(request.args, authentication.viewer().person)
    form = QueueForm().offer(staff_people())
    results = _results(form) if form.validate() and _is_whole(form) else []
    refused = {one.number for one in results if one.refusal}
    if form.has_errors or refused:
        if refused:
            form.keep(refused)
        return page_of(asked, form, results)
    message = str(DONE[form.action]) % {"numbers": ", ".join(_("n° %(number)s", number=one.number) for one in results)}
    # A take leaves alone the answer that is being typed.
    confirm(form, message) if form.action == REPLY else flash(message)
    return redirect(asked.address(), HTTPStatus.SEE_OTHER)


def _is_whole(form: QueueForm) -> bool:
    """Say whether it names tickets, and what to do with them."""
    if form.action not in COMMANDS:
        return form.fail(_("Choisissez ce qu’il faut faire."))
    if not 0 < len(form.numbers) <= PAGE_SIZE:
        return form.fail(_("Choisissez de 1 à %(most)s tickets.", most=PAGE_SIZE))
    if form.action == ASSIGN and not form.person.data:
        return form.fail(_("Choisissez une personne."), field="person")
    if form.action == REPLY and not form.reply.data:
        return form.fail(_("Saisissez votre réponse."), field="reply")
    return True


def _results(form: QueueForm) -> list[Result]:
    """Give the commands one by one. What is wrong with the form itself is wrong for all: it is said there, once."""
    results = []
    for number in form.numbers:
        try:
            results.append(Result(number, _carried_out(form, number)))
        except Refusal as refusal:
            if field_of(refusal) in form.field_names:
                form.show(refusal)
                return results
            results.append(Result(number, sentence(refusal)))
    return results


def _carried_out(form: QueueForm, number: int) -> str:
    """Give the command for one ticket, or say who was faster. Raises: Refusal."""
    context = authentication.command_context(str(uuid5(UUID(form.command_id.data), f"{form.action}/{number}")))
    try:
        COMMANDS[form.action](form, context, number)
    except AssignedMeanwhile:
        return _("%(name)s a pris ce ticket entre-temps.", name=_assignee_name(context, number))
    return ""


def _assignee_name(context: CommandContext, number: int) -> str:
    with portal().database.query() as connection:
        ticket = find_ticket(connection, context.actor, number=number)
    return (ticket and ticket.assignee_name) or ""


def _assign(form: QueueForm, context: CommandContext, number: int) -> object:
    return _give(form, context, number, assignee_id=form.person.data or "")


def _take(form: QueueForm, context: CommandContext, number: int) -> object:
    return _give(form, context, number, assignee_id=context.actor.account_id)


def _give(form: QueueForm, context: CommandContext, number: int, *, assignee_id: str) -> object:
    seen = form.seen_assignee(number)
    return portal().tickets.assign(context, number=number, assignee_id=assignee_id, seen_assignee=seen)


def _reply(form: QueueForm, context: CommandContext, number: int) -> object:
    return portal().tickets.add_follow_up(context, number=number, text=form.reply.data)


COMMANDS: dict[str, Callable[[QueueForm, CommandContext, int], object]] = {TAKE: _take, ASSIGN: _assign, REPLY: _reply}
