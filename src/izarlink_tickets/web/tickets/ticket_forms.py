"""The forms of a customer's ticket page: each makes one command."""

from wtforms import HiddenField

from izarlink_tickets.domain.errors import Refusal, TextMissing
from izarlink_tickets.i18n import gettext as _
from izarlink_tickets.i18n import lazy_gettext as _l
from izarlink_tickets.web.form_files import FormWithFiles
from izarlink_tickets.web.forms import FilesField, FormAmongOthers, TextField
from izarlink_tickets.web.tickets.numbers import whole_number

CANCEL, ASK = "annuler", "demander"


class OnTicket(FormAmongOthers):
    """A form of the page. seen: the last entry that the person had before them when they began to write (D5)."""

    seen = HiddenField()

    @property
    def seen_entry(self) -> int | None:
        return whole_number(self.seen.data)

    @property
    def typed(self) -> str:
        """What the person wrote: shown, to be copied, where the page no longer has a place for the form."""
        texts = [field.data for field in self if isinstance(field, TextField)]
        return texts[0] or ""


class OnSolution(OnTicket):
    """A decision on a solution. solution_version: the one that was read."""

    solution_version = HiddenField()

    @property
    def version_read(self) -> int:
        """Give the version that was read; whoever names none has read none."""
        return whole_number(self.solution_version.data) or 0


class FollowUpForm(OnTicket, FormWithFiles):
    slug = "suivi"

    comment = TextField(_l("Commentaire"))
    files = FilesField(_l("Fichier"))


class ApprovalForm(OnSolution):
    slug = "approuver"

    comment = TextField(_l("Commentaire (facultatif)"))


class RefusalForm(OnSolution, FormWithFiles):
    slug = "refuser"

    reason = TextField(_l("Quel problème persiste ?"))
    files = FilesField(_l("Fichier"))

    def show(self, refusal: Refusal) -> None:
        """Add the refusal's sentence to the form; a missing answer is asked for in the words of its question."""
        if isinstance(refusal, TextMissing):
            self.fail(_("Indiquez ce qui ne va pas encore, pour que le support sache quoi reprendre."), field="reason")
        else:
            super().show(refusal)


class ReopeningForm(OnTicket):
    slug = "rouvrir"

    reason = TextField(_l("Pourquoi rouvrir ce ticket ?"))


class CancellationForm(OnTicket):
    """wish: whether the page offered to cancel, or to ask support for it; support may have acted since (R40)."""

    slug = "annuler"

    wish = HiddenField(default=CANCEL)
    reason = TextField(_l("Motif (facultatif)"))
