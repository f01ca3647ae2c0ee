"""Make the message of a letter, from what was looked up for it. Pure: the same in, the same out, secrets' ids apart."""

from collections.abc import Sequence
from datetime import datetime
from uuid import NAMESPACE_URL, uuid4, uuid5

from izarlink_tickets.i18n import SOURCE_LANGUAGE, format_datetime, speaking, spoken
from izarlink_tickets.i18n import gettext as _
from izarlink_tickets.mailer import account_mail, digest_mail, ticket_mail
from izarlink_tickets.mailer.account_mail import SECRET_LIFETIMES, AccountNews
from izarlink_tickets.mailer.delivery import Mail
from izarlink_tickets.mailer.envelope import Draft, sealed
from izarlink_tickets.mailer.letterhead import Letterhead
from izarlink_tickets.mailer.rendering import render
from izarlink_tickets.mailer.ticket_mail import TicketNews
from izarlink_tickets.outbox import Letter


def draft_of(letter: Letter, about: TicketNews | AccountNews, letterhead: Letterhead, *, now: datetime) -> Draft:
    """Write the mail in its reader's language and time zone. now: aware. Raises: whatever odd values make it raise."""
    with speaking(about.account.locale):
        return _draft_of(letter, about, letterhead, now=now)


def _draft_of(letter: Letter, about: TicketNews | AccountNews, letterhead: Letterhead, *, now: datetime) -> Draft:
    language = spoken()
    if isinstance(about, TicketNews):
        subject, values = ticket_mail.subject_of(about), ticket_mail.values_of(about, letterhead)
        recipient, thread = about.account.email, letterhead.message_id(f"ticket-{about.ticket.number}")
    else:
        subject, values = account_mail.subject_of(about), account_mail.values_of(about, letterhead)
        recipient, thread = about.recipient, None
    return Draft(
        recipient=recipient,
        subject=subject,
        parts=render(letter.kind.value, subject=subject, language=language, **values),
        language=language,
        message_id=letterhead.message_id(_name(letter)),
        at=now,
        thread=thread,
    )


def mail_of(letter: Letter, about: TicketNews | AccountNews, letterhead: Letterhead, *, now: datetime) -> Mail:
    """Give the mail as it is handed over. Raises: UnfitMail, and whatever odd values make it raise."""
    return _mail(draft_of(letter, about, letterhead, now=now), letterhead, name=letter.id)


def digest_of(letters: Sequence[Letter], about: Sequence[TicketNews], letterhead: Letterhead, *, now: datetime) -> Mail:
    """Give the one mail of many letters to one reader. Raises: UnfitMail, and whatever odd values make it raise."""
    name, reader = _name_of_many(letters), about[0].account
    with speaking(reader.locale):
        language, subject = spoken(), digest_mail.subject_of(about)
        parts = render("digest", subject=subject, language=language, **digest_mail.values_of(about, letterhead))
    draft = Draft(reader.email, subject, parts, language, letterhead.message_id(name), now)
    return _mail(draft, letterhead, name=name)


def trial_mail(address: str, letterhead: Letterhead, *, now: datetime) -> Mail:
    """Give a mail that only says that mails arrive. Raises: UnfitMail."""
    subject = _("[IzarLink] Mail d’essai")
    at = format_datetime(now, locale=SOURCE_LANGUAGE, timezone=letterhead.timezone)
    parts = render("test", subject=subject, language=SOURCE_LANGUAGE, at=at, url=letterhead.page_url())
    name = str(uuid4())
    return _mail(
        Draft(address, subject, parts, SOURCE_LANGUAGE, letterhead.message_id(name), now), letterhead, name=name
    )


def _name(letter: Letter) -> str:
    """Name the message: a repeated mail is recognised by its id, but each secret is a mail of its own (D8)."""
    return f"{letter.id}.{uuid4().hex}" if letter.kind in SECRET_LIFETIMES else letter.id


def _name_of_many(letters: Sequence[Letter]) -> str:
    """Name a digest by the letters in it: the same ones again are recognised, and with others it is another mail."""
    return str(uuid5(NAMESPACE_URL, f"izarlink:digest:{':'.join(sorted(letter.id for letter in letters))}"))


def _mail(draft: Draft, letterhead: Letterhead, *, name: str) -> Mail:
    return Mail(name, draft.recipient, draft.at, sealed(draft, sender=letterhead.sender))
