"""What the mails about an account say: its credentials, links that prove who reads, notices of changes.

A secret is made anew for each attempt; only its hash is stored (D8). It sends nothing.
"""

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Connection

from izarlink_tickets.accounts import Account, Purpose, make_initial_password, make_token
from izarlink_tickets.accounts.credentials import INITIAL_LIFETIME
from izarlink_tickets.accounts.tokens import LIFETIMES
from izarlink_tickets.i18n import format_datetime, language_of, ngettext
from izarlink_tickets.i18n import lazy_gettext as _l
from izarlink_tickets.mailer.letterhead import Letterhead
from izarlink_tickets.outbox import Kind, Letter

SECRET_LIFETIMES = {
    Kind.CREDENTIALS: INITIAL_LIFETIME,
    Kind.PASSWORD_RESET: LIFETIMES[Purpose.RESET],
    Kind.EMAIL_CONFIRMATION: LIFETIMES[Purpose.EMAIL],
}
_SUBJECTS = {
    Kind.CREDENTIALS: _l("Vos identifiants"),
    Kind.PASSWORD_RESET: _l("Choisir un nouveau mot de passe"),
    Kind.PASSWORD_CHANGED: _l("Votre mot de passe a été changé"),
    Kind.EMAIL_CONFIRMATION: _l("Confirmez votre nouvelle adresse mail"),
    Kind.EMAIL_CHANGED: _l("Votre adresse mail a été changée"),
}
# The initial password is typed, not followed: it stands in no link.
_PATHS: dict[Kind, Callable[[str], str]] = {
    Kind.CREDENTIALS: lambda _secret: "/connexion",
    Kind.PASSWORD_RESET: lambda secret: f"/mot-de-passe/{secret}",
    Kind.PASSWORD_CHANGED: lambda _secret: "/mot-de-passe/oublie",
    Kind.EMAIL_CONFIRMATION: lambda secret: f"/profil/mail/{secret}",
    Kind.EMAIL_CHANGED: lambda _secret: "/connexion",
}


@dataclass(frozen=True, slots=True)
class AccountNews:
    """What happened to an account. at: when, aware; made_at: when the secret was made, "" where there is none."""

    account: Account
    kind: Kind
    recipient: str
    at: datetime
    made_at: datetime
    secret: str = field(default="", repr=False)


def recipient_of(letter: Letter, account: Account) -> str | None:
    """Give the address that this kind of mail goes to; None where it is no longer wanted."""
    match letter.kind:
        case Kind.EMAIL_CONFIRMATION:
            return account.pending_email
        case Kind.EMAIL_CHANGED:
            return letter.address
    return account.email


def make_secret(connection: Connection, letter: Letter, *, recipient: str, now: datetime) -> str:
    """Make the secret that the mail carries, if its kind carries one. Raises: PasswordAlreadyChosen."""
    account_id = letter.account_id
    match letter.kind:
        case Kind.CREDENTIALS:
            return make_initial_password(connection, account_id=account_id, now=now)
        case Kind.PASSWORD_RESET:
            return make_token(connection, account_id=account_id, purpose=Purpose.RESET, now=now)
        case Kind.EMAIL_CONFIRMATION:
            return make_token(connection, account_id=account_id, purpose=Purpose.EMAIL, now=now, data=recipient)
    return ""


def subject_of(about: AccountNews) -> str:
    """Give the subject."""
    return f"[IzarLink] {_SUBJECTS[about.kind]}"


def values_of(about: AccountNews, letterhead: Letterhead) -> dict[str, Any]:
    """Give what the template shows."""
    account, lifetime = about.account, SECRET_LIFETIMES.get(about.kind, timedelta())
    zone = {"locale": language_of(account.locale), "timezone": account.timezone}
    return {
        "name": account.name,
        "email": about.recipient,
        "secret": about.secret,
        "at": format_datetime(about.at, **zone),
        "lifetime": _lifetime(lifetime),
        "expires_at": format_datetime(about.made_at + lifetime, **zone),
        "portal_url": letterhead.page_url(),
        "url": letterhead.page_url(_PATHS[about.kind](about.secret)),
    }


def _lifetime(lifetime: timedelta) -> str:
    hours, minutes = int(lifetime.total_seconds() // 3600), int(lifetime.total_seconds() // 60)
    if lifetime > timedelta(days=1):
        return ngettext("%(num)s jour", "%(num)s jours", lifetime.days)
    if hours:
        return ngettext("%(num)s heure", "%(num)s heures", hours)
    return ngettext("%(num)s minute", "%(num)s minutes", minutes)
