"""The checks that commands of a ticket share. Each returns nothing or raises a refusal; none changes anything."""

from collections.abc import Collection, Sequence

from izarlink_tickets.domain import access, errors
from izarlink_tickets.domain.ticket_state import TicketState
from izarlink_tickets.domain.vocabulary import (
    UNFINISHED,
    UNRESOLVED,
    Actor,
    Category,
    CommandContext,
    File,
    Service,
    State,
    TicketType,
    Urgency,
)

MAX_FILES = 5  # R19

_REFUSALS = {
    State.CLOSED: errors.TicketIsClosed,
    State.CANCELLED: errors.TicketIsCancelled,
    State.RESOLVED: errors.TicketIsResolved,
}


def require_staff(context: CommandContext) -> None:
    """Refuse whoever doesn't work at the desk."""
    access.require(allowed=access.is_staff(context.actor))


def require_customer_voice(ticket: TicketState, context: CommandContext) -> None:
    """Refuse whoever can't decide for the customer: staff, watchers, other companies."""
    access.require(allowed=access.speaks_for_customer(context.actor, ticket))


def require_state(ticket: TicketState, allowed: Collection[State]) -> None:
    """Refuse with the refusal that names the ticket's state, unless it is one of the allowed."""
    if ticket.state in allowed:
        return
    refusal = _REFUSALS.get(
        ticket.state, errors.TicketIsNotResolved if State.RESOLVED in allowed else errors.WrongState
    )
    raise refusal(ticket.state, ticket.state_since)


def require_seen(ticket: TicketState, context: CommandContext) -> None:
    """Refuse a decision that was made on an older version of the ticket (D5)."""
    if context.seen_version is not None and context.seen_version != ticket.version:
        raise errors.TicketHasChanged(context.seen_version, ticket.version)


def require_staff_decision(ticket: TicketState, context: CommandContext, allowed: Collection[State]) -> None:
    """Refuse unless staff decides, in one of the states, on what the ticket is now."""
    require_staff(context)
    require_state(ticket, allowed)
    require_seen(ticket, context)


def require_solution(ticket: TicketState, solution_version: int) -> None:
    """Refuse a decision on a solution that is not pending, or no longer the one that was read."""
    require_state(ticket, {State.RESOLVED})
    if solution_version != ticket.solution_version:
        raise errors.SolutionHasChanged(solution_version, ticket.solution_version)


def require_cancellation_request(ticket: TicketState, context: CommandContext) -> None:
    """Refuse unless staff answers a wish to cancel that is still open."""
    require_staff(context)
    require_state(ticket, UNRESOLVED)
    if not ticket.cancellation_is_requested:
        raise errors.NoCancellationRequested
    require_seen(ticket, context)


def require_colleague(ticket: TicketState, person: Actor) -> None:
    """Refuse a person who is not an active account of the ticket's customer."""
    if not access.is_customer(person) or person.organisation_id != ticket.organisation_id:
        raise errors.PersonNotEligible


def require_files(files: Sequence[File]) -> None:
    """Refuse more files than a command takes; their size and kind were checked where the bytes are."""
    if len(files) > MAX_FILES:
        raise errors.TooManyFiles(MAX_FILES)


def require_relation(older: TicketState | None, organisation_id: str) -> None:
    """Refuse to go back to a ticket that still goes on, where a follow-up belongs, or to another company's."""
    if older and (older.state in UNFINISHED or older.organisation_id != organisation_id):
        raise errors.RelationNotPossible(older.number)


def require_service(service: Service | None, organisation_id: str, *, current_id: str | None = None) -> None:
    """Refuse a service that is not an active one of the organisation; the ticket's current one may stay."""
    if service is None:
        return
    is_usable = service.is_active or service.service_id == current_id
    if service.organisation_id != organisation_id or not is_usable:
        raise errors.ServiceNotOfOrganisation


def require_category(category: Category, *, current: str | None = None) -> None:
    """Refuse a category that was withdrawn; the ticket's current one may stay."""
    if not category.is_active and category.code != current:
        raise errors.CategoryNotActive


def require_urgency(ticket_type: TicketType, urgency: Urgency | None, *, allowed: Collection[Urgency]) -> None:
    """Refuse an Incident without urgency, a Demande with one, and levels that are not the actor's to set (R16, R17)."""
    if ticket_type is TicketType.REQUEST:
        if urgency is not None:
            raise errors.UrgencyNotAllowed
    elif urgency is None:
        raise errors.UrgencyMissing
    elif urgency not in allowed:
        raise errors.UrgencyNotAllowed
