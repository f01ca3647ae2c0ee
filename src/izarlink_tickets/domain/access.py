"""Who may see and do what: every right of the portal, as pure questions. Queries and commands both ask here.

`scope_of` is the one rule of visibility: `sees` applies it to one ticket, the read models turn it into SQL.
Source: R41–R43.
"""

from collections.abc import Collection
from enum import Enum
from typing import Protocol

from izarlink_tickets.domain.errors import NotAllowed
from izarlink_tickets.domain.vocabulary import Actor, Role

STAFF_ROLES = frozenset({Role.SUPPORT, Role.ADMINISTRATOR})
CUSTOMER_ROLES = frozenset({Role.CUSTOMER, Role.COMPANY})


class Requested(Protocol):
    """Who asked for a ticket."""

    @property
    def organisation_id(self) -> str: ...
    @property
    def requester_id(self) -> str: ...


class Owned(Requested, Protocol):
    """Whose a ticket is: who asked for it, and who reads along."""

    @property
    def watcher_ids(self) -> Collection[str]: ...


class Scope(Enum):
    """Which tickets a viewer sees."""

    ALL = "all"
    ORGANISATION = "organisation"
    OWN = "own"
    NONE = "none"


def scope_of(viewer: Actor) -> Scope:
    """Say which tickets the viewer sees: all, the company's, those he asked for or watches, or none."""
    if not viewer.is_active:
        return Scope.NONE
    if viewer.role in STAFF_ROLES or viewer.role in {Role.AUDITOR, Role.SYSTEM}:
        return Scope.ALL
    return Scope.ORGANISATION if viewer.role is Role.COMPANY else Scope.OWN


def sees(viewer: Actor, ticket: Owned) -> bool:
    """Say whether the viewer sees the ticket. A watcher must still be of the ticket's company."""
    scope = scope_of(viewer)
    if scope in {Scope.ALL, Scope.NONE}:
        return scope is Scope.ALL
    if viewer.organisation_id != ticket.organisation_id:
        return False
    return scope is Scope.ORGANISATION or viewer.account_id in {ticket.requester_id, *ticket.watcher_ids}


def sees_internal(viewer: Actor) -> bool:
    """Say whether the viewer sees what never leaves the desk (internal notes)."""
    return viewer.is_active and (viewer.role in STAFF_ROLES or viewer.role is Role.AUDITOR)


def speaks_for_customer(actor: Actor, ticket: Requested) -> bool:
    """Say whether the actor is the customer's voice on the ticket: its requester, or the company role (cust, appr)."""
    if not actor.is_active or actor.organisation_id != ticket.organisation_id:
        return False
    return actor.role is Role.COMPANY or (actor.role is Role.CUSTOMER and actor.account_id == ticket.requester_id)


def is_staff(actor: Actor) -> bool:
    """Say whether the actor works at the desk."""
    return actor.is_active and actor.role in STAFF_ROLES


def is_customer(actor: Actor) -> bool:
    """Say whether the actor belongs to a customer."""
    return actor.is_active and actor.role in CUSTOMER_ROLES


def audits(actor: Actor) -> bool:
    """Say whether the actor may replay histories. Reading all, an auditor writes nothing."""
    return actor.is_active and actor.role is Role.AUDITOR


def administers(actor: Actor) -> bool:
    """Say whether the actor keeps the directory and the accounts."""
    return actor.is_active and actor.role is Role.ADMINISTRATOR


def keeps_directory(actor: Actor) -> bool:
    """Say whether the actor may change organisations, accounts and connections; the command line is its operator's."""
    return administers(actor) or is_system(actor)


def is_system(actor: Actor) -> bool:
    """Say whether the portal itself acts."""
    return actor.role is Role.SYSTEM


def require(*, allowed: bool) -> None:
    """Refuse with `NotAllowed` unless allowed."""
    if not allowed:
        raise NotAllowed
