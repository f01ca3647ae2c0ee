"""The sentences of the timeline, for pages and mails alike: who did what, and what it changed.

It is told entries and names and looks nothing up. Labels of codes are the vocabulary's; all else stands in templates.
"""

from izarlink_tickets.wording.changes import Change, changes, state_change
from izarlink_tickets.wording.codes import (
    Reader,
    category_said,
    erased,
    group_said,
    impact_said,
    leaf_said,
    no_service,
    nobody,
    role_said,
    service_named,
    state_said,
    type_said,
    urgency_said,
)
from izarlink_tickets.wording.deeds import headline, main_step, news, speaker, told, words
from izarlink_tickets.wording.deliveries import DeliverySaid, Tone, delivery_said, masked

__all__ = [
    "Change",
    "DeliverySaid",
    "Reader",
    "Tone",
    "category_said",
    "changes",
    "delivery_said",
    "erased",
    "group_said",
    "headline",
    "impact_said",
    "leaf_said",
    "main_step",
    "masked",
    "news",
    "no_service",
    "nobody",
    "role_said",
    "service_named",
    "speaker",
    "state_change",
    "state_said",
    "told",
    "type_said",
    "urgency_said",
    "words",
]
