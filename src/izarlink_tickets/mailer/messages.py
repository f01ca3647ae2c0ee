"""Mails built from outbox messages and their loaded content."""

from collections.abc import Sequence
from datetime import datetime
from uuid import NAMESPACE_URL, uuid4, uuid5

from izarlink_tickets.i18n import SOURCE_LANGUAGE, current_language, format_datetime, use_language
from izarlink_tickets.i18n import gettext as _
from izarlink_tickets.mailer import account_mail, digest_mail, ticket_mail
from izarlink_tickets.mailer.account_mail import SECRET_LIFETIMES, AccountNews
from izarlink_tickets.mailer.branding import Branding
from izarlink_tickets.mailer.delivery import OutgoingMail
from izarlink_tickets.mailer.envelope import MailContent, encode_body, encode_message
from izarlink_tickets.mailer.rendering import render
from izarlink_tickets.mailer.ticket_mail import TicketNews
from izarlink_tickets.outbox import OutboxMessage


def compose(
    message: OutboxMessage, about: TicketNews | AccountNews, branding: Branding, *, now: datetime
) -> MailContent:
    """Compose the mail in its recipient's language and time zone.

    now: aware. Raises: TemplateError (jinja2), or other errors for damaged values.
    """
    with use_language(about.account.locale):
        language = current_language()
        if isinstance(about, TicketNews):
            subject, values = ticket_mail.subject_of(about), ticket_mail.values_of(about, branding)
            recipient, thread = about.account.email, branding.message_id(f"ticket-{about.ticket.number}")
        else:
            subject, values = account_mail.subject_of(about), account_mail.values_of(about, branding)
            recipient, thread = about.recipient, None
        return MailContent(
            recipient=recipient,
            subject=subject,
            body=encode_body(render(message.kind.value, subject=subject, language=language, **values)),
            language=language,
            message_id=branding.message_id(_name(message)),
            at=now,
            thread=thread,
        )


def build_mail(
    message: OutboxMessage, about: TicketNews | AccountNews, branding: Branding, *, now: datetime
) -> OutgoingMail:
    """Build the mail of one message. Raises: UnfitMail, and those of `compose`."""
    return _mail(compose(message, about, branding, now=now), branding, name=message.id)


def build_digest(
    messages: Sequence[OutboxMessage], about: Sequence[TicketNews], branding: Branding, *, now: datetime
) -> OutgoingMail:
    """Build one mail of several messages. Raises: as `build_mail`."""
    name, recipient = _digest_name(messages), about[0].account
    with use_language(recipient.locale):
        language, subject = current_language(), digest_mail.subject_of(about)
        parts = render("digest", subject=subject, language=language, **digest_mail.values_of(about, branding))
    content = MailContent(recipient.email, subject, encode_body(parts), language, branding.message_id(name), now)
    return _mail(content, branding, name=name)


def build_test_mail(address: str, branding: Branding, *, now: datetime) -> OutgoingMail:
    """Build a mail that proves that mails arrive. Raises: UnfitMail."""
    subject = _("[IzarLink] Mail d’essai")
    at = format_datetime(now, locale=SOURCE_LANGUAGE, timezone=branding.timezone)
    parts = render("test", subject=subject, language=SOURCE_LANGUAGE, at=at, url=branding.page_url())
    name = str(uuid4())
    return _mail(
        MailContent(address, subject, encode_body(parts), SOURCE_LANGUAGE, branding.message_id(name), now),
        branding,
        name=name,
    )


def _name(message: OutboxMessage) -> str:
    """Return the unique name of the mail.

    A repeated mail keeps its name, so that it is recognised; each new secret makes a new one.
    """
    return f"{message.id}.{uuid4().hex}" if message.kind in SECRET_LIFETIMES else message.id


def _digest_name(messages: Sequence[OutboxMessage]) -> str:
    """Return the unique name of a digest, which follows from its messages."""
    return str(uuid5(NAMESPACE_URL, f"izarlink:digest:{':'.join(sorted(message.id for message in messages))}"))


def _mail(content: MailContent, branding: Branding, *, name: str) -> OutgoingMail:
    return OutgoingMail(name, content.recipient, content.at, encode_message(content, sender=branding.sender))
