"""What all forms have in common: cleaned texts, a command id, and errors shown beside the field and summed up.

A form checks nothing that the domain checks: it takes the refusals of a command and shows each at its field.
"""

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import Any, ClassVar
from uuid import UUID, uuid4

from flask import Response, after_this_request, flash
from flask_wtf import FlaskForm
from flask_wtf.file import MultipleFileField
from werkzeug.datastructures import FileStorage
from wtforms import (
    BooleanField,
    Field,
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

from izarlink_tickets.accounts import TooManyAttempts
from izarlink_tickets.attachments import Upload
from izarlink_tickets.domain.errors import CommandAlreadyUsed, NotAllowed, Refusal, TicketNotFound
from izarlink_tickets.domain.text import clean_line, clean_text
from izarlink_tickets.failpoints import Point, failpoint
from izarlink_tickets.i18n import lazy_gettext as _l
from izarlink_tickets.web import csrf
from izarlink_tickets.web.errors import field_of, sentence, status_of

# Told apart from what is shown: ids of commands, for the script alone.
DONE = "done"
UNKNOWN_CHOICE = _l("Choix inconnu. Choisissez une des valeurs proposées.")
# They say that there is nothing to show a form for.
_NOT_ABOUT_THE_FORM = (NotAllowed, TicketNotFound)


def new_command_id() -> str:
    return str(uuid4())


def _clean_line(text: str | None) -> str:
    return clean_line(text or "")


def _clean_text(text: str | None) -> str:
    return clean_text(text or "")


class LineField(StringField):
    """A text of one line, cleaned."""

    data: str

    def __init__(self, label: str, **options: Any) -> None:  # noqa: ANN401 - passed on to WTForms
        super().__init__(label, filters=[_clean_line], **options)


class TextField(TextAreaField):
    """A text of several lines, cleaned."""

    data: str

    def __init__(self, label: str, **options: Any) -> None:  # noqa: ANN401 - passed on to WTForms
        super().__init__(label, filters=[_clean_text], **options)


class IdField(HiddenField):
    """An id that the form carries along."""

    data: str


class SecretField(PasswordField):
    """A password: exactly what was typed, never sent back."""


class ChoiceField(RadioField):
    """Radios. Nothing chosen is None, which is left to the command to refuse."""

    def __init__(self, label: str, **options: Any) -> None:  # noqa: ANN401 - passed on to WTForms
        super().__init__(label, coerce=_chosen, **options)

    def pre_validate(self, form: Any) -> None:  # noqa: ANN401 - as in WTForms
        _require_known(self)

    def options(self) -> list[tuple[str, str, bool]]:
        """List value, label and whether it is chosen."""
        return _options(self)


class ListField(SelectField):
    """A drop-down list. Nothing chosen is None."""

    def __init__(self, label: str, **options: Any) -> None:  # noqa: ANN401 - passed on to WTForms
        super().__init__(label, coerce=_chosen, **options)

    def pre_validate(self, form: Any) -> None:  # noqa: ANN401 - as in WTForms
        _require_known(self)

    def options(self) -> list[tuple[str, str, bool]]:
        """List value, label and whether it is chosen."""
        return _options(self)


class SeveralField(SelectMultipleField):
    """Boxes to tick, or none. `choices` are set once they are known."""

    def __init__(self, label: str, **options: Any) -> None:  # noqa: ANN401 - passed on to WTForms
        super().__init__(label, choices=[], **options)

    def pre_validate(self, _form: Any) -> None:  # noqa: ANN401 - as in WTForms
        if not set(self.data or ()) <= {value for value, _, _ in _options(self)}:
            raise ValidationError(UNKNOWN_CHOICE)

    def options(self) -> list[tuple[str, str, bool]]:
        """List value, label and whether it is ticked."""
        return _options(self)


class SwitchField(BooleanField):
    """A checkbox."""


class FilesField(MultipleFileField):
    """Files to attach."""

    def uploads(self) -> list[Upload]:
        """Read the files that were chosen; an empty input is none."""
        files: Sequence[FileStorage] = [file for file in self.data or () if isinstance(file, FileStorage)]
        return [_read(file, file.filename) for file in files if file.filename]


def _read(file: FileStorage, name: str) -> Upload:
    upload = Upload(name, file.read())
    failpoint(Point.UPLOAD_READ)
    return upload


@contextmanager
def refusal_at_field() -> Iterator[None]:
    """Turn a refusal within the block into the error of the field that is being validated."""
    try:
        yield
    except Refusal as refusal:
        raise ValidationError(sentence(refusal)) from refusal


def choices_of(labels: Mapping[str, str]) -> list[Any]:
    """Make the choices of a field from labels by value."""
    return [SelectChoice(value, label) for value, label in labels.items()]


def _chosen(value: object) -> str | None:
    return str(value) if value else None


def _options(field: SelectField) -> list[tuple[str, str, bool]]:
    # Values, labels and whether chosen come first, as in the tuples of old.
    return [(str(value), str(label), chosen) for value, label, chosen, *_ in field.iter_choices()]


def _require_known(field: SelectField) -> None:
    if field.data is None:
        return
    if len(field.raw_data or ()) > 1 or field.data not in {value for value, _, _ in _options(field)}:
        raise ValidationError(UNKNOWN_CHOICE)


class Form(FlaskForm):
    """A form that makes one command.

    status: the HTTP status of the page that shows it. field_names: the form's name of a field, where a refusal knows it
    by another.
    """

    class Meta:
        # Checked before the page runs (`csrf`); the template writes the token.
        csrf = False

    field_names: ClassVar[Mapping[str, str]] = {}

    command_id = IdField(default=new_command_id)

    status = 200

    def validate(self, extra_validators: Any = None) -> bool:  # noqa: ANN401 - as in WTForms
        """Say whether the form may be carried out; if not, it holds the errors to show."""
        self.command_id.data = uuid_of(self.command_id.data) or new_command_id()
        if not csrf.is_genuine():
            return self.fail(csrf.objection(), status=400)
        if not super().validate(extra_validators):
            self.status = 422
        return not self.has_errors

    @property
    def is_resumed(self) -> bool:
        """Say whether it only comes back after a new sign-in: nothing is wrong with it, and nothing is carried out."""
        return csrf.is_resumed()

    @property
    def has_errors(self) -> bool:
        return bool(self.errors)

    def fail(self, message: str, *, field: str | None = None, status: int = 422) -> bool:
        """Add an error, to a field or to the whole form. Returns False."""
        self.status = status
        if field is None:
            self.form_errors.append(message)
        else:
            self[field].errors = [*self[field].errors, message]
        return False

    @contextmanager
    def refusals_shown(self) -> Iterator[None]:
        """Show what the command within the block refuses, at its field; the page goes on after the block.

        Raises: NotAllowed, TicketNotFound, which are pages of their own.
        """
        try:
            yield
        except _NOT_ABOUT_THE_FORM:
            raise
        except Refusal as refusal:
            self.show(refusal)

    def show(self, refusal: Refusal) -> None:
        """Add the refusal's sentence to the form."""
        if isinstance(refusal, CommandAlreadyUsed):
            # The next submission is another command (D4).
            self.command_id.data = new_command_id()
        if isinstance(refusal, TooManyAttempts):
            _ask_for_patience(refusal.retry_after_seconds)
        self.fail(sentence(refusal), field=self._field_for(refusal), status=status_of(refusal))

    def error_summary(self) -> list[tuple[str | None, str]]:
        """List the errors in the order of the page: the id of what to go to (None: the whole form), the sentence."""
        whole: list[tuple[str | None, str]] = [(None, message) for message in self.form_errors]
        return whole + [(target_of(field), str(message)) for field in self for message in field.errors]

    @property
    def text_id(self) -> str | None:
        """Give the id of the field for what was written at length; None: there is none."""
        return next((field.id for field in self if isinstance(field, TextField)), None)

    def _field_for(self, refusal: Refusal) -> str | None:
        name = field_of(refusal)
        name = self.field_names.get(name, name) if name else None
        return name if name and name in self else None


class FormAmongOthers(Form):
    """A form that shares its page with others. slug: the last part of its address, and the first of its inputs' ids."""

    slug: ClassVar[str]

    def __init__(self, *args: Any, **values: Any) -> None:  # noqa: ANN401 - passed on to WTForms
        """Give each input an id of its own on the page; it is sent under the same name as ever."""
        super().__init__(*args, **values)
        for field in self:
            field.id = field.label.field_id = f"{self.slug}-{field.name}"


def confirm(form: Form, message: str) -> None:
    """Say on the next page that the form was carried out, to its person and to the script that keeps drafts."""
    flash(message)
    flash(form.command_id.data, DONE)


def _ask_for_patience(seconds: int) -> None:
    @after_this_request
    def tell(response: Response) -> Response:
        response.headers["Retry-After"] = str(seconds)
        return response


def target_of(field: Field) -> str:
    """Give the id of the input that an error's link leads to: of radios and boxes the first."""
    return f"{field.id}-0" if isinstance(field, (RadioField, SelectMultipleField)) else str(field.id)


def uuid_of(text: str | None) -> str | None:
    try:
        return str(UUID(text or ""))
    except ValueError:
        return None
