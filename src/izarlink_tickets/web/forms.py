"""Forms: each checks its fields and executes one command.

The domain's rules stay in the domain: a form shows each refusal at the field it is about.
"""

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from http import HTTPStatus
from typing import Any, ClassVar, Generic, Self, TypeVar
from uuid import UUID, uuid4

from flask import Response, after_this_request, flash, make_response, redirect
from flask_wtf import FlaskForm
from flask_wtf.csrf import generate_csrf
from werkzeug.wrappers import Response as PlainResponse
from wtforms import Field, HiddenField, RadioField, SelectMultipleField

from izarlink_tickets.domain.errors import (
    ChangedMeanwhile,
    CommandAlreadyUsed,
    NotAllowed,
    Refusal,
    TicketNotFound,
    TryAgainLater,
)
from izarlink_tickets.domain.vocabulary import CommandContext
from izarlink_tickets.web import authentication, csrf, security_events
from izarlink_tickets.web.errors import field_of, message_for, status_of
from izarlink_tickets.web.fields import IdField, TextField
from izarlink_tickets.web.numbers import whole_number
from izarlink_tickets.web.page import current_page
from izarlink_tickets.web.proof import ProofNeeded, require_proof
from izarlink_tickets.web.slots import slot
from izarlink_tickets.web.templating import render

Target = TypeVar("Target")
Result = TypeVar("Result")

# The fields whose value differs between blank forms of one class.
SLOTTED = ("command_id", "form_id", "seen", "solution_version")
# The category of flashed command ids: the script deletes the drafts of executed commands.
DONE = "done"


def new_command_id() -> str:
    return str(uuid4())


class Form(FlaskForm):
    """A form with a command id, a status and errors.

    status: the HTTP status of the page that shows the form.
    field_names: the form's names of fields that refusals know by other names.
    page_refusals: refusals that have a page of their own instead of the form's.
    is_blank: it has slots instead of what differs by request.
    """

    class Meta:
        # `web.csrf` checks the token before the view runs; the template writes it.
        csrf = False

    field_names: ClassVar[Mapping[str, str]] = {}
    page_refusals: ClassVar[tuple[type[Refusal], ...]] = (NotAllowed, TicketNotFound)

    command_id = IdField(default=new_command_id)

    status: int = HTTPStatus.OK
    is_blank = False

    def validate(self, extra_validators: Any = None) -> bool:  # noqa: ANN401 - as in WTForms
        """Check the request and the fields, and collect the errors."""
        self.command_id.data = uuid_of(self.command_id.data) or new_command_id()
        if not csrf.is_genuine():
            return self.fail(csrf.objection(), status=HTTPStatus.BAD_REQUEST)
        if not super().validate(extra_validators):
            self.status = HTTPStatus.UNPROCESSABLE_ENTITY
        return not self.has_errors

    @property
    def token(self) -> str:
        """The CSRF token."""
        return slot("token") if self.is_blank else str(generate_csrf())

    @property
    def author_id(self) -> str | None:
        """The account whose draft the browser keeps; None for anonymous visitors."""
        if self.is_blank:
            return slot("author")
        viewer = current_page().viewer
        return viewer.id if viewer else None

    @property
    def draft_zone(self) -> str:
        """The zone of the times beside a draft."""
        return slot("zone") if self.is_blank else current_page().timezone

    def slot(self, name: str) -> str:
        """Return a slot for the macro of a blank form."""
        return slot(name)

    def turn_into_slots(self) -> Self:
        """Put slots where blank forms of the same class differ.

        They are rendered once; `blank_forms.render_blank` fills the slots.
        """
        self.is_blank = True
        for name in SLOTTED:
            if name in self._fields:
                self._fields[name].data = slot(name)
        return self

    @property
    def is_resumed(self) -> bool:
        """Whether the form comes back, unsent, after a new sign-in."""
        return csrf.is_resumed()

    @property
    def has_errors(self) -> bool:
        return bool(self.errors)

    def fail(self, message: str, *, field: str | None = None, status: int = HTTPStatus.UNPROCESSABLE_ENTITY) -> bool:
        """Add an error to a field or the form. Return False."""
        self.status = status
        if field is None:
            self.form_errors.append(message)
        else:
            self[field].errors = [*self[field].errors, message]
        return False

    @contextmanager
    def catch_refusals(self) -> Iterator[None]:
        """Add a refusal inside the block to the form.

        Execution continues after the block.
        Raises: the `page_refusals`.
        """
        try:
            yield
        except self.page_refusals:
            raise
        except Refusal as refusal:
            security_events.record_refusal(refusal)
            self.add_refusal(refusal)

    def add_refusal(self, refusal: Refusal) -> None:
        """Add the refusal's sentence at its field."""
        if isinstance(refusal, CommandAlreadyUsed):
            # The next submission is another command.
            self.command_id.data = new_command_id()
        if isinstance(refusal, TryAgainLater):
            _send_retry_after(refusal.retry_after_seconds)
        self.fail(message_for(refusal), field=self._field_for(refusal), status=status_of(refusal))

    def keep_files(self) -> None:
        """Store the uploaded files, if any, until the next submission."""

    def error_summary(self) -> list[tuple[str | None, str]]:
        """List the errors in the order of the page.

        Each has a target id, None for the whole form, and a sentence.
        """
        whole: list[tuple[str | None, str]] = [(None, message) for message in self.form_errors]
        return whole + [(target_of(field), str(message)) for field in self for message in field.errors]

    @property
    def text_id(self) -> str | None:
        """The id of the first field for a long text, if any."""
        return next((field.id for field in self if isinstance(field, TextField)), None)

    def _field_for(self, refusal: Refusal) -> str | None:
        name = field_of(refusal)
        name = self.field_names.get(name, name) if name else None
        return name if name and name in self else None


