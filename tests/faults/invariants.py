"""What must hold after every fault: `breaches` looks at all that is stored and names what doesn't.

Nothing torn, nothing twice, read models as the log says, whoever is to be told told, files whole.
"""

from collections import Counter, defaultdict
from collections.abc import Iterator, Sequence
from itertools import groupby

from sqlalchemy import Connection, select

from izarlink_tickets.application import Portal
from izarlink_tickets.application.commands import commands
from izarlink_tickets.application.transaction import mapper_of
from izarlink_tickets.attachments import BlobDamaged, BlobMissing
from izarlink_tickets.domain.events import AttachmentAdded, Opened, TicketEvent
from izarlink_tickets.event_store import Recorded, log_head, read
from izarlink_tickets.outbox import Kind, letters, outbox

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
    files = (event for event in events if isinstance(event, AttachmentAdded))
    broken = (fault for file in files for fault in _faults_of(portal, file))
    return [*found, *broken, *map(str, portal.read_models.differences())]


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


def _faults_of(portal: Portal, file: AttachmentAdded) -> Iterator[str]:
    try:
        content = portal.files.content_of(file_id=file.file_id, sha256=file.sha256)
    except (BlobMissing, BlobDamaged) as error:
        yield f"file {file.file_id}: {type(error).__name__}"
        return
    if len(content or b"") != file.size:
        yield f"file {file.file_id} has another size"
