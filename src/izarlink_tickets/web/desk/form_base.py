"""The base of the forms on the desk's ticket page."""

from collections.abc import Collection, Hashable, Iterable
from typing import Any, ClassVar, Protocol, Self

from wtforms import HiddenField
from wtforms.validators import ValidationError

from izarlink_tickets.application import CommandResult
from izarlink_tickets.domain.vocabulary import CommandContext, State
from izarlink_tickets.i18n import gettext as _
from izarlink_tickets.web import authentication
from izarlink_tickets.web.desk.ticket_page_data import TicketPageData
from izarlink_tickets.web.fields import ListField, MultiChoiceField, choices_of
from izarlink_tickets.web.forms import FormAmongOthers, SeenForm

# Ids and names.
People = Iterable[tuple[str, str]]


class Person(Protocol):
    """An account or a `PersonOfTicket`."""

    @property
    def id(self) -> str: ...
    @property
    def name(self) -> str: ...


class PersonField(ListField):
    """A drop-down list of people, one of whom is required."""

    def pre_validate(self, form: Any) -> None:  # noqa: ANN401 - as in WTForms
        if self.data is None:
            raise ValidationError(_("Choisissez une personne."))
        super().pre_validate(form)

    def set_people(self, people: People) -> None:
        self.choices = choices_of(dict(people))


class PeopleField(MultiChoiceField):
    """Checkboxes for any number of people."""

    def set_people(self, people: People) -> None:
        self.choices = choices_of(dict(people))


class DeskForm(FormAmongOthers, SeenForm[int, CommandResult]):
    """A form of the desk's ticket page, on a ticket number.

    submit: the label of its button. states: of the tickets that it is offered for.
    seen: the ticket's version that the author had on the page.
    template: its macros, of which `macro` renders the form.
    """

    template: ClassVar[str] = "desk/_actions.html"
    macro: ClassVar[str]

    submit: ClassVar[str]
    states: ClassVar[Collection[State]]

    seen = HiddenField(name="version")

    @classmethod
    def is_offered(cls, page_data: TicketPageData) -> bool:
        """Check whether the page offers the form."""
        return page_data.state in cls.states

    @classmethod
    def content(cls, _page_data: TicketPageData) -> Hashable:
        """Return all that the blank form is made of: choices and presets."""
        return ()

    @classmethod
    def blank(cls, _content: Any) -> Self:  # noqa: ANN401 - of `content`
        """Build the form as the page first shows it, from its content."""
        return cls(formdata=None)

    @classmethod
    def macro_arguments(cls, _page_data: TicketPageData) -> tuple[Hashable, ...]:
        """Return what its macro takes besides the form and the ticket's number."""
        return ()

    @classmethod
    def from_request(cls, _number: int) -> Self:
        """Build the form as it was sent. Raises: TicketNotFound."""
        return cls()

    def __init_subclass__(cls, **options: Any) -> None:  # noqa: ANN401 - as in WTForms
        """Set the macro to the slug, unless the class has one."""
        super().__init_subclass__(**options)
        if "slug" in vars(cls) and not hasattr(cls, "macro"):
            cls.macro = cls.slug

    @property
    def context(self) -> CommandContext:
        """The command's context, with the version that the author read."""
        return authentication.command_context(self.command_id.data, seen_version=self.seen_version)

    def error_summary(self) -> list[tuple[str | None, str]]:
        """List the errors; those without a field link to the form."""
        return [(target or f"{self.slug}-form", message) for target, message in super().error_summary()]
