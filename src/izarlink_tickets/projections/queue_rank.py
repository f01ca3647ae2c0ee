"""The place of a ticket in the desk's queue, as one number."""

from datetime import datetime

from izarlink_tickets.database import microseconds_of
from izarlink_tickets.domain.vocabulary import Urgency

# More than the microseconds of any moment until the year 9999.
_MOMENTS = 2**58


def queue_rank(*, priority: int, unanswered_since: datetime | None, opened_at: datetime) -> int:
    """Return the ticket's place; the smallest comes first.

    The highest priority first; within it the customer who has waited longest for an answer, then answered tickets by
    age. One number, because an index of one column is smaller, and on SQLite faster to start in the midst of.
    """
    is_answered = unanswered_since is None
    group = 2 * (Urgency.VERY_HIGH - priority) + is_answered
    return group * _MOMENTS + microseconds_of(unanswered_since or opened_at)
