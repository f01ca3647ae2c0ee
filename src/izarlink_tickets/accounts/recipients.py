"""The people whom a command may notify, read in one statement."""

from collections.abc import Collection, Iterable
from dataclasses import dataclass
from typing import Any, NamedTuple

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
# Whoever may be asked where nobody is in charge, whatever mails they want otherwise.
_IS_SUPPORT = (accounts.c.role == Role.SUPPORT.value) & accounts.c.active
# The company role that wants mails about all tickets of its company. The last condition is that of the index.
IS_INFORMED = and_(accounts.c.role == Role.COMPANY.value, accounts.c.active, text("accounts.mails_company_tickets"))
_IS_AMONG = accounts.c.id.in_(bindparam("ids", expanding=True))
_RECIPIENTS = select(*RECIPIENT_COLUMNS).order_by(accounts.c.email_folded)
_IS_CONCERNED = or_(_IS_AMONG, and_(accounts.c.organisation_id == bindparam("informed"), IS_INFORMED))
_AMONG = PreparedStatement(_RECIPIENTS.where(_IS_CONCERNED))
_AMONG_OR_TEAM = PreparedStatement(_RECIPIENTS.where(or_(_IS_CONCERNED, IS_OF_TEAM)))
_AMONG_OR_SUPPORT = PreparedStatement(_RECIPIENTS.where(or_(_IS_CONCERNED, _IS_SUPPORT)))
_SUPPORT = PreparedStatement(_RECIPIENTS.where(_IS_SUPPORT))
_COMPANY = PreparedStatement(
    _RECIPIENTS.where(
        accounts.c.organisation_id == bindparam("organisation"),
        accounts.c.role == Role.COMPANY.value,
        accounts.c.active,
    )
)


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
    return _recipients(rows)


def find_among_or_support(
    connection: Connection, *, ids: Collection[str], informed: str | None = None
) -> list[Recipient]:
    """Return the accounts among these ids, and all active support.

    informed: as above.
    """
    return _recipients(_AMONG_OR_SUPPORT.all(connection, {"ids": sorted(ids), "informed": informed}))


def find_support(connection: Connection) -> list[Recipient]:
    """Return all active support."""
    return _recipients(_SUPPORT.all(connection, {}))


def find_company(connection: Connection, *, organisation_id: str) -> list[Recipient]:
    """Return the active company role of an organisation."""
    return _recipients(_COMPANY.all(connection, {"organisation": organisation_id}))


def _recipients(rows: Iterable[Any]) -> list[Recipient]:
    return [recipient_of(RecipientRow(*row)) for row in rows]


def recipient_of(row: RecipientRow) -> Recipient:
    """Build a recipient from its columns."""
    return Recipient(Actor(row.account_id, Role(row.role), row.organisation_id, row.is_active), row.mails_own_acts)
