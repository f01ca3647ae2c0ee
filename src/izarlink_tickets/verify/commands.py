"""Compare the commands that the log tells of with those that are remembered as carried out (D4)."""

from collections.abc import Iterator

from sqlalchemy import Connection, Select, and_, func, select

from izarlink_tickets.event_store import commands
from izarlink_tickets.verify.findings import Finding, Tally
from izarlink_tickets.verify.scratch_tables import commands_in_log as logged
from izarlink_tickets.verify.stored import PAGE

_SAME = and_(
    commands.c.actor_id == logged.c.actor_id,
    commands.c.command_id == logged.c.command_id,
    commands.c.number == logged.c.number,
    commands.c.entry == logged.c.entry,
)
_NOT_LOGGED = (
    select(commands.c.number, commands.c.entry)
    .select_from(commands.outerjoin(logged, _SAME))
    # Rows without a number are of commands that concern no ticket.
    .where(commands.c.number.is_not(None), logged.c.number.is_(None))
)
_NOT_REMEMBERED = (
    select(logged.c.number, logged.c.entry)
    .select_from(logged.outerjoin(commands, _SAME))
    .where(commands.c.number.is_(None))
)
_DOUBLED = (
    select(func.min(logged.c.number), func.max(logged.c.entry))
    .group_by(logged.c.actor_id, logged.c.command_id)
    .having(func.count() > 1)
)


def compare_commands(connection: Connection) -> Finding:
    """Find commands that left nothing in the log, entries of no command, and ids that were used twice."""
    tally = Tally("commands", "remembered commands")
    tally.count = connection.execute(select(func.count(commands.c.number))).scalar_one()
    for place in _places(connection, _NOT_LOGGED):
        tally.breach(f"the command of {place} is remembered and has left no event")
    for place in _places(connection, _NOT_REMEMBERED):
        tally.breach(f"the command of {place} is not remembered")
    for place in _places(connection, _DOUBLED):
        tally.breach(f"the command of {place} was carried out twice")
    return tally.finding()


def _places(connection: Connection, statement: Select[int, int]) -> Iterator[str]:
    for number, entry in connection.execute(statement.execution_options(yield_per=PAGE)):
        yield f"ticket {number}, entry {entry}"
