"""Which changes of the directory were carried out: a form sent twice does it once, and gets its first answer (D4).

Apart from the commands of tickets, because each of those left an event that begins an entry.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from hmac import compare_digest
from typing import Any

import orjson
import structlog
from sqlalchemy import Column, Connection, String, Table, Text, bindparam, insert, select

from izarlink_tickets.application.transaction import with_retries
from izarlink_tickets.database import Database, Timestamp, metadata
from izarlink_tickets.domain import access
from izarlink_tickets.domain.errors import CommandAlreadyUsed, Refusal
from izarlink_tickets.domain.vocabulary import CommandContext
from izarlink_tickets.failpoints import Point, failpoint
from izarlink_tickets.sealing import Keys

directory_commands = Table(
    "directory_commands",
    metadata,
    Column("actor_id", String(36), primary_key=True),
    Column("command_id", String(36), primary_key=True),
    # HMAC of the content under the actor's key.
    Column("digest", String(64), nullable=False),
    # The id or code of what was created or changed.
    Column("result", Text, nullable=False),
    Column("at", Timestamp, nullable=False),
)

_FIND = select(directory_commands.c.digest, directory_commands.c.result).where(
    directory_commands.c.actor_id == bindparam("actor"), directory_commands.c.command_id == bindparam("command")
)
_INSERT = insert(directory_commands)

_log = structlog.get_logger()


@dataclass(frozen=True, slots=True)
class Done:
    """What a change led to: the id or code of its object. is_repeated: it had been carried out before."""

    id: str
    is_repeated: bool = False


def carry_out(
    database: Database,
    sealing_key: bytes,
    context: CommandContext,
    *,
    content: Mapping[str, Any],
    work: Callable[[Connection], str],
) -> Done:
    """Do the work in one transaction, and not a second time for the same command.

    content: what tells this command from another under the same id. work: gives the id or code of its object; called
    again after a conflict. Raises: NotAllowed, CommandAlreadyUsed, the refusals of `work`, and what
    `transaction.persistently` raises.
    """
    access.require(allowed=access.keeps_directory(context.actor))
    said = orjson.dumps(dict(content), option=orjson.OPT_SORT_KEYS)

    def attempt() -> Done:
        with database.command() as connection:
            digest = Keys(connection, sealing_key).digest(context.actor.account_id, said)
            done = _find(connection, context, digest) or _do(connection, context, digest, work)
            if not done.is_repeated:
                _remember(connection, context, done, digest)
            failpoint(Point.BEFORE_COMMIT)
            return done

    done = with_retries(attempt)
    failpoint(Point.BEFORE_ANSWER)
    _log_command(context, content["command"], done)
    return done


def _log_command(context: CommandContext, name: str, done: Done) -> None:
    _log.info(
        "directory_command",
        name=name,
        object=done.id,
        repeated=done.is_repeated,
        actor=context.actor.account_id,
        channel=context.channel.value,
        command_id=context.command_id,
    )


def _find(connection: Connection, context: CommandContext, digest: str) -> Done | None:
    row = connection.execute(_FIND, {"actor": context.actor.account_id, "command": context.command_id}).first()
    if row is None:
        return None
    if not compare_digest(row.digest, digest):
        raise CommandAlreadyUsed(None)
    return Done(row.result, is_repeated=True)


def _do(connection: Connection, context: CommandContext, digest: str, work: Callable[[Connection], str]) -> Done:
    try:
        return Done(work(connection))
    except Refusal:
        # PostgreSQL may have let the command's own twin through since it was looked up.
        known = _find(connection, context, digest)
        if known:
            return known
        raise


def _remember(connection: Connection, context: CommandContext, done: Done, digest: str) -> None:
    values = {"actor_id": context.actor.account_id, "command_id": context.command_id, "digest": digest}
    connection.execute(_INSERT, {**values, "result": done.id, "at": context.at})
