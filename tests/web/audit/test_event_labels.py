"""Labels of events and their fields, in the auditor's language."""

from izarlink_tickets.domain.events import TICKET_EVENTS
from izarlink_tickets.i18n import use_language
from izarlink_tickets.web.audit.event_labels import EVENT_LABELS, ValueFormatter, field_views


def test_every_event_has_a_label() -> None:
    assert set(EVENT_LABELS) == set(TICKET_EVENTS)


def test_an_english_auditor_reads_no_french_label() -> None:
    recorded = {"size": 3072, "reason": "", "assignee_id": "nobody's", "previous": {"urgency": 3}}

    with use_language("en"):
        views = list(field_views(recorded, ValueFormatter(names={}, timezone="Europe/Paris")))

    assert [(field.label, "".join(part.text for part in field.value or ())) for field in views] == [
        ("Size", "3\u00a0KB"),
        ("Reason", "(empty)"),
        ("Assigned to", "unknown"),
        ("Urgency (before)", "Medium"),
    ]
