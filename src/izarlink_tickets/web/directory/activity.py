"""The activity of an account, for its page in the directory."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Connection

from izarlink_tickets.accounts import find_accounts
from izarlink_tickets.domain.account import AccountEvent
from izarlink_tickets.domain.vocabulary import CHANNEL_LABELS, SYSTEM, Channel
from izarlink_tickets.i18n import gettext as _
from izarlink_tickets.web.account_event_labels import labelled_events


@dataclass(frozen=True, slots=True)
class AccountEventView:
    """at: aware UTC. actor: another person's name. channel: how it came, where no person did it."""

    at: datetime
    label: str
    actor: str | None
    channel: str | None


def account_event_views(
    connection: Connection, account_id: str, events: Sequence[AccountEvent]
) -> list[AccountEventView]:
    """Format the events of an account."""
    people = find_accounts(connection, ids={event.actor_id for event in events})
    names = {person.id: person.name for person in people if person.id != account_id}
    channels = {SYSTEM.account_id: _(CHANNEL_LABELS[Channel.CLI])}
    return [
        AccountEventView(event.timestamp, label, names.get(event.actor_id), channels.get(event.actor_id))
        for event, label in labelled_events(events)
    ]
