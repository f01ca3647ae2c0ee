"""`ticket`: work on tickets as somebody of the desk, one command for each thing that is done to them."""

from collections.abc import Callable
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

import click

from izarlink_tickets.application import CommandResult, Portal
from izarlink_tickets.cli.session import (
    READER,
    account_at,
    colleague,
    command_context,
    number_argument,
    opened_portal,
    repeatable,
)
from izarlink_tickets.directory import UnknownCategory, UnknownService, find_category, find_service_by_reference
from izarlink_tickets.domain.vocabulary import CUSTOMER_URGENCIES, CommandContext, TicketType, Urgency
from izarlink_tickets.projections.ticket_queries import TicketRow, existing_ticket

NONE = "none"
_as = click.option("--as", "email", required=True, metavar="EMAIL", help="An active support or administrator account.")
_text = click.option("--text", required=True)
_reason = click.option("--reason", required=True)
_service = click.option("--service", metavar="REFERENCE", help=f"The connection it is about, or `{NONE}`.")

Work = Callable[[Portal, CommandContext], CommandResult]


def _carry_out(email: str, command_id: str | None, work: Work) -> None:
    """Give the command as the colleague, and say where the ticket stands then."""
    with opened_portal() as portal:
        answer = work(portal, command_context(colleague(portal, email), command_id=command_id))
        with portal.database.query() as connection:
            row = existing_ticket(connection, READER, number=answer.number)
    click.echo(f"Ticket {row.number} is {row.state}.")


# --- opening and talking ----------------------------------------------------------------------------------------------


@click.command("open")
@_as
@click.option("--for", "customer", required=True, metavar="EMAIL", help="The customer for whom it is.")
@click.option("--category", required=True, metavar="CODE", help="See `category list`; it says the type as well.")
@_service
@click.option("--urgency", type=click.Choice([str(one.value) for one in CUSTOMER_URGENCIES]), help="Of an incident.")
@click.option("--title", required=True)
@_text
@repeatable
def open_(email: str, customer: str, command_id: str | None, **typed: str | None) -> None:
    """Open a ticket for a customer."""

    def work(portal: Portal, by: CommandContext) -> CommandResult:
        return portal.tickets.open(
            by,
            ticket_type=_type_of(portal, typed["category"] or ""),
            category=(typed["category"] or "").upper(),
            service_id=_service_id(portal, typed["service"]),
            urgency=int(typed["urgency"]) if typed["urgency"] else None,
            title=typed["title"] or "",
            description=typed["text"] or "",
            requester_id=account_at(portal, customer).id,
        )

    _carry_out(email, command_id, work)


@click.command()
@number_argument
@_as
@_text
@repeatable
def reply(number: int, email: str, text: str, command_id: str | None) -> None:
    """Write to the customer."""
    _carry_out(email, command_id, lambda portal, by: portal.tickets.add_follow_up(by, number=number, text=text))


@click.command()
@number_argument
@_as
@_text
@repeatable
def note(number: int, email: str, text: str, command_id: str | None) -> None:
    """Add a note that no customer ever sees."""
    _carry_out(email, command_id, lambda portal, by: portal.tickets.add_internal_note(by, number=number, text=text))


@click.command("request-information")
@number_argument
@_as
@_text
@repeatable
def request_information(number: int, email: str, text: str, command_id: str | None) -> None:
    """Ask the customer a question and wait for the answer."""
    _carry_out(
        email, command_id, lambda portal, by: portal.tickets.request_information(by, number=number, question=text)
    )


# --- the work ---------------------------------------------------------------------------------------------------------


@click.command()
@number_argument
@_as
@repeatable
def take(number: int, email: str, command_id: str | None) -> None:
    """Take charge of a ticket."""
    _carry_out(
        email,
        command_id,
        lambda portal, by: portal.tickets.assign(by, number=number, assignee_id=by.actor.account_id),
    )


@click.command()
@number_argument
@_as
@click.option("--to", "assignee", required=True, metavar="EMAIL", help="Who takes charge of it.")
@repeatable
def assign(number: int, email: str, assignee: str, command_id: str | None) -> None:
    """Put a colleague in charge of a ticket."""

    def work(portal: Portal, by: CommandContext) -> CommandResult:
        return portal.tickets.assign(
            by, number=number, assignee_id=colleague(portal, assignee, option="--to").account_id
        )

    _carry_out(email, command_id, work)


