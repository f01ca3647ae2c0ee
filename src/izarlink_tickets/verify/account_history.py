"""Accounts as they are, with the changes that the log records."""

from collections import defaultdict
from collections.abc import KeysView
from dataclasses import dataclass, field

from sqlalchemy import Connection, column, select, table

from izarlink_tickets.accounts import accounts
from izarlink_tickets.domain.access import CUSTOMER_ROLES, STAFF_ROLES
from izarlink_tickets.domain.account import Deactivated, Reactivated, RoleChanged
from izarlink_tickets.domain.vocabulary import SYSTEM, Role
from izarlink_tickets.verify.stored import PAGE, uuid_of

# Events that change a person's access. A missing one would make `verify` expect mails that were never due.
_CHANGES = [kind.TOPIC for kind in (Deactivated, Reactivated, RoleChanged)]
_EVENTS = table("events", *map(column, ("position", "stream_id", "topic")))


@dataclass(slots=True)
class _AccountRecord:
    role: str
    organisation_id: str | None
    is_active: bool
    # The position and topic of each change.
    changes: list[tuple[int, str]] = field(default_factory=list)

    def was_as_now(self, position: int) -> bool:
        """Whether the account certainly had its present access at this position."""
        if not self.changes:
            return self.is_active
        first, topic = self.changes[0]
        # Before a deactivation it was active; before any other change its access is unknown.
        return position < first and topic == Deactivated.TOPIC


class AccountHistory:
    """All accounts. Memory grows with their number, not with that of events."""

    def __init__(self, connection: Connection) -> None:
        changes = defaultdict(list)
        statement = select(_EVENTS).where(_EVENTS.c.topic.in_(_CHANGES)).order_by(_EVENTS.c.position)
        for position, stream, topic in connection.execute(statement.execution_options(yield_per=PAGE)):
            changes[str(uuid_of(stream))].append((position, topic))
        rows = connection.execute(select(accounts.c.id, accounts.c.role, accounts.c.organisation_id, accounts.c.active))
        self._records = {row.id: _AccountRecord(*row[1:], changes=changes[row.id]) for row in rows}

    @property
    def ids(self) -> KeysView[str]:
        return self._records.keys()

    def __contains__(self, account_id: str) -> bool:
        return account_id in self._records

    def __len__(self) -> int:
        return len(self._records)

    def has(self, account_id: str) -> bool:
        """Whether the id is an account's, or the portal's own."""
        return account_id in self._records or account_id == SYSTEM.account_id

    def may_be_staff(self, account_id: str) -> bool:
        """Whether the account belongs, or may have belonged, to the staff."""
        record = self._records.get(account_id)
        return record is not None and (record.role in STAFF_ROLES or bool(record.changes))

    def may_speak_for(self, account_id: str, *, organisation_id: str) -> bool:
        """Whether the account has, or may have had, the organisation's company role."""
        record = self._records.get(account_id)
        is_now = record is not None and record.role == Role.COMPANY and record.organisation_id == organisation_id
        return is_now or (record is not None and bool(record.changes))

    def was_entitled(self, account_id: str, *, organisation_id: str, position: int) -> bool:
        """Whether the customer certainly saw the organisation's tickets at this position."""
        record = self._records.get(account_id)
        if record is None or record.role not in CUSTOMER_ROLES or record.organisation_id != organisation_id:
            return False
        return record.was_as_now(position)
