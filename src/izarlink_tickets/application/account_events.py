"""What the use cases around accounts share: their parts, and the facts that security must be able to audit (D7)."""

from collections.abc import Callable, Collection, Mapping, Sequence
from contextlib import nullcontext
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, TypeVar
from uuid import UUID, uuid4

from eventsourcing.persistence import EventStore
from sqlalchemy import Connection

from izarlink_tickets.accounts import Account, find_account
from izarlink_tickets.application.transaction import mapper_of, with_retries
from izarlink_tickets.config import MasterKeys, Settings
from izarlink_tickets.database import Database
from izarlink_tickets.domain.account import ACCOUNT_EVENTS, AccountEvent
from izarlink_tickets.domain.vocabulary import Channel, CommandContext
from izarlink_tickets.event_store import Recorder, last_versions, latest_events

# Facts of one account that are looked through for an act, and shown to the person. More can't come between two tries.
RECENT_EVENTS = 20

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class AuditEvent:
    """What to record of an account. fields: those of the event's class alone."""

    kind: type[AccountEvent]
    account_id: str
    fields: Mapping[str, Any] = field(default_factory=dict)


class AccountUseCases:
    """The parts that signing in, profiles and administration work with."""

    def __init__(self, database: Database, settings: Settings, keys: MasterKeys) -> None:
        self._database = database
        self._settings = settings
        self._keys = keys

    def _once(
        self,
        context: CommandContext,
        account_id: str,
        work: Callable[[Connection], T],
        *,
        again: Callable[[Connection], T],
    ) -> T:
        """Do the work in one transaction, and not a second time where only the answer of its COMMIT was lost (D4).

        work: records a fact of this act. again: gives the answer where that fact turns out to be stored.
        """

        def attempt() -> T:
            with self._database.command() as connection:
                is_done = is_recorded(connection, context, account_id=account_id)
                return again(connection) if is_done else work(connection)

        return with_retries(attempt)


def own_context(account: Account, *, now: datetime) -> CommandContext:
    """Say that the person acts on their own account."""
    return CommandContext(account.person, now, Channel.WEB, str(uuid4()))


def existing_account(connection: Connection, account_id: str) -> Account:
    """Give an account that is known to exist: accounts are never deleted."""
    account = find_account(connection, account_id=account_id)
    if account is None:
        raise LookupError(account_id)
    return account


def recent_account_events(
    connection: Connection, *, account_id: str, kinds: Collection[type[AccountEvent]] = ACCOUNT_EVENTS
) -> list[AccountEvent]:
    """Give the latest facts of these kinds in the account's stream, the newest first."""
    topics = [kind.TOPIC for kind in kinds]
    found = latest_events(connection, mapper_of(None), UUID(account_id), topics=topics, limit=RECENT_EVENTS)
    return [fact for fact in found if isinstance(fact, AccountEvent)]


def is_recorded(connection: Connection, context: CommandContext, *, account_id: str) -> bool:
    """Say whether the account's stream holds a fact of this act."""
    facts = recent_account_events(connection, account_id=account_id)
    return any((fact.actor_id, fact.command_id) == (context.actor.account_id, context.command_id) for fact in facts)


def record_account_event(
    connection: Connection,
    context: CommandContext,
    kind: type[AccountEvent],
    *,
    account_id: str,
    **facts: Any,  # noqa: ANN401 - the fields of the event class, checked by its constructor
) -> None:
    """Append one event to the account's stream, which bears the account's id. Raises: VersionTaken."""
    record_account_events(connection, context, [AuditEvent(kind, account_id, facts)])


def record_directory_event(
    connection: Connection, context: CommandContext, kind: type[AccountEvent], **facts: object
) -> None:
    """Append what somebody does to the directory to the stream of who does it. Raises: VersionTaken."""
    record_account_event(connection, context, kind, account_id=context.actor.account_id, **facts)


def record_account_events(connection: Connection, context: CommandContext, facts: Sequence[AuditEvent]) -> None:
    """Append events to the streams of several accounts, in their order. Raises: VersionTaken."""
    versions = last_versions(connection, {UUID(fact.account_id) for fact in facts})
    events = []
    for fact in facts:
        stream = UUID(fact.account_id)
        versions[stream] = versions.get(stream, 0) + 1
        fields: dict[str, Any] = {
            "originator_id": stream,
            "originator_version": versions[stream],
            "timestamp": context.at,
        }
        events.append(fact.kind(**(fields | context.author_fields() | dict(fact.fields))))
    EventStore(mapper_of(None), Recorder(lambda: nullcontext(connection))).put(events)
