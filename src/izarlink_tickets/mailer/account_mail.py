"""Values of the mails about accounts: credentials, links, notices.

Each attempt to send creates a new secret; only its hash is stored.
"""

from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Connection

from izarlink_tickets.accounts import Account, Purpose, create_initial_password, create_token
from izarlink_tickets.accounts.credentials import INITIAL_LIFETIME
from izarlink_tickets.accounts.tokens import LIFETIMES
from izarlink_tickets.i18n import format_datetime, language_of, ngettext
from izarlink_tickets.i18n import lazy_gettext as _l
from izarlink_tickets.mailer.branding import Branding
from izarlink_tickets.outbox import MailKind, OutboxMessage

SECRET_LIFETIMES = {
    MailKind.CREDENTIALS: INITIAL_LIFETIME,
    MailKind.PASSWORD_RENEWED: INITIAL_LIFETIME,
    MailKind.PASSWORD_RESET: LIFETIMES[Purpose.RESET],
    MailKind.EMAIL_CONFIRMATION: LIFETIMES[Purpose.EMAIL],
}
# They bring a password, or a link to choose one.
PASSWORD_KINDS = frozenset({MailKind.CREDENTIALS, MailKind.PASSWORD_RENEWED, MailKind.PASSWORD_RESET})
_SUBJECTS = {
    MailKind.CREDENTIALS: _l("Vos identifiants"),
    MailKind.PASSWORD_RENEWED: _l("Votre mot de passe a été réinitialisé"),
    MailKind.PASSWORD_RESET: _l("Choisir un nouveau mot de passe"),
    MailKind.PASSWORD_CHANGED: _l("Votre mot de passe a été changé"),
    MailKind.EMAIL_CONFIRMATION: _l("Confirmez votre nouvelle adresse mail"),
    MailKind.EMAIL_CHANGED: _l("Votre adresse mail a été changée"),
    MailKind.BREAK_GLASS_USED: _l("Le compte de secours a servi"),
    MailKind.SIGN_IN_LOCKED: _l("Plusieurs mots de passe incorrects sur votre compte"),
    MailKind.SECOND_FACTOR_ADDED: _l("Un second facteur a été ajouté à votre compte"),
    MailKind.SECOND_FACTOR_REMOVED: _l("Un second facteur a été retiré de votre compte"),
    MailKind.SECOND_FACTOR_RESET: _l("Votre double authentification a été réinitialisée"),
    MailKind.RECOVERY_CODES_CREATED: _l("Vos codes de secours ont été créés"),
    MailKind.RECOVERY_CODE_USED: _l("Un code de secours a été utilisé"),
}
# The initial password is typed, so it is in no link.
_PATHS = {
    MailKind.CREDENTIALS: "/connexion",
    MailKind.PASSWORD_RENEWED: "/connexion",
    MailKind.PASSWORD_RESET: "/mot-de-passe/{secret}",
    MailKind.PASSWORD_CHANGED: "/mot-de-passe/oublie",
    MailKind.EMAIL_CONFIRMATION: "/profil/mail/{secret}",
    MailKind.EMAIL_CHANGED: "/connexion",
    MailKind.BREAK_GLASS_USED: "/bureau/comptes",
    MailKind.SIGN_IN_LOCKED: "/mot-de-passe/oublie",
    MailKind.SECOND_FACTOR_ADDED: "/profil/double-authentification",
    MailKind.SECOND_FACTOR_REMOVED: "/profil/double-authentification",
    MailKind.SECOND_FACTOR_RESET: "/connexion",
    MailKind.RECOVERY_CODES_CREATED: "/profil/double-authentification",
    MailKind.RECOVERY_CODE_USED: "/profil/double-authentification",
}


@dataclass(frozen=True, slots=True)
class AccountNews:
    """An event in an account's life. Times are aware.

    made_at: when the secret was created. secret: empty for kinds without one.
    """

    account: Account
    kind: MailKind
    recipient: str
    at: datetime
    made_at: datetime
    secret: str = field(default="", repr=False)


def recipient_of(message: OutboxMessage, account: Account) -> str | None:
    """Return the recipient's address; None when the mail is obsolete."""
    match message.kind:
        case MailKind.EMAIL_CONFIRMATION:
            return account.pending_email
        case MailKind.EMAIL_CHANGED:
            return message.address
    return account.email


def make_secret(connection: Connection, message: OutboxMessage, *, recipient: str, now: datetime) -> str:
    """Create the secret that the mail carries; empty for kinds without one.

    Raises: PasswordAlreadyChosen.
    """
    account_id = message.account_id
    match message.kind:
        case MailKind.CREDENTIALS | MailKind.PASSWORD_RENEWED:
            return create_initial_password(connection, account_id=account_id, now=now)
        case MailKind.PASSWORD_RESET:
            return create_token(connection, account_id=account_id, purpose=Purpose.RESET, now=now)
        case MailKind.EMAIL_CONFIRMATION:
            return create_token(connection, account_id=account_id, purpose=Purpose.EMAIL, now=now, data=recipient)
    return ""


def subject_of(about: AccountNews) -> str:
    return f"[IzarLink] {_SUBJECTS[about.kind]}"


def values_of(about: AccountNews, branding: Branding) -> dict[str, Any]:
    account, lifetime = about.account, SECRET_LIFETIMES.get(about.kind, timedelta())
    zone = {"locale": language_of(account.locale), "timezone": account.timezone}
    return {
        "name": account.name,
        "email": about.recipient,
        "secret": about.secret,
        "at": format_datetime(about.at, **zone),
        "lifetime": _lifetime(lifetime),
        "expires_at": format_datetime(about.made_at + lifetime, **zone),
        "portal_url": branding.page_url(),
        "url": branding.page_url(_PATHS[about.kind].format(secret=about.secret)),
    }


def _lifetime(lifetime: timedelta) -> str:
    hours, minutes = int(lifetime.total_seconds() // 3600), int(lifetime.total_seconds() // 60)
    if lifetime > timedelta(days=1):
        return ngettext("%(num)s jour", "%(num)s jours", lifetime.days)
    if hours:
        return ngettext("%(num)s heure", "%(num)s heures", hours)
    return ngettext("%(num)s minute", "%(num)s minutes", minutes)
