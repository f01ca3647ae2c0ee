"""What has happened to an account, in words: when, what, and who did it."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Connection

from izarlink_tickets.accounts import find_accounts
from izarlink_tickets.domain.account import AccountEvent
from izarlink_tickets.domain.vocabulary import SYSTEM
from izarlink_tickets.i18n import gettext as _
from izarlink_tickets.web.account_event_labels import in_words


@dataclass(frozen=True, slots=True)
class AccountEventView:
    """at: aware UTC; actor: a name, None for the person itself."""

    at: datetime
    said: str
    actor: str | None


def account_event_views(
    connection: Connection, account_id: str, found: Sequence[AccountEvent]
) -> list[AccountEventView]:
    """Put the facts of an account into words."""
    people = find_accounts(connection, ids={fact.actor_id for fact in found})
    names = {one.id: one.name for one in people} | {SYSTEM.account_id: _("Ligne de commande"), account_id: None}
    return [AccountEventView(fact.timestamp, said, names.get(fact.actor_id)) for fact, said in in_words(found)]
