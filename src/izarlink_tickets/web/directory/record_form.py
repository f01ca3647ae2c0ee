"""The base of the directory's forms, which notice concurrent changes."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import ClassVar, Self, TypeAlias

import orjson
from wtforms import HiddenField

from izarlink_tickets.domain.errors import RecordHasChanged, Refusal
from izarlink_tickets.domain.vocabulary import CommandContext
from izarlink_tickets.i18n import gettext as _
from izarlink_tickets.web.forms import CommandForm, FormAmongOthers, Result, SeenForm, Target


@dataclass(frozen=True, slots=True)
class FieldChange:
    """A change that somebody else has made since the page was rendered."""

    label: str
    before: str
    after: str


class RecordForm(FormAmongOthers, CommandForm[Target, Result]):
    """A form on a record's page. submit: its button's label."""

    submit: ClassVar[str]


class ButtonForm(RecordForm[Target, Result]):
    """A button on a record's page, without fields of its own."""


class ChangeForm(RecordForm[Target, Result], SeenForm[Target, Result]):
    """A form that changes a record.

    seen: the record as its author had it on the page, in JSON.
    meanwhile: the changes of others that made the form stale.
    """

    seen = HiddenField()

    meanwhile: Sequence[FieldChange] = ()

    @classmethod
    def of(cls, record: Mapping[str, str]) -> Self:
        """Build the form that shows the record."""
        return cls(formdata=None, seen=orjson.dumps(dict(record)).decode(), **record)

    def seen_record(self) -> dict[str, str] | None:
        """Parse the record that the author had read, if any."""
        try:
            record = orjson.loads(self.seen.data or "null")
        except orjson.JSONDecodeError:
            return None
        names = {field.name for field in self} - {"seen", "command_id"}
        if not isinstance(record, dict) or set(record) != names:
            return None
        return record if all(isinstance(value, str) for value in record.values()) else None

    def add_refusal(self, refusal: Refusal) -> None:
        """Add the refusal; a stale form lists what is new.

        Fields that the author left unchanged take over the new value.
        """
        super().add_refusal(refusal)
        if not isinstance(refusal, RecordHasChanged):
            return
        seen = self.seen_record() or {}
        for name, before, now in refusal.changes:
            if self[name].data == before:
                self[name].data = now
            seen[name] = now
        self.seen.data = orjson.dumps(seen).decode()
        self.meanwhile = [
            FieldChange(str(self[name].label.text), self.value_label(name, before), self.value_label(name, now))
            for name, before, now in refusal.changes
        ]

    def value_label(self, _name: str, value: str) -> str:
        """Return the label of a field's value. Forms with codes override it."""
        return value or _("(vide)")


# The forms of a record's page.
FormsByEndpoint: TypeAlias = Mapping[str, type[RecordForm[Target, object]]]


def button_form(
    slug: str, done: str, command: Callable[[CommandContext, Target], object]
) -> type[RecordForm[Target, object]]:
    """Build the form of a button with a command."""

    class Button(ButtonForm[Target, object]):
        def execute(self, record: Target) -> object:
            return command(self.context, record)

    Button.slug, Button.done = slug, done
    return Button


def sensitive_button_form(
    slug: str, done: str, command: Callable[[CommandContext, Target], object]
) -> type[RecordForm[Target, object]]:
    """Build the form of a button whose command is sensitive."""
    button = button_form(slug, done, command)
    button.is_sensitive = True
    return button
