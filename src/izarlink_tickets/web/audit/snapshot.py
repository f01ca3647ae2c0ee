"""The ticket as it was at a version, folded from its events."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from izarlink_tickets import wording
from izarlink_tickets.application import Replay, ReplayedEvent
from izarlink_tickets.domain import events
from izarlink_tickets.domain.vocabulary import UNRESOLVED, Awaiting, priority_of
from izarlink_tickets.i18n import format_day
from izarlink_tickets.i18n import gettext as _
from izarlink_tickets.i18n import lazy_gettext as _l
from izarlink_tickets.web.audit.event_labels import ValueFormatter, local_time
from izarlink_tickets.web.linkify import TextPart, linkify
from izarlink_tickets.web.timeline import EXCERPT, MAX_SHOWN

# Of the ticket; each is an event on the page, too.
FILES_SHOWN = 50
_SOLUTION_EVENTS = frozenset({events.Resolved.__name__, events.SolutionRevised.__name__})
_OUTCOMES = {
    events.SolutionApproved.__name__: _l("Approuvée par le client"),
    events.SolutionApprovedOnBehalf.__name__: _l("Approuvée par téléphone, enregistrée par le support"),
    events.SolutionRefused.__name__: _l("Refusée par le client"),
    events.SolutionWithdrawn.__name__: _l("Retirée par le support"),
    events.AutoClosed.__name__: _l("Restée sans réponse : ticket clôturé"),
}


@dataclass(frozen=True, slots=True)
class SolutionView:
    """The last solution proposed up to the version.

    text: None once erased. event: the version of the event with the whole text, where this is its beginning.
    """

    version: int
    text: tuple[TextPart, ...] | None
    outcome: str
    event: int | None = None


@dataclass(frozen=True, slots=True)
class Snapshot:
    """The ticket as it was.

    title: None once erased.
    facts: labels and values.
    files: names, None once erased.
    """

    title: str | None
    state: str
    state_code: str
    facts: list[tuple[str, str]]
    solution: SolutionView | None
    files: list[str | None]


def snapshot_of(
    replay: Replay, events_until: Sequence[ReplayedEvent], reader: wording.Reader, formatter: ValueFormatter
) -> Snapshot:
    """Build the view of the folded ticket.

    events_until: those that it is folded from.
    """
    ticket = replay.ticket
    awaiting = ticket.awaiting.value if ticket.awaiting else None
    return Snapshot(
        title=replay.title,
        state=wording.reader_state_label(ticket.state.value, awaiting, reader),
        state_code=ticket.state.value,
        facts=list(_facts(replay, formatter)),
        solution=_solution(events_until),
        files=[event.data["name"] for event in events_until if event.event == events.AttachmentAdded.__name__],
    )


def _facts(replay: Replay, formatter: ValueFormatter) -> Iterator[tuple[str, str]]:
    ticket, names, opening = replay.ticket, formatter.names, replay.events[0]
    qualification = ticket.qualification
    yield _("Depuis le"), local_time(ticket.state_since, formatter.timezone)
    if ticket.awaiting is Awaiting.THIRD_PARTY:
        yield _("Reprise prévue le"), format_day(ticket.held_until.date())
    if ticket.cancellation_is_requested and ticket.state in UNRESOLVED:
        yield _("Annulation"), _("Demandée par le client")
    yield _("Type de demande"), wording.type_label(qualification.ticket_type.value)
    yield (
        _("Catégorie"),
        wording.category_label(qualification.category, names.get(qualification.category)),
    )
    yield (
        _("Service"),
        names.get(qualification.service_id, _("inconnu")) if qualification.service_id else wording.no_service(),
    )
    yield _("Urgence"), wording.urgency_label(qualification.urgency)
    yield _("Impact"), wording.impact_label(qualification.impact)
    yield (
        _("Priorité"),
        wording.urgency_label(priority_of(urgency=qualification.urgency, impact=qualification.impact)),
    )
    yield _("Client"), names.get(ticket.organisation_id, _("inconnu"))
    yield _("Demandeur"), names.get(ticket.requester_id, _("inconnu"))
    yield _("Observateurs"), ", ".join(sorted(names.get(one, _("inconnu")) for one in ticket.watcher_ids)) or _("Aucun")
    yield _("Affecté à"), names.get(ticket.assignee_id, _("inconnu")) if ticket.assignee_id else wording.nobody()
    yield _("Ouvert le"), local_time(opening.at, formatter.timezone)
    yield _("Ouvert par"), names.get(opening.actor, _("inconnu"))


def _solution(replayed: Sequence[ReplayedEvent]) -> SolutionView | None:
    proposed = [event for event in replayed if event.event in _SOLUTION_EVENTS]
    if not proposed:
        return None
    last = proposed[-1]
    later = [event.event for event in replayed if event.version > last.version]
    outcomes = [_OUTCOMES[name] for name in later if name in _OUTCOMES]
    text = last.data["solution"]
    is_cut = text is not None and len(text) > MAX_SHOWN
    shown = wording.beginning_of(text, maximum=EXCERPT) if is_cut else text
    return SolutionView(
        version=last.data["solution_version"],
        text=None if shown is None else linkify(shown),
        outcome=outcomes[-1] if outcomes else _("En attente d’approbation"),
        event=last.version if is_cut else None,
    )
