"""Sealing and opening of texts and files, and destroyed keys."""

from concurrent.futures import ThreadPoolExecutor

import pytest
from sqlalchemy import select
from sqlalchemy.exc import IntegrityError
from tests.sealing.samples import ALICE, BOB, FILE, MASTER_KEY, NOW, TEXT

from izarlink_tickets.database import Database
from izarlink_tickets.sealing import Keys, SealBroken, create_key, destroy_keys, sealing_keys


def test_a_text_opens_where_it_was_sealed(keys, token):
    assert keys.open(token, context="here") == TEXT


def test_a_text_opens_in_a_later_transaction(connection, token):
    assert Keys(connection, MASTER_KEY).open(token, context="here") == TEXT


def test_a_file_opens_where_it_was_sealed(keys, sealed_file):
    assert keys.open_bytes(sealed_file, context="file") == FILE


def test_the_empty_text_stays_empty(keys):
    assert (keys.seal(ALICE, "", context="here"), keys.open("", context="here")) == ("", "")


def test_the_empty_file_is_sealed_too(keys):
    sealed = keys.seal_bytes(ALICE, b"", context="file")

    assert sealed
    assert keys.open_bytes(sealed, context="file") == b""


def test_the_same_text_never_looks_the_same(keys, token):
    assert keys.seal(ALICE, TEXT, context="here") != token


def test_neither_text_nor_file_shows_through(token, sealed_file):
    assert "ligne" not in token
    assert b"PDF" not in sealed_file


def test_a_text_does_not_open_elsewhere(keys, token):
    with pytest.raises(SealBroken):
        keys.open(token, context="there")


def test_a_file_does_not_open_elsewhere(keys, sealed_file):
    with pytest.raises(SealBroken):
        keys.open_bytes(sealed_file, context="other file")


def test_a_text_does_not_open_under_another_persons_key(keys, token):
    form, _, sealed = token.split(".")
    bobs_key = keys.seal(BOB, TEXT, context="here").split(".")[1]

    with pytest.raises(SealBroken):
        keys.open(f"{form}.{bobs_key}.{sealed}", context="here")


@pytest.mark.parametrize("place", [-6, -12, -24, -40])
def test_an_altered_text_does_not_open(keys, token, place):
    altered = "B" if token[place] == "A" else "A"

    with pytest.raises(SealBroken):
        keys.open(token[:place] + altered + token[place + 1 :], context="here")


@pytest.mark.parametrize("place", range(0, 60, 5))
def test_an_altered_file_does_not_open(keys, place):
    sealed = bytearray(keys.seal_bytes(ALICE, bytes(60), context="file"))
    sealed[place] ^= 1

    with pytest.raises(SealBroken):
        keys.open_bytes(bytes(sealed), context="file")


@pytest.mark.parametrize("length", [0, 1, 16, 17, 28, 29, 44])
def test_a_truncated_file_does_not_open(keys, sealed_file, length):
    with pytest.raises(SealBroken):
        keys.open_bytes(sealed_file[:length], context="file")


@pytest.mark.parametrize(
    "text",
    ["Bonjour", "s1.", "s1.a.b", "s1.a.!!!!", "s2.a.AAAA", "s1.a.é", f"s1.{ALICE}.é", f"s1.{ALICE}.", "...", "\x00"],
)
def test_an_invalid_token_does_not_open(keys, text):
    with pytest.raises(SealBroken):
        keys.open(text, context="here")


def test_a_text_of_a_destroyed_key_is_none(connection, token, sealed_file):
    destroy_keys(connection, ALICE, now=NOW)

    keys = Keys(connection, MASTER_KEY)
    assert (keys.open(token, context="here"), keys.open_bytes(sealed_file, context="file")) == (None, None)


def test_a_destroyed_key_leaves_its_row_without_the_key(connection):
    destroy_keys(connection, ALICE, now=NOW)

    row = connection.execute(select(sealing_keys)).one()
    assert (row.account_id, row.wrapped, row.destroyed_at) == (ALICE, None, NOW)


def test_destroying_one_persons_key_leaves_the_others(connection, keys):
    bobs = keys.seal(BOB, TEXT, context="here")

    destroy_keys(connection, ALICE, now=NOW)

    assert Keys(connection, MASTER_KEY).open(bobs, context="here") == TEXT


def test_a_text_sealed_after_the_destruction_gets_a_new_key(connection, token):
    destroy_keys(connection, ALICE, now=NOW)
    keys = Keys(connection, MASTER_KEY)

    later = keys.seal(ALICE, TEXT, context="here")

    assert (keys.open(later, context="here"), keys.open(token, context="here")) == (TEXT, None)


def test_a_person_without_a_key_gets_one_when_something_is_sealed(connection, keys):
    token = keys.seal(BOB, TEXT, context="here")

    assert Keys(connection, MASTER_KEY).open(token, context="here") == TEXT


def test_a_person_has_one_live_key(connection, keys):
    keys.seal(BOB, TEXT, context="here")
    Keys(connection, MASTER_KEY).seal(BOB, TEXT, context="there")

    rows = connection.execute(select(sealing_keys).where(sealing_keys.c.account_id == BOB)).all()
    assert len(rows) == 1


def _seal_for_bob(database: Database) -> str:
    with database.command() as connection:
        return Keys(connection, MASTER_KEY).seal(BOB, TEXT, context="here")


def test_eight_writers_at_once_make_one_key(database):
    with ThreadPoolExecutor(8) as threads:
        tokens = list(threads.map(_seal_for_bob, [database] * 8))

    with database.query() as connection:
        keys = Keys(connection, MASTER_KEY)
        assert [keys.open(token, context="here") for token in tokens] == [TEXT] * 8
        assert len(connection.execute(select(sealing_keys)).all()) == 1


def test_a_second_live_key_is_refused(connection):
    with pytest.raises(IntegrityError), connection.begin_nested():
        create_key(connection, ALICE, master_key=MASTER_KEY, now=NOW)


def test_the_same_content_has_the_same_digest_for_one_person_alone(connection, keys):
    digest = keys.digest(ALICE, FILE)

    assert digest == Keys(connection, MASTER_KEY).digest(ALICE, FILE)
    assert digest not in {keys.digest(ALICE, FILE + b"!"), keys.digest(BOB, FILE)}
