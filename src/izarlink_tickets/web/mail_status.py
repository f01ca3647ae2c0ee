"""How the mails fare, in the few words of the desk's header."""

from dataclasses import dataclass

from izarlink_tickets.i18n import gettext as _
from izarlink_tickets.i18n import ngettext
from izarlink_tickets.outbox.deliveries import MailProblems


@dataclass(frozen=True, slots=True)
class MailState:
    """needs_somebody: something is to be done."""

    label: str
    needs_somebody: bool

    @classmethod
    def of(cls, found: MailProblems) -> "MailState":
        """Name what is worst: nothing goes, some are late, some failed or are in doubt."""
        if found.is_held:
            return cls(_("Mails retenus"), needs_somebody=True)
        if found.late:
            return cls(ngettext("%(num)s mail en retard", "%(num)s mails en retard", found.late), needs_somebody=True)
        if others := found.failed + found.doubtful:
            return cls(ngettext("%(num)s mail à voir", "%(num)s mails à voir", others), needs_somebody=True)
        return cls(_("Mails : à jour"), needs_somebody=False)
