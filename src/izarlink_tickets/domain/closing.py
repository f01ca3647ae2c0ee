"""When a solution that nobody answers is closed by itself: asked by the ticket, and by the mail that announces it."""

from datetime import datetime, timedelta

# How long after its reminder a solution is closed at the earliest, whatever the delays: a reminder that comes late,
# after an outage or a change of settings, still leaves time to answer it.
NOTICE = timedelta(days=2)


def closing_time(*, waiting_since: datetime, reminded_at: datetime, delay_days: int) -> datetime:
    """Say from when on it may be closed. waiting_since: when the solution was proposed; all aware UTC. Source: R35."""
    return max(waiting_since + timedelta(days=delay_days), reminded_at + NOTICE)
