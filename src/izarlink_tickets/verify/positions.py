"""Check of the log's positions: dense from 1 up to the head."""

from sqlalchemy import Connection, column, func, select, table

from izarlink_tickets.event_store import log_head
from izarlink_tickets.verify.findings import EXAMPLES, Finding, FindingBuilder

_EVENTS = table("events", column("position"))


def positions(connection: Connection) -> Finding:
    """Find gaps, and a head that differs from the last position.

    With a head behind the log no command can be stored; with a head ahead of it an event is lost.
    """
    builder = FindingBuilder("positions", "events")
    position = _EVENTS.c.position
    builder.count, first, last = connection.execute(
        select(func.count(), func.min(position), func.max(position)).select_from(_EVENTS)
    ).one()
    if (first, last) != (1, builder.count):
        steps = select(position, func.lag(position, 1, 0).over(order_by=position).label("previous")).subquery()
        gaps = select(steps).where(steps.c.position != steps.c.previous + 1).order_by(steps.c.position).limit(EXAMPLES)
        for after_gap, previous in connection.execute(gaps):
            builder.breach(f"position {previous} is followed by {after_gap}")
    head = connection.execute(select(log_head.c.position)).scalar_one_or_none()
    if head != (last or 0):
        builder.breach(f"the head of the log is {head}, its last event {last or 0}")
    return builder.build()
