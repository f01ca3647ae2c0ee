"""Tickets from before the marks of what is unread."""

from datetime import UTC, datetime

from sqlalchemy import Connection, text
from tests.migrations.inspection import opened

from izarlink_tickets.accounts import find_account
from izarlink_tickets.application.operations.schema import run_steps, upgrade
from izarlink_tickets.config import Settings

TEXTS = "email, email_folded, name, phone, role, locale, timezone, theme"


def insert_account(connection: Connection) -> None:
    """Insert an account as an earlier release does."""
    connection.execute(
        text(
            f"INSERT INTO accounts (id, {TEXTS}, active, created_at, mails_own_acts, mails_new_tickets, single_keys)"  # noqa: S608 - a constant
            " VALUES ('1', 'a@b.fr', 'a@b.fr', 'A', '', 'customer', 'fr', 'UTC', 'auto', :yes, :at, :yes, :yes, :yes)"
        ),
        {"yes": True, "at": datetime(2026, 1, 1, tzinfo=UTC)},
    )


def test_tickets_from_before_the_step_count_as_read(empty: Settings) -> None:
    with opened(empty) as database, database.command() as connection:
        run_steps(connection, until="0012")
        insert_account(connection)
        began = datetime.now(UTC)

        upgrade(connection)

        account = find_account(connection, account_id="1")
        assert account is not None
        assert account.news_since >= began
        assert not account.mails_company_tickets
