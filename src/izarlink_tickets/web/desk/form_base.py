"""What the forms of a ticket at the desk have in common; all stand on one page."""

from collections.abc import Collection, Iterable
from typing import Any, ClassVar, Self

from wtforms import HiddenField
from wtforms.validators import ValidationError

from izarlink_tickets.accounts import Account
from izarlink_tickets.application import CommandResult
from izarlink_tickets.application.tickets import Tickets
from izarlink_tickets.domain.errors import Refusal, TicketHasChanged
from izarlink_tickets.domain.vocabulary import CommandContext, State
from izarlink_tickets.i18n import gettext as _
from izarlink_tickets.web.desk.ticket_page_data import TicketPageData
from izarlink_tickets.web.forms import FormAmongOthers, ListField, SeveralField, choices_of
from izarlink_tickets.web.tickets.numbers import whole_number


class PersonField(ListField):
    """A drop-down list of people, in which somebody has to be chosen."""

    def pre_validate(self, form: Any) -> None:  # noqa: ANN401 - as in WTForms
        if self.data is None:
            raise ValidationError(_("Choisissez une personne."))
        super().pre_validate(form)

    def offer(self, people: Iterable[Account]) -> None:
        self.choices = choices_of({one.id: one.name for one in people})


class PeopleField(SeveralField):
    """People to tick, or nobody."""

    def offer(self, people: Iterable[Account]) -> None:
        self.choices = choices_of({one.id: one.name for one in people})


class DeskForm(FormAmongOthers):
    """A form that gives one command. states: of the tickets that it is offered for.

    done: what is said once it is carried out. is_stale: it was refused because more came in than its author has read.
    """

    submit: ClassVar[str]
    states: ClassVar[Collection[State]]
    done: ClassVar[str]

    version = HiddenField()

    is_stale = False

    @classmethod
    def is_offered(cls, page_data: TicketPageData) -> bool:
        """Say whether the page shows the form by itself. Whether it may be carried out is the ticket's to decide."""
        return page_data.state in cls.states

    @classmethod
    def blank(cls, page_data: TicketPageData) -> Self:
        """Make the form as it stands on the page before anybody touches it."""
        return cls(formdata=None, version=str(page_data.ticket.version), **cls.present(page_data))

    @classmethod
    def present(cls, _subject: TicketPageData) -> dict[str, Any]:
        """Give what the fields begin with."""
        return {}

    @classmethod
    def sent(cls, _number: int) -> Self:
        """Read the form as it was sent. Raises: TicketNotFound."""
        return cls()

    @property
    def seen_version(self) -> int:
        """Give the version that the author had before him; a form that names none has seen nothing."""
        return whole_number(self.version.data) or 0

    @property
    def announcement(self) -> str:
        """What to say once it is carried out."""
        return str(self.done)

    def error_summary(self) -> list[tuple[str | None, str]]:
        """List the errors; those about the whole form lead to it, wherever on the page it stands."""
        return [(target or f"{self.slug}-form", message) for target, message in super().error_summary()]

    def execute(self, tickets: Tickets, context: CommandContext, number: int) -> CommandResult:
        """Give the command."""
        raise NotImplementedError

    def show(self, refusal: Refusal) -> None:
        super().show(refusal)
        self.is_stale = isinstance(refusal, TicketHasChanged)
