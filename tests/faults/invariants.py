"""Invariants that hold after every fault, checked with `verify`."""

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
# The invariants that `verify` checks. Source: docs/faults.md.
CHECKED = "I1 I2 I3 I4 I7"


def breaches(portal: Portal) -> list[str]:
    """Return the findings about torn, missing, repeated or disordered data."""
    # The disk's clock dates the files.
    findings = open_verifier(portal).findings(now=datetime.now().astimezone())
    return [finding.as_line() for finding in findings if finding.status is FindingStatus.BREACH]


def log_of(portal: Portal) -> list[Recorded]:
    """Read the whole log; texts stay sealed."""
    with portal.database.query() as connection:
        return read(connection, mapper_of(None), after=0, limit=EVERYTHING)


def ticket_events(recorded: Sequence[Recorded]) -> list[TicketEvent]:
    """Return the events of tickets."""
    return [record.event for record in recorded if isinstance(record.event, TicketEvent)]


def by_command(events: Sequence[TicketEvent]) -> list[list[TicketEvent]]:
    """Group adjacent events of the same command."""
    return [
        list(group)
        for _, group in groupby(events, lambda event: (event.originator_id, event.actor_id, event.command_id))
    ]
