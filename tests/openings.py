"""Tickets in the states that tests start from."""

from collections.abc import Sequence

from tests.cast import Cast

from izarlink_tickets.application import Portal
from izarlink_tickets.attachments import Upload


def open_incident(
    portal: Portal,
    cast: Cast,
    *,
    by: str = "alice",
    title: str = "Débit à 2 Mbit/s",
    description: str = "Depuis ce matin.",
    uploads: Sequence[Upload] = (),
) -> int:
    """Open an Incident of high urgency and return its number."""
    result = portal.tickets.open(
        cast.context(by),
        ticket_type="INCIDENT",
        category="DEBIT",
        service_id=None,
        urgency=4,
        title=title,
        description=description,
        uploads=uploads,
    )
    return result.number


def open_request(portal: Portal, cast: Cast, *, by: str = "alice", title: str = "Copie de la facture d’octobre") -> int:
    """Open a Demande and return its number."""
    result = portal.tickets.open(
        cast.context(by),
        ticket_type="DEMANDE",
        category="FACTURATION",
        service_id=None,
        urgency=None,
        title=title,
        description="Pour le comptable.",
    )
    return result.number


def resolved_incident(
    portal: Portal, cast: Cast, *, by: str = "alice", solution: str = "L’optique a été remplacée."
) -> int:
    """Open an Incident that sam has resolved."""
    number = open_incident(portal, cast, by=by)
    portal.tickets.resolve(cast.context("sam"), number=number, solution=solution)
    return number


def closed_incident(portal: Portal, cast: Cast) -> int:
    """Open an Incident whose solution alice has approved."""
    number = resolved_incident(portal, cast)
    portal.tickets.approve_solution(cast.context("alice"), number=number, solution_version=1)
    return number


def incidents_in_every_state(portal: Portal, cast: Cast) -> list[int]:
    """Open an incident of alice in each state, the last first."""
    cancelled, waiting, taken = (open_incident(portal, cast) for _ in range(3))
    portal.tickets.cancel(cast.context("alice"), number=cancelled)
    portal.tickets.request_information(cast.context("sam"), number=waiting, question="Depuis quand ?")
    portal.tickets.assign(cast.context("sam"), number=taken, assignee_id=cast["sam"].id)
    closed, resolved = closed_incident(portal, cast), resolved_incident(portal, cast)
    return [cancelled, closed, resolved, waiting, taken, open_incident(portal, cast)]
