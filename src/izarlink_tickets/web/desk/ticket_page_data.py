"""A ticket with all that the desk's page shows beside it: the customer, the people, the services, the other tickets."""

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
from izarlink_tickets.directory import CategoryRecord, ServiceRecord, list_categories, services_of
from izarlink_tickets.domain.vocabulary import UNFINISHED, Actor, State
from izarlink_tickets.projections.history_queries import Entry, Timeline, timeline
from izarlink_tickets.projections.ticket_queries import (
    TicketFilter,
    TicketRow,
    existing_ticket,
    list_tickets,
    watchers_of,
)
from izarlink_tickets.web import authentication
from izarlink_tickets.web.app_context import portal
from izarlink_tickets.web.desk.views import BY_PRIORITY
from izarlink_tickets.web.forms import uuid_of
from izarlink_tickets.web.timeline import Deliveries, load_deliveries, pending_solution

# More of the same customer are one click away, in the queue.
OTHERS_SHOWN = 5
# More are offered where the ticket is requalified.
SERVICES_SHOWN = 10
# Each weighs some 50 bytes, compressed, and two lists offer them.
PEOPLE_OFFERED = 100
# To choose from where words mean several.
PEOPLE_NAMED = 5


@dataclass(frozen=True)
class TicketPageData:
    """What the page of a ticket is about. viewer: who looks at it.

    people: all accounts of the customer, None where there are too many to choose from; staff: who may take the ticket;
    others: more unfinished tickets of the customer; solution: the entry that proposed it, while it waits for approval.
    """

    viewer: Actor
    ticket: TicketRow
    timeline: Timeline
    requester: Account | None
    watchers: list[Account]
    people: list[Account] | None
    staff: list[Account]
    services: list[ServiceRecord]
    categories: list[CategoryRecord]
    others: list[TicketRow]
    solution: Entry | None
    deliveries: Deliveries

    @property
    def state(self) -> State:
        return State(self.ticket.state)

    @property
    def is_latest(self) -> bool:
        """Whether the timeline goes on to the end."""
        return bool(self.timeline.entries) and self.timeline.entries[-1].steps[-1].version >= self.ticket.version

    @property
    def services_shown(self) -> list[ServiceRecord]:
        """List the first of them, those in use before closed ones."""
        return sorted(self.services, key=lambda one: not one.active)[:SERVICES_SHOWN]

    @property
    def usable_services(self) -> list[ServiceRecord]:
        return _usable(self.services, self.ticket)

    @property
    def usable_categories(self) -> list[CategoryRecord]:
        return _given(self.categories, self.ticket)


def load_ticket_page_data(number: int, *, before: int | None = None, wanted: int | None = None) -> TicketPageData:
    """Give the ticket and what stands beside it.

    before: the entry that the timeline ends in front of; wanted: the entry that a mail leads to, however old.
    Raises: TicketNotFound.
    """
    viewer = authentication.viewer().person
    with portal().database.query() as connection:
        ticket = existing_ticket(connection, viewer, number=number)
        shown = _timeline(connection, viewer, number, before=before, wanted=wanted)
        return TicketPageData(
            viewer=viewer,
            ticket=ticket,
            timeline=shown,
            requester=find_account(connection, account_id=ticket.requester_id),
            watchers=find_accounts(connection, ids=watchers_of(connection, number=number)),
            people=few_accounts_of(connection, organisation_id=ticket.organisation_id, at_most=PEOPLE_OFFERED),
            staff=active_staff(connection),
            services=services_of(connection, organisation_id=ticket.organisation_id),
            categories=list_categories(connection),
            others=_others(connection, viewer, ticket),
            solution=next(iter(pending_solution(connection, viewer, ticket).entries), None),
            deliveries=load_deliveries(connection, viewer, shown, number=number),
        )


def ticket_of(number: int) -> TicketRow:
    """Give the ticket alone. Raises: TicketNotFound."""
    with portal().database.query() as connection:
        return existing_ticket(connection, authentication.viewer().person, number=number)


def staff_people() -> list[Account]:
    """List who may take a ticket."""
    with portal().database.query() as connection:
        return active_staff(connection)


def few_people(number: int) -> list[Account] | None:
    """List all accounts of the ticket's customer; None where there are too many to choose from.

    Raises: TicketNotFound.
    """
    with portal().database.query() as connection:
        ticket = existing_ticket(connection, authentication.viewer().person, number=number)
        return few_accounts_of(connection, organisation_id=ticket.organisation_id, at_most=PEOPLE_OFFERED)


def watching_people(number: int) -> list[Account]:
    """List the ticket's watchers. Raises: TicketNotFound."""
    with portal().database.query() as connection:
        existing_ticket(connection, authentication.viewer().person, number=number)
        return find_accounts(connection, ids=watchers_of(connection, number=number))


def people_named(number: int, words: str) -> list[Account]:
    """List whom of the ticket's customer the words mean: an id or a mail address one, a name all active ones like it.

    No words mean nobody. There are at most `PEOPLE_NAMED`. Raises: TicketNotFound.
    """
    if not words:
        return []
    with portal().database.query() as connection:
        ticket = existing_ticket(connection, authentication.viewer().person, number=number)
        chosen = find_account(connection, account_id=uuid_of(words) or "")
        exact = chosen or find_account_by_email(connection, email=words)
        if exact and exact.organisation_id == ticket.organisation_id:
            return [exact]
        like = DirectoryFilter(words, organisation_id=ticket.organisation_id, is_active=True)
        page = list_account_rows(connection, filtered=like, size=PEOPLE_NAMED)
        return find_accounts(connection, ids=[one.id for one in page.rows])


def qualifications(number: int) -> tuple[list[ServiceRecord], list[CategoryRecord]]:
    """List the services and the categories that the ticket may have. Raises: TicketNotFound."""
    with portal().database.query() as connection:
        ticket = existing_ticket(connection, authentication.viewer().person, number=number)
        services = services_of(connection, organisation_id=ticket.organisation_id)
        return _usable(services, ticket), _given(list_categories(connection), ticket)


def _usable(services: list[ServiceRecord], ticket: TicketRow) -> list[ServiceRecord]:
    """Leave out closed services, but the one that the ticket has."""
    return [one for one in services if one.active or one.id == ticket.service_id]


def _given(categories: list[CategoryRecord], ticket: TicketRow) -> list[CategoryRecord]:
    """Leave out withdrawn categories, but the one that the ticket has."""
    return [one for one in categories if one.active or one.code == ticket.category]


def _timeline(
    connection: Connection, viewer: Actor, number: int, *, before: int | None, wanted: int | None
) -> Timeline:
    shown = timeline(connection, viewer, number=number, before=before)
    if before is None and wanted and shown.has_earlier and wanted < shown.entries[0].number:
        return timeline(connection, viewer, number=number, before=wanted + 1)
    return shown


def _others(connection: Connection, viewer: Actor, ticket: TicketRow) -> list[TicketRow]:
    of_customer = TicketFilter(states=UNFINISHED, organisation_id=ticket.organisation_id)
    # One more than are shown, because the ticket itself is among them.
    page = list_tickets(connection, viewer, filtered=of_customer, order=BY_PRIORITY, size=OTHERS_SHOWN + 1)
    return [one for one in page.rows if one.number != ticket.number][:OTHERS_SHOWN]
