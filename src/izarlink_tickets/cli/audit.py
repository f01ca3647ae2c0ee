"""`audit`: histories of tickets, and security events for a SIEM."""

from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from zoneinfo import ZoneInfo

import click
import orjson

from izarlink_tickets.cli.failures import UnknownVersion
from izarlink_tickets.cli.output import moment, print_json, write_output
from izarlink_tickets.cli.session import READER, as_json, number_argument, opened_portal
from izarlink_tickets.i18n import parse_datetime


@click.group()
def audit() -> None:
    """Replay histories, export security events."""


def _time(_context: click.Context, _parameter: click.Parameter, value: str | None) -> datetime | None:
    moment = parse_datetime(value) if value else None
    if value and moment is None:
        raise click.BadParameter("expected a date and time, as in 2026-11-03T10:00 or 2026-11-03T09:00Z")
    return moment


@audit.command()
@number_argument
@click.option("--version", type=click.IntRange(min=1), help="Stop after this version of the ticket.")
@click.option(
    "--until",
    metavar="TIME",
    callback=_time,
    help="Stop at this time, ISO 8601; without an offset it is in IZARLINK_DEFAULT_TIMEZONE.",
)
@as_json
def replay(number: int, version: int | None, until: datetime | None, *, is_json: bool) -> None:
    """Show every event of a ticket as it was recorded."""
    if version is not None and until is not None:
        raise click.UsageError("Use --version or --until, not both.")
    with opened_portal() as portal:
        if until is not None and until.tzinfo is None:
            until = until.replace(tzinfo=ZoneInfo(portal.settings.default_timezone))
        history = portal.audit.replay(READER, number=number, version=version, until=until)
    if version is not None and version > history.last_version:
        raise UnknownVersion(number, version, history.last_version)
    if is_json:
        print_json(event._asdict() for event in history.events)
        return
    for event in history.events:
        head = f"{event.version} of {history.last_version}  position {event.position}  {moment(event.at)}"
        click.echo(f"{head}  {event.event}  by {event.actor} ({event.role}, {event.channel})")
        click.echo(orjson.dumps(event.data, option=orjson.OPT_INDENT_2))


@audit.command()
@click.option(
    "--security",
    "output",
    required=True,
    metavar="FILE",
    type=click.Path(path_type=Path),
    help="Write security events there, as JSON lines in OCSF; - for stdout.",
)
@click.option(
    "--log",
    "logs",
    multiple=True,
    metavar="FILE",
    type=click.Path(path_type=Path, exists=True, dir_okay=False),
    help="A file of the security log; repeatable. By default IZARLINK_SECURITY_LOG, if it is there.",
)
@click.option("--since", metavar="TIME", callback=_time, help="Leave out what is older, ISO 8601; UTC by default.")
def export(output: Path, logs: tuple[Path, ...], since: datetime | None) -> None:
    """Export the security events of accounts and of the security log."""
    if since is not None and since.tzinfo is None:
        since = since.replace(tzinfo=UTC)
    with opened_portal() as portal:
        own = portal.settings.security_log
        files = logs or ((own,) if own and own.exists() else ())
        window = {"since": since} if since else {}
        exported = portal.security_export.export(READER, lines=_lines_of(files), **window)
    write_output(exported.as_json_lines(), output)
    counts = f"{exported.from_events} from the event log, {exported.from_lines} from the security log"
    unreadable = f", {exported.unreadable} lines that are no JSON of it" if exported.unreadable else ""
    click.echo(f"Exported: {counts}{unreadable}.", err=True)


def _lines_of(files: tuple[Path, ...]) -> Iterator[str]:
    for file in files:
        with file.open(encoding="utf-8", errors="replace") as lines:
            yield from lines
