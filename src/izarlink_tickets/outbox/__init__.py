"""The mails to send: one row a command and person. Rows hold ids, never text or secrets (D8).

A row is leased by whoever sends it; a lease that runs out frees it again, there is no "running" flag.
It decides neither who is told (`notifications`) nor what is said (`mailer`).
"""

from izarlink_tickets.outbox.digests import gather, lease_companions, let_go
from izarlink_tickets.outbox.queue import (
    GIVE_UP_AFTER,
    LEASE_SECONDS,
    PAUSES,
    backlog,
    count_failed,
    finish,
    has_due,
    lease,
    post,
    post_all,
    postpone,
    put_off,
    set_right,
    write_off,
)
from izarlink_tickets.outbox.table import Kind, Letter, Status, letter_id, letters, outbox

__all__ = [
    "GIVE_UP_AFTER",
    "LEASE_SECONDS",
    "PAUSES",
    "Kind",
    "Letter",
    "Status",
    "backlog",
    "count_failed",
    "finish",
    "gather",
    "has_due",
    "lease",
    "lease_companions",
    "let_go",
    "letter_id",
    "letters",
    "outbox",
    "post",
    "post_all",
    "postpone",
    "put_off",
    "set_right",
    "write_off",
]
