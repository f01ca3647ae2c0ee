"""`ticket list` and `ticket show`; `ticket_commands` has the other commands."""

from collections.abc import Iterator, Mapping

import click
from sqlalchemy import Connection

from izarlink_tickets.cli.output import moment, plural, print_json, print_object, print_table
from izarlink_tickets.cli.session import READER, as_json, number_argument, opened_portal
from izarlink_tickets.cli.ticket_commands import COMMANDS, state_phrase
from izarlink_tickets.database.paging import FIRST_PAGE, PageRequest
from izarlink_tickets.domain.vocabulary import State
from izarlink_tickets.i18n import use_language
from izarlink_tickets.projections.history_queries import Entry, Timeline, timeline
from izarlink_tickets.projections.ticket_queries import TicketFilter, TicketRow, existing_ticket, list_tickets
from izarlink_tickets.wording import headline, service_named, speaker

_PAGE_SIZE = 500
ERASED = "(erased)"


@click.group()
def ticket() -> None:
    """Show tickets and work on them."""


@ticket.command("list")
@click.option(
    "--state", type=click.Choice([state.value for state in State], case_sensitive=False), help="Only in this state."
)
@as_json
def list_(state: str | None, *, is_json: bool) -> None:
    """List all tickets, by number."""
    filtered = TicketFilter(states=(State(state),) if state else ())
    with opened_portal() as portal, portal.database.query() as connection:
        rows = _rows(connection, filtered)
        if is_json:
            print_json(_summary(row) for row in rows)
            return
        print_table(
            ("N", "STATE", "PRIORITY", "ORGANISATION", "LAST ACTIVITY", "TITLE"),
            (
                (row.number, row.state, row.priority, row.organisation_name, row.last_activity_at, row.title or ERASED)
                for row in rows
            ),
        )


@ticket.command()
@number_argument
@as_json
def show(number: int, *, is_json: bool) -> None:
    """Show a ticket and its history, internal notes included."""
    with opened_portal() as portal, portal.database.query() as connection:
        row = existing_ticket(connection, READER, number=number)
        history = _history(connection, number)
    if is_json:
        print_object(_summary(row) | {"entries": [_entry(entry) for entry in history.entries]})
        return
    _print_head(row)
    with use_language("en"):
        for entry in history.entries:
            _print_entry(entry, history.names)


for _command in COMMANDS:
    ticket.add_command(_command)


def _rows(connection: Connection, filtered: TicketFilter) -> Iterator[TicketRow]:
    page_request = FIRST_PAGE
    while True:
        page = list_tickets(
            connection, READER, filtered=filtered, order="numero", page_request=page_request, size=_PAGE_SIZE
        )
        yield from page.rows
        if page.after is None:
            return
        page_request = PageRequest(after=page.after)


def _history(connection: Connection, number: int) -> Timeline:
    """Load the whole timeline, oldest first: it is paged from its end."""
    history = timeline(connection, READER, number=number, size=_PAGE_SIZE)
    while history.has_earlier:
        page = timeline(connection, READER, number=number, before=history.entries[0].number, size=_PAGE_SIZE)
        history = Timeline(page.entries + history.entries, page.has_earlier, page.names | history.names)
    return history


def _summary(row: TicketRow) -> dict[str, object]:
    """Build the JSON of a ticket: codes, the organisation's name, account ids."""
    return {
        "number": row.number,
        "state": row.state,
        "type": row.ticket_type,
        "category": row.category,
        "title": row.title,
        "organisation": row.organisation_name,
        "requester": row.requester_id,
        "assignee": row.assignee_id,
        "opened_at": row.opened_at,
        "last_activity_at": row.last_activity_at,
    }


def _entry(entry: Entry) -> dict[str, object]:
    return {
        "entry": entry.number,
        "at": entry.at,
        "actor": entry.actor_id,
        "role": entry.role,
        "channel": entry.channel,
        "is_public": entry.is_public,
        "state": entry.state,
        "events": [step.event for step in entry.steps],
        "text": entry.words,
        "files": [file.name for file in entry.files],
    }


def _print_head(row: TicketRow) -> None:
    click.echo(f"Ticket {row.number}: {row.title or ERASED}")
    for name, value in (
        ("State", f"{state_phrase(row)}, since {moment(row.state_since)}"),
        ("Type", f"{row.ticket_type}, {row.category}"),
        ("Priority", f"{row.priority} (urgency {row.urgency or 'none'}, impact {row.impact})"),
        ("Organisation", row.organisation_name),
        ("Requester", row.requester_name),
        ("Assignee", row.assignee_name or "nobody"),
        ("Service", service_named(row.service_reference, row.service_label, row.service_site or "") or "unknown"),
        ("Opened", moment(row.opened_at)),
    ):
        click.echo(f"  {name:<13}{value}")


def _print_entry(entry: Entry, names: Mapping[str, str]) -> None:
    internal = "" if entry.is_public else " [internal]"
    click.echo(f"\n{entry.number}  {moment(entry.at)}  {speaker(entry)} {headline(entry, names)}{internal}")
    for line in (ERASED if entry.words is None else entry.words).splitlines():
        click.echo(f"    {line}")
    for file in entry.files:
        click.echo(f"    file: {file.name or ERASED} ({plural(file.size, 'byte')})")
