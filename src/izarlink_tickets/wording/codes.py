"""What the codes and ids of events are called, to the one who reads."""

from collections.abc import Mapping
from typing import Protocol

from izarlink_tickets.domain import access
from izarlink_tickets.domain.vocabulary import (
    GUIDE_CATEGORIES,
    LABELS,
    Actor,
    Awaiting,
    Role,
    State,
    TicketType,
    Urgency,
    state_label,
)
from izarlink_tickets.i18n import gettext as _
from izarlink_tickets.i18n import noted

# An impact is masculine where an urgency and a priority are feminine; both go from 1 to 5.
_IMPACTS = (noted("Très bas"), noted("Bas"), noted("Moyen"), noted("Haut"), noted("Très haut"))


class Reader(Protocol):
    """Who reads; an account is one."""

    @property
    def person(self) -> Actor: ...
    @property
    def locale(self) -> str: ...
    @property
    def timezone(self) -> str: ...


def erased() -> str:
    """Say what stands in the place of words or names that were erased with their person."""
    return _("[contenu effacé]")


def no_service() -> str:
    """Say that a ticket is about no service in particular (R13)."""
    return _("Autre / je ne sais pas")


def nobody() -> str:
    """Say that nobody has taken the ticket."""
    return _("Non affecté")


def reader_state_label(state: str, awaiting: str | None, reader: Reader) -> str:
    """Say where a ticket stands, to the one who reads it: support doesn't await its own answer (R26)."""
    if awaiting == Awaiting.CUSTOMER and not access.is_customer(reader.person):
        return _("En attente du client")
    return _(state_label(State(state), Awaiting(awaiting) if awaiting else None))


def type_label(code: str) -> str:
    """Name a ticket type."""
    return _(LABELS[TicketType(code)])


def category_label(code: str, label: str | None = None) -> str:
    """Name a category with its group. label: what the directory calls it; the guide's have their names from it."""
    category = GUIDE_CATEGORIES.get(code)
    return _(category.full_label) if category else label or code


def leaf_label(code: str, label: str) -> str:
    """Name a category where its group stands beside it. label: what the directory calls it."""
    return _(label) if code in GUIDE_CATEGORIES else label


def group_label(code: str, group: str | None) -> str:
    """Name the group of a category; empty where it stands by itself."""
    return (_(group) if code in GUIDE_CATEGORIES else group) if group else ""


def urgency_label(level: int | None) -> str:
    """Name an urgency or a priority, 1–5; a Demande has no urgency (R16)."""
    return _("Sans objet") if level is None else _(LABELS[Urgency(level)])


def impact_label(level: int) -> str:
    """Name an impact, 1–5."""
    return _(_IMPACTS[level - 1])


def role_label(role: str) -> str:
    """Return the label of the role in which somebody acted.

    « Côté client » fits everybody, where « Client » would call a woman a man.
    """
    return _("Côté client") if role == Role.CUSTOMER else _(LABELS[Role(role)])


def role_in_sentence(role: str) -> str:
    """Return the role as it stands within a sentence, « support IzarLink »; a brand keeps its capital."""
    label = role_label(role)
    first = label.partition(" ")[0]
    return label if first != first.capitalize() else f"{label[0].lower()}{label[1:]}"


def service_named(reference: str | None, label: str | None, site: str = "") -> str:
    """Name a connection by its reference and the words that there are."""
    return " – ".join(part for part in (reference, label, site) if part)


def service_label(service_id: str | None, names: Mapping[str, str]) -> str:
    """Name a service by its reference. names: those of a `Timeline`."""
    return names.get(service_id, _("un service inconnu")) if service_id else no_service()


def person_label(account_id: str | None, names: Mapping[str, str]) -> str:
    """Name an account. names: those of a `Timeline`."""
    return names.get(account_id or "") or _("un compte effacé")
