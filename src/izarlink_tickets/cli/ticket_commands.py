"""`ticket`: the commands with which support works on tickets."""

from collections.abc import Callable
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

import click

from izarlink_tickets.application import CommandResult, Portal
from izarlink_tickets.cli.failures import OptionEmpty
from izarlink_tickets.cli.session import (
    READER,
    OperatorReader,
    account_at,
    command_context,
    number_argument,
    opened_portal,
    repeatable,
    staff_account,
)
from izarlink_tickets.directory import UnknownCategory, UnknownService, find_category, find_service_by_reference
from izarlink_tickets.domain.vocabulary import CUSTOMER_URGENCIES, CommandContext, TicketType, Urgency
from izarlink_tickets.i18n import use_language
from izarlink_tickets.projections.ticket_queries import TicketRow, existing_ticket
from izarlink_tickets.wording import reader_state_label


def _required_text(_context: click.Context, option: click.Parameter, value: str) -> str:
    if not value.strip():
        raise OptionEmpty(option.opts[0])
    return value


NO_SERVICE = "none"
_as = click.option("--as", "email", required=True, metavar="EMAIL", help="An active support or administrator account.")
_text = click.option("--text", required=True, callback=_required_text, help="What to write.")
_reason = click.option("--reason", required=True, callback=_required_text, help="Why.")
_service = click.option(
    "--service", metavar="REFERENCE", help=f"The service that the ticket is about, or `{NO_SERVICE}`."
)
_category_help = "See `category list`; the category determines the type."

Work = Callable[[Portal, CommandContext], CommandResult]


def state_phrase(row: TicketRow) -> str:
    """Return a state in words and as a code: "in progress (EN_COURS)"."""
    with use_language("en"):
        label = reader_state_label(row.state, row.awaiting, OperatorReader())
    return f"{label[0].lower()}{label[1:]} ({row.state})"


def _execute(email: str, command_id: str | None, work: Work) -> None:
    """Execute a command as a staff account; print the ticket's new state."""
    with opened_portal() as portal:
        result = work(portal, command_context(staff_account(portal, email).actor, command_id=command_id))
        with portal.database.query() as connection:
            row = existing_ticket(connection, READER, number=result.number)
    click.echo(f"Ticket {row.number} is {state_phrase(row)}.")


# --- opening and messages ---------------------------------------------------------------------------------------------


@click.command("open")
@_as
@click.option("--for", "customer", required=True, metavar="EMAIL", help="The customer who is the requester.")
@click.option("--category", required=True, metavar="CODE", help=_category_help)
@_service
@click.option(
    "--urgency",
    type=click.Choice([str(urgency.value) for urgency in CUSTOMER_URGENCIES]),
    help="Required for an incident.",
)
@click.option("--title", required=True, callback=_required_text, help="A short summary.")
@_text
@repeatable
def open_(email: str, customer: str, command_id: str | None, **options: str | None) -> None:
    """Open a ticket for a customer."""

    def work(portal: Portal, by: CommandContext) -> CommandResult:
        return portal.tickets.open(
            by,
            ticket_type=_type_of(portal, options["category"] or ""),
            category=(options["category"] or "").upper(),
            service_id=_service_id(portal, options["service"]),
            urgency=int(options["urgency"]) if options["urgency"] else None,
            title=options["title"] or "",
            description=options["text"] or "",
            requester_id=account_at(portal, customer).id,
        )

    _execute(email, command_id, work)


@click.command()
@number_argument
@_as
@_text
@repeatable
def reply(number: int, email: str, text: str, command_id: str | None) -> None:
    """Reply to the customer."""
    _execute(email, command_id, lambda portal, by: portal.tickets.add_follow_up(by, number=number, text=text))


@click.command()
@number_argument
@_as
@_text
@repeatable
def note(number: int, email: str, text: str, command_id: str | None) -> None:
    """Add an internal note, hidden from customers."""
    _execute(email, command_id, lambda portal, by: portal.tickets.add_internal_note(by, number=number, text=text))


@click.command("request-information")
@number_argument
@_as
@_text
@repeatable
def request_information(number: int, email: str, text: str, command_id: str | None) -> None:
    """Ask the customer a question and wait for the reply."""
    _execute(email, command_id, lambda portal, by: portal.tickets.request_information(by, number=number, question=text))


# --- handling ---------------------------------------------------------------------------------------------------------


@click.command()
@number_argument
@_as
@repeatable
def take(number: int, email: str, command_id: str | None) -> None:
    """Assign a ticket to yourself, the --as account."""
    _execute(
        email,
        command_id,
        lambda portal, by: portal.tickets.assign(by, number=number, assignee_id=by.actor.account_id),
    )


@click.command()
@number_argument
@_as
@click.option("--to", "assignee", required=True, metavar="EMAIL", help="An active support or administrator account.")
@repeatable
def assign(number: int, email: str, assignee: str, command_id: str | None) -> None:
    """Assign a ticket to a colleague."""

    def work(portal: Portal, by: CommandContext) -> CommandResult:
        return portal.tickets.assign(by, number=number, assignee_id=staff_account(portal, assignee, option="--to").id)

    _execute(email, command_id, work)


