"""Files of a refused form, which belong to their session alone."""

from uuid import uuid4

import pytest
from sqlalchemy import select
from tests.accounts.moments import NOW, SECOND

from izarlink_tickets.config import SealingKey
from izarlink_tickets.domain.vocabulary import File
from izarlink_tickets.sealing import Keys, destroy_keys
from izarlink_tickets.sessions import (
    MAX_PENDING_UPLOADS,
    discard_pending_upload,
    drop_ended_uploads,
    end_session,
    find_session,
    list_pending_uploads,
    pending_hashes,
    start_session,
    store_pending_uploads,
)
from izarlink_tickets.sessions.pending_uploads import pending_uploads

SEALING_KEY = SealingKey(bytes(range(7, 39)))
FORM, OTHER_FORM = str(uuid4()), str(uuid4())


def file_of(name: str, *, sha256: str = "a" * 64) -> File:
    return File(str(uuid4()), name, 20_480, "application/pdf", sha256)


def begin(database, account):
    with database.command() as connection:
        session_id = start_session(connection, account_id=account.id, user_agent="Firefox", now=NOW)
        return session_id, find_session(connection, session_id=session_id, now=NOW)


@pytest.fixture
def session(database, alice):
    return begin(database, alice)[1]


def keep(database, session, *files: File, form_id: str = FORM, now=NOW) -> list[str]:
    with database.command() as connection:
        keys = Keys(connection, SEALING_KEY)
        return store_pending_uploads(connection, keys, session=session, form_id=form_id, files=files, now=now)


def kept(database, session, *, form_id: str = FORM) -> list[File]:
    with database.query() as connection:
        return list_pending_uploads(connection, Keys(connection, SEALING_KEY), session=session, form_id=form_id)


def test_kept_files_come_back_in_the_order_they_came(database, session):
    first, second, third = file_of("b.pdf"), file_of("a.pdf"), file_of("mesure é.pdf")

    keep(database, session, first, second)
    keep(database, session, third, now=NOW + SECOND)

    assert kept(database, session) == [first, second, third]


def test_storing_no_file_stores_nothing(database, session):
    keep(database, session)

    assert kept(database, session) == []


def test_a_file_belongs_to_its_form_and_its_session(database, session, alice, bob):
    keep(database, session, file_of("a.pdf"))

    assert kept(database, session, form_id=OTHER_FORM) == []
    assert kept(database, begin(database, alice)[1]) == []
    assert kept(database, begin(database, bob)[1]) == []


def test_names_are_sealed(database, session):
    keep(database, session, file_of("licenciement.pdf"))

    with database.query() as connection:
        stored = repr(connection.execute(pending_uploads.select()).all())

    assert "licenciement" not in stored


def test_one_file_can_be_dropped_from_the_own_form_only(database, session, bob):
    first, second = file_of("a.pdf"), file_of("b.pdf")
    keep(database, session, first, second)
    stranger = begin(database, bob)[1]

    with database.command() as connection:
        discard_pending_upload(connection, session=stranger, form_id=FORM, file_id=first.file_id)
        discard_pending_upload(connection, session=session, form_id=FORM, file_id=second.file_id)

    assert kept(database, session) == [first]


def test_after_the_session_its_files_are_dropped_with_their_rows(database, alice, session):
    session_id, ended = begin(database, alice)
    keep(database, ended, file_of("a.pdf", sha256="a" * 64))
    keep(database, session, file_of("b.pdf", sha256="b" * 64))

    with database.command() as connection:
        end_session(connection, session_id=session_id)

        assert drop_ended_uploads(connection) == ["a" * 64]
        assert list(connection.execute(select(pending_uploads.c.sha256)).scalars()) == ["b" * 64]


def test_an_account_has_so_many_files_in_all_sessions_and_the_oldest_go(database, alice, bob, session):
    keep(database, begin(database, bob)[1], file_of("other.pdf"))
    keep(database, session, file_of("old.pdf", sha256="a" * 64))
    session_id, later = begin(database, alice)
    with database.command() as connection:
        end_session(connection, session_id=session_id)

    dropped = keep(
        database, later, *[file_of(f"{number}.pdf") for number in range(MAX_PENDING_UPLOADS)], now=NOW + SECOND
    )

    assert dropped == ["a" * 64]
    assert [file.name for file in kept(database, later)] == [f"{number}.pdf" for number in range(MAX_PENDING_UPLOADS)]


def test_the_sweep_learns_which_bytes_are_still_wanted(database, session):
    keep(database, session, file_of("a.pdf", sha256="a" * 64), file_of("b.pdf", sha256="b" * 64))

    with database.query() as connection:
        wanted = pending_hashes(connection, among=["b" * 64, "c" * 64])

    assert wanted == {"b" * 64}


def test_the_files_of_an_erased_person_are_gone(database, session, alice):
    keep(database, session, file_of("a.pdf"))

    with database.command() as connection:
        destroy_keys(connection, alice.id, now=NOW)

    assert kept(database, session) == []
