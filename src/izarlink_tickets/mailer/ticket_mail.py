"""Values of the mail about a ticket entry, for `mail/ticket.jinja`.

They are built from the ticket, entry and account that the caller has loaded.
"""

from collections.abc import Hashable
from dataclasses import dataclass
from datetime import date
from typing import Any

from izarlink_tickets.accounts import Account
from izarlink_tickets.domain import access
from izarlink_tickets.domain.events import (
    InformationRequested,
    InternalNoteAdded,
    Opened,
    RequesterChanged,
    TicketEvent,
    WatcherRemoved,
)
from izarlink_tickets.domain.vocabulary import FINISHED, Awaiting, Role, State
from izarlink_tickets.i18n import file_size, format_datetime, format_day, language_of, ngettext
from izarlink_tickets.i18n import gettext as _
from izarlink_tickets.mailer.branding import Branding
from izarlink_tickets.projections.history_queries import Entry, Timeline
from izarlink_tickets.projections.ticket_queries import TicketRow
from izarlink_tickets.wording import (
    TextBlock,
    beginning_of,
    blocks_of,
    category_label,
    changes,
    erased,
    news,
    next_step,
    no_service,
    reader_state_label,
    sentence,
    service_named,
    state_change,
    type_label,
    urgency_label,
    words,
)

# A page of a mail: longer texts are read on the ticket.
MAX_TEXT = 3_000


@dataclass(frozen=True, slots=True)
class TicketNews:
    """A ticket entry that the account may see, with its timeline.

    closes_on: the day of the automatic closing that a reminder names.
    waiting: the entry with the question or the solution that a reminder or a closing is about.
    """

    account: Account
    ticket: TicketRow
    timeline: Timeline
    closes_on: date | None = None
    waiting: Entry | None = None
    is_watcher: bool = True

    @property
    def entry(self) -> Entry:
        return self.timeline.entries[0]


def subject_of(about: TicketNews) -> str:
    """Return the subject, the same for all mails of a ticket."""
    return f"[IzarLink #{about.ticket.number}] {about.ticket.title or erased()}"


def values_of(about: TicketNews, branding: Branding) -> dict[str, Hashable]:
    """Return the values of the template, which determine the mail's body."""
    account, ticket, entry = about.account, about.ticket, about.entry
    text, awaits = words(entry), _awaits(about)
    shown = beginning_of(text, maximum=MAX_TEXT)
    # Above the text, too, the way to what is asked for: nobody has to read to the end first.
    has_way_above = bool(shown) and (awaits != "nothing" or shown != text)
    write_news = sentence if has_way_above else news
    return {
        "number": ticket.number,
        "is_acknowledgement": entry.step(Opened) is not None and account.id == ticket.requester_id,
        "news": write_news(entry, about.timeline.names, account),
        "has_way_above": has_way_above,
        "words": shown,
        "is_cut": shown != text,
        "blocks": tuple(blocks_of(shown)),
        "waiting": _waiting(about),
        "files": _files(about),
        "facts": _facts(about),
        "awaits": awaits,
        "may_answer": _may_answer(about),
        "closes_on": _closes_on(about, branding),
        "reopening_days": _reopening_days(about, branding),
        "reason": _reason(about),
        "url": branding.entry_url(number=ticket.number, entry=entry.number),
        "preferences_url": branding.page_url("/profil/personnalisation"),
        "next_step": next_step(reply_hours=branding.reply_hours),
        "hotline": branding.hotline,
    }


def _files(about: TicketNews) -> tuple[tuple[str, str], ...]:
    locale = language_of(about.account.locale)
    return tuple(
        (_("Pièce jointe"), f"{file.name or erased()} ({file_size(file.size, locale=locale)})")
        for file in about.entry.files
    )


