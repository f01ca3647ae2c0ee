"""Who may sign in: a plain table, so that personal data can be changed and erased (D7). Its rows and nothing more.

What a password needs is in `credentials`; hashes never leave through an Account.
"""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from sqlalchemy import Boolean, Column, ForeignKey, Index, RowMapping, String, Table, Text, true

from izarlink_tickets.database import Timestamp, metadata
from izarlink_tickets.directory import organisations
from izarlink_tickets.domain.access import is_staff
from izarlink_tickets.domain.vocabulary import Actor, Role


class Theme(StrEnum):
    """How the screens look; `AUTO` follows the device."""

    AUTO = "auto"
    LIGHT = "light"
    DARK = "dark"


class MailPace(StrEnum):
    """How mails about tickets come to somebody of IzarLink: each by itself, or many of them in one at a set time."""

    EACH = "each"
    HOURLY = "hourly"
    DAILY = "daily"


accounts = Table(
    "accounts",
    metadata,
    Column("id", String(36), primary_key=True),
    Column("email", Text, nullable=False),
    Column("email_folded", Text, nullable=False, unique=True),
    # A new address that the person has still to confirm by a link sent to it (R8).
    Column("pending_email", Text),
    Column("name", Text, nullable=False),
    Column("phone", Text, nullable=False),
    # The name as a search looks for it and lists are sorted by it: without accents or case.
    Column("search_key", Text),
    Column("role", Text, nullable=False),
    Column("organisation_id", String(36), ForeignKey(organisations.c.id)),
    Column("active", Boolean, nullable=False),
    # Null until the person has chosen one (R5), and with it the moment below.
    Column("password_hash", Text),
    Column("password_changed_at", Timestamp),
    Column("created_at", Timestamp, nullable=False),
    Column("confirmed_at", Timestamp),
    Column("last_signed_in_at", Timestamp),
    Column("locale", Text, nullable=False),
    Column("timezone", Text, nullable=False),
    Column("theme", Text, nullable=False),
    Column("mails_own_acts", Boolean, nullable=False),
    Column("mails_new_tickets", Boolean, nullable=False),
    # Whether a letter alone does something at the desk; whoever speaks to the computer needs it off (WCAG 2.1.4).
    Column("single_keys", Boolean, nullable=False, server_default=true()),
    Column("mail_pace", Text, nullable=False, server_default=MailPace.EACH.value),
)
# The people of an organisation: for whom staff may open a ticket, who may watch one.
Index(None, accounts.c.organisation_id, accounts.c.name)
# « Comptes », by name.
Index(None, accounts.c.search_key, accounts.c.id)
# The team that hears of new tickets, at each of them.
Index(None, accounts.c.role)


@dataclass(frozen=True, slots=True)
class Account:
    """An account without its secrets. Times are aware UTC; phone: empty where unknown.

    password_changed_at: None until the person has chosen a password, and again after somebody reset it.
    confirmed_at: when the person last validated name, mail and telephone (R6).
    """

    id: str
    email: str
    pending_email: str | None
    name: str
    phone: str
    role: Role
    organisation_id: str | None
    active: bool
    password_changed_at: datetime | None
    created_at: datetime
    confirmed_at: datetime | None
    last_signed_in_at: datetime | None
    locale: str
    timezone: str
    theme: Theme
    mails_own_acts: bool
    mails_new_tickets: bool
    single_keys: bool
    mail_pace: MailPace

    @property
    def person(self) -> Actor:
        return Actor(self.id, self.role, self.organisation_id, self.active)

    @property
    def gathers_mails(self) -> bool:
        """Whether mails about tickets come many in one: never to a customer, whatever is stored (R21)."""
        return is_staff(self.person) and self.mail_pace is not MailPace.EACH

    @property
    def must_change_password(self) -> bool:
        """Whether every page has to lead to the change form (R5)."""
        return self.password_changed_at is None


# What other modules select to make an Account with `account_of`.
COLUMNS = tuple(accounts.c[name] for name in Account.__slots__)


def account_of(row: RowMapping) -> Account:
    """Make an Account of a row with COLUMNS, and possibly others."""
    fields = {name: row[name] for name in Account.__slots__}
    codes = {"role": Role(fields["role"]), "theme": Theme(fields["theme"]), "mail_pace": MailPace(fields["mail_pace"])}
    return Account(**{**fields, **codes})
