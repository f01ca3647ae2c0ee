"""What must hold after every fault: `breaches` looks at all that is stored and names what doesn't.

What `verify` says counts. The same questions about log, commands and mails are asked here once more, in a few plain
lines that share nothing with it, so that a mistake in it can't hide a fault; they also know that everybody here wants
mails.
"""

from collections import Counter, defaultdict
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime
from itertools import groupby

from sqlalchemy import Connection, select

from izarlink_tickets.application import Portal
from izarlink_tickets.application.transaction import mapper_of
from izarlink_tickets.application.verification import open_verifier
from izarlink_tickets.domain.events import AttachmentAdded, Opened, TicketEvent
from izarlink_tickets.event_store import Recorded, commands, log_head, read
from izarlink_tickets.outbox import Kind, letters, outbox
from izarlink_tickets.verify import Status

EVERYTHING = 1_000_000


def breaches(portal: Portal) -> list[str]:
    """Name all that is torn, missing, doubled or out of order."""
    with portal.database.snapshot() as connection:
        recorded = read(connection, mapper_of(None), after=0, limit=EVERYTHING)
        events = ticket_events(recorded)
        found = [
            *_gaps_in_positions(connection, recorded),
            *_gaps_in_versions(recorded),
            *_gaps_in_numbers(connection, events),
            *_torn_commands(connection, events),
            *_odd_letters(connection, events),
        ]
    return [*found, *_breaches_verified(portal)]


def log_of(portal: Portal) -> list[Recorded]:
    """Read the whole log; texts stay sealed."""
    with portal.database.query() as connection:
        return read(connection, mapper_of(None), after=0, limit=EVERYTHING)


def ticket_events(recorded: Sequence[Recorded]) -> list[TicketEvent]:
    """Leave out what isn't about tickets."""
    return [one.event for one in recorded if isinstance(one.event, TicketEvent)]


def by_command(events: Sequence[TicketEvent]) -> list[list[TicketEvent]]:
    """Gather the events that stand together in the log because one command made them."""
    return [list(group) for _, group in groupby(events, lambda event: (event.originator_id, *_command(event)))]


def _command(event: TicketEvent) -> tuple[str, str]:
    return event.actor_id, event.command_id


def _gaps_in_positions(connection: Connection, recorded: Sequence[Recorded]) -> Iterator[str]:
    if [one.position for one in recorded] != list(range(1, len(recorded) + 1)):
        yield "positions have gaps"
    head = connection.execute(select(log_head.c.position)).scalar_one()
    if head != len(recorded):
        yield f"the head stands at {head}, the log at {len(recorded)}"


def _gaps_in_versions(recorded: Sequence[Recorded]) -> Iterator[str]:
    streams: dict[object, list[int]] = defaultdict(list)
    for one in recorded:
        streams[one.event.originator_id].append(one.event.originator_version)
    for stream, versions in streams.items():
        if versions != list(range(1, len(versions) + 1)):
            yield f"stream {stream} has the versions {versions}"


def _gaps_in_numbers(connection: Connection, events: Sequence[TicketEvent]) -> Iterator[str]:
    numbers = [event.number for event in events if isinstance(event, Opened)]
    last = connection.execute(select(log_head.c.ticket_number)).scalar_one()
    if numbers != list(range(1, last + 1)):
        yield f"the last ticket number is {last}, and there are {numbers}"


def _torn_commands(connection: Connection, events: Sequence[TicketEvent]) -> Iterator[str]:
    """Compare the log with the table that says which commands were carried out, and with which first event."""
    groups = by_command(events)
    in_log = Counter((*_command(group[0]), group[0].originator_version) for group in groups)
    remembered = Counter(
        tuple(row) for row in connection.execute(select(commands.c.actor_id, commands.c.command_id, commands.c.entry))
    )
    if in_log != remembered:
        yield f"commands and log differ: {(in_log - remembered) + (remembered - in_log)}"
    for group in groups:
        # Files come several to a command; whatever else happens, happens once.
        said = [event.TOPIC for event in group if not isinstance(event, AttachmentAdded)]
        if len(said) != len(set(said)):
            yield f"a command was carried out twice: {said}"


def _odd_letters(connection: Connection, events: Sequence[TicketEvent]) -> Iterator[str]:
    """Find letters about nothing, and public events of which nobody is told."""
    told = {letter.command_id for letter in letters(connection, outbox.c.kind == Kind.TICKET.value)}
    to_tell = {event.command_id for event in events if event.IS_PUBLIC}
    for command in told ^ to_tell:
        yield f"command {command} and its letters don't go together"


def _breaches_verified(portal: Portal) -> Iterator[str]:
    # The age of files is what the disk says, whatever clock the test has.
    for finding in open_verifier(portal).findings(now=datetime.now(UTC)):
        if finding.status is Status.BREACH:
            yield finding.as_line()
