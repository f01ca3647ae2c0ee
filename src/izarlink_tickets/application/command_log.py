"""The command log: each command runs once, repetitions get its answer.

A double click, a resent form and a retry after an unanswered COMMIT all come with the same actor and command id.
One row a command, stored in the transaction of what it did.
"""

import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from functools import partial
from hashlib import sha256
from hmac import compare_digest
from typing import Any, NamedTuple, TypeVar

import orjson
import structlog
from sqlalchemy import Column, Connection, String, Table, Text, bindparam, insert, select, true

from izarlink_tickets.application.ticket_snapshots import SHAPE
from izarlink_tickets.application.transaction import CommandResult, Transaction
from izarlink_tickets.application.usage_limits import CommandLimits, Usage, UsageLimits, select_usage, usage_of
from izarlink_tickets.attachments import Upload
from izarlink_tickets.config import SealingKey
from izarlink_tickets.database import Database, PreparedStatement, Timestamp, metadata, with_retries
from izarlink_tickets.domain import access
from izarlink_tickets.domain.errors import CommandAlreadyUsed, Refusal
from izarlink_tickets.domain.events import stream_of
from izarlink_tickets.domain.vocabulary import CommandContext
from izarlink_tickets.event_store import (
    ONE_ROW,
    STREAM_COLUMNS,
    commands,
    events,
    join_stream,
    late_conflicts,
    log_head,
)
from izarlink_tickets.failpoints import Point, failpoint
from izarlink_tickets.sealing import is_live_key_of, sealing_keys

# Nothing uses it since step 0009 copied its rows; a later step drops it, once no earlier program can run beside.
Table(
    "directory_commands",
    metadata,
    Column("actor_id", String(36), primary_key=True),
    Column("command_id", String(36), primary_key=True),
    Column("digest", String(64), nullable=False),
    Column("result", Text, nullable=False),
    Column("at", Timestamp, nullable=False),
)

# The key, the answer and the usage are in one row, or in each row of the stream.
_usage = select_usage().subquery("usage")
_IS_FIRST = (commands.c.actor_id == bindparam("actor")) & (commands.c.command_id == bindparam("command"))
_COLUMNS = (
    *(sealing_keys.c.id.label("key_id"), sealing_keys.c.wrapped, sealing_keys.c.wrapped_by),
    *(commands.c.digest, commands.c.number, commands.c.entry, commands.c.result),
    *(select(log_head.c[name]).scalar_subquery().label(name) for name in ("read_models", "position")),
    *_usage.c,
)
_FOUND = (
    ONE_ROW.outerjoin(sealing_keys, is_live_key_of(bindparam("actor")))
    .outerjoin(commands, _IS_FIRST)
    .join(_usage, true())
)
_START = PreparedStatement(select(*_COLUMNS).select_from(_FOUND))
_START_ON_TICKET = PreparedStatement(
    select(*_COLUMNS, *STREAM_COLUMNS).select_from(join_stream(_FOUND)).order_by(events.c.version)
)
_INSERT = PreparedStatement(insert(commands))
# The name of the command on no ticket that makes one.
OPENING = "open"
# Of a command whose id was drawn where it is carried out: nobody can send other content under it.
_NO_DIGEST = ""

Content = Mapping[str, Any]
Work = Callable[[Transaction], CommandResult]
T = TypeVar("T")

_log = structlog.get_logger()


def content_of(name: str, number: int | None, uploads: Sequence[Upload], *fields: object) -> dict[str, Any]:
    """Build the content that tells commands with the same id apart.

    number: of its ticket. uploads: compared by name and hash. fields: all that was typed.
    """
    files = [[_storable(upload.name), sha256(upload.content).hexdigest()] for upload in uploads]
    return {"command": name, "number": number, "fields": [_storable(field) for field in fields], "files": files}


class _Start(NamedTuple):
    """The actor's key and usage, the command's first answer, the log's head."""

    key_id: str | None
    wrapped: bytes
    wrapped_by: str | None
    digest: str | None
    number: int | None
    entry: int | None
    result: str | None
    read_models: str | None
    position: int
    tickets: int
    follow_ups: int
    file_bytes: int
    mails: int

    @property
    def usage(self) -> Usage:
        """The actor's usage within the hour."""
        return usage_of((self.tickets, self.follow_ups, self.file_bytes, self.mails))


