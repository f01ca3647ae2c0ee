"""What the auditor reads of an event's fields is in the auditor's own language, whole."""

from izarlink_tickets.i18n import speaking
from izarlink_tickets.web.audit.event_labels import ValueFormatter, field_views


def test_no_word_beside_a_value_stays_french_for_who_reads_english() -> None:
    recorded = {"size": 3072, "reason": "", "assignee_id": "nobody's", "previous": {"urgency": 3}}

    with speaking("en"):
        shown = list(field_views(recorded, ValueFormatter(names={}, timezone="Europe/Paris")))

    assert [(field.label, "".join(part.text for part in field.value or ())) for field in shown] == [
        ("Size", "3\u00a0KB"),
        ("Reason", "(empty)"),
        ("Assigned to", "unknown"),
        ("Urgency (before)", "Medium"),
    ]
