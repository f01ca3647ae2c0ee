"""What the forms of the directory have in common: several stand on one page, and two people may fill in the same."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from http import HTTPStatus
from typing import ClassVar, Self

import orjson
from flask import flash, redirect
from werkzeug.wrappers import Response
from wtforms import HiddenField

from izarlink_tickets.domain.errors import RecordHasChanged, Refusal
from izarlink_tickets.domain.vocabulary import CommandContext
from izarlink_tickets.i18n import gettext as _
from izarlink_tickets.web import authentication
from izarlink_tickets.web.forms import Form, FormAmongOthers


@dataclass(frozen=True, slots=True)
class Meanwhile:
    """What somebody else has changed since the page was made."""

    label: str
    before: str
    after: str


class RecordForm(FormAmongOthers):
    """A form on the page of a record."""

    submit: ClassVar[str]

    @classmethod
    def blank(cls) -> Self:
        """Make the form as it stands on the page before anybody touches it."""
        return cls(formdata=None)


class ChangeForm(RecordForm):
    """A form that writes a record anew. seen: the record as its author had it before him (D5)."""

    seen = HiddenField()

    meanwhile: Sequence[Meanwhile] = ()

    @classmethod
    def of(cls, record: Mapping[str, str]) -> Self:
        """Make the form that shows the record."""
        return cls(formdata=None, seen=orjson.dumps(dict(record)).decode(), **record)

    def seen_record(self) -> dict[str, str] | None:
        """Give the record as it was seen; a form that names none has seen nothing."""
        try:
            record = orjson.loads(self.seen.data or "null")
        except orjson.JSONDecodeError:
            return None
        names = {field.name for field in self} - {"seen", "command_id"}
        if not isinstance(record, dict) or set(record) != names:
            return None
        return record if all(isinstance(one, str) for one in record.values()) else None

    def show(self, refusal: Refusal) -> None:
        """Add the refusal; where somebody was faster, show what is new, and take it over where nothing was typed."""
        super().show(refusal)
        if not isinstance(refusal, RecordHasChanged):
            return
        seen = self.seen_record() or {}
        for name, before, now in refusal.changes:
            if self[name].data == before:
                self[name].data = now
            seen[name] = now
        self.seen.data = orjson.dumps(seen).decode()
        self.meanwhile = [
            Meanwhile(str(self[name].label.text), self.said(name, before), self.said(name, now))
            for name, before, now in refusal.changes
        ]

    def said(self, _name: str, value: str) -> str:
        """Say a value of the record; a form with codes says them otherwise."""
        return value or _("(vide)")


def run_form(
    form: Form, command: Callable[[CommandContext], object], *, done: str, where: str, page: Callable[[], Response]
) -> Response:
    """Give the command and go on; what is refused comes back where it was typed.

    done: what to say when it is done; where: where to go then; page: shows the form that was refused.
    """
    if form.validate():
        with form.refusals_shown():
            command(authentication.command_context(form.command_id.data or ""))
            flash(done)
            return redirect(where, HTTPStatus.SEE_OTHER)
    return page()
