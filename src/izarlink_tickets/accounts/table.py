"""The table of accounts.

Its rows are mutable, so that personal data can be changed and erased.
`credentials` handles passwords; an Account holds no hash.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import Boolean, Column, ForeignKey, Index, String, Table, Text, false, text, true

from izarlink_tickets.database import Timestamp, metadata
from izarlink_tickets.directory import organisations
from izarlink_tickets.domain.access import is_staff
from izarlink_tickets.domain.vocabulary import Actor, Role


class Theme(StrEnum):
    """The colours of the screens; AUTO follows the device."""

    AUTO = "auto"
    LIGHT = "light"
    DARK = "dark"


class MailPace(StrEnum):
    """The pace of mails to staff: at once, or in digests."""

    EACH = "each"
    HOURLY = "hourly"
    DAILY = "daily"


accounts = Table(
    "accounts",
    metadata,
    Column("id", String(36), primary_key=True),
    Column("email", Text, nullable=False),
    Column("email_folded", Text, nullable=False, unique=True),
    # A new address until the person confirms it by the mailed link.
    Column("pending_email", Text),
    Column("name", Text, nullable=False),
    Column("phone", Text, nullable=False),
    # The name without accents or case, for searching and sorting.
    Column("search_key", Text),
    Column("role", Text, nullable=False),
    Column("organisation_id", String(36), ForeignKey(organisations.c.id)),
    Column("active", Boolean, nullable=False),
    # NULL until the person has chosen a password, as is the next column.
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
    # Whether single letters are shortcuts at the desk; speech input needs them off. Source: WCAG 2.1.4.
    Column("single_keys", Boolean, nullable=False, server_default=true()),
    Column("mail_pace", Text, nullable=False, server_default=MailPace.EACH.value),
    # Whether the company role is told of all tickets of its company.
    Column("mails_company_tickets", Boolean, nullable=False, server_default=false()),
    # What is older counts as read, in accounts that are older than the marks of what is unread.
    Column("unread_since", Timestamp),
    # Whether this administrator may sign in with a password where staff sign in by a provider. No page needs it.
    Column("is_break_glass", Boolean, nullable=False, server_default=false()),
)
# An organisation's people, as requesters and watchers.
Index(None, accounts.c.organisation_id, accounts.c.name)
# Serves « Comptes », sorted by name.
Index(None, accounts.c.search_key, accounts.c.id)
# Serves those who are told of all tickets of their company.
_WANTS_ALL = text("mails_company_tickets")
Index("ix_accounts_informed", accounts.c.organisation_id, sqlite_where=_WANTS_ALL, postgresql_where=_WANTS_ALL)
# Serves the support team of each new ticket's mail.
Index(None, accounts.c.role)


@dataclass(frozen=True, slots=True)
class Account:
    """An account without its secrets.

    Times are aware UTC; phone: empty where unknown.
    password_changed_at: None until the person has chosen a password, and after a reset.
    confirmed_at: when the person last confirmed name, mail and telephone.
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
    mails_company_tickets: bool
    unread_since: datetime | None

    @property
    def actor(self) -> Actor:
        return Actor(self.id, self.role, self.organisation_id, self.active)

    @property
    def news_since(self) -> datetime:
        """Since when something can be unread."""
        return self.unread_since or self.created_at

    @property
    def gathers_mails(self) -> bool:
        """Whether mails about tickets come in digests; customers always get each mail."""
        return is_staff(self.actor) and self.mail_pace is not MailPace.EACH

    @property
    def must_change_password(self) -> bool:
        """Whether every page redirects to the password form.

        Source: the guide, « Le mot de passe générique … doit être modifié ».
        """
        return self.password_changed_at is None


# The columns that `account_of` needs, in the order of the fields.
COLUMNS = tuple(accounts.c[name] for name in Account.__slots__)
_ENUMS: dict[str, Callable[[str], StrEnum]] = {"role": Role, "theme": Theme, "mail_pace": MailPace}
_CODES = tuple((place, _ENUMS[name]) for place, name in enumerate(Account.__slots__) if name in _ENUMS)


def account_of(values: Sequence[Any]) -> Account:
    """Build an Account from the values of COLUMNS."""
    account = list(values)
    for place, parse in _CODES:
        account[place] = parse(account[place])
    return Account(*account)