def _facts(about: TicketNews) -> tuple[tuple[str, str], ...]:
    ticket, entry, account = about.ticket, about.entry, about.account
    facts = [(_("Titre"), ticket.title or erased()), (_("Ticket"), _ticket(ticket)), (_("État"), _state(about))]
    if access.is_staff(account.actor):
        facts.insert(0, (_("Client"), ticket.organisation_name))
    if entry.step(Opened) and ticket.urgency:
        facts.insert(-1, (_("Urgence"), urgency_label(ticket.urgency)))
    others = [change for change in changes(entry, about.timeline.names, account) if change.label != _("État")]
    return (*facts, *((change.label, _with_before(change.after, change.before)) for change in others))


def _ticket(ticket: TicketRow) -> str:
    number = _("n° %(number)s", number=ticket.number)
    category = category_label(ticket.category, ticket.category_label)
    service = service_named(ticket.service_reference, ticket.service_label, ticket.service_site or "")
    return " · ".join((number, type_label(ticket.ticket_type), category, service or no_service()))


def _state(about: TicketNews) -> str:
    """Return the state after the entry, not the current one."""
    change = state_change(about.entry, about.account)
    now = reader_state_label(about.entry.state, about.entry.awaiting, about.account)
    return _with_before(now, change.before if change else None)


def _with_before(after: str, before: str | None) -> str:
    return after if before is None else _("%(after)s (avant : %(before)s)", after=after, before=before)


def _awaits(about: TicketNews) -> str:
    """Return what the ticket awaits from this reader: "answer", "approval" or "nothing"."""
    if not _decides(about):
        return "nothing"
    if about.entry.state == State.RESOLVED:
        return "approval"
    return "answer" if about.entry.awaiting == Awaiting.CUSTOMER else "nothing"


def _may_answer(about: TicketNews) -> bool:
    return _decides(about) and about.entry.state not in FINISHED


def _closes_on(about: TicketNews, branding: Branding) -> str | None:
    """Return the day of the automatic closing, if one is due."""
    return format_day(about.closes_on) if about.closes_on and branding.auto_close_days else None


def _waiting(about: TicketNews) -> tuple[str, tuple[TextBlock, ...], bool] | None:
    """Return what waits since when, its text, and whether that is cut."""
    entry, reader = about.waiting, about.account
    if entry is None:
        return None
    at = format_datetime(entry.at, locale=language_of(reader.locale), timezone=reader.timezone)
    is_question = entry.step(InformationRequested) is not None
    label = _("La question du %(at)s", at=at) if is_question else _("La solution proposée le %(at)s", at=at)
    text = words(entry)
    shown = beginning_of(text, maximum=MAX_TEXT)
    return label, tuple(blocks_of(shown)), shown != text


def _reopening_days(about: TicketNews, branding: Branding) -> str | None:
    """Return how long the reader may reopen the closed ticket."""
    closes = about.entry.state == State.CLOSED and about.entry.previous_state != State.CLOSED
    if not (closes and branding.reopen_days and _decides(about)):
        return None
    return ngettext("%(num)s jour", "%(num)s jours", branding.reopen_days)


def _reason(about: TicketNews) -> str:
    """Return why the reader is notified, as a key of the template."""
    account, ticket = about.account, about.ticket
    if access.is_staff(account.actor):
        if account.id in (_fact(about, InternalNoteAdded, "mentioned_ids") or ()):
            return "mentioned"
        return "assignee" if account.id == ticket.assignee_id else "team"
    if account.id == ticket.requester_id:
        return "requester"
    if _fact(about, RequesterChanged, "previous_requester_id") == account.id:
        return "former requester"
    if account.role is Role.COMPANY and account.mails_company_tickets:
        return "company"
    if _fact(about, WatcherRemoved, "watcher_id") == account.id:
        return "former watcher"
    return "watcher" if about.is_watcher else "stand-in"


def _fact(about: TicketNews, event_class: type[TicketEvent], name: str) -> Any:  # noqa: ANN401 - any value of an event
    step = about.entry.step(event_class)
    return step.facts.get(name) if step else None


def _decides(about: TicketNews) -> bool:
    """Return whether the reader decides for the customer; watchers do not."""
    return access.speaks_for_customer(about.account.actor, about.ticket)
