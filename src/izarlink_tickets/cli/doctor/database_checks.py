"""Checks of the database, with the portal's own queries."""

from collections.abc import Callable, Iterator
from functools import partial
from urllib.parse import urlsplit

from sqlalchemy import Connection, false, func, select, text, update

from izarlink_tickets import outbox
from izarlink_tickets.accounts import (
    active_administrators,
    count_operators_without_factor,
    find_break_glass,
    list_accounts,
    may_use_password,
)
from izarlink_tickets.application import Portal, open_portal
from izarlink_tickets.application.operations.demo_mark import is_demo
from izarlink_tickets.application.operations.health import OLD_MAIL
from izarlink_tickets.application.operations.schema import require_current_schema, require_master_key
from izarlink_tickets.cli.doctor.check_results import CheckFailed, CheckResult, CheckStatus, run_check
from izarlink_tickets.cli.doctor.key_checks import check_key_ages, check_sealing_change
from izarlink_tickets.cli.doctor.networks import is_loopback
from izarlink_tickets.cli.output import moment, plural
from izarlink_tickets.cli.session import now
from izarlink_tickets.config import LOOPBACK_HOSTS, Settings, load_keys
from izarlink_tickets.database import CLOCK_TOLERANCE
from izarlink_tickets.event_store import events, last_recorded_at, log_head
from izarlink_tickets.mail_hold import mail_hold

# ASVS 13.2.2: least privileges. The portal needs its own database alone.
_RIGHTS_OF_ROLE = text(
    "SELECT rolsuper OR rolcreaterole OR rolcreatedb OR rolreplication OR rolbypassrls"
    " FROM pg_roles WHERE rolname = current_user"
)


def check_database(settings: Settings) -> Iterator[CheckResult]:
    keys, opened = load_keys(settings), list[Portal]()
    remedy = "Let the account that runs the portal write to this folder and to all files in it."
    result = run_check("database", lambda: opened.append(open_portal(settings, keys)), remedy=remedy)
    if not opened:
        yield result
        return
    portal = opened[0]
    try:
        for check, check_function, remedy in (
            ("database", _database, "Start it, or check IZARLINK_DATABASE_URL."),
            ("schema", lambda portal: require_current_schema(portal.database), "Run `izarlink-tickets migrate`."),
            (
                "sealing key",
                lambda portal: require_master_key(portal.database, keys),
                "Restore the key of this database.",
            ),
        ):
            result = run_check(check, partial(check_function, portal), remedy=remedy)
            yield result
            if result.status is CheckStatus.FAILED:
                return
        yield run_check("writing", partial(_writing, portal), remedy="Let the portal's account write to its database.")
        for check, query in (
            ("log", _log),
            ("history", _history),
            ("mails", _mails),
            ("passwords", partial(_passwords, settings)),
        ):
            yield run_check(check, partial(_queried, portal, query))
        if settings.oidc:
            yield run_check("break-glass account", partial(_queried, portal, _break_glass))
        yield run_check("demo", partial(_queried, portal, partial(_demo, settings)))
        yield run_check("key changes", partial(_queried, portal, partial(check_sealing_change, portal)))
        yield run_check("key ages", partial(_queried, portal, partial(check_key_ages, portal)))
        yield run_check("second factor", partial(_second_factor, portal))
    finally:
        portal.database.close()


def _queried(portal: Portal, query: Callable[[Connection], str]) -> str:
    with portal.database.query() as connection:
        return query(connection)


def _database(portal: Portal) -> str:
    if portal.database.path:
        _queried(portal, lambda connection: str(connection.execute(select(1)).scalar_one()))
        return str(portal.database.path)
    return _queried(portal, _postgresql)


def _postgresql(connection: Connection) -> str:
    """Check that a COMMIT survives a power cut.

    No client can change these two settings of the server.
    """
    off = connection.execute(
        text("SELECT name FROM pg_settings WHERE name IN ('fsync', 'full_page_writes') AND setting = 'off'")
    )
    if names := " and ".join(off.scalars()):
        raise CheckFailed(
            f"PostgreSQL runs with {names} off: a power cut may lose saved changes, or everything",
            "Switch it on in postgresql.conf.",
        )
    if connection.execute(_RIGHTS_OF_ROLE).scalar_one():
        raise CheckFailed(
            "PostgreSQL answers, to a role with rights over the whole server",
            "Let the portal use a role of its own that owns its database and nothing else.",
        )
    return "PostgreSQL answers"


