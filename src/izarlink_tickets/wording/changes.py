"""What an entry of the timeline changed: every value before and after, whole (R25)."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from izarlink_tickets.i18n import format_date, language_of
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


@dataclass(frozen=True, slots=True)
class Change:
    """A value before and after. before None: there was none to speak of."""

    label: str
    before: str | None
    after: str

    @property
    def sentence(self) -> str:
        """The change in one line, « État : En cours → Résolu »."""
        path = self.after if self.before is None else f"{self.before} → {self.after}"
        return _("%(label)s : %(path)s", label=self.label, path=path)


def changes(entry: Entry, names: Mapping[str, str], reader: Reader) -> list[Change]:
    """List the values that the entry changed, as labels, in the reader's time zone; an opening changes nothing."""
    found = [change for step in entry.steps for change in _changes_of(step, names, reader)]
    state = state_change(entry, reader)
    return [state, *found] if state else found


def state_change(entry: Entry, reader: Reader) -> Change | None:
    """Return the change of state, if there was one."""
    if entry.previous_state is None or entry.previous_state == entry.state:
        return None
    before = reader_state_label(entry.previous_state, entry.previous_awaiting, reader)
    return Change(_("État"), before, reader_state_label(entry.state, entry.awaiting, reader))


def _changes_of(step: HistoryStep, names: Mapping[str, str], reader: Reader) -> list[Change]:
    facts = step.facts
    match step.event:
        case "Assigned":
            previous = facts["previous_assignee_id"]
            before = person_label(previous, names) if previous else nobody()
            return [Change(_("Affecté à"), before, person_label(facts["assignee_id"], names))]
        case "RequesterChanged":
            people = (person_label(facts[key], names) for key in ("previous_requester_id", "requester_id"))
            return [Change(_("Demandeur"), *people)]
        case "InternalNoteAdded":
            told = ", ".join(person_label(account_id, names) for account_id in facts["mentioned_ids"])
            return [Change(_("Notifiés"), None, told)] if told else []
        case "Held":
            until = datetime.fromisoformat(facts["until"])
            day = format_date(until, locale=language_of(reader.locale), timezone=reader.timezone)
            return [Change(_("Reprise prévue"), None, day)]
        case "Requalified":
            return _requalified(facts["previous"], facts, names)
    return []


def _requalified(before: Mapping[str, Any], after: Mapping[str, Any], names: Mapping[str, str]) -> list[Change]:
    said: dict[str, tuple[str, Callable[[Any], str]]] = {
        "ticket_type": (_("Type de demande"), type_label),
        "category": (_("Catégorie"), lambda code: category_label(code, names.get(code))),
        "service_id": (_("Service"), lambda service_id: service_label(service_id, names)),
        "urgency": (_("Urgence"), urgency_label),
        "impact": (_("Impact"), impact_label),
        "priority": (_("Priorité"), urgency_label),
    }
    return [
        Change(label, say(before[key]), say(after[key]))
        for key, (label, say) in said.items()
        if before[key] != after[key]
    ]
