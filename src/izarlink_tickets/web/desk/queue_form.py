"""The form around the queue's rows: one command per chosen ticket."""

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass
from http import HTTPStatus
from typing import Any, ClassVar, Self
from uuid import UUID, uuid5

from flask import request

from izarlink_tickets.domain.errors import AssignedMeanwhile, Refusal
from izarlink_tickets.domain.vocabulary import CommandContext
from izarlink_tickets.i18n import gettext as _
from izarlink_tickets.i18n import lazy_gettext as _l
from izarlink_tickets.projections.ticket_queries import PAGE_SIZE, find_ticket
from izarlink_tickets.web import authentication
from izarlink_tickets.web.app_context import portal
from izarlink_tickets.web.errors import field_of, message_for
from izarlink_tickets.web.fields import ListField, TextField, choices_of
from izarlink_tickets.web.forms import CommandForm, new_command_id
from izarlink_tickets.web.numbers import TICKET_DIGITS, whole_number

# The values of the form's buttons. TAKE is also the name of a row's button, which takes that ticket alone.
TAKE, ASSIGN, REPLY = "prendre", "affecter", "repondre"
DONE = {
    TAKE: _l("Pris en charge : %(numbers)s."),
    ASSIGN: _l("Affectés : %(numbers)s."),
    REPLY: _l("Réponse envoyée au client : %(numbers)s."),
}


@dataclass(frozen=True)
class BulkResult:
    """The result for a ticket. refusal: its sentence; empty if executed."""

    number: int
    refusal: str = ""


class QueueForm(CommandForm[None, None]):
    """numbers: of the chosen tickets, without duplicates. results: of their commands."""

    # Refusals with these fields concern the form, the others a ticket.
    field_names: ClassVar = {"comment": "reply", "person": "person"}

    person = ListField(_l("Affecter à"))
    reply = TextField(_l("Répondre à chacun"))

    numbers: Collection[int] = ()
    results: Sequence[BulkResult] = ()

    def set_choices(self, staff: Mapping[str, str]) -> Self:
        """Set the assignees, and parse which tickets are chosen.

        staff: names by id.
        """
        self.person.choices = choices_of(staff)
        if self.is_submitted():
            texts = [self._row_button] if self._row_button else request.form.getlist("ticket")
            numbers = (whole_number(text, digits=TICKET_DIGITS) for text in texts)
            self.numbers = list(dict.fromkeys(filter(None, numbers)))
        return self

    @property
    def action(self) -> str:
        return TAKE if self._row_button else request.form.get("acte", "")

    @property
    def keeps_draft(self) -> bool:
        """Whether the typed reply stays; only sending it ends its draft."""
        return self.action != REPLY

    def validate(self, extra_validators: Any = None) -> bool:  # noqa: ANN401 - as in WTForms
        """Check the fields, the chosen tickets, and what the pressed button needs."""
        if not super().validate(extra_validators):
            return False
        if self.action not in _COMMANDS:
            return self.fail(_("Choisissez ce qu’il faut faire."))
        if not 0 < len(self.numbers) <= PAGE_SIZE:
            return self.fail(_("Choisissez de 1 à %(most)s tickets.", most=PAGE_SIZE))
        if self.action == ASSIGN and not self.person.data:
            return self.fail(_("Choisissez une personne."), field="person")
        if self.action == REPLY and not self.reply.data:
            return self.fail(_("Saisissez votre réponse."), field="reply")
        return True

    def execute(self, _target: None) -> None:
        """Execute one command per ticket; refused tickets stay chosen.

        Raises: Refusal, where it concerns the form and would repeat for every ticket.
        """
        for number in self.numbers:
            self.results = (*self.results, BulkResult(number, self._execute_one(number)))
        refused = {result.number for result in self.results if result.refusal}
        if refused:
            # Sent again for these, it is another command.
            self.numbers, self.status = refused, HTTPStatus.CONFLICT
            self.command_id.data = new_command_id()

    def success_message(self, _result: None) -> str:
        numbers = ", ".join(_("n° %(number)s", number=result.number) for result in self.results)
        return str(DONE[self.action]) % {"numbers": numbers}

    def seen_assignee(self, number: int) -> str:
        """Return the ticket's assignee that the page showed; empty for nobody."""
        return request.form.get(f"vu-{number}", "")

    def _execute_one(self, number: int) -> str:
        """Execute the command for one ticket; return its refusal, if any."""
        context = authentication.command_context(str(uuid5(UUID(self.command_id.data), f"{self.action}/{number}")))
        try:
            _COMMANDS[self.action](self, context, number)
        except AssignedMeanwhile:
            return _("%(name)s a pris ce ticket entre-temps.", name=_assignee_name(context, number))
        except Refusal as refusal:
            if field_of(refusal) in self.field_names:
                raise
            return message_for(refusal)
        return ""

    @property
    def _row_button(self) -> str:
        return request.form.get(TAKE, "")


def _assignee_name(context: CommandContext, number: int) -> str:
    with portal().database.query() as connection:
        ticket = find_ticket(connection, context.actor, number=number)
    return (ticket and ticket.assignee_name) or ""


def _assign(form: QueueForm, context: CommandContext, number: int) -> None:
    assignee_id = context.actor.account_id if form.action == TAKE else form.person.data or ""
    portal().tickets.assign(context, number=number, assignee_id=assignee_id, seen_assignee=form.seen_assignee(number))


def _reply(form: QueueForm, context: CommandContext, number: int) -> None:
    portal().tickets.add_follow_up(context, number=number, text=form.reply.data)


_COMMANDS: Mapping[str, Callable[[QueueForm, CommandContext, int], None]] = {
    TAKE: _assign,
    ASSIGN: _assign,
    REPLY: _reply,
}
