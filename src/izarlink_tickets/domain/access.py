"""Access rights of the portal, as pure functions for queries and commands.

`scope_of` is the only rule of visibility: `sees` applies it to one ticket, the read models turn it into SQL.
"""

from collections.abc import Collection
from enum import Enum
from typing import Protocol

from izarlink_tickets.domain.errors import NotAllowed
from izarlink_tickets.domain.vocabulary import Actor, Role

STAFF_ROLES = frozenset({Role.SUPPORT, Role.ADMINISTRATOR})
CUSTOMER_ROLES = frozenset({Role.CUSTOMER, Role.COMPANY})
# The operator's own people: all but customers.
OPERATOR_ROLES = STAFF_ROLES | {Role.AUDITOR}


class RequestedTicket(Protocol):
    """A ticket's company and requester."""

    @property
    def organisation_id(self) -> str: ...
    @property
    def requester_id(self) -> str: ...


class OwnedTicket(RequestedTicket, Protocol):
    """A ticket's company, requester and watchers."""

    @property
    def watcher_ids(self) -> Collection[str]: ...


class Scope(Enum):
    """The tickets that a viewer sees."""

    ALL = "all"
    ORGANISATION = "organisation"
    OWN = "own"
    NONE = "none"


def scope_of(viewer: Actor) -> Scope:
    """Return which tickets the viewer sees. OWN: those they requested or watch."""
    if not viewer.is_active:
        return Scope.NONE
    if viewer.role in STAFF_ROLES or viewer.role in {Role.AUDITOR, Role.SYSTEM}:
        return Scope.ALL
    return Scope.ORGANISATION if viewer.role is Role.COMPANY else Scope.OWN


def sees(viewer: Actor, ticket: OwnedTicket) -> bool:
    """Return whether the viewer sees the ticket.

    Requester and watchers see it only while they belong to its company.
    """
    scope = scope_of(viewer)
    if scope in {Scope.ALL, Scope.NONE}:
        return scope is Scope.ALL
    if viewer.organisation_id != ticket.organisation_id:
        return False
    return scope is Scope.ORGANISATION or viewer.account_id in {ticket.requester_id, *ticket.watcher_ids}


def sees_internal(viewer: Actor) -> bool:
    """Return whether the viewer sees internal notes."""
    return viewer.is_active and (viewer.role in STAFF_ROLES or viewer.role is Role.AUDITOR)


def speaks_for_customer(actor: Actor, ticket: RequestedTicket) -> bool:
    """Return whether the actor decides for the customer: requester or company role."""
    if not actor.is_active or actor.organisation_id != ticket.organisation_id:
        return False
    return actor.role is Role.COMPANY or (actor.role is Role.CUSTOMER and actor.account_id == ticket.requester_id)


def may_choose_watchers(actor: Actor, ticket: RequestedTicket) -> bool:
    """Return whether the actor adds and removes watchers."""
    return is_staff(actor) or speaks_for_customer(actor, ticket)


def is_staff(actor: Actor) -> bool:
    """Return whether the actor is active staff."""
    return actor.is_active and actor.role in STAFF_ROLES


def is_customer(actor: Actor) -> bool:
    """Return whether the actor is an active account of a customer."""
    return actor.is_active and actor.role in CUSTOMER_ROLES


def audits(actor: Actor) -> bool:
    """Return whether the actor may replay histories."""
    return actor.is_active and actor.role is Role.AUDITOR


def administers(actor: Actor) -> bool:
    """Return whether the actor is an active administrator."""
    return actor.is_active and actor.role is Role.ADMINISTRATOR


def may_change_directory(actor: Actor) -> bool:
    """Return whether the actor may change the directory and accounts.

    The command line acts as the system.
    """
    return administers(actor) or is_system(actor)


def is_system(actor: Actor) -> bool:
    """Return whether the actor is the portal itself."""
    return actor.role is Role.SYSTEM


def require(*, allowed: bool) -> None:
    """Raise `NotAllowed` unless allowed."""
    if not allowed:
        raise NotAllowed
