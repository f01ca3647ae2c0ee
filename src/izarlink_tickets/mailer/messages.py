"""Mails built from outbox messages and their loaded content."""

from collections.abc import Hashable, Sequence
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
from izarlink_tickets.outbox import MailKind, OutboxMessage


class Bodies:
    """Bodies of ticket mails, rendered once for all who read the same.

    It holds what people wrote, so it lives no longer than the mails of one lease.
    """

    def __init__(self) -> None:
        """Begin without bodies."""
        self._bodies: dict[Hashable, bytes] = {}

    def body_of(self, *, subject: str, language: str, **values: Hashable) -> bytes:
        """Return the body of a ticket mail. Raises: as `build_mail`."""
        key = (subject, language, *values.values())
        if key not in self._bodies:
            self._bodies[key] = _body(MailKind.TICKET.value, subject=subject, language=language, **values)
        return self._bodies[key]


def build_mail(
    message: OutboxMessage,
    about: TicketNews | AccountNews,
    branding: Branding,
    *,
    now: datetime,
    bodies: Bodies | None = None,
) -> OutgoingMail:
    """Build one mail in its recipient's language and time zone.

    now: aware. bodies: of other mails, to render none twice.
    Raises: UnfitMail, TemplateError (jinja2), or other errors for damaged values.
    """
    with use_language(about.account.locale):
        if isinstance(about, TicketNews):
            content = _ticket_content(message, about, branding, now, bodies or Bodies())
        else:
            content = _account_content(message, about, branding, now)
    return _mail(content, branding, name=message.id)


def _ticket_content(
    message: OutboxMessage, about: TicketNews, branding: Branding, now: datetime, bodies: Bodies
) -> MailContent:
    language, subject = current_language(), ticket_mail.subject_of(about)
    return MailContent(
        recipient=about.account.email,
        subject=subject,
        body=bodies.body_of(subject=subject, language=language, **ticket_mail.values_of(about, branding)),
        language=language,
        message_id=branding.message_id(message.id),
        at=now,
        thread=branding.message_id(f"ticket-{about.ticket.number}"),
    )


def _account_content(message: OutboxMessage, about: AccountNews, branding: Branding, now: datetime) -> MailContent:
    language, subject = current_language(), account_mail.subject_of(about)
    return MailContent(
        recipient=about.recipient,
        subject=subject,
        body=_body(
            message.kind.value,
            subject=subject,
            language=language,
            hotline=branding.hotline,
            **account_mail.values_of(about, branding),
        ),
        language=language,
        message_id=branding.message_id(_name(message)),
        at=now,
    )


def _body(template: str, *, subject: str, language: str, **values: object) -> bytes:
    return encode_body(render(template, subject=subject, language=language, **values))


def build_digest(
    messages: Sequence[OutboxMessage], about: Sequence[TicketNews], branding: Branding, *, now: datetime
) -> OutgoingMail:
    """Build one mail of several messages. Raises: as `build_mail`."""
    name, recipient = _digest_name(messages), about[0].account
    with use_language(recipient.locale):
        language, subject = current_language(), digest_mail.subject_of(about)
        values = digest_mail.values_of(about, branding)
        body = _body("digest", subject=subject, language=language, hotline=branding.hotline, **values)
    content = MailContent(recipient.email, subject, body, language, branding.message_id(name), now)
    return _mail(content, branding, name=name)


def build_test_mail(address: str, branding: Branding, *, now: datetime) -> OutgoingMail:
    """Build a mail that proves that mails arrive. Raises: UnfitMail."""
    subject = _("[IzarLink] Mail d’essai")
    at = format_datetime(now, locale=SOURCE_LANGUAGE, timezone=branding.timezone)
    values = {"at": at, "url": branding.page_url(), "hotline": branding.hotline}
    body = _body("test", subject=subject, language=SOURCE_LANGUAGE, **values)
    name = str(uuid4())
    content = MailContent(address, subject, body, SOURCE_LANGUAGE, branding.message_id(name), now)
    return _mail(content, branding, name=name)


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
