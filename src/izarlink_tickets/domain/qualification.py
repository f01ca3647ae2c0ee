"""The qualification of a ticket, and the rules on its values."""

from collections.abc import Collection
from dataclasses import dataclass
from typing import Any, Self

from izarlink_tickets.domain import errors, events
from izarlink_tickets.domain.vocabulary import Category, Service, TicketType, Urgency, priority_of


@dataclass(frozen=True, slots=True)
class Qualification:
    """Type, category code, service id, urgency and impact of a ticket.

    service_id: None for no service in particular. urgency: None for a Demande. impact: 1–5.
    """

    ticket_type: TicketType
    category: str
    service_id: str | None
    urgency: Urgency | None
    impact: int

    @classmethod
    def of(cls, category: Category, service: Service | None, urgency: Urgency | None, *, impact: int) -> Self:
        """Build the qualification that the chosen values make."""
        service_id = service.service_id if service else None
        return cls(category.ticket_type, category.code, service_id, urgency, impact)

    @classmethod
    def recorded_in(cls, event: events.Opened | events.Requalified) -> Self:
        """Build the qualification that the event has recorded."""
        urgency = Urgency(event.urgency) if event.urgency else None
        return cls(TicketType(event.ticket_type), event.category, event.service_id, urgency, event.impact)

    def event_fields(self) -> dict[str, Any]:
        """Return the fields of `Opened` and `Requalified`, with the priority."""
        return {
            "ticket_type": self.ticket_type.value,
            "category": self.category,
            "service_id": self.service_id,
            "urgency": None if self.urgency is None else self.urgency.value,
            "impact": self.impact,
            "priority": priority_of(urgency=self.urgency, impact=self.impact),
        }


def require_service(service: Service | None, organisation_id: str, *, current_id: str | None = None) -> None:
    """Require an active service of the organisation, or the ticket's current one."""
    if service is None:
        return
    is_usable = service.is_active or service.service_id == current_id
    if service.organisation_id != organisation_id or not is_usable:
        raise errors.ServiceNotOfOrganisation


def require_category(category: Category, *, current: str | None = None) -> None:
    """Require an active category, or the ticket's current one."""
    if not category.is_active and category.code != current:
        raise errors.CategoryNotActive


def require_urgency(ticket_type: TicketType, urgency: Urgency | None, *, allowed: Collection[Urgency]) -> None:
    """Require an allowed urgency for an Incident, none for a Demande.

    Source: guide §3, « ce champs n'apparaît que pour les demandes de type « Incident » ».
    """
    if ticket_type is TicketType.REQUEST:
        if urgency is not None:
            raise errors.UrgencyNotAllowed
    elif urgency is None:
        raise errors.UrgencyMissing
    elif urgency not in allowed:
        raise errors.UrgencyNotAllowed
