"""The forms of a customer's ticket page, one per command."""

from collections.abc import Mapping
from http import HTTPStatus
from typing import ClassVar, Self

from flask import flash
from wtforms import Field, HiddenField, ValidationError

from izarlink_tickets.accounts.listing import AccountRow, DirectoryFilter, list_account_rows
from izarlink_tickets.application import CommandResult
from izarlink_tickets.domain.access import CUSTOMER_ROLES
from izarlink_tickets.domain.errors import NotAllowed, Refusal, TextMissing, TicketNotFound
from izarlink_tickets.i18n import gettext as _
from izarlink_tickets.i18n import lazy_gettext as _l
from izarlink_tickets.web.app_context import portal
from izarlink_tickets.web.authentication import viewer
from izarlink_tickets.web.fields import FilesField, LineField, TextField
from izarlink_tickets.web.form_files import FormWithFiles
from izarlink_tickets.web.forms import FormAmongOthers, SeenForm
from izarlink_tickets.web.numbers import whole_number

# The category of the flashed entry at which the confirmation is shown.
AT_ENTRY = "entry"
# A watcher is added or removed.
ADD, REMOVE = "ajouter", "retirer"
# Of a search with several matches.
MATCHES_NAMED = 5
CANCEL, ASK = "annuler", "demander"
WATCHES = _l(
    "Vous suivez ce ticket comme observateur : seule la personne qui l’a demandé, ou un responsable"
    " de votre société, peut agir."
)


class CustomerForm(FormAmongOthers, SeenForm[int, CommandResult]):
    """A form of the ticket page. Its target is the ticket number.

    seen: the last entry that the author had on the page.
    path: the form's address below the ticket's.
    """

    # A watcher who was the requester when they began to write gets their text back.
    page_refusals = (TicketNotFound,)

    path: ClassVar[str]

    @property
    def typed(self) -> str:
        """The author's text, shown where the form is no longer offered."""
        return next((field.data for field in self if isinstance(field, TextField)), "") or ""

    def add_refusal(self, refusal: Refusal) -> None:
        if isinstance(refusal, NotAllowed):
            self.fail(WATCHES, status=HTTPStatus.FORBIDDEN)
        else:
            super().add_refusal(refusal)

    def location(self, result: CommandResult) -> str:
        """Return the next address: the page's head with the new state."""
        return f"/tickets/{result.number}"


class DecisionForm(CustomerForm):
    """A decision on a solution. solution_version: the version that the author read."""

    solution_version = HiddenField()

    @property
    def seen_solution_version(self) -> int:
        """The version that the author read; 0 where the form carries none."""
        return whole_number(self.solution_version.data) or 0


class FollowUpForm(CustomerForm, FormWithFiles):
    slug = path = "suivi"
    done = _l("Votre suivi est enregistré.")

    comment = TextField(_l("Commentaire"))
    files = FilesField(_l("Fichier"))

    def execute(self, number: int) -> CommandResult:
        return portal().tickets.add_follow_up(
            self.context, number=number, text=self.comment.data, uploads=self.uploads()
        )

    def confirm(self, result: CommandResult) -> None:
        """Leave the confirmation, to be shown at the new entry."""
        super().confirm(result)
        flash(str(result.entry), AT_ENTRY)

    def location(self, result: CommandResult) -> str:
        """Return the address of the new entry."""
        return f"/tickets/{result.number}#e{result.entry}"


class ApprovalForm(DecisionForm):
    slug = "approuver"
    path = "solution/approuver"
    done = _l("Merci. La solution est approuvée et le ticket est clôturé.")

    comment = TextField(_l("Commentaire (facultatif)"))

    def execute(self, number: int) -> CommandResult:
        return portal().tickets.approve_solution(
            self.context, number=number, solution_version=self.seen_solution_version, comment=self.comment.data
        )


class RefusalForm(DecisionForm, FormWithFiles):
    slug = "refuser"
    path = "solution/refuser"
    done = _l("Votre réponse est enregistrée. Le support reprend le ticket.")

    reason = TextField(_l("Quel problème persiste ?"))
    files = FilesField(_l("Fichier"))

    def execute(self, number: int) -> CommandResult:
        return portal().tickets.refuse_solution(
            self.context,
            number=number,
            solution_version=self.seen_solution_version,
            reason=self.reason.data,
            uploads=self.uploads(),
        )

    def add_refusal(self, refusal: Refusal) -> None:
        """Add the refusal's sentence; a missing reason has its own."""
        if isinstance(refusal, TextMissing):
            self.fail(_("Indiquez ce qui ne va pas encore, pour que le support sache quoi reprendre."), field="reason")
        else:
            super().add_refusal(refusal)


