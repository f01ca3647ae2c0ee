"""What the codes and ids of events are called, to the one who reads."""

from collections.abc import Mapping
from typing import Protocol

from izarlink_tickets.domain import access
from izarlink_tickets.domain.vocabulary import (
    GUIDE_CATEGORIES,
    LABELS,
    Awaiting,
    Person,
    Role,
    State,
    TicketType,
    Urgency,
    state_label,
)

ERASED = "[contenu effacé]"
NO_SERVICE = "Autre / je ne sais pas"
NOBODY = "Personne"
_SOMEBODY = "un compte effacé"
# An impact is masculine where an urgency and a priority are feminine; both go from 1 to 5.
_IMPACTS = ("Très bas", "Bas", "Moyen", "Haut", "Très haut")


class Reader(Protocol):
    """Who reads; an account is one."""

    @property
    def person(self) -> Person: ...
    @property
    def locale(self) -> str: ...
    @property
    def timezone(self) -> str: ...


def state_said(state: str, awaiting: str | None, reader: Reader) -> str:
    """Say where a ticket stands, to the one who reads it: support doesn't await its own answer (R26)."""
    if awaiting == Awaiting.CUSTOMER and not access.is_customer(reader.person):
        return "En attente du client"
    return state_label(State(state), Awaiting(awaiting) if awaiting else None)


def type_said(code: str) -> str:
    """Name a ticket type."""
    return LABELS[TicketType(code)]


def category_said(code: str, label: str | None = None) -> str:
    """Name a category with its group. label: what the directory calls it; the guide's have their names from it."""
    category = GUIDE_CATEGORIES.get(code)
    return category.full_label if category else label or code


def urgency_said(level: int | None) -> str:
    """Name an urgency or a priority, 1–5; a Demande has no urgency (R16)."""
    return "Sans objet" if level is None else LABELS[Urgency(level)]


def impact_said(level: int) -> str:
    """Name an impact, 1–5."""
    return _IMPACTS[level - 1]


def role_said(role: str) -> str:
    """Name the role in which somebody acted."""
    return LABELS[Role(role)]


def service_said(service_id: str | None, names: Mapping[str, str]) -> str:
    """Name a service by its reference. names: those of a `Timeline`."""
    return names.get(service_id, "un service inconnu") if service_id else NO_SERVICE


def person_said(account_id: str | None, names: Mapping[str, str]) -> str:
    """Name an account. names: those of a `Timeline`."""
    return names.get(account_id or "", _SOMEBODY)
