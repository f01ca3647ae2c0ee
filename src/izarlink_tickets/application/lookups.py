"""Turn the ids and codes that a command names into what the domain decides on. Unknown ones are refused here."""

from izarlink_tickets.accounts import find_account
from izarlink_tickets.application.transaction import Transaction
from izarlink_tickets.directory import find_category, find_service
from izarlink_tickets.domain import errors
from izarlink_tickets.domain.vocabulary import Actor, Category, Service, TicketType, Urgency


def person(transaction: Transaction, account_id: str) -> Actor:
    """Give the person of an account. Raises: PersonNotEligible."""
    account = find_account(transaction.connection, account_id=account_id)
    if account is None:
        raise errors.PersonNotEligible
    return account.person


def category_of(transaction: Transaction, code: str, *, ticket_type: str) -> Category:
    """Give the leaf category of a ticket type. Raises: UnknownChoice, CategoryNotOfType."""
    if ticket_type not in set(TicketType):
        raise errors.UnknownChoice("ticket_type")
    found = find_category(transaction.connection, code=code)
    if found is None:
        raise errors.UnknownChoice("category")
    if found.ticket_type != ticket_type:
        raise errors.CategoryNotOfType
    return found.leaf


def urgency_of(value: int | None) -> Urgency | None:
    """Give the urgency of a number. Raises: UnknownChoice."""
    if value is None:
        return None
    try:
        return Urgency(value)
    except ValueError:
        raise errors.UnknownChoice("urgency") from None


def service(transaction: Transaction, service_id: str | None) -> Service | None:
    """Give the connection; None for « Autre / je ne sais pas ». Raises: ServiceNotOfOrganisation."""
    if service_id is None:
        return None
    found = find_service(transaction.connection, service_id=service_id)
    if found is None:
        raise errors.ServiceNotOfOrganisation
    return Service(found.id, found.organisation_id, found.active)
