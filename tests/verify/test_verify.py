"""`verify` on sound data, and on each corruption."""

import sqlite3
from contextlib import closing
from datetime import datetime
from pathlib import Path

import pytest
from sqlalchemy import text
from tests.application.second_factor_holders import LOCALHOST, Holder, portal_with
from tests.cast import Cast, Clock
from tests.openings import open_incident
from tests.verify.corruptions import CORRUPTIONS, Corruption, fill_with_tickets, run

from izarlink_tickets.accounts import Preferences, change_preferences
from izarlink_tickets.application import Portal
from izarlink_tickets.application.operations.verification import open_verifier
from izarlink_tickets.sealing import destroy_keys
from izarlink_tickets.verify import Finding, FindingStatus

# Corruptions that hide no other, and keep the tables.
TOGETHER = {
    "an event in the middle of a stream is gone",
    "an event is cut off",
    "a text was changed",
    "a ticket number was given to no ticket",
    "a command was carried out twice",
    "a command left no event",
    "a key is damaged",
    "an account was added behind the portal",
    "a stranger has a mail",
    "a file is cut off",
    "a deactivated account is signed in",
    "a list differs",
}

on_sqlite = pytest.mark.parametrize("stage", ["sqlite"], indirect=True)


@pytest.fixture
def portal_with_tickets(portal: Portal, cast: Cast) -> Portal:
    """Return a portal with three tickets."""
    fill_with_tickets(portal, cast)
    return portal


def findings(portal: Portal) -> dict[str, Finding]:
    # The age of a file comes from the disk.
    return {finding.check: finding for finding in open_verifier(portal).findings(now=datetime.now().astimezone())}


def breaches(portal: Portal) -> set[str]:
    return {check for check, finding in findings(portal).items() if finding.status is FindingStatus.BREACH}


def test_sound_data_has_no_breach(portal_with_tickets: Portal) -> None:
    by_check = findings(portal_with_tickets)

    assert {check for check, finding in by_check.items() if finding.status is not FindingStatus.OK} == {"ledger"}
    assert (by_check["tickets"].count, by_check["files"].count, by_check["commands"].count) == (3, 3, 10)


def test_an_empty_portal_has_no_breach(portal: Portal) -> None:
    assert breaches(portal) == set()


@on_sqlite
@pytest.mark.parametrize("corruption", [pytest.param(corruption, id=corruption.name) for corruption in CORRUPTIONS])
def test_a_corruption_is_found_by_its_check(portal_with_tickets: Portal, cast: Cast, corruption: Corruption) -> None:
    corruption.apply(portal_with_tickets, cast)

    assert corruption.check in breaches(portal_with_tickets)


def test_corruptions_do_not_hide_each_other(portal_with_tickets: Portal, cast: Cast) -> None:
    corruptions = [corruption for corruption in CORRUPTIONS if corruption.name in TOGETHER]
    for corruption in corruptions:
        corruption.apply(portal_with_tickets, cast)

    assert {corruption.check for corruption in corruptions} <= breaches(portal_with_tickets)


@on_sqlite
def test_columns_of_any_content_stop_no_check(portal_with_tickets: Portal, tmp_path: Path) -> None:
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

    assert {"database", "positions", "events", "mails", "keys", "tickets"} <= breaches(portal_with_tickets)


def test_secrets_of_second_factors_are_opened_unless_erased(portal: Portal, cast: Cast, clock: Clock) -> None:
    alice, bob = [Holder(portal_with(portal, base_url=LOCALHOST), clock, cast[name].email) for name in ("alice", "bob")]
    alice.add_passkey(alice.add_app(alice.begin()))
    bob.add_passkey(bob.add_app(bob.begin()))
    with portal.database.command() as connection:
        destroy_keys(connection, cast["bob"].id, now=clock())
    sound = findings(portal)["factors"]

    moved = "SELECT sealed FROM passkeys WHERE passkeys.account_id = authenticator_apps.account_id"
    run(portal, f"UPDATE authenticator_apps SET sealed_secret = ({moved})")  # noqa: S608 - a constant
    run(portal, "UPDATE passkeys SET sealed = 'x' WHERE account_id = :alice", alice=cast["alice"].id)
    damaged = findings(portal)["factors"]

    assert (sound.status, sound.count) == (FindingStatus.OK, 4)
    assert damaged.status is FindingStatus.BREACH
    assert f"a row of passkeys of {cast['alice'].id} doesn't open" in damaged.examples
    assert f"a row of authenticator_apps of {cast['alice'].id} doesn't open" in damaged.examples


@on_sqlite
def test_preferences_and_departures_are_no_breach(portal_with_tickets: Portal, cast: Cast) -> None:
    with portal_with_tickets.database.command() as connection:
        change_preferences(connection, account_id=cast["alice"].id, preferences=Preferences(mails_own_acts=False))
        change_preferences(connection, account_id=cast["nora"].id, preferences=Preferences(mails_new_tickets=False))
    portal_with_tickets.tickets.add_watcher(cast.context("sam"), number=1, account_id=cast["bob"].id)
    portal_with_tickets.tickets.add_follow_up(cast.context("alice"), number=1, text="Toujours rien.")
    open_incident(portal_with_tickets, cast)
    portal_with_tickets.accounts.deactivate(cast.context("root"), email="charlie@mendi.example")
    portal_with_tickets.tickets.add_follow_up(cast.context("sam"), number=3, text="Êtes-vous là ?")

    assert breaches(portal_with_tickets) == set()


@on_sqlite
def test_an_erased_person_is_no_breach(portal_with_tickets: Portal, cast: Cast) -> None:
    with portal_with_tickets.database.command() as connection:
        destroy_keys(connection, cast["alice"].id, now=cast.clock())
    portal_with_tickets.read_models.rebuild()

    by_check = findings(portal_with_tickets)

    assert [check for check, finding in by_check.items() if finding.status is FindingStatus.BREACH] == []
    assert by_check["seals"].remark == "11 of them erased"


@on_sqlite
def test_a_finding_lists_five_examples_at_most(portal_with_tickets: Portal) -> None:
    with portal_with_tickets.database.command() as connection:
        connection.execute(text("DELETE FROM commands"))

    finding = findings(portal_with_tickets)["commands"]

    assert (finding.breaches, len(finding.examples)) == (10, 5)


@on_sqlite
def test_commands_go_on_during_a_verification(portal_with_tickets: Portal, cast: Cast) -> None:
    verification = open_verifier(portal_with_tickets).findings(now=datetime.now().astimezone())
    first = next(verification)
    open_incident(portal_with_tickets, cast)

    others = list(verification)

    assert {finding.status for finding in (first, *others) if finding.check != "ledger"} == {FindingStatus.OK}