class ReopeningForm(CustomerForm):
    slug = path = "rouvrir"
    done = _l("Le ticket est rouvert.")

    reason = TextField(_l("Pourquoi rouvrir ce ticket ?"))

    def execute(self, number: int) -> CommandResult:
        return portal().tickets.reopen(self.context, number=number, reason=self.reason.data)


class CancellationForm(CustomerForm):
    """Cancel the ticket, or request it. wish: which was offered."""

    slug = path = "annuler"
    done = _l("Le ticket est annulé.")

    wish = HiddenField(default=CANCEL)
    reason = TextField(_l("Motif (facultatif)"))

    def execute(self, number: int) -> CommandResult:
        tickets = portal().tickets
        command = tickets.request_cancellation if self.wish.data == ASK else tickets.cancel
        return command(self.context, number=number, reason=self.reason.data)

    def success_message(self, result: CommandResult) -> str:
        return _("Le support a reçu votre demande.") if self.wish.data == ASK else super().success_message(result)


class OwnWatcherForm(CustomerForm):
    """Add or remove a watcher.

    person: the typed name or mail of a colleague; the id of a watcher to remove.
    """

    slug = path = "observateurs"
    done = _l("L’observateur est ajouté.")

    operation = HiddenField(default=ADD)
    person = LineField(_l("Nom ou adresse mail d’un collègue"))

    account_id = ""

    @property
    def is_removal(self) -> bool:
        return bool(self.operation.data == REMOVE)

    @classmethod
    def removal(cls) -> Self:
        """Build the button that removes a watcher."""
        return cls(formdata=None, operation=REMOVE)

    def validate_person(self, field: Field) -> None:
        """Find the colleague whom the author means."""
        if not field.data:
            raise ValidationError(_("Indiquez la personne à informer."))
        if self.is_removal:
            self.account_id = field.data
            return
        matches = find_colleagues(field.data)
        if len(matches) > 1:
            people = ", ".join(person.name for person in matches[:MATCHES_NAMED])
            raise ValidationError(
                _(
                    "Plusieurs personnes correspondent : %(people)s. Saisissez l’adresse mail de l’une d’elles.",
                    people=people,
                )
            )
        if not matches:
            raise ValidationError(_("Personne de votre société ne correspond."))
        self.account_id = matches[0].id

    def execute(self, number: int) -> CommandResult:
        tickets = portal().tickets
        command = tickets.remove_watcher if self.is_removal else tickets.add_watcher
        return command(self.context, number=number, account_id=self.account_id)

    def success_message(self, result: CommandResult) -> str:
        return _("L’observateur est retiré.") if self.is_removal else super().success_message(result)


def find_colleagues(typed: str) -> list[AccountRow]:
    """Find the active people of the viewer's company; an exact address alone."""
    organisation_id = viewer().organisation_id or ""
    filtered = DirectoryFilter(typed, organisation_id, roles=CUSTOMER_ROLES, is_active=True)
    with portal().database.query() as connection:
        rows = list_account_rows(connection, filtered=filtered, size=MATCHES_NAMED + 1).rows
    exact = [row for row in rows if row.email.casefold() == typed.casefold()]
    return exact or rows


class CancellationWithdrawalForm(CustomerForm):
    slug = "maintenir"
    path = "annulation/retirer"
    done = _l("Votre demande d’annulation est retirée. Le support continue.")

    def execute(self, number: int) -> CommandResult:
        return portal().tickets.withdraw_cancellation_request(self.context, number=number)


# By the endpoint of the form's address.
FORMS: Mapping[str, type[CustomerForm]] = {
    "follow_up": FollowUpForm,
    "approve": ApprovalForm,
    "refuse": RefusalForm,
    "reopen": ReopeningForm,
    "cancel": CancellationForm,
    "watchers": OwnWatcherForm,
    "withdraw_cancellation_request": CancellationWithdrawalForm,
}
