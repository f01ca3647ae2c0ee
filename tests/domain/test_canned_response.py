"""Placeholders of canned responses, and their replacement."""

import pytest

from izarlink_tickets.domain.canned_response import Placeholder, UnknownPlaceholder, body_of, fill
from izarlink_tickets.domain.errors import TextMissing

VALUES = {placeholder: f"<{placeholder.value}>" for placeholder in Placeholder} | {
    Placeholder.NAME: "Alice {technicien}"
}


@pytest.mark.parametrize("placeholder", Placeholder)
def test_every_placeholder_is_filled(placeholder):
    body = body_of(f"Avant {{{placeholder.value}}} après.")

    assert fill(body, VALUES) == f"Avant {VALUES[placeholder]} après."


@pytest.mark.parametrize("placeholder", Placeholder)
def test_every_placeholder_has_an_english_word(placeholder):
    body = body_of(f"Before {{{placeholder.english}}} after.")

    assert fill(body, VALUES) == f"Before {VALUES[placeholder]} after."


@pytest.mark.parametrize("typed", ["{Prénom}", "{ prénom }", "{PRÉNOM}", "{pre\u0301nom}"])
def test_a_placeholder_is_recognised_in_any_case_and_spacing(typed):
    assert fill(body_of(f"Bonjour {typed},"), VALUES) == "Bonjour <prénom>,"


@pytest.mark.parametrize("name", ["prenom", "", "prénom nom", "0", "__class__", "numéro.real"])
def test_every_unknown_placeholder_is_refused_by_name(name):
    with pytest.raises(UnknownPlaceholder) as caught:
        body_of(f"Bonjour {{{name}}}, {{numéro}} {{ville}} {{{name}}}")

    assert caught.value.names == (name, "ville")


@pytest.mark.parametrize("body", ["if (x) {", "{\n}", "} {", "a { b", "{{"])
def test_braces_that_hold_no_word_are_text(body):
    assert fill(body_of(body), VALUES) == body


def test_braces_in_inserted_values_stay():
    assert fill(body_of("Bonjour {nom}"), VALUES) == "Bonjour Alice {technicien}"


def test_a_text_stored_under_other_rules_stays_as_it_is():
    assert fill("Bonjour {surnom}", VALUES) == "Bonjour {surnom}"


def test_an_empty_text_is_refused():
    with pytest.raises(TextMissing):
        body_of(" \u200b ")
