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
    SelectMultipleField,
    StringField,
    TextAreaField,
)
from wtforms.fields.choices import SelectChoice  # type: ignore[attr-defined] # newer than the stubs
from wtforms.validators import ValidationError

from izarlink_tickets.attachments import Upload
from izarlink_tickets.domain.errors import Refusal
from izarlink_tickets.domain.text import clean_line, clean_text
from izarlink_tickets.failpoints import Point, failpoint
from izarlink_tickets.i18n import lazy_gettext as _l
from izarlink_tickets.web.errors import message_for

UNKNOWN_CHOICE = _l("Choix inconnu. Choisissez une des valeurs proposées.")


class LineField(StringField):
    """A cleaned text of one line."""

    data: str

    def __init__(self, label: str, **options: Any) -> None:  # noqa: ANN401 - passed on to WTForms
        super().__init__(label, filters=[lambda text: clean_line(text or "")], **options)


class TextField(TextAreaField):
    """A cleaned text of several lines."""

    data: str

    def __init__(self, label: str, **options: Any) -> None:  # noqa: ANN401 - passed on to WTForms
        super().__init__(label, filters=[lambda text: clean_text(text or "")], **options)


class IdField(HiddenField):
    """A hidden id."""

    data: str


class SecretField(PasswordField):
    """A password, exactly as typed. Pages never send it back."""


class ChoiceField(RadioField):
    """Radio buttons. No choice is None, which the command refuses."""

    def __init__(self, label: str, **options: Any) -> None:  # noqa: ANN401 - passed on to WTForms
        super().__init__(label, coerce=_text_or_none, **options)

    def pre_validate(self, form: Any) -> None:  # noqa: ANN401 - as in WTForms
        _check_choice(self)

    def options(self) -> list[tuple[str, str, bool]]:
        """List value, label and whether it is chosen."""
        return _options(self)


class ListField(SelectField):
    """A drop-down list. No choice is None."""

    def __init__(self, label: str, **options: Any) -> None:  # noqa: ANN401 - passed on to WTForms
        super().__init__(label, coerce=_text_or_none, **options)

    def pre_validate(self, form: Any) -> None:  # noqa: ANN401 - as in WTForms
        _check_choice(self)

    def options(self) -> list[tuple[str, str, bool]]:
        """List value, label and whether it is chosen."""
        return _options(self)


class MultiChoiceField(SelectMultipleField):
    """Checkboxes for any number of values. The page sets `choices`."""

    def __init__(self, label: str, **options: Any) -> None:  # noqa: ANN401 - passed on to WTForms
        super().__init__(label, choices=[], **options)

    def pre_validate(self, _form: Any) -> None:  # noqa: ANN401 - as in WTForms
        if not set(self.data or ()) <= {value for value, _, _ in _options(self)}:
            raise ValidationError(UNKNOWN_CHOICE)

    def options(self) -> list[tuple[str, str, bool]]:
        """List value, label and whether it is ticked."""
        return _options(self)


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


def _text_or_none(value: object) -> str | None:
    return str(value) if value else None


def _options(field: SelectField) -> list[tuple[str, str, bool]]:
    # WTForms adds further values to these three.
    return [(str(value), str(label), is_chosen) for value, label, is_chosen, *_ in field.iter_choices()]


def _check_choice(field: SelectField) -> None:
    if field.data is None:
        return
    if len(field.raw_data or ()) > 1 or field.data not in {value for value, _, _ in _options(field)}:
        raise ValidationError(UNKNOWN_CHOICE)
