"""Look at the places in the log: dense from 1, as far as the head says (D3)."""

from sqlalchemy import Connection, column, func, select, table

from izarlink_tickets.event_store import log_head
from izarlink_tickets.verify.findings import EXAMPLES, Finding, Tally

_EVENTS = table("events", column("position"))
_EXTENT = select(func.count(), func.min(_EVENTS.c.position), func.max(_EVENTS.c.position)).select_from(_EVENTS)
_STEPS = select(
    _EVENTS.c.position, func.lag(_EVENTS.c.position, 1, 0).over(order_by=_EVENTS.c.position).label("before")
).subquery()
_GAPS = select(_STEPS).where(_STEPS.c.position != _STEPS.c.before + 1).order_by(_STEPS.c.position).limit(EXAMPLES)
_HEAD = select(log_head.c.position)


def positions(connection: Connection) -> Finding:
    """Find gaps, and a head that stands elsewhere: behind the log no command can be stored, before it one is lost."""
    tally = Tally("positions", "events")
    tally.count, first, last = connection.execute(_EXTENT).one()
    for position, before in connection.execute(_GAPS) if (first, last) != (1, tally.count) else ():
        tally.breach(f"after {before} comes {position}")
    head = connection.execute(_HEAD).scalar_one_or_none()
    if head != (last or 0):
        tally.breach(f"the head of the log stands at {head}, its last event at {last or 0}")
    return tally.finding()
