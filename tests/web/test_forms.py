"""The behaviour that all forms share."""

from collections.abc import Iterator
from contextlib import contextmanager
from io import BytesIO
from typing import cast
from uuid import UUID

import pytest
from flask import Flask, g, request

from izarlink_tickets.domain.errors import CommandAlreadyUsed, NotAllowed, Refusal, TextMissing, TicketNotFound
from izarlink_tickets.web.fields import ChoiceField, FilesField, LineField, TextField, choices_of
from izarlink_tickets.web.forms import Form
from izarlink_tickets.web.request_limits import LimitedRequest, RequestLimits

pytestmark = pytest.mark.sqlite_only("fields and their errors")

ID = "c0000000-0000-4000-8000-000000000001"


class TriedForm(Form):
    field_names = {"description": "words"}  # noqa: RUF012 - as pages write it

    title = LineField("Titre")
    words = TextField("Description")
    colour = ChoiceField("Couleur", choices=choices_of({"r": "Rouge", "b": "Bleu"}))
    files = FilesField("Fichier")


@contextmanager
def typed(app: Flask, **fields: object) -> Iterator[TriedForm]:
    """Return the form as sent from a page of the portal."""
    with app.test_request_context("/", method="POST", data={"command_id": ID, **fields}):
        g.has_token = True
        cast("LimitedRequest", request).limits = RequestLimits(1000, 1000, keeps_files=True)
        yield TriedForm()


def test_lines_and_texts_are_cleaned(app: Flask):
    with typed(app, title=" a\u2028b\u202e\0  c ", words=" x\r\ny\r\n ") as form:
        assert (form.title.data, form.words.data) == ("a b c", "x\ny")


def test_what_is_missing_is_empty(app: Flask):
    with typed(app) as form:
        assert (form.validate(), form.title.data, form.words.data, form.colour.data) == (True, "", "", None)


@pytest.mark.parametrize("colour", ["x", "R", ["r", "b"]])
def test_an_unknown_choice_is_refused(app: Flask, colour: object):
    with typed(app, colour=colour) as form:
        assert not form.validate()
        assert form.error_summary() == [("colour-0", "Choix inconnu. Choisissez une des valeurs proposées.")]


@pytest.mark.parametrize("command_id", ["", "x", "1" * 400, "{c0000000}"])
def test_an_odd_command_id_is_replaced(app: Flask, command_id: str):
    with typed(app, command_id=command_id) as form:
        form.validate()

        assert str(UUID(form.command_id.data)) == form.command_id.data


def test_a_command_id_is_kept_as_one_writes_it(app: Flask):
    with typed(app, command_id=ID.upper()) as form:
        form.validate()

        assert form.command_id.data == ID


def test_files_are_read_and_empty_inputs_are_none(app: Flask):
    with typed(app, files=[(BytesIO(b"abc"), "../a.txt"), (BytesIO(b""), "")]) as form:
        assert [(file.name, file.content) for file in form.files.uploads()] == [("../a.txt", b"abc")]


def test_a_refusal_is_shown_at_its_field(app: Flask):
    with typed(app) as form, form.catch_refusals():
        raise TextMissing("title")

    assert form.error_summary() == [("title", "Saisissez un titre.")]
    assert (form.status, form.has_errors) == (422, True)


def test_a_field_may_bear_another_name_in_the_form(app: Flask):
    with typed(app) as form, form.catch_refusals():
        raise TextMissing("description")

    assert form.error_summary() == [("words", "Décrivez votre demande.")]


def test_a_refusal_about_no_field_is_shown_above(app: Flask):
    with typed(app) as form, form.catch_refusals():
        raise TextMissing("reason")

    assert form.error_summary() == [(None, "Indiquez le motif.")]


def test_a_form_sent_twice_with_other_words_gets_a_new_command_id(app: Flask):
    with typed(app) as form, form.catch_refusals():
        raise CommandAlreadyUsed(1042)

    assert form.command_id.data != ID
    assert form.status == 409


@pytest.mark.parametrize("refusal", [NotAllowed(), TicketNotFound(1)])
def test_refusals_about_rights_get_a_page_of_their_own(app: Flask, refusal: Refusal):
    with typed(app) as form, pytest.raises(type(refusal)), form.catch_refusals():
        raise refusal


def test_a_forged_form_is_not_executed(app: Flask):
    with app.test_request_context("/", method="POST", data={"command_id": ID, "title": "gardé"}):
        form = TriedForm()

        assert (form.validate(), form.status, form.title.data) == (False, 400, "gardé")
