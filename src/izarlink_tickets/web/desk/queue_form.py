"""The form around the rows of the queue: which tickets are chosen, and what is to be done with them."""

from collections.abc import Collection, Iterable
from typing import ClassVar, Self

from flask import request

from izarlink_tickets.accounts import Account
from izarlink_tickets.i18n import lazy_gettext as _l
from izarlink_tickets.web.forms import Form, ListField, TextField, choices_of, new_command_id
from izarlink_tickets.web.tickets.numbers import TICKET_DIGITS, whole_number

# Also the button of a row, which takes that ticket whatever else is ticked.
TAKE = "prendre"


class QueueForm(Form):
    """numbers: of the tickets that are chosen, each once. action: what the button that was pressed does."""

    # By what the refusals call them.
    field_names: ClassVar = {"comment": "reply", "person": "person"}

    person = ListField(_l("Affecter à"))
    reply = TextField(_l("Répondre à chacun"))

    numbers: Collection[int] = ()

    def offer(self, staff: Iterable[Account]) -> Self:
        """Name those who may take a ticket, and read which tickets are chosen."""
        self.person.choices = choices_of({one.id: one.name for one in staff})
        if self.is_submitted():
            chosen = [self._one] if self._one else request.form.getlist("ticket")
            self.numbers = list(
                dict.fromkeys(filter(None, (whole_number(one, digits=TICKET_DIGITS) for one in chosen)))
            )
        return self

    @property
    def _one(self) -> str:
        return request.form.get(TAKE, "")

    @property
    def action(self) -> str:
        """Name what is to be done."""
        return TAKE if self._one else request.form.get("acte", "")

    @staticmethod
    def seen_assignee(number: int) -> str:
        """Give who had the ticket when the page was made; empty for nobody."""
        return request.form.get(f"vu-{number}", "")

    def keep(self, refused: Collection[int]) -> None:
        """Stay for those that were refused; sent again, it is another command."""
        self.numbers, self.status = refused, 409
        self.command_id.data = new_command_id()
