"""What must hold after every fault: `breaches` asks `verify`, which looks at all that is stored."""

from collections.abc import Sequence
from datetime import datetime
from itertools import groupby

from izarlink_tickets.application import Portal
from izarlink_tickets.application.operations.verification import open_verifier
from izarlink_tickets.application.transaction import mapper_of
from izarlink_tickets.domain.events import TicketEvent
from izarlink_tickets.event_store import Recorded, read
from izarlink_tickets.verify import FindingStatus

EVERYTHING = 1_000_000
# What it checks, in the numbers of docs/faults.md.
CHECKED = "I1 I2 I3 I4 I7"


def breaches(portal: Portal) -> list[str]:
    """Name all that is torn, missing, doubled or out of order."""
    # The age of a file is what the disk says.
    findings = open_verifier(portal).findings(now=datetime.now().astimezone())
    return [finding.as_line() for finding in findings if finding.status is FindingStatus.BREACH]


def log_of(portal: Portal) -> list[Recorded]:
    """Read the whole log; texts stay sealed."""
    with portal.database.query() as connection:
        return read(connection, mapper_of(None), after=0, limit=EVERYTHING)


def ticket_events(recorded: Sequence[Recorded]) -> list[TicketEvent]:
    """Leave out what isn't about tickets."""
    return [one.event for one in recorded if isinstance(one.event, TicketEvent)]


def by_command(events: Sequence[TicketEvent]) -> list[list[TicketEvent]]:
    """Gather the events that stand together in the log because one command made them."""
    return [
        list(group)
        for _, group in groupby(events, lambda event: (event.originator_id, event.actor_id, event.command_id))
    ]
