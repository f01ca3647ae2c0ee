"""Labels of the codes and ids in events, in the reader's language."""

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
from izarlink_tickets.i18n import gettext_noop

# From 1 to 5. An impact is masculine; urgency and priority are feminine and have labels of their own.
_IMPACTS = (
    gettext_noop("Très bas"),
    gettext_noop("Bas"),
    gettext_noop("Moyen"),
    gettext_noop("Haut"),
    gettext_noop("Très haut"),
)


class Reader(Protocol):
    """The reader of a page or mail: an account."""

    @property
    def actor(self) -> Actor: ...
    @property
    def locale(self) -> str: ...
    @property
    def timezone(self) -> str: ...


def erased() -> str:
    """Return the placeholder of erased texts and names."""
    return _("[contenu effacé]")


def no_service() -> str:
    """Return the label of a ticket without a service."""
    return _("Autre / je ne sais pas")


def nobody() -> str:
    """Return the label of a ticket without an assignee."""
    return _("Non affecté")


def reader_state_label(state: str, awaiting: str | None, reader: Reader) -> str:
    """Return the label of a state; staff and customers differ in waits."""
    if awaiting == Awaiting.CUSTOMER and not access.is_customer(reader.actor):
        return _("En attente du client")
    return _(state_label(State(state), Awaiting(awaiting) if awaiting else None))


def type_label(code: str) -> str:
    """Return the label of a ticket type."""
    return _(LABELS[TicketType(code)])


def account_label(name: str, *, is_active: bool) -> str:
    """Return a person's name, marked where their account is closed."""
    return name if is_active else _("%(name)s (compte désactivé)", name=name)


def category_label(code: str, label: str | None = None) -> str:
    """Return a category with its group. label: from the directory."""
    category = GUIDE_CATEGORIES.get(code)
    return _(category.full_label) if category else label or code


def leaf_label(code: str, label: str) -> str:
    """Return a category without its group. label: from the directory."""
    return _(label) if code in GUIDE_CATEGORIES else label


def group_label(code: str, group: str | None) -> str:
    """Return the group of a category, empty if it has none."""
    return (_(group) if code in GUIDE_CATEGORIES else group) if group else ""


def urgency_label(level: int | None) -> str:
    """Return the label of an urgency or priority, 1–5 or None."""
    return _("Sans objet") if level is None else _(LABELS[Urgency(level)])


def impact_label(level: int) -> str:
    """Return the label of an impact, 1–5."""
    return _(_IMPACTS[level - 1])


def role_label(role: str) -> str:
    """Return the label of the role in which somebody acted.

    « Côté client » fits everybody, where « Client » would call a woman a man.
    """
    return _("Côté client") if role == Role.CUSTOMER else _(LABELS[Role(role)])


def role_in_sentence(role: str) -> str:
    """Return the role inside a sentence, « support IzarLink ».

    A brand keeps its capital.
    """
    label = role_label(role)
    first = label.partition(" ")[0]
    return label if first != first.capitalize() else f"{label[0].lower()}{label[1:]}"


def service_named(reference: str | None, label: str | None, site: str = "") -> str:
    """Join the reference, label and site of a service."""
    return " – ".join(part for part in (reference, label, site) if part)


def service_label(service_id: str | None, names: Mapping[str, str]) -> str:
    """Return the reference of a service. names: those of a `Timeline`."""
    return names.get(service_id, _("un service inconnu")) if service_id else no_service()


def person_label(account_id: str | None, names: Mapping[str, str]) -> str:
    """Return the name of an account. names: those of a `Timeline`."""
    return names.get(account_id or "") or _("un compte effacé")
