"""What events and their fields are called, and how their values are said, to an auditor: everything, codes beside."""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from izarlink_tickets import i18n, wording
from izarlink_tickets.domain.vocabulary import LABELS, Awaiting, State
from izarlink_tickets.i18n import gettext as _
from izarlink_tickets.i18n import lazy_gettext as _l
from izarlink_tickets.web.linkify import TextPart, linkify

EVENTS: Mapping[str, str] = {
    "Opened": _l("Ticket ouvert"),
    "AttachmentAdded": _l("Fichier joint"),
    "FollowUpAdded": _l("Suivi ajouté"),
    "InternalNoteAdded": _l("Note interne ajoutée"),
    "Assigned": _l("Ticket affecté"),
    "Requalified": _l("Ticket requalifié"),
    "InformationRequested": _l("Informations demandées"),
    "ReminderSent": _l("Rappel envoyé"),
    "Held": _l("Mis en attente d’un tiers"),
    "Resumed": _l("Ticket repris"),
    "Resolved": _l("Solution proposée"),
    "SolutionRevised": _l("Solution remplacée"),
    "SolutionWithdrawn": _l("Solution retirée"),
    "SolutionApproved": _l("Solution approuvée"),
    "SolutionApprovedOnBehalf": _l("Approbation enregistrée par le support"),
    "SolutionRefused": _l("Solution refusée"),
    "AutoClosed": _l("Clôturé sans réponse du client"),
    "Reopened": _l("Ticket rouvert"),
    "CancellationRequested": _l("Annulation demandée"),
    "CancellationDeclined": _l("Annulation refusée"),
    "Cancelled": _l("Ticket annulé"),
    "WatcherAdded": _l("Observateur ajouté"),
    "WatcherRemoved": _l("Observateur retiré"),
    "RequesterChanged": _l("Demandeur changé"),
}

_FIELDS: Mapping[str, str] = {
    "previous_state": _l("État précédent"),
    "state": _l("État"),
    "awaiting": _l("Attend"),
    "number": _l("Numéro"),
    "organisation_id": _l("Client"),
    "requester_id": _l("Demandeur"),
    "previous_requester_id": _l("Demandeur précédent"),
    "assignee_id": _l("Affecté à"),
    "previous_assignee_id": _l("Affecté auparavant à"),
    "watcher_id": _l("Observateur"),
    "mentioned_ids": _l("Personnes mentionnées"),
    "ticket_type": _l("Type de demande"),
    "category": _l("Catégorie"),
    "service_id": _l("Service"),
    "urgency": _l("Urgence"),
    "impact": _l("Impact"),
    "priority": _l("Priorité"),
    "related_to": _l("Lié au ticket"),
    "title": _l("Titre"),
    "description": _l("Description"),
    "text": _l("Texte"),
    "question": _l("Question"),
    "reason": _l("Motif"),
    "solution": _l("Solution"),
    "solution_version": _l("Version de la solution"),
    "comment": _l("Commentaire"),
    "note": _l("Note"),
    "file_id": _l("Fichier"),
    "name": _l("Nom"),
    "size": _l("Taille"),
    "media_type": _l("Type de fichier"),
    "sha256": _l("Empreinte SHA-256 du contenu scellé"),
    "rank": _l("Numéro du rappel"),
    "until": _l("Reprise prévue"),
    "delay_days": _l("Délai en jours"),
}
_SEALED = frozenset({"title", "description", "text", "question", "reason", "solution", "comment", "note", "name"})
ACCOUNT_FIELDS = frozenset(
    {
        "actor_id",
        "requester_id",
        "previous_requester_id",
        "assignee_id",
        "previous_assignee_id",
        "watcher_id",
        "mentioned_ids",
    }
)
NONE = _l("Aucun")


@dataclass(frozen=True, slots=True)
class FieldView:
    """A field of an event. code: its name in the event; value: in words; raw: as recorded, where that differs.

    value None: erased.
    """

    label: str
    code: str
    value: tuple[TextPart, ...] | None
    raw: str | None = None


@dataclass(frozen=True, slots=True)
class ValueFormatter:
    """How ids and times are said: names by id, of categories by code; the zone of the viewer."""

    names: Mapping[str, str]
    timezone: str


def local_time(at: datetime, timezone: str) -> str:
    """Say a moment to the second, where the viewer is."""
    return i18n.format_second(at, locale=i18n.spoken(), timezone=timezone)


def utc_time(at: datetime) -> str:
    """Write a moment as precisely as it is recorded."""
    return at.astimezone(ZoneInfo("UTC")).strftime("%Y-%m-%d %H:%M:%S.%f UTC")


def field_views(data: Mapping[str, Any], said: ValueFormatter) -> Iterator[FieldView]:
    """Put all fields of an event into words; what a field holds in itself stands beside it."""
    for code, value in data.items():
        if code == "previous":
            yield from (_shown(f"previous.{name}", before, said) for name, before in value.items())
        elif code == "mentioned_ids":
            yield from (_shown(code, one, said) for one in value or (None,))
        else:
            yield _shown(code, value, said)


def _shown(code: str, value: Any, said: ValueFormatter) -> FieldView:  # noqa: ANN401 - any value of an event
    name = code.removeprefix("previous.")
    label = str(_FIELDS.get(name, name))
    if name != code:
        label = _("%(label)s (avant)", label=label)
    if name in _SEALED:
        return FieldView(label, code, None if value is None else linkify(value or _("(vide)")))
    words = _words(name, value, said)
    return FieldView(label, code, linkify(words), None if value is None or words == str(value) else str(value))


def _words(name: str, value: Any, said: ValueFormatter) -> str:  # noqa: ANN401 - any value of an event
    if name in _ALSO_NONE:
        return _ALSO_NONE[name](value)
    if value is None:
        return str(NONE)
    if name in ACCOUNT_FIELDS or name in {"organisation_id", "service_id"}:
        return said.names.get(value, _("inconnu"))
    if name == "until":
        return local_time(datetime.fromisoformat(value), said.timezone)
    if name == "category":
        return wording.category_label(value, said.names.get(value))
    return _SAID[name](value) if name in _SAID else str(value)


_ALSO_NONE: Mapping[str, Callable[[Any], str]] = {"urgency": wording.urgency_label}
_SAID: Mapping[str, Callable[[Any], str]] = {
    "previous_state": lambda code: _(LABELS[State(code)]),
    "state": lambda code: _(LABELS[State(code)]),
    "awaiting": lambda code: _("Le client") if code == Awaiting.CUSTOMER else _("Un tiers"),
    "ticket_type": wording.type_label,
    "impact": wording.impact_label,
    "priority": wording.urgency_label,
    "size": lambda size: i18n.file_size(size, locale=i18n.spoken()),
}
