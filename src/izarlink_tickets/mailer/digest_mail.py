"""What the mail says that stands for many: of each ticket what happened, in a line, and where to read it.

It is told tickets and entries as the reader may see them, and looks nothing up.
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
    """Give the subject: it counts, and names no ticket."""
    return _("[IzarLink] Résumé : %(counts)s", counts=_counts(about))


def values_of(about: Sequence[TicketNews], branding: Branding) -> dict[str, Any]:
    """Give what the template shows."""
    by_ticket = groupby(sorted(about, key=_place), key=lambda one: one.ticket.number)
    return {
        "counts": _counts(about),
        "tickets": [_ticket(list(group), branding) for _number, group in by_ticket],
        "is_daily": about[0].account.mail_pace is MailPace.DAILY,
        "preferences_url": branding.page_url("/profil/personnalisation"),
    }


def _counts(about: Sequence[TicketNews]) -> str:
    tickets = len({one.ticket.number for one in about})
    return _(
        "%(operations)s sur %(tickets)s",
        operations=ngettext("%(num)s opération", "%(num)s opérations", len(about)),
        tickets=ngettext("%(num)s ticket", "%(num)s tickets", tickets),
    )


def _place(one: TicketNews) -> tuple[int, int]:
    return one.ticket.number, one.entry.number


def _ticket(about: Sequence[TicketNews], branding: Branding) -> tuple[str, list[tuple[str, str]]]:
    """Name the ticket, and give each sentence about it with the address of its entry."""
    number = about[0].ticket.number
    lines = [
        (
            sentence(one.entry, one.timeline.names, one.account),
            branding.entry_url(number=number, entry=one.entry.number),
        )
        for one in about
    ]
    return _name(about[0].ticket), lines


def _name(ticket: TicketRow) -> str:
    number = pgettext("heading", "n° %(number)s", number=ticket.number)
    return " · ".join((number, ticket.title or erased(), ticket.organisation_name))
