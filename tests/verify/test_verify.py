"""What `verify` says of sound data, and that each damage is found by the check that is there for it."""

import sqlite3
from contextlib import closing
from datetime import datetime
from pathlib import Path

import pytest
from sqlalchemy import text
from tests.cast import Cast
from tests.openings import open_incident
from tests.verify.corruptions import DAMAGES, Damage, tell_a_story

from izarlink_tickets.accounts import Preferences, change_preferences
from izarlink_tickets.application import Portal
from izarlink_tickets.application.operations.verification import open_verifier
from izarlink_tickets.sealing import destroy_keys
from izarlink_tickets.verify import Finding, FindingStatus

# Those that leave each other to be seen, and leave the tables as they are.
TOGETHER = {
    "an event in the middle of a stream is gone",
    "an event is cut off",
    "a text was changed",
    "a ticket number was given to no ticket",
    "a command was carried out twice",
    "a command left no event",
    "a key is damaged",
    "an account was made past the portal",
    "a stranger was told",
    "a file is cut off",
    "a deactivated account is signed in",
    "a list says something else",
}

on_sqlite = pytest.mark.parametrize("stage", ["sqlite"], indirect=True)


@pytest.fixture
def told(portal: Portal, cast: Cast) -> Portal:
    """Give a portal in which something has happened."""
    tell_a_story(portal, cast)
    return portal


def findings(portal: Portal) -> dict[str, Finding]:
    # The age of a file is what the disk says.
    return {one.check: one for one in open_verifier(portal).findings(now=datetime.now().astimezone())}


def breaches(portal: Portal) -> set[str]:
    return {check for check, finding in findings(portal).items() if finding.status is FindingStatus.BREACH}


def test_sound_data_has_no_breach(told: Portal) -> None:
    found = findings(told)

    assert {check for check, finding in found.items() if finding.status is not FindingStatus.OK} == {"ledger"}
    assert (found["tickets"].count, found["files"].count, found["commands"].count) == (3, 3, 10)


def test_an_empty_portal_has_no_breach(portal: Portal) -> None:
    assert breaches(portal) == set()


@on_sqlite
@pytest.mark.parametrize("damage", [pytest.param(damage, id=damage.what) for damage in DAMAGES])
def test_a_damage_is_found_by_its_check(told: Portal, cast: Cast, damage: Damage) -> None:
    damage.plant(told, cast)

    assert damage.check in breaches(told)


def test_damages_don_t_hide_each_other(told: Portal, cast: Cast) -> None:
    damages = [damage for damage in DAMAGES if damage.what in TOGETHER]
    for damage in damages:
        damage.plant(told, cast)

    assert {damage.check for damage in damages} <= breaches(told)


@on_sqlite
def test_columns_that_hold_anything_bring_nothing_down(told: Portal, tmp_path: Path) -> None:
    with closing(sqlite3.connect(tmp_path / "izarlink.db", isolation_level=None)) as connection:
        connection.execute(
            "UPDATE events SET stream_id = 'x', version = 'y', topic = 1, state = 1.5"
            " WHERE position = (SELECT position FROM log_head)"
        )
        connection.execute("UPDATE log_head SET position = 'z', ticket_number = 'z'")
        connection.execute("UPDATE outbox SET number = 'n', created_at = 'then' WHERE number = 1")
        connection.execute("UPDATE accounts SET role = 'king', created_at = 'then' WHERE email LIKE 'ada@%'")
        connection.execute("UPDATE sealing_keys SET wrapped = 'w', created_at = 'then' WHERE rowid = 1")
        connection.execute("UPDATE services SET organisation_id = 'nobody' WHERE reference = 'FTTO-00417'")

    assert {"database", "positions", "events", "mails", "keys", "tickets"} <= breaches(told)


@on_sqlite
def test_what_people_wish_and_who_leaves_is_no_breach(told: Portal, cast: Cast) -> None:
    with told.database.command() as connection:
        change_preferences(connection, account_id=cast["alice"].id, preferences=Preferences(mails_own_acts=False))
        change_preferences(connection, account_id=cast["nora"].id, preferences=Preferences(mails_new_tickets=False))
    told.tickets.add_watcher(cast.context("sam"), number=1, account_id=cast["bob"].id)
    told.tickets.add_follow_up(cast.context("alice"), number=1, text="Toujours rien.")
    open_incident(told, cast)
    told.accounts.deactivate(cast.context("root"), email="charlie@mendi.example")
    told.tickets.add_follow_up(cast.context("sam"), number=3, text="Êtes-vous là ?")

    assert breaches(told) == set()


@on_sqlite
def test_an_erased_person_is_no_breach(told: Portal, cast: Cast) -> None:
    with told.database.command() as connection:
        destroy_keys(connection, cast["alice"].id, now=cast.clock())
    told.read_models.rebuild()

    found = findings(told)

    assert [one.check for one in found.values() if one.status is FindingStatus.BREACH] == []
    assert found["seals"].remark == "11 of them erased"


@on_sqlite
def test_no_more_examples_are_told_than_help(told: Portal) -> None:
    with told.database.command() as connection:
        connection.execute(text("DELETE FROM commands"))

    found = findings(told)["commands"]

    assert (found.breaches, len(found.examples)) == (10, 5)


@on_sqlite
def test_nobody_waits_for_a_verification(told: Portal, cast: Cast) -> None:
    verification = open_verifier(told).findings(now=datetime.now().astimezone())
    first = next(verification)
    open_incident(told, cast)

    others = list(verification)

    assert {one.status for one in (first, *others) if one.check != "ledger"} == {FindingStatus.OK}
