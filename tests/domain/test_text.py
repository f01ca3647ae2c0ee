"""Texts that people type. A-numbers: bad inputs of the security review."""

import unicodedata
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.domain.people import ALICE, SAM, by
from tests.domain.tickets import collected, happened, opened

from izarlink_tickets.domain import errors, events
from izarlink_tickets.domain.text import clean_line, clean_text, optional_text_of, text_of, title_of, words_of

INVISIBLE = [
    pytest.param("", id="nothing"),
    pytest.param("   ", id="spaces"),
    pytest.param("\u00a0\u2007\u202f\u3000", id="spaces that don't break, and wide ones"),
    pytest.param("\u200b\u200b\u200b", id="spaces of no width"),
    pytest.param("\r\n\t \x0b\x0c", id="white space of other kinds"),
    pytest.param("\u2060\ufeff\u00ad\u200d", id="joiners and soft hyphens"),
    pytest.param("\u202e\u2066\u2069\u061c", id="marks of direction"),
    pytest.param("\u3164\uffa0\u115f\u2800", id="letters without ink"),
    pytest.param("\x00\x01\x1b", id="controls"),
]

LITERAL = [
    pytest.param("=?utf-8?q?Hello=0D=0ABcc:_evil@x.fr?=", id="an encoded mail header"),
    pytest.param("Débit 🐌 à 2 Mbit/s", id="four bytes a character"),
    pytest.param("<script>alert(1)</script>", id="markup"),
    pytest.param("{{7*7}} {% raw %}", id="a template"),
    pytest.param("%s %n {0.__class__}", id="format strings"),
    pytest.param("=cmd|' /C calc'!A0", id="a formula"),
    pytest.param("'; DROP TABLE events; --", id="SQL"),
]


# --- empty ------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("text", INVISIBLE)
def test_a_text_of_invisible_characters_is_empty(text):
    assert optional_text_of(text, field="comment") == ""
    with pytest.raises(errors.TextMissing):
        title_of(text)
    with pytest.raises(errors.TextMissing):
        text_of(text, field="question")


# --- lengths ----------------------------------------------------------------------------------------------------------


def test_a3_a_title_of_212_characters_is_refused_and_counted():
    with pytest.raises(errors.TextTooLong) as caught:
        title_of("a" * 212)

    assert (caught.value.field, caught.value.maximum, caught.value.length) == ("title", 150, 212)


@pytest.mark.parametrize("length", [3, 150])
def test_a4_titles_of_3_and_of_150_characters_are_taken(length):
    assert title_of("a" * length) == "a" * length


def test_a_title_of_151_characters_is_refused():
    with pytest.raises(errors.TextTooLong):
        title_of("a" * 151)


@pytest.mark.parametrize("title", ["a", "ab", " ab ", "a\u202eb"])
def test_a_title_of_less_than_3_characters_is_refused(title):
    with pytest.raises(errors.TextTooShort) as caught:
        title_of(title)

    assert (caught.value.field, caught.value.minimum) == ("title", 3)


def test_white_space_around_a_title_does_not_count():
    assert len(title_of(" " * 200 + "a" * 150 + " " * 200)) == 150


@pytest.mark.parametrize("length", [20_001, 64 * 1024 + 1])
@pytest.mark.parametrize("rule", [text_of, optional_text_of])
def test_a5_an_endless_text_is_refused_and_counted(rule, length):
    with pytest.raises(errors.TextTooLong) as caught:
        rule("a" * length, field="description")

    assert (caught.value.field, caught.value.maximum, caught.value.length) == ("description", 20_000, length)


@pytest.mark.parametrize("text", ["a", "a" * 20_000])
def test_texts_of_1_and_of_20_000_characters_are_taken(text):
    assert text_of(text, field="description") == text


# --- characters -------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("text", LITERAL)
def test_what_means_something_elsewhere_stays_literal(text):
    assert (clean_text(text), title_of(text)) == (text, text)


def test_a7_nul_is_taken_out():
    assert clean_text("a\x00b") == "ab"


@pytest.mark.parametrize("surrogate", [chr(0xD800), chr(0xDFFF)])
def test_a8_half_a_character_becomes_the_replacement_character(surrogate):
    assert clean_text(f"a{surrogate}b") == "a\ufffdb"


def test_a9_a_byte_that_is_no_utf_8_becomes_the_replacement_character():
    assert clean_text(b"a\xedb".decode(errors="surrogateescape")) == "a\ufffdb"


def test_a10_line_ends_in_a_title_become_spaces():
    assert clean_line("a\u2028b\u2029c\x85d\x0be\x0cf\x1cg\x1dh\x1ei\nj\r\nk") == "a b c d e f g h i j k"


def test_a12_a_title_does_not_turn_its_direction():
    marks = "\u061c\u200e\u200f\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069"

    assert clean_line(f"facture{marks}fdp.exe") == "facturefdp.exe"


def test_a12_a_text_keeps_its_direction_for_those_who_write_that_way():
    hebrew = "\u2067\u05e9\u05dc\u05d5\u05dd\u2069 !"

    assert clean_text(hebrew) == hebrew


def test_a13_ten_thousand_accents_on_a_letter_fit_into_a_text():
    assert len(text_of("Z" + "\u0335" * 10_000, field="description")) == 10_001


def test_a13_ten_thousand_accents_on_a_letter_do_not_fit_into_a_title():
    with pytest.raises(errors.TextTooLong):
        title_of("Zal" + "\u0335" * 10_000)