def _writing(portal: Portal) -> None:
    """Start a write that changes no row.

    A standby, or a file of another account, refuses it.
    """
    with portal.database.command() as connection:
        connection.execute(update(log_head).values(position=log_head.c.position).where(false()))


def _log(connection: Connection) -> str:
    """Compare the stored head of the log with the last event.

    If it lags behind, no command can be stored.
    """
    last = select(func.max(events.c.position)).scalar_subquery()
    head, position = connection.execute(select(log_head.c.position, func.coalesce(last, 0))).one()
    if head != position:
        raise CheckFailed(
            f"its head is {head} and its last event {position}: it was changed by hand",
            "Run `izarlink-tickets verify`, then restore the last good backup.",
            status=CheckStatus.FAILED,
        )
    return plural(position, "event")


def _history(connection: Connection) -> str:
    """Compare the clock with the event that was recorded last.

    One in the future comes from a wrong clock. Earlier ones may: they were recorded while the clock was ahead.
    """
    last = last_recorded_at(connection)
    if last and last > now() + CLOCK_TOLERANCE:
        raise CheckFailed(
            f"the last event is in the future, at {moment(last)}",
            "Set the clock of this machine; if it is right by now, the next event settles this.",
        )
    return f"the last event is from {moment(last)}" if last else "no event yet"


def _mails(connection: Connection) -> str:
    waiting, oldest = outbox.backlog(connection)
    failed = outbox.count_failed(connection)
    if hold := mail_hold(connection):
        raise CheckFailed(
            f"held since {moment(hold.since)}, {hold.reason}; {waiting} waiting",
            "Send them with `izarlink-tickets mail enable`.",
        )
    if oldest and oldest < now() - OLD_MAIL:
        raise CheckFailed(
            f"{waiting} waiting, the oldest since {moment(oldest)}", "Check that `serve` or `work` is running."
        )
    if failed:
        raise CheckFailed(f"{failed} failed", "See `izarlink-tickets mail list --status failed`, then `mail retry`.")
    return f"{waiting} waiting"


def _demo(settings: Settings, connection: Connection) -> str:
    """Check that nobody from outside reaches accounts whose password is public."""
    if not is_demo(connection):
        return "none"
    host = urlsplit(settings.base_url).hostname or ""
    if host not in LOOPBACK_HOSTS or not is_loopback(settings.bind):
        raise CheckFailed(
            f"{settings.base_url} serves the demo, whose passwords everybody knows",
            "Let it listen on this machine alone (IZARLINK_BIND, IZARLINK_BASE_URL), or start with an empty database.",
            status=CheckStatus.FAILED,
        )
    return "on this machine alone"


def _second_factor(portal: Portal) -> str:
    """Check that the operator's people sign in with more than a password."""
    with portal.database.query() as connection:
        without, holds_demo = count_operators_without_factor(connection), is_demo(connection)
    people = plural(without, "active account of the operator has", "active accounts of the operator have")
    if portal.settings.second_factor == "off":
        if holds_demo:
            return "off, as this is the demo"
        raise CheckFailed(
            f"off: {people} a password only", "Set IZARLINK_SECOND_FACTOR=staff; each sets one up at the next sign-in."
        )
    if without:
        return f"{people} none yet, and must set one up at the next sign-in"
    return "every active account of the operator has one"


def _break_glass(connection: Connection) -> str:
    """Check that one administrator can sign in while the provider is down."""
    marked = set(find_break_glass(connection)) & set(active_administrators(connection))
    if not any(account.id in marked and not account.must_change_password for account in list_accounts(connection)):
        raise CheckFailed(
            "no administrator with a password of their own can sign in if the provider fails",
            "Mark one with `izarlink-tickets account break-glass`, then `account reset-password` if they have none.",
        )
    return "an administrator can sign in without the provider"


def _passwords(settings: Settings, connection: Connection) -> str:
    """Check that everybody who signs in with a password has chosen one."""
    waiting = sum(
        account.active and account.must_change_password
        for account in list_accounts(connection)
        if not settings.oidc or may_use_password(connection, account)
    )
    if waiting:
        raise CheckFailed(
            f"{plural(waiting, 'account has', 'accounts have')} an initial password or none",
            "Remind them, or mail new credentials with `account invite`.",
        )
    return "every active account has chosen one"
