"""Checks that a few queries answer: positions, commands, keys, factors, sign-ins."""

from collections.abc import Iterator

from sqlalchemy import Connection, Select, and_, column, func, select, table

from izarlink_tickets.accounts import accounts
from izarlink_tickets.accounts.credentials import initial_passwords
from izarlink_tickets.accounts.second_factors import broken_second_factors, count_second_factors
from izarlink_tickets.accounts.tokens import tokens
from izarlink_tickets.config import SealingKey
from izarlink_tickets.event_store import commands, log_head
from izarlink_tickets.sealing import Keys, broken_keys, sealing_keys
from izarlink_tickets.sessions.session import sessions
from izarlink_tickets.verify.findings import EXAMPLES, Finding, FindingBuilder
from izarlink_tickets.verify.scratch_tables import commands_in_log as logged
from izarlink_tickets.verify.stored import PAGE

_EVENTS = table("events", column("position"))
_SAME = and_(
    commands.c.actor_id == logged.c.actor_id,
    commands.c.command_id == logged.c.command_id,
    commands.c.number == logged.c.number,
    commands.c.entry == logged.c.entry,
)


def positions_finding(connection: Connection) -> Finding:
    """Find gaps, and a head that differs from the last position.

    With a head behind the log no command can be stored; with a head ahead of it an event is lost.
    """
    builder = FindingBuilder("positions", "events")
    position = _EVENTS.c.position
    builder.count, first, last = connection.execute(
        select(func.count(), func.min(position), func.max(position)).select_from(_EVENTS)
    ).one()
    if (first, last) != (1, builder.count):
        steps = select(position, func.lag(position, 1, 0).over(order_by=position).label("previous")).subquery()
        gaps = select(steps).where(steps.c.position != steps.c.previous + 1).order_by(steps.c.position).limit(EXAMPLES)
        for after_gap, previous in connection.execute(gaps):
            builder.breach(f"position {previous} is followed by {after_gap}")
    head = connection.execute(select(log_head.c.position)).scalar_one_or_none()
    if head != (last or 0):
        builder.breach(f"the head of the log is {head}, its last event {last or 0}")
    return builder.build()


def commands_finding(connection: Connection) -> Finding:
    """Find commands without events, entries without a command, and repeated ids."""
    builder = FindingBuilder("commands", "commands")
    builder.count = connection.execute(select(func.count(commands.c.number))).scalar_one()
    without_events = (
        select(commands.c.number, commands.c.entry)
        .select_from(commands.outerjoin(logged, _SAME))
        # Rows without a number are of commands that concern no ticket.
        .where(commands.c.number.is_not(None), logged.c.number.is_(None))
    )
    for place in _places(connection, without_events):
        builder.breach(f"the command of {place} is in the command log and has no event")
    without_command = (
        select(logged.c.number, logged.c.entry)
        .select_from(logged.outerjoin(commands, _SAME))
        .where(commands.c.number.is_(None))
    )
    for place in _places(connection, without_command):
        builder.breach(f"the command of {place} is not in the command log")
    repeated = (
        select(func.min(logged.c.number), func.max(logged.c.entry))
        .group_by(logged.c.actor_id, logged.c.command_id)
        .having(func.count() > 1)
    )
    for place in _places(connection, repeated):
        builder.breach(f"the command of {place} was carried out twice")
    return builder.build()


def _places(connection: Connection, statement: Select[int, int]) -> Iterator[str]:
    for number, entry in connection.execute(statement.execution_options(yield_per=PAGE)):
        yield f"ticket {number}, entry {entry}"


def sign_ins_finding(connection: Connection) -> Finding:
    """Find sessions, links and initial passwords of accounts that are deactivated."""
    builder = FindingBuilder("sign-ins", "sessions, links and initial passwords")
    for name, credentials in (("a session", sessions), ("a link", tokens), ("an initial password", initial_passwords)):
        builder.count += connection.execute(select(func.count()).select_from(credentials)).scalar_one()
        closed = select(credentials.c.account_id).join(accounts, accounts.c.id == credentials.c.account_id)
        for account_id in connection.execute(closed.where(~accounts.c.active)).scalars():
            builder.breach(f"{account_id} is deactivated and has {name}")
    return builder.build()


def keys_finding(connection: Connection, master_key: SealingKey) -> Finding:
    """Find keys that the master key doesn't unwrap."""
    builder = FindingBuilder("keys", "personal keys")
    builder.count = connection.execute(select(func.count()).select_from(sealing_keys)).scalar_one()
    for key_id, account_id in broken_keys(connection, master_key):
        builder.breach(f"key {key_id} of {account_id} doesn't open")
    return builder.build()


def factors_finding(connection: Connection, keys: Keys) -> Finding:
    """Find apps and passkeys whose secret doesn't open."""
    builder = FindingBuilder("factors", "apps and passkeys")
    builder.count = count_second_factors(connection)
    for table_name, account_id in broken_second_factors(connection, keys):
        builder.breach(f"a row of {table_name} of {account_id} doesn't open")
    return builder.build()