@click.command()
@number_argument
@_as
@click.option("--category", metavar="CODE", help=_category_help)
@_service
@click.option(
    "--urgency",
    type=click.Choice([str(urgency.value) for urgency in Urgency]),
    help="For an incident; 5 is the highest.",
)
@click.option("--impact", type=click.IntRange(1, 5), help="5 is the highest.")
@click.option("--reason", default="", help="Required if the type changes.")
@repeatable
def requalify(number: int, email: str, command_id: str | None, **options: Any) -> None:  # noqa: ANN401 - texts and numbers
    """Correct a ticket's type, category, service, urgency or impact.

    Options left out keep their value.
    """

    def work(portal: Portal, by: CommandContext) -> CommandResult:
        return portal.tickets.requalify(by, number=number, **_qualification(portal, number, options))

    _execute(email, command_id, work)


@click.command()
@number_argument
@_as
@_reason
@click.option("--until", required=True, type=click.DateTime(["%Y-%m-%d"]), help="The day on which the ticket resumes.")
@repeatable
def hold(number: int, email: str, reason: str, until: datetime, command_id: str | None) -> None:
    """Put on hold for a third party.

    The ticket resumes at the start of that day, in the time zone of the --as account.
    """

    def work(portal: Portal, by: CommandContext) -> CommandResult:
        morning = until.replace(tzinfo=ZoneInfo(account_at(portal, email).timezone))
        return portal.tickets.hold(by, number=number, reason=reason, until=morning)

    _execute(email, command_id, work)


@click.command()
@number_argument
@_as
@repeatable
def resume(number: int, email: str, command_id: str | None) -> None:
    """Resume a ticket that is on hold."""
    _execute(email, command_id, lambda portal, by: portal.tickets.resume(by, number=number))


# --- the solution -----------------------------------------------------------------------------------------------------


@click.command()
@number_argument
@_as
@click.option("--solution", required=True, callback=_required_text, help="What solves the problem.")
@repeatable
def resolve(number: int, email: str, solution: str, command_id: str | None) -> None:
    """Propose a solution for the customer to approve."""
    _execute(email, command_id, lambda portal, by: portal.tickets.resolve(by, number=number, solution=solution))


@click.command("withdraw-solution")
@number_argument
@_as
@_reason
@repeatable
def withdraw_solution(number: int, email: str, reason: str, command_id: str | None) -> None:
    """Withdraw the proposed solution."""
    _execute(email, command_id, lambda portal, by: portal.tickets.withdraw_solution(by, number=number, reason=reason))


@click.command("record-approval")
@number_argument
@_as
@click.option("--note", required=True, callback=_required_text, help="Who approved, and how.")
@repeatable
def record_approval(number: int, email: str, note: str, command_id: str | None) -> None:
    """Record an approval given by phone and close the ticket."""
    _execute(email, command_id, lambda portal, by: portal.tickets.record_approval(by, number=number, note=note))


@click.command()
@number_argument
@_as
@_reason
@repeatable
def reopen(number: int, email: str, reason: str, command_id: str | None) -> None:
    """Reopen a closed ticket."""
    _execute(email, command_id, lambda portal, by: portal.tickets.reopen(by, number=number, reason=reason))


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


# --- values -----------------------------------------------------------------------------------------------------------


def _type_of(portal: Portal, code: str) -> TicketType:
    with portal.database.query() as connection:
        category = find_category(connection, code=code.upper())
    if category is None:
        raise UnknownCategory(code)
    return category.ticket_type


def _service_id(portal: Portal, reference: str | None) -> str | None:
    if reference is None or reference == NO_SERVICE:
        return None
    with portal.database.query() as connection:
        service = find_service_by_reference(connection, reference=reference)
    if service is None:
        raise UnknownService(reference)
    return service.id


def _qualification(portal: Portal, number: int, options: dict[str, Any]) -> dict[str, Any]:
    """Return the new qualification of a ticket.

    Options left out keep their current value.
    """
    with portal.database.query() as connection:
        row = existing_ticket(connection, READER, number=number)
    category = (options["category"] or row.category).upper()
    ticket_type = _type_of(portal, category)
    return {
        "ticket_type": ticket_type,
        "category": category,
        "service_id": row.service_id if options["service"] is None else _service_id(portal, options["service"]),
        "urgency": _urgency(row, ticket_type, options["urgency"]),
        "impact": options["impact"] or row.impact,
        "reason": options["reason"],
    }


def _urgency(row: TicketRow, ticket_type: TicketType, option: str | None) -> int | None:
    if ticket_type is TicketType.REQUEST and option is None:
        # Only incidents have an urgency. Source: guide §3.
        return None
    return int(option) if option else row.urgency
