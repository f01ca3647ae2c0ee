"""The outbox: one message per command and recipient.

A sender leases a message; an expired lease frees it again. `notifications` decides who is notified, `mailer` builds the
mail.
"""

from izarlink_tickets.outbox.digests import LEASE_SECONDS, add_to_digest, lease_companions, release_digests
from izarlink_tickets.outbox.queue import (
    PAUSES,
    backlog,
    count_failed,
    defer,
    discard,
    enqueue,
    enqueue_all,
    finish,
    finish_sent,
    has_due,
    lease,
    release,
    repair_clock_skew,
    schedule_retry,
)
from izarlink_tickets.outbox.table import (
    MailKind,
    MailStatus,
    OutboxMessage,
    TicketMail,
    list_messages,
    mails_about,
    message_id_of,
    outbox,
)
