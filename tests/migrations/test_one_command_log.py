"""Step 0009: one command log for tickets and directory."""

from datetime import UTC, datetime

import pytest
from sqlalchemy import Connection, text
from tests.cast import Cast
from tests.migrations.inspection import opened

from izarlink_tickets.application import Portal
from izarlink_tickets.application.categories import NewCategory
from izarlink_tickets.application.operations.schema import run_steps, upgrade
from izarlink_tickets.config import Settings
from izarlink_tickets.domain.errors import CommandAlreadyUsed

MOMENT = datetime(2026, 11, 2, 9, tzinfo=UTC)
COLUMNS = text("SELECT command_id, digest, number, entry, result FROM commands ORDER BY command_id")


def insert_commands(connection: Connection) -> None:
    """Insert a ticket's command, a directory's, and an id of both."""
    ticket = text("INSERT INTO commands VALUES ('actor', :command, 'digest', 7, 2, :at)")
    directory = text("INSERT INTO directory_commands VALUES ('actor', :command, 'other', 'some-id', :at)")
    connection.execute(ticket, [{"command": command, "at": MOMENT} for command in ("on-ticket", "on-both")])
    connection.execute(directory, [{"command": command, "at": MOMENT} for command in ("on-directory", "on-both")])


def test_commands_of_the_directory_are_copied_into_the_one_log(empty: Settings) -> None:
    with opened(empty) as database, database.command() as connection:
        run_steps(connection, until="0008")
        insert_commands(connection)

        upgrade(connection)

        assert [tuple(row) for row in connection.execute(COLUMNS)] == [
            ("on-both", "digest", 7, 2, None),
            ("on-directory", "other", None, None, "some-id"),
            ("on-ticket", "digest", 7, 2, None),
        ]


def undo_step(connection: Connection) -> None:
    """Bring the commands into the tables and columns of step 0008."""
    connection.execute(text("DROP TABLE snapshots"))
    for table in ("ticket_visits", "provider_sessions", "external_identities"):
        connection.execute(text(f"DROP TABLE {table}"))
    connection.execute(text("ALTER TABLE accounts DROP COLUMN is_break_glass"))
    connection.execute(text("DROP TABLE pending_uploads"))
    connection.execute(text("DROP INDEX ix_commands_actor_id_at"))
    for column in ("file_bytes", "mails"):
        connection.execute(text(f"ALTER TABLE commands DROP COLUMN {column}"))
    connection.execute(text("DROP TABLE master_keys"))
    for table in ("authenticator_apps", "passkeys", "recovery_codes"):
        connection.execute(text(f"DROP TABLE {table}"))
    connection.execute(text("ALTER TABLE sealing_keys DROP COLUMN wrapped_by"))
    connection.execute(text("DROP INDEX ix_accounts_informed"))
    connection.execute(text("ALTER TABLE accounts DROP COLUMN mails_company_tickets"))
    connection.execute(text("ALTER TABLE accounts DROP COLUMN unread_since"))
    for column in ("proved_at", "way", "awaits"):
        connection.execute(text(f"ALTER TABLE sessions DROP COLUMN {column}"))
    connection.execute(text("ALTER TABLE log_head DROP COLUMN read_models"))
    values = "actor_id, command_id, digest, result, at"
    moved = text(f"INSERT INTO directory_commands SELECT {values} FROM commands WHERE number IS NULL")  # noqa: S608
    connection.execute(moved)
    connection.execute(text("DELETE FROM commands WHERE number IS NULL"))
    connection.execute(text("ALTER TABLE commands DROP COLUMN result"))
    connection.execute(text("UPDATE alembic_version SET version_num = '0008'"))


def test_a_repeated_change_of_the_directory_has_its_first_answer_after_the_step(portal: Portal, cast: Cast) -> None:
    context, new = cast.context("root"), NewCategory("INCIDENT", "Voix sur IP")
    first = portal.categories.create(context, new)
    with portal.database.command() as connection:
        undo_step(connection)
        upgrade(connection)

    again = portal.categories.create(context, new)

    assert (again.id, again.is_repeated) == (first.id, True)
    with pytest.raises(CommandAlreadyUsed):
        portal.categories.rename(context, code=first.id, label="Téléphonie")
