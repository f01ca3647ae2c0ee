"""Checks shared by the commands of a ticket; each raises a refusal."""

from collections.abc import Collection, Sequence
from datetime import datetime
from typing import Protocol

from izarlink_tickets.domain import access, errors
from izarlink_tickets.domain.vocabulary import UNFINISHED, UNRESOLVED, Actor, CommandContext, File, State

# Source: guide §3, « un fichier en pièce jointe »; several, because a fault often takes several pictures.
MAX_FILES = 5
# Each is mailed every operation, and named on every page of the ticket.
MAX_WATCHERS = 50

_REFUSALS = {
    State.CLOSED: errors.TicketIsClosed,
    State.CANCELLED: errors.TicketIsCancelled,
    State.RESOLVED: errors.TicketIsResolved,
}


class CheckedTicket(Protocol):
    """The ticket as the checks see it."""

    number: int
    organisation_id: str
    requester_id: str
    state: State
    state_since: datetime
    solution_version: int
    cancellation_is_requested: bool

    @property
    def version(self) -> int: ...


def require_staff(context: CommandContext) -> None:
    """Require a member of staff."""
    access.require(allowed=access.is_staff(context.actor))


def require_customer_voice(ticket: CheckedTicket, context: CommandContext) -> None:
    """Require an actor who decides for the customer."""
    access.require(allowed=access.speaks_for_customer(context.actor, ticket))


def require_choice_of_watchers(ticket: CheckedTicket, context: CommandContext) -> None:
    """Require staff, or an actor who decides for the customer."""
    access.require(allowed=access.may_choose_watchers(context.actor, ticket))


def require_state(ticket: CheckedTicket, allowed: Collection[State]) -> None:
    """Require one of the states; the refusal depends on the current one."""
    if ticket.state in allowed:
        return
    refusal = _REFUSALS.get(
        ticket.state, errors.TicketIsNotResolved if State.RESOLVED in allowed else errors.WrongState
    )
    raise refusal(ticket.state, ticket.state_since)


def require_seen(ticket: CheckedTicket, context: CommandContext) -> None:
    """Refuse a decision made on an older version of the ticket."""
    if context.seen_version is not None and context.seen_version != ticket.version:
        raise errors.TicketHasChanged(context.seen_version, ticket.version)


def require_staff_decision(ticket: CheckedTicket, context: CommandContext, allowed: Collection[State]) -> None:
    """Require staff, one of the states, and the current version."""
    require_staff(context)
    require_state(ticket, allowed)
    require_seen(ticket, context)


def require_solution(ticket: CheckedTicket, solution_version: int) -> None:
    """Require a pending solution in the version that was read."""
    require_state(ticket, {State.RESOLVED})
    if solution_version != ticket.solution_version:
        raise errors.SolutionHasChanged(solution_version, ticket.solution_version)


def require_cancellation_request(ticket: CheckedTicket) -> None:
    """Require an open request to cancel."""
    require_state(ticket, UNRESOLVED)
    if not ticket.cancellation_is_requested:
        raise errors.NoCancellationRequested


def require_answer_to_cancellation(ticket: CheckedTicket, context: CommandContext) -> None:
    """Require staff, an open request to cancel, and the current version."""
    require_staff(context)
    require_cancellation_request(ticket)
    require_seen(ticket, context)


def require_colleague(ticket: CheckedTicket, person: Actor) -> None:
    """Require an active account of the ticket's customer."""
    if not access.is_customer(person) or person.organisation_id != ticket.organisation_id:
        raise errors.PersonNotEligible


def require_files(files: Sequence[File]) -> None:
    """Require at most MAX_FILES files; size and type are checked at upload."""
    if len(files) > MAX_FILES:
        raise errors.TooManyFiles(MAX_FILES)


def require_place_for_watcher(watcher_ids: Collection[str]) -> None:
    """Require fewer than MAX_WATCHERS watchers."""
    if len(watcher_ids) >= MAX_WATCHERS:
        raise errors.TooManyWatchers(MAX_WATCHERS)


def require_relation(older: CheckedTicket | None, organisation_id: str) -> None:
    """Require a finished ticket of the same company."""
    if older and (older.state in UNFINISHED or older.organisation_id != organisation_id):
        raise errors.RelationNotPossible(older.number)
