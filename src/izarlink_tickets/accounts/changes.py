"""Change an account: what its person may do on « Profil », and what administrators do. It checks values, not rights."""

from collections.abc import Mapping
from dataclasses import dataclass
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
    """What stands on « Personnalisation », every option harmless (R9)."""

    locale: str = "fr"
    timezone: str = "Europe/Paris"
    theme: Theme = Theme.AUTO
    mails_own_acts: bool = True
    mails_new_tickets: bool = True
    single_keys: bool = True
    mail_pace: MailPace = MailPace.EACH


_ACCOUNT = update(accounts).where(accounts.c.id == bindparam("account"))
_CONTACT = _ACCOUNT.values(name=bindparam("to_name"), phone=bindparam("to_phone"), search_key=bindparam("to_key"))
_CONFIRMED = _ACCOUNT.values(confirmed_at=bindparam("at"))
_PENDING_EMAIL = _ACCOUNT.values(pending_email=bindparam("to_email"))
_EMAIL = _ACCOUNT.values(email=bindparam("to_email"), email_folded=bindparam("to_email_folded"), pending_email=None)
_ROLE = _ACCOUNT.values(role=bindparam("to_role"), organisation_id=bindparam("to_organisation"))
_SIGNED_IN = _ACCOUNT.values(last_signed_in_at=bindparam("at"))
_ACTIVE = _ACCOUNT.values(active=bindparam("claim"))


def change_contact(connection: Connection, *, account_id: str, name: str, phone: str) -> None:
    """Change name and telephone. Raises: TextMissing, TextTooLong, InvalidPhone."""
    change_contacts(connection, {account_id: (name_of(name), phone_of(phone))})


def change_contacts(connection: Connection, changed: Mapping[str, tuple[str, str]]) -> None:
    """Store the names and telephones of accounts, by id; they were looked at before."""
    rows = [
        {"account": account_id, "to_name": name, "to_phone": phone, "to_key": fold(name)}
        for account_id, (name, phone) in changed.items()
    ]
    connection.execute(_CONTACT, rows)


def confirm_contact(connection: Connection, *, account_id: str, now: datetime) -> None:
    """Note that the person has validated what is known of them (R6)."""
    connection.execute(_CONFIRMED, {"account": account_id, "at": now})


def request_email(connection: Connection, *, account_id: str, email: str) -> str:
    """Note the address that the person wants, and give it as it will be stored; it counts once confirmed (R8).

    Whether another account has it is said only to who can read its mail. Raises: InvalidEmail.
    """
    address = email_of(email)
    drop_tokens(connection, account_id=account_id)
    connection.execute(_PENDING_EMAIL, {"account": account_id, "to_email": address})
    return address


def confirm_email(connection: Connection, *, account_id: str, email: str) -> None:
    """Make the confirmed address the account's; all links sent so far die. Raises: EmailTaken."""
    owner = find_account_by_email(connection, email=email)
    if owner and owner.id != account_id:
        raise EmailTaken
    drop_tokens(connection, account_id=account_id)
    values = {"account": account_id, "to_email": email, "to_email_folded": fold_email(email)}
    connection.execute(_EMAIL, values)


def replace_email(connection: Connection, *, account_id: str, email: str) -> None:
    """Write another address, as somebody who keeps the directory does; links and passwords sent to the old one die.

    Raises: InvalidEmail, EmailTaken.
    """
    confirm_email(connection, account_id=account_id, email=email_of(email))
    drop_initial_passwords(connection, account_id=account_id)


def change_role(connection: Connection, *, account_id: str, role: Role, organisation_id: str | None) -> None:
    """Give the account another role, or another organisation.

    Raises: UnknownChoice, OrganisationMissing, OrganisationNotAllowed, UnknownOrganisation.
    """
    refuse_wrong_organisation(connection, role=role, organisation_id=organisation_id)
    values = {"account": account_id, "to_role": role.value, "to_organisation": organisation_id}
    connection.execute(_ROLE, values)


def change_preferences(connection: Connection, *, account_id: str, preferences: Preferences) -> None:
    """Store what was chosen on « Personnalisation ». Raises: UnknownChoice."""
    if preferences.locale not in LOCALES:
        raise UnknownChoice("locale")
    try:
        ZoneInfo(preferences.timezone)
    except (OSError, ValueError, ZoneInfoNotFoundError):
        raise UnknownChoice("timezone") from None
    connection.execute(
        update(accounts)
        .where(accounts.c.id == account_id)
        .values(
            locale=preferences.locale,
            timezone=preferences.timezone,
            theme=preferences.theme.value,
            mails_own_acts=preferences.mails_own_acts,
            mails_new_tickets=preferences.mails_new_tickets,
            single_keys=preferences.single_keys,
            mail_pace=preferences.mail_pace.value,
        )
    )


def note_sign_in(connection: Connection, *, account_id: str, now: datetime) -> None:
    connection.execute(_SIGNED_IN, {"account": account_id, "at": now})


def deactivate(connection: Connection, *, account_id: str) -> None:
    """Let the account open nothing any more: its links and initial passwords die. Its sessions are the caller's."""
    drop_tokens(connection, account_id=account_id)
    drop_initial_passwords(connection, account_id=account_id)
    connection.execute(_ACTIVE, {"account": account_id, "claim": False})


def activate(connection: Connection, *, account_id: str) -> None:
    """Let the person in again, with the password that they had."""
    connection.execute(_ACTIVE, {"account": account_id, "claim": True})
