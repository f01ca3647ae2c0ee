"""What the forms of a ticket have in common: all stand on one page, so that each names its inputs apart."""

from collections.abc import Collection, Iterable
from typing import Any, ClassVar, Self

from wtforms import Field
from wtforms.validators import ValidationError

from izarlink_tickets.accounts import Account
from izarlink_tickets.domain.vocabulary import State
from izarlink_tickets.web.desk.subject import Subject
from izarlink_tickets.web.forms import Form, ListField, choices_of


class PersonField(ListField):
    """A drop-down list of people, in which somebody has to be chosen."""

    def pre_validate(self, form: Any) -> None:  # noqa: ANN401 - as in WTForms
        if self.data is None:
            raise ValidationError("Choisissez une personne.")
        super().pre_validate(form)

    def offer(self, people: Iterable[Account]) -> None:
        self.choices = choices_of({one.id: one.name for one in people})


class DeskForm(Form):
    """A form among others of the page. states: of the tickets that it is offered for.

    slug: the last part of its address, and the first of its inputs' ids.
    """

    slug: ClassVar[str]
    submit: ClassVar[str]
    states: ClassVar[Collection[State]]

    def __init__(self, *args: Any, **values: Any) -> None:  # noqa: ANN401 - passed on to WTForms
        super().__init__(*args, **values)
        for field in self:
            _rename(field, f"{self.slug}-{field.name}")

    @classmethod
    def is_offered(cls, subject: Subject) -> bool:
        """Say whether the page shows the form by itself. Whether it may be carried out is the ticket's to decide."""
        return subject.state in cls.states

    @classmethod
    def blank(cls, _subject: Subject) -> Self:
        """Make the form as it stands on the page before anybody touches it."""
        return cls(formdata=None)


class PlainForm(DeskForm):
    """A button and nothing to fill in."""


def _rename(field: Field, name: str) -> None:
    """Give the input an id of its own on the page; it is sent under the same name as ever."""
    field.id = name
    field.label.field_id = name
