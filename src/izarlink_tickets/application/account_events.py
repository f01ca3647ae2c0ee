"""Audit events of accounts and of the directory, without personal data.

Each account has an event stream under its own id. Changes of the directory are in the stream of the acting account.
"""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any
from uuid import UUID, uuid4

from sqlalchemy import Connection

from izarlink_tickets.accounts import Account
from izarlink_tickets.application.transaction import mapper_of
from izarlink_tickets.domain.account import ACCOUNT_EVENTS, AccountEvent
from izarlink_tickets.domain.vocabulary import Channel, CommandContext
from izarlink_tickets.event_store import advance_head, append, last_versions, latest_events

# As many as the page of the account lists.
RECENT_EVENTS = 20


@dataclass(frozen=True, slots=True)
class AuditEvent:
    """An event to record for an account.

    fields: those that the event's class adds.
    """

    kind: type[AccountEvent]
    account_id: str
    fields: Mapping[str, Any] = field(default_factory=dict)


def own_context(account: Account, *, now: datetime) -> CommandContext:
    """Build the context of a person acting on their own account.

    The command id is drawn here.
    """
    return CommandContext(account.actor, now, Channel.WEB, str(uuid4()))


def recent_account_events(
    connection: Connection, *, account_id: str, kinds: Collection[type[AccountEvent]] = ACCOUNT_EVENTS
) -> list[AccountEvent]:
    """Load the account's latest events of these kinds, the newest first."""
    topics = [kind.TOPIC for kind in kinds]
    events = latest_events(connection, mapper_of(None), UUID(account_id), topics=topics, limit=RECENT_EVENTS)
    return [event for event in events if isinstance(event, AccountEvent)]


def record_account_event(
    connection: Connection,
    context: CommandContext,
    kind: type[AccountEvent],
    *,
    account_id: str,
    **fields: Any,  # noqa: ANN401 - the fields of the event class, checked by its constructor
) -> None:
    """Append one event to the account's stream. Raises: VersionTaken."""
    record_account_events(connection, context, [AuditEvent(kind, account_id, fields)])


def record_directory_event(
    connection: Connection, context: CommandContext, kind: type[AccountEvent], **fields: object
) -> None:
    """Append a directory event to the acting account's stream. Raises: VersionTaken."""
    record_account_event(connection, context, kind, account_id=context.actor.account_id, **fields)


def record_account_events(connection: Connection, context: CommandContext, audit_events: Sequence[AuditEvent]) -> None:
    """Append events to the streams of several accounts, in this order.

    Raises: VersionTaken.
    """
    versions = last_versions(connection, {UUID(audit_event.account_id) for audit_event in audit_events})
    events = []
    for audit_event in audit_events:
        stream = UUID(audit_event.account_id)
        versions[stream] = versions.get(stream, 0) + 1
        fields: dict[str, Any] = {
            "originator_id": stream,
            "originator_version": versions[stream],
            "timestamp": context.at,
        }
        events.append(audit_event.kind(**(fields | context.author_fields() | dict(audit_event.fields))))
    if not events:
        return
    mapper = mapper_of(None)
    positions = advance_head(connection, events=len(events)).positions
    append(connection, [mapper.to_stored_event(event) for event in events], positions)
