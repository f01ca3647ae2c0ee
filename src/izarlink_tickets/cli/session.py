"""Who is at the command line, and with which portal: settings, keys and database are checked before a command."""

import os
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from uuid import uuid4

import click
from sqlalchemy.engine import make_url
from sqlalchemy.exc import ArgumentError

from izarlink_tickets import failpoints
from izarlink_tickets.accounts import Account, find_account_by_email
from izarlink_tickets.application import Portal, open_portal
from izarlink_tickets.application.accounts import account_with
from izarlink_tickets.application.operations.schema import require_current_schema, require_master_key
from izarlink_tickets.cli import logs
from izarlink_tickets.cli.failures import ClockImplausible, NotAtTheDesk
from izarlink_tickets.config import MasterKeys, Settings, SettingsError, load_keys
from izarlink_tickets.domain import access
from izarlink_tickets.domain.vocabulary import SYSTEM, Actor, Channel, CommandContext, Role

# Before this code was written: a machine without a battery thinks so until somebody tells it the time.
EARLIEST = datetime(2026, 1, 1, tzinfo=UTC)
# Whoever may run commands on the machine reads everything, as an auditor does; there is no account behind.
READER = Actor(SYSTEM.account_id, Role.AUDITOR)

as_json = click.option("--json", "is_json", is_flag=True, help="Print JSON.")
# A ticket's number fits the database's integers (BIGINT).
number_argument = click.argument("number", metavar="N", type=click.IntRange(1, 2**63 - 1))
repeatable = click.option(
    "--command-id",
    type=click.UUID,
    callback=lambda _context, _option, value: value and str(value),
    metavar="UUID",
    help="Name this command: sent again under the same name, it is done once.",
)


def now() -> datetime:
    """Tell the time, aware UTC. Raises: ClockImplausible."""
    moment = datetime.now(UTC)
    if moment < EARLIEST:
        raise ClockImplausible
    return moment


def read_settings() -> Settings:
    """Read the settings, begin to log as they say, and die where they say. Raises: SettingsError."""
    settings = settings_to_examine()
    if settings.fault:
        failpoints.arm(*settings.fault)
    return settings


def settings_to_examine() -> Settings:
    """Read the settings and begin to log as they say, without becoming what they order. Raises: SettingsError."""
    settings = Settings.read(os.environ)
    _check_url(settings)
    logs.configure(settings)
    return settings


def keep_quiet(settings: Settings) -> None:
    """Log only what is wrong, unless a level was asked for: what a command did, it says itself."""
    if "log_level" not in settings.model_fields_set:
        logs.configure(settings.model_copy(update={"log_level": "warning"}))


@contextmanager
def opened_portal() -> Iterator[Portal]:
    """Open the portal for one command. Raises: SettingsError, SchemaUnfit, WrongSealingKey, DatabaseUnreachable."""
    now()
    settings = read_settings()
    keep_quiet(settings)
    with portal_of(settings, load_keys(settings)) as portal:
        yield portal


@contextmanager
def portal_of(settings: Settings, keys: MasterKeys) -> Iterator[Portal]:
    """Open a portal, checked, and close it. Raises: SchemaUnfit, WrongSealingKey, DatabaseUnreachable."""
    portal = open_portal(settings, keys)
    try:
        require_current_schema(portal.database)
        require_master_key(portal.database, keys)
        yield portal
    finally:
        portal.database.close()


def command_context(actor: Actor = SYSTEM, *, command_id: str | None = None) -> CommandContext:
    """Begin a command, by default the operator's own, under an id of its own."""
    return CommandContext(actor, now(), Channel.CLI, command_id or str(uuid4()))


def account_at(portal: Portal, email: str) -> Account:
    """Give the account of a mail address. Raises: UnknownAccount."""
    with portal.database.query() as connection:
        return account_with(connection, email=email)


def colleague(portal: Portal, email: str, *, option: str = "--as") -> Actor:
    """Give the person who works on a ticket. Raises: NotAtTheDesk, for whoever isn't active staff."""
    with portal.database.query() as connection:
        account = find_account_by_email(connection, email=email)
    if account is None or not access.is_staff(account.person):
        raise NotAtTheDesk(option)
    return account.person


def _check_url(settings: Settings) -> None:
    try:
        make_url(settings.database_url)
    except (ArgumentError, ValueError):
        # The cause may hold the password.
        raise SettingsError(
            "IZARLINK_DATABASE_URL can't be understood; is a sign of the password not escaped?"
        ) from None
