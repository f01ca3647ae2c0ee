"""`audit`: replay the history of a ticket from the log."""

from datetime import datetime
from zoneinfo import ZoneInfo

import click
import orjson

from izarlink_tickets.cli.failures import UnknownVersion
from izarlink_tickets.cli.output import moment, print_json
from izarlink_tickets.cli.session import READER, as_json, number_argument, opened_portal
from izarlink_tickets.i18n import parse_datetime


@click.group()
def audit() -> None:
    """Replay histories from the log."""


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
