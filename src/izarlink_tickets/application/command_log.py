"""Which commands were carried out, and what they led to: a command sent again gets its first answer (D4).

One row a command, unique per actor, stored in the transaction of its events.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from hashlib import sha256
from hmac import compare_digest
from typing import Any

from sqlalchemy import Connection, bindparam, insert, select

from izarlink_tickets.attachments import Upload
from izarlink_tickets.domain.errors import CommandAlreadyUsed
from izarlink_tickets.domain.vocabulary import CommandContext
from izarlink_tickets.event_store import commands

_FIND = select(commands.c.digest, commands.c.number, commands.c.entry).where(
    commands.c.actor_id == bindparam("actor"), commands.c.command_id == bindparam("command")
)
_INSERT = insert(commands)


@dataclass(frozen=True, slots=True)
class CommandResult:
    """What a command led to: the ticket, and the entry of its timeline. is_repeated: it had been carried out before."""

    number: int
    entry: int
    is_repeated: bool = False


def content_of(name: str, number: int | None, uploads: Sequence[Upload], *fields: object) -> dict[str, Any]:
    """Say what makes this command this one: its name, its ticket, all that was typed, the files by hash."""
    files = [[_storable(upload.name), sha256(upload.content).hexdigest()] for upload in uploads]
    return {"command": name, "number": number, "fields": [_storable(field) for field in fields], "files": files}


def find_answer(connection: Connection, context: CommandContext, *, digest: str) -> CommandResult | None:
    """Give the first answer to this command, or None. Raises: CommandAlreadyUsed if it had other content then."""
    row = connection.execute(_FIND, {"actor": context.actor.account_id, "command": context.command_id}).first()
    if row is None:
        return None
    if not compare_digest(row.digest, digest):
        raise CommandAlreadyUsed(row.number)
    return CommandResult(row.number, row.entry, is_repeated=True)


def is_known(connection: Connection, *, actor_id: str, command_id: str) -> bool:
    """Say whether the actor has given a command under this id, whatever it was."""
    return connection.execute(_FIND, {"actor": actor_id, "command": command_id}).first() is not None


def remember(connection: Connection, context: CommandContext, answer: CommandResult, *, digest: str) -> None:
    """Store the answer beside the command's events."""
    connection.execute(
        _INSERT,
        {
            "actor_id": context.actor.account_id,
            "command_id": context.command_id,
            "digest": digest,
            "number": answer.number,
            "entry": answer.entry,
            "at": context.at,
        },
    )


def _storable(field: object) -> object:
    # JSON has no lone surrogates; whatever stands in their place, the digest only has to be the same for the same text.
    return field.encode("utf-8", "backslashreplace").decode() if isinstance(field, str) else field
