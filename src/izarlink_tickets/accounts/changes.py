"""Changes to an account by its person or an administrator.

Values are checked, rights are not.
"""

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from datetime import datetime
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from sqlalchemy import Connection, bindparam, update

from izarlink_tickets.accounts.account import EmailTaken, find_account_by_email, refuse_wrong_organisation
from izarlink_tickets.accounts.contact import email_of, fold_email, name_of, phone_of
from izarlink_tickets.accounts.credentials import drop_initial_passwords
from izarlink_tickets.accounts.table import MailPace, Theme, accounts
from izarlink_tickets.accounts.tokens import drop_tokens
from izarlink_tickets.domain.errors import UnknownChoice
from izarlink_tickets.domain.text import fold
from izarlink_tickets.domain.vocabulary import Role

LOCALES = ("fr", "en")


@dataclass(frozen=True, slots=True)
class Preferences:
    """The options of « Personnalisation »."""

    locale: str = "fr"
    timezone: str = "Europe/Paris"
    theme: Theme = Theme.AUTO
    mails_own_acts: bool = True
    mails_new_tickets: bool = True
    single_keys: bool = True
    mail_pace: MailPace = MailPace.EACH
    mails_company_tickets: bool = False


def change_contact(connection: Connection, *, account_id: str, name: str, phone: str) -> None:
    """Change name and telephone. Raises: TextMissing, TextTooLong, InvalidPhone."""
    change_contacts(connection, {account_id: (name_of(name), phone_of(phone))})


def change_contacts(connection: Connection, changed: Mapping[str, tuple[str, str]]) -> None:
    """Store (name, phone) pairs by account id; the caller has checked them."""
    rows = [
        {"of_id": account_id, "name": name, "phone": phone, "search_key": fold(name)}
        for account_id, (name, phone) in changed.items()
    ]
    connection.execute(update(accounts).where(accounts.c.id == bindparam("of_id")), rows)


def confirm_contact(connection: Connection, *, account_id: str, now: datetime) -> None:
    """Record that the person confirmed their contact details."""
    _update(connection, account_id, confirmed_at=now)


def request_email(connection: Connection, *, account_id: str, email: str) -> str:
    """Store a new address until its confirmation, and return it.

    Whether another account has it shows only once it is confirmed. Raises: InvalidEmail.
    """
    address = email_of(email)
    drop_tokens(connection, account_id=account_id)
    _update(connection, account_id, pending_email=address)
    return address


def confirm_email(connection: Connection, *, account_id: str, email: str) -> None:
    """Set the confirmed address; revoke links and initial passwords. Raises: EmailTaken."""
    owner = find_account_by_email(connection, email=email)
    if owner and owner.id != account_id:
        raise EmailTaken
    drop_tokens(connection, account_id=account_id)
    drop_initial_passwords(connection, account_id=account_id)
    _update(connection, account_id, email=email, email_folded=fold_email(email), pending_email=None)


def replace_email(connection: Connection, *, account_id: str, email: str) -> None:
    """Set the unconfirmed address of a person who never signed in.

    Raises: InvalidEmail, EmailTaken.
    """
    confirm_email(connection, account_id=account_id, email=email_of(email))


def change_role(connection: Connection, *, account_id: str, role: Role, organisation_id: str | None) -> None:
    """Set the account's role and organisation.

    Raises: UnknownChoice, OrganisationMissing, OrganisationNotAllowed, UnknownOrganisation.
    """
    refuse_wrong_organisation(connection, role=role, organisation_id=organisation_id)
    _update(connection, account_id, role=role.value, organisation_id=organisation_id)


def change_preferences(connection: Connection, *, account_id: str, preferences: Preferences) -> None:
    """Store the options of « Personnalisation ». Raises: UnknownChoice."""
    if preferences.locale not in LOCALES:
        raise UnknownChoice("locale")
    try:
        ZoneInfo(preferences.timezone)
    except (OSError, ValueError, ZoneInfoNotFoundError):
        raise UnknownChoice("timezone") from None
    codes = {"theme": preferences.theme.value, "mail_pace": preferences.mail_pace.value}
    _update(connection, account_id, **(asdict(preferences) | codes))


def record_sign_in(connection: Connection, *, account_id: str, now: datetime) -> None:
    _update(connection, account_id, last_signed_in_at=now)


def deactivate(connection: Connection, *, account_id: str) -> None:
    """Deactivate the account; revoke its links and initial passwords.

    The caller ends its sessions.
    """
    drop_tokens(connection, account_id=account_id)
    drop_initial_passwords(connection, account_id=account_id)
    _update(connection, account_id, active=False)


def activate(connection: Connection, *, account_id: str) -> None:
    """Activate the account again, with its previous password."""
    _update(connection, account_id, active=True)


def _update(connection: Connection, account_id: str, **values: object) -> None:
    connection.execute(update(accounts).where(accounts.c.id == account_id).values(**values))
