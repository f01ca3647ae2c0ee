"""Values of the digest mail: one line and link per entry.

They are built from tickets and entries that the caller has loaded for the recipient.
"""

from collections.abc import Sequence
from itertools import groupby
from typing import Any

from izarlink_tickets.accounts import MailPace
from izarlink_tickets.i18n import gettext as _
from izarlink_tickets.i18n import ngettext, pgettext
from izarlink_tickets.mailer.branding import Branding
from izarlink_tickets.mailer.ticket_mail import TicketNews
from izarlink_tickets.projections.ticket_queries import TicketRow
from izarlink_tickets.wording import erased, sentence


def subject_of(about: Sequence[TicketNews]) -> str:
    """Return the subject, with counts instead of ticket numbers."""
    return _("[IzarLink] Résumé : %(counts)s", counts=_counts(about))


def values_of(about: Sequence[TicketNews], branding: Branding) -> dict[str, Any]:
    by_ticket = groupby(sorted(about, key=_sort_key), key=lambda news: news.ticket.number)
    return {
        "counts": _counts(about),
        "tickets": [_ticket(list(group), branding) for _number, group in by_ticket],
        "is_wanted": about[0].account.gathers_mails,
        "is_daily": about[0].account.mail_pace is MailPace.DAILY,
        "preferences_url": branding.page_url("/profil/personnalisation"),
    }


def _counts(about: Sequence[TicketNews]) -> str:
    tickets = len({news.ticket.number for news in about})
    return _(
        "%(operations)s sur %(tickets)s",
        operations=ngettext("%(num)s opération", "%(num)s opérations", len(about)),
        tickets=ngettext("%(num)s ticket", "%(num)s tickets", tickets),
    )


def _sort_key(news: TicketNews) -> tuple[int, int]:
    return news.ticket.number, news.entry.number


def _ticket(about: Sequence[TicketNews], branding: Branding) -> tuple[str, list[tuple[str, str]]]:
    """Return the ticket's heading, and its sentences with their URLs."""
    number = about[0].ticket.number
    lines = [
        (
            sentence(news.entry, news.timeline.names, news.account),
            branding.entry_url(number=number, entry=news.entry.number),
        )
        for news in about
    ]
    return _heading(about[0].ticket), lines


def _heading(ticket: TicketRow) -> str:
    number = pgettext("heading", "n° %(number)s", number=ticket.number)
    return " · ".join((number, ticket.title or erased(), ticket.organisation_name))
