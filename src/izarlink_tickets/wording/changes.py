"""Changes that a timeline entry made: each value before and after."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

from izarlink_tickets.domain import events
from izarlink_tickets.domain.events import TicketEvent
from izarlink_tickets.i18n import format_day
from izarlink_tickets.i18n import gettext as _
from izarlink_tickets.projections.history_queries import Entry, HistoryStep
from izarlink_tickets.wording.codes import (
    Reader,
    category_label,
    impact_label,
    nobody,
    person_label,
    reader_state_label,
    service_label,
    type_label,
    urgency_label,
)

Facts = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Change:
    """A value before and after. before: None when there was none."""

    label: str
    before: str | None
    after: str

    @property
    def sentence(self) -> str:
        """The change, « État : En cours → Résolu »."""
        path = self.after if self.before is None else f"{self.before} → {self.after}"
        return _("%(label)s : %(path)s", label=self.label, path=path)


def changes(entry: Entry, names: Mapping[str, str], reader: Reader) -> list[Change]:
    """List the changed values as labels; an opening changes none.

    Dates are in the reader's time zone.
    """
    others = [change for step in entry.steps for change in _changes_of(step, names, reader)]
    state = state_change(entry, reader)
    return [state, *others] if state else others


def state_change(entry: Entry, reader: Reader) -> Change | None:
    """Return the change of state, if there was one."""
    if entry.previous_state is None or entry.previous_state == entry.state:
        return None
    before = reader_state_label(entry.previous_state, entry.previous_awaiting, reader)
    return Change(_("État"), before, reader_state_label(entry.state, entry.awaiting, reader))


def _changes_of(step: HistoryStep, names: Mapping[str, str], reader: Reader) -> list[Change]:
    list_changes = _CHANGES.get(step.event_class)
    return list_changes(step.facts, names, reader) if list_changes else []


def _assigned(facts: Facts, names: Mapping[str, str], _reader: Reader) -> list[Change]:
    previous = facts["previous_assignee_id"]
    before = person_label(previous, names) if previous else nobody()
    return [Change(_("Affecté à"), before, person_label(facts["assignee_id"], names))]


def _requester_changed(facts: Facts, names: Mapping[str, str], _reader: Reader) -> list[Change]:
    before, after = (person_label(facts[key], names) for key in ("previous_requester_id", "requester_id"))
    return [Change(_("Demandeur"), before, after)]


def _noted(facts: Facts, names: Mapping[str, str], _reader: Reader) -> list[Change]:
    mentioned = ", ".join(person_label(account_id, names) for account_id in facts["mentioned_ids"])
    return [Change(_("Notifiés"), None, mentioned)] if mentioned else []


def _held(facts: Facts, _names: Mapping[str, str], _reader: Reader) -> list[Change]:
    return [Change(_("Reprise prévue"), None, held_until_label(facts))]


def held_until_label(facts: Facts) -> str:
    """Return the day until which the ticket is held.

    facts: of `Held`.
    As a person chose it, it is the same in each time zone. Older events hold the day's beginning where it was chosen,
    with its offset.
    """
    return day_label(facts.get("until_day") or facts["until"][:10])


def _reminded(facts: Facts, _names: Mapping[str, str], _reader: Reader) -> list[Change]:
    closes_on = facts.get("closes_on")
    return [Change(_("Clôture sans réponse"), None, day_label(closes_on))] if closes_on else []


def day_label(day: str) -> str:
    """Format a day that is the same in each time zone.

    day: ISO 8601.
    """
    return format_day(date.fromisoformat(day))


def _requalified(facts: Facts, names: Mapping[str, str], _reader: Reader) -> list[Change]:
    before = facts["previous"]
    formatters: dict[str, tuple[str, Callable[[Any], str]]] = {
        "ticket_type": (_("Type de demande"), type_label),
        "category": (_("Catégorie"), lambda code: category_label(code, names.get(code))),
        "service_id": (_("Service"), lambda service_id: service_label(service_id, names)),
        "urgency": (_("Urgence"), urgency_label),
        "impact": (_("Impact"), impact_label),
        "priority": (_("Priorité"), urgency_label),
    }
    return [
        Change(label, value_label(before[key]), value_label(facts[key]))
        for key, (label, value_label) in formatters.items()
        if before[key] != facts[key]
    ]


_CHANGES: dict[type[TicketEvent], Callable[[Facts, Mapping[str, str], Reader], list[Change]]] = {
    events.Assigned: _assigned,
    events.RequesterChanged: _requester_changed,
    events.InternalNoteAdded: _noted,
    events.Held: _held,
    events.ReminderSent: _reminded,
    events.Requalified: _requalified,
}