class CommandLog:
    """Runs commands once per actor and command id, each in one transaction."""

    def __init__(self, database: Database, limits: UsageLimits, *, sealing_key: SealingKey) -> None:
        self._database = database
        self._limits = limits
        self._sealing_key = sealing_key

    def run(
        self, context: CommandContext, content: Content | None, work: Work, *, file_bytes: int = 0
    ) -> CommandResult:
        """Run the work, or return the first answer to a repeated command.

        content: see `content_of`; None for a command that `run_new` runs.
        work: called again after a conflict. file_bytes: of the files that it attaches.
        Raises: CommandAlreadyUsed, for other content under the same id; the refusals of `work`; HourlyLimitReached and
        QuotaReached, to customers; DatabaseBusy, DatabaseUnreachable, StorageFull; CommitUnknown, where sending the
        same command again is safe.
        """
        began = time.perf_counter()
        result = with_retries(partial(self._attempt, context, content, work, file_bytes))
        failpoint(Point.BEFORE_ANSWER)
        if content is not None:
            _log_command(context, content, result, seconds=time.perf_counter() - began)
        return result

    def run_on_record(
        self, context: CommandContext, name: str, work: Callable[[Connection], str], *typed: object
    ) -> CommandResult:
        """Run a command that concerns no ticket.

        work: returns the id of the record that it created or changed. typed: as `fields` of `content_of`.
        """

        def run(transaction: Transaction) -> CommandResult:
            transaction.begin_writing()
            return CommandResult(id=work(transaction.connection))

        return self.run(context, content_of(name, None, (), *typed), run)

    def run_new(self, context: CommandContext, work: Callable[[Connection], T]) -> T:
        """Run a command under a new id.

        Return the value of its work.
        The caller has just drawn the id, so only a retry repeats the command: the last attempt is the stored one.
        """
        values: list[T] = []

        def run(transaction: Transaction) -> CommandResult:
            transaction.begin_writing()
            values.append(work(transaction.connection))
            return CommandResult(id=context.actor.account_id)

        self.run(context, None, run)
        return values[-1]

    def find_answer(self, context: CommandContext, content: Content) -> CommandResult | None:
        """Find the first answer to this command. Raises: CommandAlreadyUsed."""
        with self.reading() as transaction:
            return _known_answer(transaction, context, content, self._start(transaction, context))

    def require_room(self, context: CommandContext, content: Content, *, file_bytes: int) -> CommandResult | None:
        """Check the limits of a command before its files are stored.

        Return the first answer to a repeated one. Raises: CommandAlreadyUsed, HourlyLimitReached, QuotaReached.
        """
        with self.reading() as transaction:
            start = self._start(transaction, context)
            first = _known_answer(transaction, context, content, start)
            limits = None if first else self._limits_of(context, content, start, file_bytes)
            if limits:
                limits.check(transaction.connection)
                limits.check_quota(transaction.connection)
            return first

    def is_known(self, context: CommandContext) -> bool:
        """Return whether the actor has used this command id."""
        with self.reading() as transaction:
            return self._start(transaction, context).digest is not None

    @contextmanager
    def reading(self) -> Iterator[Transaction]:
        """Open a transaction that loads tickets and stores nothing."""
        with self._database.query() as connection:
            yield Transaction(connection, sealing_key=self._sealing_key)

    def _attempt(self, context: CommandContext, content: Content | None, work: Work, file_bytes: int) -> CommandResult:
        try:
            return self._carry_out(context, content, work, file_bytes)
        except Refusal:
            # The command's own twin may have been stored since it was looked up. Asked after the rollback: the refused
            # work may have taken a ticket number.
            first = self.find_answer(context, content) if content is not None else None
            if first is None:
                raise
            return first

    def _carry_out(
        self, context: CommandContext, content: Content | None, work: Work, file_bytes: int
    ) -> CommandResult:
        with late_conflicts(), self._database.optimistic_command() as opened:
            transaction = Transaction(opened.connection, sealing_key=self._sealing_key, opened=opened)
            start = self._start(transaction, context, number=content["number"] if content else None)
            digest = _NO_DIGEST if content is None else _digest(transaction, context, content)
            first = _first_answer(start, digest)
            if first:
                return first
            transaction.limits = self._limits_of(context, content, start, file_bytes)
            if transaction.limits:
                transaction.limits.check(transaction.connection)
            result = work(transaction)
            used = {"file_bytes": file_bytes or None, "mails": transaction.mails or None}
            _INSERT.execute(transaction.connection, _row(context, digest, result) | used)
            failpoint(Point.BEFORE_COMMIT)
            return result

    def _start(self, transaction: Transaction, context: CommandContext, *, number: int | None = None) -> _Start:
        """Read the actor's key and usage, and the command's first answer.

        number: of the ticket to load for the command, in the same statement.
        """
        keys = {"command": context.command_id, **self._limits.window(context)}
        if number is None:
            start = _Start(*_START.all(transaction.connection, keys)[0])
        else:
            keys |= {"stream": stream_of(number), "shape": SHAPE}
            rows = _START_ON_TICKET.all(transaction.connection, keys)
            start = _Start(*rows[0][: len(_COLUMNS)])
            transaction.remember_stream(number, [row[len(_COLUMNS) :] for row in rows])
        transaction.published = start.read_models
        if start.key_id is not None:
            stored = start.key_id, start.wrapped, start.wrapped_by
            transaction.keys.remember_live_key(context.actor.account_id, *stored)
        return start

    def _limits_of(
        self, context: CommandContext, content: Content | None, start: _Start, file_bytes: int
    ) -> CommandLimits | None:
        """Return the limits of a customer's command on a ticket."""
        if content is None or not access.is_customer(context.actor):
            return None
        is_opening = content["command"] == OPENING
        if content["number"] is None and not is_opening:
            return None
        return CommandLimits(self._limits, context, is_opening, file_bytes, start.usage, start.position)


