"""The activity of an account, for its page in the directory."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Connection

from izarlink_tickets.accounts import find_accounts
from izarlink_tickets.domain.account import AccountEvent
from izarlink_tickets.domain.vocabulary import SYSTEM
from izarlink_tickets.i18n import gettext as _
from izarlink_tickets.web.account_event_labels import labelled_events


@dataclass(frozen=True, slots=True)
class AccountEventView:
    """at: aware UTC. actor: a name; None for the account's own person."""

    at: datetime
    label: str
    actor: str | None


def account_event_views(
    connection: Connection, account_id: str, events: Sequence[AccountEvent]
) -> list[AccountEventView]:
    """Format the events of an account."""
    people = find_accounts(connection, ids={event.actor_id for event in events})
    names = {person.id: person.name for person in people} | {
        SYSTEM.account_id: _("Ligne de commande"),
        account_id: None,
    }
    return [
        AccountEventView(event.timestamp, label, names.get(event.actor_id)) for event, label in labelled_events(events)
    ]
