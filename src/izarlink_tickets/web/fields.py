"""Form fields: cleaned texts, choices without a preset, files, hidden values."""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any

from flask_wtf.file import MultipleFileField
from werkzeug.datastructures import FileStorage
from wtforms import (
    HiddenField,
    PasswordField,
    RadioField,
    SelectField,
    SelectFieldBase,
    SelectMultipleField,
    StringField,
    TextAreaField,
)
from wtforms.fields.choices import SelectChoice  # type: ignore[attr-defined] # newer than the stubs
from wtforms.validators import ValidationError

from izarlink_tickets.accounts.contact import EMAIL_MAXIMUM
from izarlink_tickets.attachments import Upload
from izarlink_tickets.domain.errors import Refusal
from izarlink_tickets.domain.text import clean_line, clean_text
from izarlink_tickets.failpoints import Point, failpoint
from izarlink_tickets.i18n import iso_or_typed, parse_date
from izarlink_tickets.i18n import lazy_gettext as _l
from izarlink_tickets.web.errors import message_for

# A list of more options is a field to type in, with suggestions. Source: issue 14.
MAX_LISTED = 10
# Each suggestion weighs some 35 bytes, compressed; what is typed finds the others too.
MAX_SUGGESTED = 100

INVALID_DAY = _l("Saisissez une date valide, par exemple 22/11/2026.")
UNKNOWN_CHOICE = _l("Choix inconnu. Choisissez une des valeurs proposées.")


class LineField(StringField):
    """A cleaned text of one line."""

    data: str

    def __init__(self, label: str, **options: Any) -> None:  # noqa: ANN401 - passed on to WTForms
        super().__init__(label, filters=[lambda text: clean_line(text or "")], **options)


class IdentifierField(LineField):
    """A typed identifier, cut to the longest one: strangers get it back."""

    def process_formdata(self, valuelist: list[str]) -> None:
        """Cut what no account can have."""
        super().process_formdata([text[:EMAIL_MAXIMUM] for text in valuelist[:1]])


class TextField(TextAreaField):
    """A cleaned text of several lines."""

    data: str

    def __init__(self, label: str, **options: Any) -> None:  # noqa: ANN401 - passed on to WTForms
        super().__init__(label, filters=[lambda text: clean_text(text or "")], **options)


class DayField(LineField):
    """A day, in ISO 8601 once it is understood."""

    def process_formdata(self, valuelist: list[str]) -> None:
        """Parse the day as typed."""
        super().process_formdata(valuelist)
        self.data = iso_or_typed(clean_line(self.data or ""))

    def pre_validate(self, _form: Any) -> None:  # noqa: ANN401 - as in WTForms
        if self.data and parse_date(self.data) is None:
            raise ValidationError(INVALID_DAY)


class IdField(HiddenField):
    """A hidden id."""

    data: str


class SecretField(PasswordField):
    """A password, exactly as typed. Pages never send it back."""


class OptionsMixin(SelectFieldBase):
    """The options of a field with choices, for templates."""

    def options(self) -> list[tuple[str, str, bool]]:
        """List value, label and whether it is chosen."""
        # WTForms adds further values to these three.
        return [(str(value), str(label), is_chosen) for value, label, is_chosen, *_ in self.iter_choices()]

    def values(self) -> set[str]:
        return {value for value, _, _ in self.options()}


class OneChoice(OptionsMixin):
    """At most one of the choices; None for no choice.

    validate_choice: False where the command checks the value itself.
    """

    validate_choice: bool

    def __init__(self, label: str, **options: Any) -> None:  # noqa: ANN401 - passed on to WTForms
        super().__init__(label, **options)
        self.coerce = lambda value: str(value) if value else None

    def pre_validate(self, form: Any) -> None:  # noqa: ANN401 - as in WTForms
        if self.data is None:
            return
        is_unknown = self.validate_choice and self.data not in self.values()
        if len(self.raw_data or ()) > 1 or is_unknown:
            raise ValidationError(UNKNOWN_CHOICE)


class ChoiceField(OneChoice, RadioField):
    """Radio buttons without a preset."""


class ListField(OneChoice, SelectField):
    """A drop-down list."""


class MultiChoiceField(OptionsMixin, SelectMultipleField):
    """Checkboxes for any number of values. The page sets `choices`."""

    def __init__(self, label: str, **options: Any) -> None:  # noqa: ANN401 - passed on to WTForms
        super().__init__(label, choices=[], **options)

    def pre_validate(self, _form: Any) -> None:  # noqa: ANN401 - as in WTForms
        if not set(self.data or ()) <= self.values():
            raise ValidationError(UNKNOWN_CHOICE)


class FilesField(MultipleFileField):
    """Files to attach."""

    def uploads(self) -> list[Upload]:
        """Read the uploaded files; an empty input has no file name."""
        files = [file for file in self.data or () if isinstance(file, FileStorage)]
        return [_read_upload(file, file.filename) for file in files if file.filename]


def choices_of(labels: Mapping[str, str]) -> list[Any]:
    """Build the choices of a field from labels by value."""
    return [SelectChoice(value, label) for value, label in labels.items()]


@contextmanager
def refusal_at_field() -> Iterator[None]:
    """Turn a refusal inside the block into a field error."""
    try:
        yield
    except Refusal as refusal:
        raise ValidationError(message_for(refusal)) from refusal


def _read_upload(file: FileStorage, name: str) -> Upload:
    upload = Upload(name, file.read())
    failpoint(Point.UPLOAD_READ)
    return upload
