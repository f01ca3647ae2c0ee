"""The people whom a command may notify, read in one statement."""

from collections.abc import Collection
from dataclasses import dataclass
from typing import NamedTuple

from sqlalchemy import Connection, and_, bindparam, or_, select, text

from izarlink_tickets.accounts.table import accounts
from izarlink_tickets.database import PreparedStatement
from izarlink_tickets.domain.vocabulary import Actor, Role


@dataclass(frozen=True, slots=True)
class Recipient:
    """A person, and whether they want mails about their own commands."""

    actor: Actor
    mails_own_acts: bool


class RecipientRow(NamedTuple):
    """The columns RECIPIENT_COLUMNS of a row."""

    account_id: str
    role: str
    organisation_id: str | None
    is_active: bool
    mails_own_acts: bool


RECIPIENT_COLUMNS = tuple(
    accounts.c[name].label(f"account_{name}") for name in ("id", "role", "organisation_id", "active", "mails_own_acts")
)
# The active support that wants mails about new tickets.
IS_OF_TEAM = (accounts.c.role == Role.SUPPORT.value) & accounts.c.active & accounts.c.mails_new_tickets
# The company role that wants mails about all tickets of its company. The last condition is that of the index.
IS_INFORMED = and_(accounts.c.role == Role.COMPANY.value, accounts.c.active, text("accounts.mails_company_tickets"))
_IS_AMONG = accounts.c.id.in_(bindparam("ids", expanding=True))
_RECIPIENTS = select(*RECIPIENT_COLUMNS).order_by(accounts.c.email_folded)
_IS_CONCERNED = or_(_IS_AMONG, and_(accounts.c.organisation_id == bindparam("informed"), IS_INFORMED))
_AMONG = PreparedStatement(_RECIPIENTS.where(_IS_CONCERNED))
_AMONG_OR_TEAM = PreparedStatement(_RECIPIENTS.where(or_(_IS_CONCERNED, IS_OF_TEAM)))


def find_recipients(
    connection: Connection, *, ids: Collection[str], with_team: bool, informed: str | None = None
) -> list[Recipient]:
    """Return the existing accounts among these ids, by address.

    with_team: also the support team. informed: also those who are told of all tickets of this organisation.
    """
    if not ids and not with_team:
        return []
    statement = _AMONG_OR_TEAM if with_team else _AMONG
    rows = statement.all(connection, {"ids": sorted(ids), "informed": informed})
    return [recipient_of(RecipientRow(*row)) for row in rows]


def recipient_of(row: RecipientRow) -> Recipient:
    """Build a recipient from its columns."""
    return Recipient(Actor(row.account_id, Role(row.role), row.organisation_id, row.is_active), row.mails_own_acts)
