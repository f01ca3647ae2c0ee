"""What events and their fields are called, and how their values are said, to an auditor: everything, codes beside."""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from izarlink_tickets import wording
from izarlink_tickets.domain.vocabulary import LABELS, SYSTEM, Awaiting, State
from izarlink_tickets.i18n import file_size
from izarlink_tickets.web.prose import Part, parts_of

EVENTS: Mapping[str, str] = {
    "Opened": "Ticket ouvert",
    "AttachmentAdded": "Fichier joint",
    "FollowUpAdded": "Suivi ajouté",
    "InternalNoteAdded": "Note interne ajoutée",
    "Assigned": "Ticket affecté",
    "Requalified": "Ticket requalifié",
    "InformationRequested": "Informations demandées",
    "ReminderSent": "Rappel envoyé",
    "Held": "Mis en attente d’un tiers",
    "Resumed": "Ticket repris",
    "Resolved": "Solution proposée",
    "SolutionRevised": "Solution remplacée",
    "SolutionWithdrawn": "Solution retirée",
    "SolutionApproved": "Solution approuvée",
    "SolutionApprovedOnBehalf": "Approbation enregistrée par le support",
    "SolutionRefused": "Solution refusée",
    "AutoClosed": "Clôturé sans réponse du client",
    "Reopened": "Ticket rouvert",
    "CancellationRequested": "Annulation demandée",
    "CancellationDeclined": "Annulation refusée",
    "Cancelled": "Ticket annulé",
    "WatcherAdded": "Observateur ajouté",
    "WatcherRemoved": "Observateur retiré",
    "RequesterChanged": "Demandeur changé",
}

_FIELDS: Mapping[str, str] = {
    "previous_state": "État avant",
    "state": "État",
    "awaiting": "Attend",
    "number": "Numéro",
    "organisation_id": "Client",
    "requester_id": "Demandeur",
    "previous_requester_id": "Demandeur avant",
    "assignee_id": "Affecté à",
    "previous_assignee_id": "Affecté auparavant à",
    "watcher_id": "Observateur",
    "mentioned_ids": "Personnes nommées",
    "ticket_type": "Type de demande",
    "category": "Catégorie",
    "service_id": "Service",
    "urgency": "Urgence",
    "impact": "Impact",
    "priority": "Priorité",
    "related_to": "Lié au ticket",
    "title": "Titre",
    "description": "Description",
    "text": "Texte",
    "question": "Question",
    "reason": "Raison",
    "solution": "Solution",
    "solution_version": "Version de la solution",
    "comment": "Commentaire",
    "note": "Note",
    "file_id": "Fichier",
    "name": "Nom",
    "size": "Taille",
    "media_type": "Type de fichier",
    "sha256": "Empreinte SHA-256 du contenu scellé",
    "rank": "Rang du rappel",
    "until": "Reprise prévue",
    "delay_days": "Délai en jours",
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
NONE = "Aucun"


@dataclass(frozen=True, slots=True)
class FieldShown:
    """A field of an event. code: its name in the event; value: said in French; raw: as recorded, where that differs.

    value None: erased.
    """

    label: str
    code: str
    value: tuple[Part, ...] | None
    raw: str | None = None


@dataclass(frozen=True, slots=True)
class Said:
    """How ids and times are said: names by id, of categories by code; the zone of the viewer."""

    names: Mapping[str, str]
    timezone: str


def local_time(at: datetime, timezone: str) -> str:
    """Say a moment to the second, where the viewer is."""
    return at.astimezone(ZoneInfo(timezone)).strftime("%d/%m/%Y à %H:%M:%S")


def utc_time(at: datetime) -> str:
    """Write a moment as precisely as it is recorded."""
    return at.astimezone(ZoneInfo("UTC")).strftime("%Y-%m-%d %H:%M:%S.%f UTC")


def fields_shown(data: Mapping[str, Any], said: Said) -> Iterator[FieldShown]:
    """Put all fields of an event into words; what a field holds in itself stands beside it."""
    for code, value in data.items():
        if code == "previous":
            yield from (_shown(f"previous.{name}", before, said) for name, before in value.items())
        elif code == "mentioned_ids":
            yield from (_shown(code, one, said) for one in value or (None,))
        else:
            yield _shown(code, value, said)


def _shown(code: str, value: Any, said: Said) -> FieldShown:  # noqa: ANN401 - any value of an event
    name = code.removeprefix("previous.")
    label = _FIELDS.get(name, name) + (" avant" if name != code else "")
    if name in _SEALED:
        return FieldShown(label, code, None if value is None else parts_of(value or "(vide)"))
    words = _words(name, value, said)
    return FieldShown(label, code, parts_of(words), None if value is None or words == str(value) else str(value))


def _words(name: str, value: Any, said: Said) -> str:  # noqa: ANN401 - any value of an event
    if name in _ALSO_NONE:
        return _ALSO_NONE[name](value)
    if value is None:
        return NONE
    if name in ACCOUNT_FIELDS or name in {"organisation_id", "service_id"}:
        return said.names.get(value, "inconnu")
    if name == "until":
        return local_time(datetime.fromisoformat(value), said.timezone)
    if name == "category":
        return wording.category_said(value, said.names.get(value))
    return _SAID[name](value) if name in _SAID else str(value)


_ALSO_NONE: Mapping[str, Callable[[Any], str]] = {"urgency": wording.urgency_said}
_SAID: Mapping[str, Callable[[Any], str]] = {
    "previous_state": lambda code: LABELS[State(code)],
    "state": lambda code: LABELS[State(code)],
    "awaiting": lambda code: "Le client" if code == Awaiting.CUSTOMER else "Un tiers",
    "ticket_type": wording.type_said,
    "impact": wording.impact_said,
    "priority": wording.urgency_said,
    "size": lambda size: file_size(size, locale="fr"),
}

SYSTEM_NAMES: Mapping[str, str] = {SYSTEM.account_id: "Portail IzarLink"}
