"""The forms of a ticket at the desk that choose somebody of its customer."""

from collections.abc import Sequence
from typing import Any, Self

from wtforms import HiddenField
from wtforms.validators import ValidationError

from izarlink_tickets.accounts import Account
from izarlink_tickets.application import CommandResult
from izarlink_tickets.application.tickets import Tickets
from izarlink_tickets.domain.text import clean_line
from izarlink_tickets.domain.vocabulary import NOT_CANCELLED, CommandContext
from izarlink_tickets.i18n import gettext as _
from izarlink_tickets.i18n import lazy_gettext as _l
from izarlink_tickets.web.desk.form_base import DeskForm, PersonField
from izarlink_tickets.web.desk.ticket_page_data import TicketPageData, few_people, people_named, watching_people

ADD, REMOVE = "ajouter", "retirer"


class ColleagueField(PersonField):
    """Somebody of the customer: a drop-down list or, where there are too many for one, words that name one.

    typed: the words, as they stand in the input; None where there is a list.
    """

    typed: str | None = None
    named: Sequence[Account] = ()

    def ask_for_words(self) -> None:
        """Stand there without a list, empty."""
        self.typed = ""
        self.offer([])

    def look_up(self, words: str, named: Sequence[Account]) -> None:
        """Take whom the words mean, and keep them for a form that comes back. named: all whom they may mean."""
        self.typed, self.named = words, named
        self.offer(named)
        if len(named) == 1:
            self.data = named[0].id

    def pre_validate(self, form: Any) -> None:  # noqa: ANN401 - as in WTForms
        if self.typed and not self.named:
            raise ValidationError(_("Personne chez ce client ne correspond à cette recherche."))
        if len(self.named) > 1:
            raise ValidationError(
                _(
                    "Plusieurs personnes correspondent. Saisissez l’adresse mail de l’une d’elles : %(people)s.",
                    people=self._people(),
                )
            )
        super().pre_validate(form)

    def _people(self) -> str:
        return ", ".join(f"{one.name} ({one.email})" for one in self.named)


class PersonForm(DeskForm):
    """A form that chooses somebody of the customer."""

    states = NOT_CANCELLED
    person: ColleagueField

    @classmethod
    def blank(cls, page_data: TicketPageData) -> Self:
        form = super().blank(page_data)
        if page_data.people is None:
            form.person.ask_for_words()
        else:
            form.person.offer(cls.choosable(page_data, page_data.people))
        return form

    @classmethod
    def sent(cls, number: int) -> Self:
        form = super().sent(number)
        people = form.people_meant(number)
        if people is None:
            words = clean_line(form.person.data or "")
            form.person.look_up(words, people_named(number, words))
        else:
            form.person.offer(people)
        return form

    def people_meant(self, number: int) -> list[Account] | None:
        """List among whom somebody was chosen; None where they are too many. Raises: TicketNotFound."""
        return few_people(number)

    @classmethod
    def choosable(cls, page_data: TicketPageData, people: Sequence[Account]) -> list[Account]:
        """List who may be chosen."""
        return [one for one in people if one.active and one.id != page_data.ticket.requester_id]


class WatcherForm(PersonForm):
    """Add a colleague of the customer who reads along, or take one away."""

    slug = "observateurs"
    submit = _l("Ajouter l’observateur")
    done = _l("L’observateur est ajouté.")

    operation = HiddenField(default=ADD)
    person = ColleagueField(_l("Observateur à ajouter"))

    @classmethod
    def choosable(cls, page_data: TicketPageData, people: Sequence[Account]) -> list[Account]:
        watching = {one.id for one in page_data.watchers}
        return [one for one in super().choosable(page_data, people) if one.id not in watching]

    def people_meant(self, number: int) -> list[Account] | None:
        # Also whoever has left the company since.
        return watching_people(number) if self.is_removal else super().people_meant(number)

    @property
    def is_removal(self) -> bool:
        return bool(self.operation.data == REMOVE)

    @property
    def announcement(self) -> str:
        return _("L’observateur est retiré.") if self.is_removal else str(self.done)

    def execute(self, tickets: Tickets, context: CommandContext, number: int) -> CommandResult:
        command = tickets.remove_watcher if self.is_removal else tickets.add_watcher
        return command(context, number=number, account_id=self.person.data or "")


class RequesterForm(PersonForm):
    slug = "demandeur"
    submit = _l("Changer le demandeur")
    done = _l("Le demandeur est changé.")

    person = ColleagueField(_l("Nouveau demandeur"))

    def execute(self, tickets: Tickets, context: CommandContext, number: int) -> CommandResult:
        return tickets.change_requester(context, number=number, account_id=self.person.data or "")
