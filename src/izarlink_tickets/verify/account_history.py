"""Who the accounts are, and who may have been what: today's rows, and what the log says has changed since."""

from collections import defaultdict
from collections.abc import KeysView
from dataclasses import dataclass, field

from sqlalchemy import Connection, column, select, table

from izarlink_tickets.accounts import accounts
from izarlink_tickets.domain.access import CUSTOMER_ROLES, STAFF_ROLES
from izarlink_tickets.domain.account import Deactivated, Reactivated, RoleChanged
from izarlink_tickets.domain.vocabulary import SYSTEM
from izarlink_tickets.verify.stored import PAGE, uuid_of

# What changes what a person may see. An event that does so too belongs here, or mails will be missed that nobody owed.
_CHANGES = [kind.TOPIC for kind in (Deactivated, Reactivated, RoleChanged)]
_EVENTS = table("events", *map(column, ("position", "stream_id", "topic")))
_FACTS = (
    select(_EVENTS.c.position, _EVENTS.c.stream_id, _EVENTS.c.topic)
    .where(_EVENTS.c.topic.in_(_CHANGES))
    .order_by(_EVENTS.c.position)
    .execution_options(yield_per=PAGE)
)
_ACCOUNTS = select(accounts.c.id, accounts.c.role, accounts.c.organisation_id, accounts.c.active)


@dataclass(slots=True)
class _AccountPeriods:
    role: str
    organisation_id: str | None
    is_active: bool
    # Where in the log the account was changed, and how.
    changes: list[tuple[int, str]] = field(default_factory=list)

    def was_as_now(self, position: int) -> bool:
        """Say whether it is certain that the account could be told something at this place of the log."""
        if not self.changes:
            return self.is_active
        first, topic = self.changes[0]
        # Deactivated later on, it was active then; of any other change nobody knows what was before.
        return position < first and topic == Deactivated.TOPIC


class AccountHistory:
    """All accounts. It takes memory by their number, not by that of the events."""

    def __init__(self, connection: Connection) -> None:
        changes = defaultdict(list)
        for position, stream, topic in connection.execute(_FACTS):
            changes[str(uuid_of(stream))].append((position, topic))
        self._known = {
            row.id: _AccountPeriods(*row[1:], changes=changes[row.id]) for row in connection.execute(_ACCOUNTS)
        }

    @property
    def ids(self) -> KeysView[str]:
        return self._known.keys()

    def __contains__(self, account_id: str) -> bool:
        return account_id in self._known

    def __len__(self) -> int:
        return len(self._known)

    def has(self, account_id: str) -> bool:
        """Say whether somebody acts under this id: an account, or the portal, by whom the operator acts."""
        return account_id in self._known or account_id == SYSTEM.account_id

    def may_be_staff(self, account_id: str) -> bool:
        """Say whether the account belongs, or may have belonged, to IzarLink's staff."""
        known = self._known.get(account_id)
        return known is not None and (known.role in STAFF_ROLES or bool(known.changes))

    def was_entitled(self, account_id: str, *, organisation_id: str, position: int) -> bool:
        """Say whether this customer certainly could see a ticket of the organisation at this place of the log."""
        known = self._known.get(account_id)
        if known is None or known.role not in CUSTOMER_ROLES or known.organisation_id != organisation_id:
            return False
        return known.was_as_now(position)
