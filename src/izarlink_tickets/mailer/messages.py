"""Make the message of a letter, from what was looked up for it. Pure: the same in, the same out, secrets' ids apart."""

from collections.abc import Sequence
from datetime import datetime
from uuid import NAMESPACE_URL, uuid4, uuid5

from izarlink_tickets.i18n import SOURCE_LANGUAGE, format_datetime, speaking, spoken
from izarlink_tickets.i18n import gettext as _
from izarlink_tickets.mailer import account_mail, digest_mail, ticket_mail
from izarlink_tickets.mailer.account_mail import SECRET_LIFETIMES, AccountNews
from izarlink_tickets.mailer.branding import Branding
from izarlink_tickets.mailer.delivery import OutgoingMail
from izarlink_tickets.mailer.envelope import Draft, sealed
from izarlink_tickets.mailer.rendering import render
from izarlink_tickets.mailer.ticket_mail import TicketNews
from izarlink_tickets.outbox import OutboxMessage


def draft_of(message: OutboxMessage, about: TicketNews | AccountNews, branding: Branding, *, now: datetime) -> Draft:
    """Write the mail in its reader's language and time zone. now: aware. Raises: whatever odd values make it raise."""
    with speaking(about.account.locale):
        return _draft_of(message, about, branding, now=now)


def _draft_of(message: OutboxMessage, about: TicketNews | AccountNews, branding: Branding, *, now: datetime) -> Draft:
    language = spoken()
    if isinstance(about, TicketNews):
        subject, values = ticket_mail.subject_of(about), ticket_mail.values_of(about, branding)
        recipient, thread = about.account.email, branding.message_id(f"ticket-{about.ticket.number}")
    else:
        subject, values = account_mail.subject_of(about), account_mail.values_of(about, branding)
        recipient, thread = about.recipient, None
    return Draft(
        recipient=recipient,
        subject=subject,
        parts=render(message.kind.value, subject=subject, language=language, **values),
        language=language,
        message_id=branding.message_id(_name(message)),
        at=now,
        thread=thread,
    )


def mail_of(
    message: OutboxMessage, about: TicketNews | AccountNews, branding: Branding, *, now: datetime
) -> OutgoingMail:
    """Give the mail as it is handed over. Raises: UnfitMail, and whatever odd values make it raise."""
    return _mail(draft_of(message, about, branding, now=now), branding, name=message.id)


def digest_of(
    letters: Sequence[OutboxMessage], about: Sequence[TicketNews], branding: Branding, *, now: datetime
) -> OutgoingMail:
    """Give the one mail of many letters to one reader. Raises: UnfitMail, and whatever odd values make it raise."""
    name, reader = _name_of_many(letters), about[0].account
    with speaking(reader.locale):
        language, subject = spoken(), digest_mail.subject_of(about)
        parts = render("digest", subject=subject, language=language, **digest_mail.values_of(about, branding))
    draft = Draft(reader.email, subject, parts, language, branding.message_id(name), now)
    return _mail(draft, branding, name=name)


def trial_mail(address: str, branding: Branding, *, now: datetime) -> OutgoingMail:
    """Give a mail that only says that mails arrive. Raises: UnfitMail."""
    subject = _("[IzarLink] Mail d’essai")
    at = format_datetime(now, locale=SOURCE_LANGUAGE, timezone=branding.timezone)
    parts = render("test", subject=subject, language=SOURCE_LANGUAGE, at=at, url=branding.page_url())
    name = str(uuid4())
    return _mail(Draft(address, subject, parts, SOURCE_LANGUAGE, branding.message_id(name), now), branding, name=name)


def _name(message: OutboxMessage) -> str:
    """Name the message: a repeated mail is recognised by its id, but each secret is a mail of its own (D8)."""
    return f"{message.id}.{uuid4().hex}" if message.kind in SECRET_LIFETIMES else message.id


def _name_of_many(letters: Sequence[OutboxMessage]) -> str:
    """Name a digest by the letters in it: the same ones again are recognised, and with others it is another mail."""
    return str(uuid5(NAMESPACE_URL, f"izarlink:digest:{':'.join(sorted(letter.id for letter in letters))}"))


def _mail(draft: Draft, branding: Branding, *, name: str) -> OutgoingMail:
    return OutgoingMail(name, draft.recipient, draft.at, sealed(draft, sender=branding.sender))
