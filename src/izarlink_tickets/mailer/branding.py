"""Branding shared by all mails: sender, URLs, host of message ids."""

from dataclasses import dataclass
from email.utils import parseaddr
from urllib.parse import urlsplit

from izarlink_tickets.config import Settings
from izarlink_tickets.wording import hotline


@dataclass(frozen=True, slots=True)
class Branding:
    """base_url: without a trailing slash. sender: « Support IzarLink <support@…> ».

    reopen_days, auto_close_days, reply_hours: 0 means never. timezone: for mails to addresses without an account.
    has_single_sign_on: staff sign in by a provider, so they get no password.
    """

    base_url: str
    sender: str
    reopen_days: int = 0
    auto_close_days: int = 0
    timezone: str = "Europe/Paris"
    reply_hours: int = 0
    support_phone: str | None = None
    support_hours: str | None = None
    has_single_sign_on: bool = False

    @classmethod
    def of(cls, settings: Settings) -> "Branding":
        return cls(
            settings.base_url,
            settings.mail_from,
            settings.reopen_days,
            settings.auto_close_days,
            settings.default_timezone,
            settings.reply_hours,
            settings.support_phone,
            settings.support_hours,
            settings.oidc is not None,
        )

    @property
    def hotline(self) -> str:
        """The hotline of support, in the current language; empty if not set."""
        return hotline(self.support_phone, self.support_hours)

    @property
    def sender_address(self) -> str:
        return parseaddr(self.sender)[1]

    @property
    def host(self) -> str:
        """The host in message ids and in the SMTP greeting."""
        host = urlsplit(self.base_url).hostname or "localhost"
        return "localhost" if ":" in host else host

    def entry_url(self, *, number: int, entry: int) -> str:
        """Return the URL of an entry; `entree` survives a sign-in."""
        return f"{self.base_url}/tickets/{number}?entree={entry}#e{entry}"

    def page_url(self, path: str = "/") -> str:
        return self.base_url + path

    def message_id(self, name: str) -> str:
        return f"<{name}@{self.host}>"
