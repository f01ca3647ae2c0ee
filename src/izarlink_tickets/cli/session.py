"""The operator's session: checked settings, clock, keys and database."""

import os
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from typing import NamedTuple
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
from izarlink_tickets.cli.failures import ClockImplausible, NotActiveStaff, RequesterLeft
from izarlink_tickets.config import MasterKeys, Settings, SettingsError, load_keys
from izarlink_tickets.domain import access
from izarlink_tickets.domain.vocabulary import SYSTEM, Actor, Channel, CommandContext, Role

# Before this program was written: a machine without a battery starts in 1970 until its clock is set.
EARLIEST = datetime(2026, 1, 1, tzinfo=UTC)
# An operator may read everything, as an auditor may, and has no account.
READER = Actor(SYSTEM.account_id, Role.AUDITOR)


class OperatorReader(NamedTuple):
    """The operator as a reader of sentences: in English, in UTC."""

    actor: Actor = READER
    locale: str = "en"
    timezone: str = "UTC"


as_json = click.option("--json", "is_json", is_flag=True, help="Print JSON.")
# A ticket number fits the database's largest integer (BIGINT).
number_argument = click.argument("number", metavar="N", type=click.IntRange(1, 2**63 - 1))
repeatable = click.option(
    "--command-id",
    type=click.UUID,
    callback=lambda _context, _option, value: value and str(value),
    metavar="UUID",
    help="Make the command safe to repeat: with the same UUID it is carried out once.",
)


def now() -> datetime:
    """Return the time, aware UTC. Raises: ClockImplausible."""
    moment = datetime.now(UTC)
    if moment < EARLIEST:
        raise ClockImplausible
    return moment


def read_settings() -> Settings:
    """Read the settings, configure the log, arm a failpoint.

    Raises: SettingsError.
    """
    settings = inspect_settings()
    if settings.fault:
        failpoints.arm(*settings.fault)
    return settings


def inspect_settings() -> Settings:
    """Read the settings and configure the log; arm no failpoint.

    Raises: SettingsError.
    """
    settings = Settings.read(os.environ)
    _check_url(settings)
    logs.configure(settings)
    return settings


def log_warnings_only(settings: Settings) -> None:
    """Log warnings and errors only, unless a level is set.

    A command prints its own result.
    """
    if "log_level" not in settings.model_fields_set:
        logs.configure(settings.model_copy(update={"log_level": "warning"}))


@contextmanager
def opened_portal() -> Iterator[Portal]:
    """Open the portal for one command.

    Raises: ClockImplausible, SettingsError, SchemaUnfit, WrongSealingKey, DatabaseUnreachable.
    """
    now()
    settings = read_settings()
    log_warnings_only(settings)
    with checked_portal(settings, load_keys(settings)) as portal:
        yield portal


@contextmanager
def checked_portal(settings: Settings, keys: MasterKeys) -> Iterator[Portal]:
    """Open a portal whose schema and key fit.

    Raises: SchemaUnfit, WrongSealingKey, DatabaseUnreachable.
    """
    portal = open_portal(settings, keys)
    try:
        require_current_schema(portal.database)
        require_master_key(portal.database, keys)
        yield portal
    finally:
        portal.database.close()


def command_context(actor: Actor = SYSTEM, *, command_id: str | None = None) -> CommandContext:
    """Build the context of a command.

    By default it is the portal's own, with a new id.
    """
    return CommandContext(actor, now(), Channel.CLI, command_id or str(uuid4()))


def account_at(portal: Portal, email: str) -> Account:
    """Find the account with an email address. Raises: UnknownAccount."""
    with portal.database.query() as connection:
        return account_with(connection, email=email)


def active_account(portal: Portal, email: str, *, option: str) -> Account:
    """Find the active account with an email address. Raises: UnknownAccount, RequesterLeft."""
    account = account_at(portal, email)
    if not account.active:
        raise RequesterLeft(email, option)
    return account


def staff_account(portal: Portal, email: str, *, option: str = "--as") -> Account:
    """Find the active staff account with an email address. Raises: NotActiveStaff."""
    with portal.database.query() as connection:
        account = find_account_by_email(connection, email=email)
    if account is None or not access.is_staff(account.actor):
        raise NotActiveStaff(email, option)
    return account


def _check_url(settings: Settings) -> None:
    try:
        make_url(settings.database_url)
    except (ArgumentError, ValueError):
        # The cause may hold the password.
        raise SettingsError(
            "IZARLINK_DATABASE_URL can't be parsed; is a special character in the password not escaped?"
        ) from None
