"""The desk's ticket forms that choose a person of the customer."""

from collections.abc import Hashable, Sequence
from typing import Any, Self

from wtforms import HiddenField
from wtforms.validators import ValidationError

from izarlink_tickets.accounts import Account
from izarlink_tickets.application import CommandResult
from izarlink_tickets.application.desk_ticket import PersonOfTicket
from izarlink_tickets.domain.text import clean_line
from izarlink_tickets.domain.vocabulary import NOT_CANCELLED
from izarlink_tickets.i18n import gettext as _
from izarlink_tickets.i18n import lazy_gettext as _l
from izarlink_tickets.web.app_context import portal
from izarlink_tickets.web.desk.form_base import DeskForm, People, PersonField
from izarlink_tickets.web.desk.ticket_page_data import TicketPageData, few_people, search_people, watching_people

ADD, REMOVE = "ajouter", "retirer"


class ColleagueField(PersonField):
    """A person of the customer: from a list, or by search.

    search: the typed name or mail; None where the field is a list. matches: the people it matches.
    """

    search: str | None = None
    matches: Sequence[Account] = ()

    def set_search(self, search: str, matches: Sequence[Account] = ()) -> None:
        """Turn the list into a search; a single match is chosen."""
        self.search, self.matches = search, matches
        self.set_people((person.id, person.name) for person in matches)
        if len(matches) == 1:
            self.data = matches[0].id

    def pre_validate(self, form: Any) -> None:  # noqa: ANN401 - as in WTForms
        if self.search and not self.matches:
            raise ValidationError(_("Personne chez ce client ne correspond à cette recherche."))
        if len(self.matches) > 1:
            people = ", ".join(f"{person.name} ({person.email})" for person in self.matches)
            raise ValidationError(
                _(
                    "Plusieurs personnes correspondent. Saisissez l’adresse mail de l’une d’elles : %(people)s.",
                    people=people,
                )
            )
        super().pre_validate(form)


class PersonForm(DeskForm):
    """A form that chooses a person of the customer."""

    states = NOT_CANCELLED
    person: ColleagueField

    @classmethod
    def content(cls, page_data: TicketPageData) -> Hashable:
        """Return the people to choose from; None: the field is a search."""
        members = page_data.people.members
        if members is None:
            return None
        return tuple((person.id, person.name) for person in cls.eligible(page_data, members))

    @classmethod
    def blank(cls, content: People | None) -> Self:
        form = cls(formdata=None)
        if content is None:
            form.person.set_search("")
        else:
            form.person.set_people(content)
        return form

    @classmethod
    def from_request(cls, number: int) -> Self:
        form = super().from_request(number)
        people = form.listed_people(number)
        if people is None:
            search = clean_line(form.person.data or "")
            form.person.set_search(search, search_people(number, search))
        else:
            form.person.set_people((person.id, person.name) for person in people)
        return form

    def listed_people(self, number: int) -> list[Account] | None:
        """List the people to choose from; None: the field is a search."""
        return few_people(number)

    @classmethod
    def eligible(cls, page_data: TicketPageData, people: Sequence[PersonOfTicket]) -> list[PersonOfTicket]:
        """List the people that the page offers."""
        return [person for person in people if person.active and person.id != page_data.ticket.requester_id]


class WatcherForm(PersonForm):
    """Add or remove a watcher."""

    slug = "observateurs"
    submit = _l("Ajouter l’observateur")
    done = _l("L’observateur est ajouté.")

    operation = HiddenField(default=ADD)
    person = ColleagueField(_l("Observateur à ajouter"))

    @classmethod
    def eligible(cls, page_data: TicketPageData, people: Sequence[PersonOfTicket]) -> list[PersonOfTicket]:
        watching = {watcher.id for watcher in page_data.people.watchers}
        return [person for person in super().eligible(page_data, people) if person.id not in watching]

    def listed_people(self, number: int) -> list[Account] | None:
        # A watcher who has left the company can still be removed.
        return watching_people(number) if self.is_removal else super().listed_people(number)

    @property
    def is_removal(self) -> bool:
        return bool(self.operation.data == REMOVE)

    @classmethod
    def removal(cls) -> Self:
        """Build the button that removes a watcher."""
        return cls(formdata=None, operation=REMOVE)

    def execute(self, number: int) -> CommandResult:
        tickets = portal().tickets
        command = tickets.remove_watcher if self.is_removal else tickets.add_watcher
        return command(self.context, number=number, account_id=self.person.data or "")

    def success_message(self, result: CommandResult) -> str:
        return _("L’observateur est retiré.") if self.is_removal else super().success_message(result)


class RequesterForm(PersonForm):
    slug = "demandeur"
    submit = _l("Changer le demandeur")
    done = _l("Le demandeur est changé.")

    person = ColleagueField(_l("Nouveau demandeur"))

    def execute(self, number: int) -> CommandResult:
        return portal().tickets.change_requester(self.context, number=number, account_id=self.person.data or "")