def test_a15_a_letter_with_its_accent_apart_becomes_one():
    assert (clean_text("de\u0301bit"), clean_line("de\u0301bit")) == ("débit", "débit")


def test_a15_a_mark_of_direction_between_letter_and_accent_does_not_part_them():
    assert clean_line("de\u200e\u0301bit") == "débit"


@pytest.mark.parametrize("line_end", ["\n", "\r", "\r\n"])
def test_a21_a_line_end_counts_once_however_it_is_written(line_end):
    assert clean_text(f"un{line_end}{line_end}deux") == "un\n\ndeux"


def test_tabs_and_line_ends_inside_a_text_stay():
    assert clean_text("  ping\tperte\n\n1\t3 %\n") == "ping\tperte\n\n1\t3 %"


def test_white_space_inside_a_title_becomes_one_space():
    assert clean_line("Plus \t\u00a0 rien\n du tout") == "Plus rien du tout"


# --- whatever is typed ------------------------------------------------------------------------------------------------

# The same examples in every run.
STABLE = settings(derandomize=True, database=None, deadline=None)
ANYTHING = st.text(st.characters(codec=None), max_size=40)


@STABLE
@given(ANYTHING)
def test_a_cleaned_text_can_be_stored_and_sent_everywhere(text):
    cleaned = clean_text(text)

    assert cleaned == cleaned.encode().decode()
    assert unicodedata.is_normalized("NFC", cleaned)
    assert {unicodedata.category(character) for character in cleaned if character not in "\n\t"}.isdisjoint(
        {"Cc", "Cs"}
    )


@STABLE
@given(ANYTHING)
def test_a_cleaned_line_is_one_line_in_one_direction(text):
    line = clean_line(text)

    assert len(line.splitlines()) <= 1
    assert {unicodedata.bidirectional(character) for character in line}.isdisjoint(
        {"LRE", "RLE", "LRO", "RLO", "PDF", "LRI", "RLI", "FSI", "PDI"}
    )


@STABLE
@given(ANYTHING)
def test_cleaning_twice_is_cleaning_once(text):
    assert clean_text(clean_text(text)) == clean_text(text)
    assert clean_line(clean_line(text)) == clean_line(text)


# --- no command forgets it --------------------------------------------------------------------------------------------

WRITERS = dict.fromkeys(("approve_solution", "refuse_solution", "cancel", "request_cancellation"), ALICE)
DIRTY, CLEAN = " de\u0301bit\x00\r\nnul ", "débit\nnul"


@pytest.mark.parametrize(
    ("state", "command", "arguments"),
    [
        ("new_ticket", "add_follow_up", {"text": DIRTY}),
        ("new_ticket", "add_internal_note", {"text": DIRTY}),
        ("new_ticket", "request_information", {"question": DIRTY}),
        ("new_ticket", "hold", {"reason": DIRTY, "until": by(ALICE, days=99).at}),
        ("new_ticket", "resolve", {"solution": DIRTY}),
        ("resolved_ticket", "revise_solution", {"solution": DIRTY}),
        ("resolved_ticket", "withdraw_solution", {"reason": DIRTY}),
        ("resolved_ticket", "approve_solution", {"comment": DIRTY, "solution_version": 1}),
        ("resolved_ticket", "record_approval", {"note": DIRTY}),
        ("resolved_ticket", "refuse_solution", {"reason": DIRTY, "solution_version": 1}),
        ("closed_ticket", "reopen", {"reason": DIRTY, "window_days": 14}),
        ("new_ticket", "cancel", {"reason": DIRTY}),
        ("ticket_being_worked_on", "request_cancellation", {"reason": DIRTY}),
        ("ticket_with_cancellation_request", "decline_cancellation", {"reason": DIRTY}),
    ],
)
def test_every_command_cleans_what_was_typed(state, command, arguments: dict[str, Any], request):
    ticket = request.getfixturevalue(state)

    getattr(ticket, command)(by(WRITERS.get(command, SAM), days=3), **arguments)

    event = collected(ticket)[-1]
    assert [getattr(event, field) for field in event.SEALED] == [CLEAN]


def test_opening_cleans_what_was_typed():
    opening = dict(happened(opened(title=DIRTY, description=DIRTY)))[events.Opened]

    assert (opening["title"], opening["description"]) == ("débit nul", "débit\nnul")


# --- words for the search ---------------------------------------------------------------------------------------------


@given(text=st.text(alphabet=st.characters(codec="cp1252")))
@settings(max_examples=300)
def test_words_of_french_fold_as_those_among_any_characters(text):
    # A snowman is no letter, and no character of French.
    assert words_of(text) == words_of(f"{text} ☃")


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("L’ÉTÉ à Biarritz, l’été !", ["l", "ete", "a", "biarritz"]),
        ("½ Straße, cœur Œuvre", ["1", "2", "strasse", "coeur", "oeuvre"]),
        ("5 µA Wi\u00adFi™", ["5", "μa", "wifitm"]),
        ("Ωμέγα Débit", ["ωμεγα", "debit"]),
        ("mesure_du_soir.txt", ["mesure", "du", "soir", "txt"]),
        ("a" * 50, ["a" * 40]),
        ("« … »", []),
    ],
)
def test_words_have_neither_accents_nor_case(text, words):
    assert words_of(text) == words
