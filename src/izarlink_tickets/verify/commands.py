"""Comparison of the command log with the commands of the events."""

from collections.abc import Iterator

from sqlalchemy import Connection, Select, and_, func, select

from izarlink_tickets.event_store import commands
from izarlink_tickets.verify.findings import Finding, FindingBuilder
from izarlink_tickets.verify.scratch_tables import commands_in_log as logged
from izarlink_tickets.verify.stored import PAGE

_SAME = and_(
    commands.c.actor_id == logged.c.actor_id,
    commands.c.command_id == logged.c.command_id,
    commands.c.number == logged.c.number,
    commands.c.entry == logged.c.entry,
)


def compare_commands(connection: Connection) -> Finding:
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
