"""Labels of events, their fields and values, for the auditor."""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any
from zoneinfo import ZoneInfo

from izarlink_tickets import i18n, wording
from izarlink_tickets.domain import events
from izarlink_tickets.domain.vocabulary import LABELS, Awaiting, State
from izarlink_tickets.i18n import gettext as _
from izarlink_tickets.i18n import lazy_gettext as _l
from izarlink_tickets.web.linkify import TextPart, linkify
from izarlink_tickets.web.timeline import EXCERPT, MAX_SHOWN

EVENT_LABELS: Mapping[type[events.TicketEvent], str] = {
    events.Opened: _l("Ticket ouvert"),
    events.AttachmentAdded: _l("Fichier joint"),
    events.FollowUpAdded: _l("Suivi ajouté"),
    events.InternalNoteAdded: _l("Note interne ajoutée"),
    events.Assigned: _l("Ticket affecté"),
    events.Requalified: _l("Ticket requalifié"),
    events.InformationRequested: _l("Informations demandées"),
    events.ReminderSent: _l("Rappel envoyé"),
    events.Held: _l("Mis en attente d’un tiers"),
    events.Resumed: _l("Ticket repris"),
    events.Resolved: _l("Solution proposée"),
    events.SolutionRevised: _l("Solution remplacée"),
    events.SolutionWithdrawn: _l("Solution retirée"),
    events.SolutionApproved: _l("Solution approuvée"),
    events.SolutionApprovedOnBehalf: _l("Approbation enregistrée par le support"),
    events.SolutionRefused: _l("Solution refusée"),
    events.SilenceReported: _l("Silence du client signalé"),
    events.WaitRestarted: _l("Attente recommencée"),
    events.AutoClosed: _l("Clôturé sans réponse du client"),
    events.Reopened: _l("Ticket rouvert"),
    events.CancellationRequested: _l("Annulation demandée"),
    events.CancellationRequestWithdrawn: _l("Demande d’annulation retirée"),
    events.CancellationDeclined: _l("Annulation refusée"),
    events.Cancelled: _l("Ticket annulé"),
    events.WatcherAdded: _l("Observateur ajouté"),
    events.WatcherRemoved: _l("Observateur retiré"),
    events.RequesterChanged: _l("Demandeur changé"),
}
_LABELS_BY_NAME = {event_class.__name__: label for event_class, label in EVENT_LABELS.items()}

_FIELD_LABELS: Mapping[str, str] = {
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
    "thumbnail_sha256": _l("Empreinte SHA-256 de l’aperçu scellé"),
    "thumbnail_width": _l("Largeur de l’aperçu en pixels"),
    "thumbnail_height": _l("Hauteur de l’aperçu en pixels"),
    "rank": _l("Numéro du rappel"),
    "closes_on": _l("Clôture annoncée pour le"),
    "cause": _l("Cause"),
    "until": _l("Reprise prévue"),
    "until_day": _l("Jour de reprise choisi"),
    "delay_days": _l("Délai en jours"),
    "waited_days": _l("Jours d’attente"),
}
_SEALED = frozenset(name for event_class in events.TICKET_EVENTS for name in event_class.SEALED)
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
    """A field of an event.

    code: its name in the event. value: its label, None once erased. raw: as recorded, where that differs.
    is_cut: value is the beginning of a long text.
    """

    label: str
    code: str
    value: tuple[TextPart, ...] | None
    raw: str | None = None
    is_cut: bool = False


@dataclass(frozen=True, slots=True)
class ValueFormatter:
    """Formats ids and times.

    names: by id, of categories by code.
    timezone: the viewer's. longest: texts beyond so many characters are cut.
    """

    names: Mapping[str, str]
    timezone: str
    longest: int = MAX_SHOWN


def event_label(name: str) -> str:
    """Return the label of an event; the name itself if unknown."""
    return _LABELS_BY_NAME.get(name, name)


def local_time(at: datetime, timezone: str) -> str:
    """Format a time to the second, in the viewer's time zone."""
    return i18n.format_second(at, locale=i18n.current_language(), timezone=timezone)


def utc_time(at: datetime) -> str:
    """Format a time in UTC to the microsecond, as recorded."""
    return at.astimezone(ZoneInfo("UTC")).strftime("%Y-%m-%d %H:%M:%S.%f UTC")


def field_views(data: Mapping[str, Any], formatter: ValueFormatter) -> Iterator[FieldView]:
    """Build the views of an event's fields.

    Nested values become fields of their own.
    """
    for code, value in data.items():
        if code == "previous":
            yield from (_field_view(f"previous.{name}", before, formatter) for name, before in value.items())
        elif code == "mentioned_ids":
            yield from (_field_view(code, account_id, formatter) for account_id in value or (None,))
        else:
            yield _field_view(code, value, formatter)


def _field_view(code: str, value: Any, formatter: ValueFormatter) -> FieldView:  # noqa: ANN401 - any value of an event
    name = code.removeprefix("previous.")
    label = str(_FIELD_LABELS.get(name, name))
    if name != code:
        label = _("%(label)s (avant)", label=label)
    if name in _SEALED:
        return _text_view(label, code, value, longest=formatter.longest)
    text = _value_label(name, value, formatter)
    return FieldView(label, code, linkify(text), None if value is None or text == str(value) else str(value))


def _text_view(label: str, code: str, text: str | None, *, longest: int) -> FieldView:
    if text is None:
        return FieldView(label, code, None)
    is_cut = len(text) > longest
    shown = wording.beginning_of(text, maximum=EXCERPT) if is_cut else text
    return FieldView(label, code, linkify(shown or _("(vide)")), is_cut=is_cut)


def _value_label(name: str, value: Any, formatter: ValueFormatter) -> str:  # noqa: ANN401 - any value of an event
    if name == "urgency":
        return wording.urgency_label(value)
    if value is None:
        return str(NONE)
    if name in ACCOUNT_FIELDS or name in {"organisation_id", "service_id"}:
        return formatter.names.get(value, _("inconnu"))
    if name == "until":
        return local_time(datetime.fromisoformat(value), formatter.timezone)
    if name == "category":
        return wording.category_label(value, formatter.names.get(value))
    return _VALUE_LABELS[name](value) if name in _VALUE_LABELS else str(value)


_VALUE_LABELS: Mapping[str, Callable[[Any], str]] = {
    "previous_state": lambda code: _(LABELS[State(code)]),
    "state": lambda code: _(LABELS[State(code)]),
    "awaiting": lambda code: _("Le client") if code == Awaiting.CUSTOMER else _("Un tiers"),
    "ticket_type": wording.type_label,
    "impact": wording.impact_label,
    "priority": wording.urgency_label,
    "closes_on": lambda day: i18n.format_day(date.fromisoformat(day)),
    "until_day": lambda day: i18n.format_day(date.fromisoformat(day)),
    "size": lambda size: i18n.file_size(size, locale=i18n.current_language()),
}
