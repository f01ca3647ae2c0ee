"""The data of the desk's ticket page."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from sqlalchemy import Connection

from izarlink_tickets.accounts import (
    Account,
    active_staff,
    few_accounts_of,
    find_account,
    find_account_by_email,
    find_accounts,
)
from izarlink_tickets.accounts.listing import DirectoryFilter, list_account_rows
from izarlink_tickets.application.desk_ticket import (
    PEOPLE_OFFERED,
    PersonOfTicket,
    TicketChoices,
    TicketPeople,
    load_choices,
    load_people,
)
from izarlink_tickets.directory import CategoryRecord, ServiceRecord, list_categories, services_of
from izarlink_tickets.domain.vocabulary import Actor, State
from izarlink_tickets.projections.history_queries import (
    ENTRIES_SHOWN,
    EntryRows,
    EntryRowsPart,
    references,
)
from izarlink_tickets.projections.ticket_queries import (
    OtherTicket,
    TicketRow,
    existing_ticket,
    list_unfinished_of,
    watchers_of,
)
from izarlink_tickets.web import authentication
from izarlink_tickets.web.app_context import now, portal
from izarlink_tickets.web.forms import uuid_of
from izarlink_tickets.web.timeline import Deliveries, load_solution
from izarlink_tickets.web.timeline_part import load_timeline_part

# More of the same customer are one click away, in the queue.
OTHERS_SHOWN = 5
# The requalification offers them all.
SERVICES_SHOWN = 10
# Of the timeline: the form that revises a solution holds its whole text, of up to 100 kB.
DESK_BYTES = 100_000
# Of a search with several matches.
MATCHES_NAMED = 5


@dataclass(frozen=True)
class TicketPageData:
    """A ticket and the records around it.

    others: further unfinished tickets of the customer.
    is_latest: the timeline goes on to the newest entry.
    names: of those that the entries refer to.
    solution: the entry that proposed the solution, while it waits for approval.
    """

    viewer: Actor
    ticket: TicketRow
    part: EntryRowsPart
    is_latest: bool
    names: Mapping[str, str]
    people: TicketPeople
    choices: TicketChoices
    others: tuple[OtherTicket, ...]
    solution: EntryRows | None
    deliveries: Deliveries

    @property
    def state(self) -> State:
        return State(self.ticket.state)

    @property
    def requester(self) -> PersonOfTicket | None:
        return self.people.referred.get(self.ticket.requester_id)

    @property
    def services_shown(self) -> tuple[ServiceRecord, ...]:
        """The first services, those in use before closed ones."""
        return tuple(sorted(self.choices.services, key=lambda service: not service.active)[:SERVICES_SHOWN])

    @property
    def usable_services(self) -> list[ServiceRecord]:
        return _usable_services(self.choices.services, self.ticket)

    @property
    def usable_categories(self) -> list[CategoryRecord]:
        return _usable_categories(self.choices.categories, self.ticket)


def load_ticket_page_data(number: int, *, before: int | None = None, entry: int | None = None) -> TicketPageData:
    """Load the page's data.

    before: the timeline ends before this entry. entry: the entry that a mail links to, of any age.
    Raises: TicketNotFound.
    """
    viewer = authentication.viewer().actor
    with portal().database.query() as connection:
        ticket = existing_ticket(connection, viewer, number=number)
        shown = load_timeline_part(
            connection, viewer, number=number, before=before, entry=entry, size=ENTRIES_SHOWN, budget=DESK_BYTES
        )
        people = load_people(connection, viewer, ticket, ids=references(shown.part.entries), now=now())
        choices = load_choices(connection, organisation_id=ticket.organisation_id)
        return TicketPageData(
            viewer=viewer,
            ticket=ticket,
            part=shown.part,
            is_latest=shown.is_latest,
            names=_names(people, choices),
            people=people,
            choices=choices,
            others=_others(connection, viewer, ticket),
            solution=load_solution(connection, viewer, ticket, shown.part),
            deliveries=shown.deliveries,
        )


def ticket_of(number: int) -> TicketRow:
    """Load the ticket alone. Raises: TicketNotFound."""
    with portal().database.query() as connection:
        return existing_ticket(connection, authentication.viewer().actor, number=number)


def staff_people() -> list[Account]:
    """List the possible assignees."""
    with portal().database.query() as connection:
        return active_staff(connection)


def few_people(number: int) -> list[Account] | None:
    """List the accounts of the ticket's customer; None: too many.

    Raises: TicketNotFound.
    """
    with portal().database.query() as connection:
        ticket = existing_ticket(connection, authentication.viewer().actor, number=number)
        return few_accounts_of(connection, organisation_id=ticket.organisation_id, at_most=PEOPLE_OFFERED)


def watching_people(number: int) -> list[Account]:
    """List the ticket's watchers. Raises: TicketNotFound."""
    with portal().database.query() as connection:
        existing_ticket(connection, authentication.viewer().actor, number=number)
        return find_accounts(connection, ids=watchers_of(connection, number=number))


def search_people(number: int, search: str) -> list[Account]:
    """Find accounts of the ticket's customer by id, mail or name.

    Returns at most `MATCHES_NAMED`. Raises: TicketNotFound.
    """
    if not search:
        return []
    with portal().database.query() as connection:
        ticket = existing_ticket(connection, authentication.viewer().actor, number=number)
        by_id = find_account(connection, account_id=uuid_of(search) or "")
        exact = by_id or find_account_by_email(connection, email=search)
        if exact and exact.organisation_id == ticket.organisation_id:
            return [exact]
        by_name = DirectoryFilter(search, organisation_id=ticket.organisation_id, is_active=True)
        page = list_account_rows(connection, filtered=by_name, size=MATCHES_NAMED)
        return find_accounts(connection, ids=[row.id for row in page.rows])


def qualifications(number: int) -> tuple[list[ServiceRecord], list[CategoryRecord]]:
    """List the services and categories that the ticket can have. Raises: TicketNotFound."""
    with portal().database.query() as connection:
        ticket = existing_ticket(connection, authentication.viewer().actor, number=number)
        services = services_of(connection, organisation_id=ticket.organisation_id)
        return _usable_services(services, ticket), _usable_categories(list_categories(connection), ticket)


def _usable_services(services: Iterable[ServiceRecord], ticket: TicketRow) -> list[ServiceRecord]:
    """List the active services, and the ticket's own."""
    return [service for service in services if service.active or service.id == ticket.service_id]


def _usable_categories(categories: Iterable[CategoryRecord], ticket: TicketRow) -> list[CategoryRecord]:
    """List the active categories, and the ticket's own."""
    return [category for category in categories if category.active or category.code == ticket.category]


def _names(people: TicketPeople, choices: TicketChoices) -> dict[str, str]:
    """Return the names of those that entries refer to.

    A ticket keeps its customer, and so its services.
    """
    return {
        **{person.id: person.name for person in people.referred.values()},
        **{service.id: service.reference for service in choices.services},
        **{category.code: category.leaf.full_label for category in choices.categories},
    }


def _others(connection: Connection, viewer: Actor, ticket: TicketRow) -> tuple[OtherTicket, ...]:
    # One more, because the ticket itself is among them.
    organisation_id = ticket.organisation_id
    others = list_unfinished_of(connection, viewer, organisation_id=organisation_id, size=OTHERS_SHOWN + 1)
    return tuple(other for other in others if other.number != ticket.number)[:OTHERS_SHOWN]