class CommandForm(Form, Generic[Target, Result]):
    """A form that executes its one command on a target.

    done: the confirmation that the next page shows.
    is_sensitive: the command wants a recent proof of identity.
    """

    done: ClassVar[str]
    is_sensitive: ClassVar[bool] = False

    @property
    def context(self) -> CommandContext:
        return authentication.command_context(self.command_id.data)

    @property
    def keeps_draft(self) -> bool:
        """Whether the browser keeps the draft of the form after the command."""
        return False

    def needs_proof(self, _target: Target) -> bool:
        """Whether the command, as filled in, wants a recent proof of identity."""
        return self.is_sensitive

    def execute(self, target: Target) -> Result:
        """Execute the command. Raises: Refusal."""
        raise NotImplementedError

    def success_message(self, _result: Result) -> str:
        return str(self.done)

    def confirm(self, result: Result) -> None:
        """Leave the confirmation for the next page."""
        flash(self.success_message(result))


class SeenForm(CommandForm[Target, Result]):
    """A form that notices what changed since its author read.

    seen: a version, or the values of a record. is_stale: the command was refused because of a change.
    """

    seen = HiddenField()

    is_stale = False

    @property
    def seen_version(self) -> int:
        """The version that the author had read; 0: none."""
        return whole_number(self.seen.data) or 0

    def mark_seen(self, version: int) -> None:
        """Record that the page with this form shows the version."""
        self.seen.data = str(version)

    def add_refusal(self, refusal: Refusal) -> None:
        super().add_refusal(refusal)
        self.is_stale = isinstance(refusal, ChangedMeanwhile)


class FormAmongOthers(Form):
    """A form that shares its page with others.

    slug: the last part of the form's address, and the first part of its inputs' ids.
    """

    slug: ClassVar[str]

    def __init__(self, *args: Any, **values: Any) -> None:  # noqa: ANN401 - passed on to WTForms
        """Build the form with page-wide unique input ids; input names stay."""
        super().__init__(*args, **values)
        for field in self:
            field.id = field.label.field_id = f"{self.slug}-{field.name}"


def run_form(
    form: CommandForm[Target, Result],
    target: Target,
    *,
    location: Callable[[Result], str],
    page: Callable[[], PlainResponse],
) -> PlainResponse:
    """Validate the form, execute its command, confirm and redirect.

    location: the address to go on to. page: renders the form that was refused.
    Raises: the form's `page_refusals`, ProofNeeded.
    """
    if form.validate():
        if form.needs_proof(target):
            _require_proof(form)
        with form.catch_refusals():
            result = form.execute(target)
            if form.status == HTTPStatus.OK:
                form.confirm(result)
                if not form.keeps_draft:
                    flash(form.command_id.data, DONE)
                return redirect(location(result), HTTPStatus.SEE_OTHER)
    form.keep_files()
    return page()


def _require_proof(form: Form) -> None:
    """Require a recent proof of identity, and keep the form's files."""
    try:
        require_proof()
    except ProofNeeded:
        form.keep_files()
        raise


def form_page(template: str, form: Form | None, **values: object) -> PlainResponse:
    """Render a page with its form, new or refused, if any."""
    return make_response(render(template, form=form, **values), form.status if form else HTTPStatus.OK)


def target_of(field: Field) -> str:
    """Return the id of the input that an error links to."""
    return f"{field.id}-0" if isinstance(field, (RadioField, SelectMultipleField)) else str(field.id)


def uuid_of(text: str | None) -> str | None:
    try:
        return str(UUID(text or ""))
    except ValueError:
        return None


def _send_retry_after(seconds: int) -> None:
    @after_this_request
    def add_header(response: Response) -> Response:
        response.headers["Retry-After"] = str(seconds)
        return response