def _known_answer(
    transaction: Transaction, context: CommandContext, content: Content, start: _Start
) -> CommandResult | None:
    if start.digest is None:
        return None
    if start.key_id is None:
        # The actor was erased since, and the digest with them.
        raise CommandAlreadyUsed(start.number)
    return _first_answer(start, _digest(transaction, context, content))


def _first_answer(start: _Start, digest: str) -> CommandResult | None:
    if start.digest is None:
        return None
    if not compare_digest(start.digest, digest):
        raise CommandAlreadyUsed(start.number)
    return CommandResult(start.number or 0, start.entry or 0, start.result or "", is_repeated=True)


def _row(context: CommandContext, digest: str, result: CommandResult) -> dict[str, object]:
    return {
        "actor_id": context.actor.account_id,
        "command_id": context.command_id,
        "digest": digest,
        "number": result.number or None,
        "entry": result.entry or None,
        "result": result.id or None,
        "at": context.at,
    }


def _digest(transaction: Transaction, context: CommandContext, content: Content) -> str:
    """Return the content's HMAC under the actor's key.

    It is worthless once that key is destroyed.
    """
    return transaction.keys.digest(context.actor.account_id, orjson.dumps(content, option=orjson.OPT_SORT_KEYS))


def _storable(field: object) -> object:
    # JSON has no lone surrogates; whatever stands in their place, the digest only has to be the same for the same text.
    return field.encode("utf-8", "backslashreplace").decode() if isinstance(field, str) else field


def _log_command(context: CommandContext, content: Content, result: CommandResult, *, seconds: float) -> None:
    """Log one line of ids and codes, without typed text."""
    _log.info(
        "command",
        name=content["command"],
        **({"ticket": result.number, "entry": result.entry} if result.number else {"object": result.id}),
        repeated=result.is_repeated,
        actor=context.actor.account_id,
        channel=context.channel.value,
        command_id=context.command_id,
        milliseconds=round(seconds * 1000, 1),
    )
