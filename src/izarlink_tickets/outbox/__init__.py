"""The mails to send: one row a command and person. Rows hold ids, never text or secrets (D8).

A row is leased by whoever sends it; a lease that runs out frees it again, there is no "running" flag.
It decides neither who is told (`notifications`) nor what is said (`mailer`).
"""

from izarlink_tickets.outbox.digests import add_to_digest, lease_companions, release_digests
from izarlink_tickets.outbox.queue import (
    GIVE_UP_AFTER,
    LEASE_SECONDS,
    PAUSES,
    backlog,
    count_failed,
    defer,
    discard,
    enqueue,
    enqueue_all,
    finish,
    has_due,
    lease,
    repair_clock_skew,
    schedule_retry,
)
from izarlink_tickets.outbox.table import MailKind, MailStatus, OutboxMessage, list_messages, message_id_of, outbox

__all__ = [
    "GIVE_UP_AFTER",
    "LEASE_SECONDS",
    "PAUSES",
    "MailKind",
    "MailStatus",
    "OutboxMessage",
    "add_to_digest",
    "backlog",
    "count_failed",
    "defer",
    "discard",
    "enqueue",
    "enqueue_all",
    "finish",
    "has_due",
    "lease",
    "lease_companions",
    "list_messages",
    "message_id_of",
    "outbox",
    "release_digests",
    "repair_clock_skew",
    "schedule_retry",
]
