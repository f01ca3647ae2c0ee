"""Timeline sentences of pages and mails: actions and their changes.

They are built from entries and names that the caller has loaded.
"""

from izarlink_tickets.wording.captures import TextBlock, blocks_of
from izarlink_tickets.wording.changes import changes, day_label, held_until_label, state_change
from izarlink_tickets.wording.codes import (
    Reader,
    account_label,
    category_label,
    erased,
    group_label,
    impact_label,
    leaf_label,
    no_service,
    nobody,
    reader_state_label,
    role_in_sentence,
    role_label,
    service_named,
    type_label,
    urgency_label,
)
from izarlink_tickets.wording.contact import hotline, next_step
from izarlink_tickets.wording.deliveries import DeliveryLabel, Tone, delivery_label
from izarlink_tickets.wording.excerpts import beginning_of
from izarlink_tickets.wording.headlines import headline, news, sentence, speaker, words