@click.command()
@number_argument
@_as
@click.option("--category", metavar="CODE", help="See `category list`; it says the type as well.")
@_service
@click.option(
    "--urgency", type=click.Choice([str(one.value) for one in Urgency]), help="Of an incident, 5 the highest."
)
@click.option("--impact", type=click.IntRange(1, 5))
@click.option("--reason", default="", help="Needed where the type changes.")
@repeatable
def requalify(number: int, email: str, command_id: str | None, **typed: Any) -> None:  # noqa: ANN401 - texts and numbers
    """Correct what a ticket is; what is not given stays."""

    def work(portal: Portal, by: CommandContext) -> CommandResult:
        return portal.tickets.requalify(by, number=number, **_qualification(portal, number, typed))

    _carry_out(email, command_id, work)


@click.command()
@number_argument
@_as
@_reason
@click.option("--until", required=True, type=click.DateTime(["%Y-%m-%d"]), help="The day it is expected to go on.")
@repeatable
def hold(number: int, email: str, reason: str, until: datetime, command_id: str | None) -> None:
    """Wait for a third party; the ticket comes back on that day, where the colleague is."""

    def work(portal: Portal, by: CommandContext) -> CommandResult:
        morning = until.replace(tzinfo=ZoneInfo(account_at(portal, email).timezone))
        return portal.tickets.hold(by, number=number, reason=reason, until=morning)

    _carry_out(email, command_id, work)


@click.command()
@number_argument
@_as
@repeatable
def resume(number: int, email: str, command_id: str | None) -> None:
    """End the wait."""
    _carry_out(email, command_id, lambda portal, by: portal.tickets.resume(by, number=number))


# --- the solution -----------------------------------------------------------------------------------------------------


@click.command()
@number_argument
@_as
@click.option("--solution", required=True)
@repeatable
def resolve(number: int, email: str, solution: str, command_id: str | None) -> None:
    """Propose a solution, which the customer approves or refuses."""
    _carry_out(email, command_id, lambda portal, by: portal.tickets.resolve(by, number=number, solution=solution))


@click.command("withdraw-solution")
@number_argument
@_as
@_reason
@repeatable
def withdraw_solution(number: int, email: str, reason: str, command_id: str | None) -> None:
    """Take the proposed solution back."""
    _carry_out(email, command_id, lambda portal, by: portal.tickets.withdraw_solution(by, number=number, reason=reason))


@click.command("record-approval")
@number_argument
@_as
@click.option("--note", "said", required=True, help="Who approved, and how.")
@repeatable
def record_approval(number: int, email: str, said: str, command_id: str | None) -> None:
    """Record an approval given by phone: the ticket is closed."""
    _carry_out(email, command_id, lambda portal, by: portal.tickets.record_approval(by, number=number, note=said))


@click.command()
@number_argument
@_as
@_reason
@repeatable
def reopen(number: int, email: str, reason: str, command_id: str | None) -> None:
    """Bring a closed ticket back."""
    _carry_out(email, command_id, lambda portal, by: portal.tickets.reopen(by, number=number, reason=reason))


COMMANDS = (
    open_,
    take,
    assign,
    reply,
    note,
    request_information,
    requalify,
    hold,
    resume,
    resolve,
    withdraw_solution,
    record_approval,
    reopen,
)


# --- looking up -------------------------------------------------------------------------------------------------------


def _type_of(portal: Portal, code: str) -> TicketType:
    with portal.database.query() as connection:
        found = find_category(connection, code=code.upper())
    if found is None:
        raise UnknownCategory(code)
    return found.ticket_type


def _service_id(portal: Portal, reference: str | None) -> str | None:
    if reference is None or reference == NONE:
        return None
    with portal.database.query() as connection:
        found = find_service_by_reference(connection, reference=reference)
    if found is None:
        raise UnknownService(reference)
    return found.id


def _qualification(portal: Portal, number: int, typed: dict[str, Any]) -> dict[str, Any]:
    """Give what the ticket shall be: what was typed, and as it is where nothing was."""
    with portal.database.query() as connection:
        row = existing_ticket(connection, READER, number=number)
    category = (typed["category"] or row.category).upper()
    ticket_type = _type_of(portal, category)
    return {
        "ticket_type": ticket_type,
        "category": category,
        "service_id": row.service_id if typed["service"] is None else _service_id(portal, typed["service"]),
        "urgency": _urgency(row, ticket_type, typed["urgency"]),
        "impact": typed["impact"] or row.impact,
        "reason": typed["reason"],
    }


def _urgency(row: TicketRow, ticket_type: TicketType, typed: str | None) -> int | None:
    """Give the urgency; a Demande has none (R16)."""
    if ticket_type is TicketType.REQUEST and typed is None:
        return None
    return int(typed) if typed else row.urgency
