"""`ticket`: the commands with which support works on tickets."""

from collections.abc import Callable, Iterable
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

import click

from izarlink_tickets.application import CommandResult, Portal
from izarlink_tickets.application.accounts import existing_account
from izarlink_tickets.application.tickets import Tickets
from izarlink_tickets.cli.failures import OptionEmpty
from izarlink_tickets.cli.session import (
    READER,
    OperatorReader,
    active_account,
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

NO_SERVICE = "none"
# Called with the portal, the context and the values of the command's parameters.
Execute = Callable[..., CommandResult]
# Declares an option or an argument of click.
Parameter = Callable[[Callable[..., None]], Callable[..., None]]


def state_phrase(row: TicketRow) -> str:
    """Return a state in words and as a code: "in progress (EN_COURS)"."""
    with use_language("en"):
        label = reader_state_label(row.state, row.awaiting, OperatorReader())
    return f"{label[0].lower()}{label[1:]} ({row.state})"


# --- what the commands do ---------------------------------------------------------------------------------------------


def _call(use_case: Execute) -> Execute:
    """Return a function that passes the parameters' values to the use case."""
    return lambda portal, context, **values: use_case(portal.tickets, context, **values)


def _open(
    portal: Portal,
    context: CommandContext,
    *,
    customer: str,
    category: str,
    service: str | None,
    urgency: str | None,
    title: str,
    text: str,
) -> CommandResult:
    return portal.tickets.open(
        context,
        ticket_type=_type_of(portal, category),
        category=category.upper(),
        service_id=_service_id(portal, service),
        urgency=int(urgency) if urgency else None,
        title=title,
        description=text,
        requester_id=active_account(portal, customer, option="--for").id,
    )


def _take(portal: Portal, context: CommandContext, *, number: int) -> CommandResult:
    return portal.tickets.assign(context, number=number, assignee_id=context.actor.account_id)


def _assign(portal: Portal, context: CommandContext, *, number: int, assignee: str) -> CommandResult:
    assignee_id = staff_account(portal, assignee, option="--to").id
    return portal.tickets.assign(context, number=number, assignee_id=assignee_id)


def _requalify(
    portal: Portal,
    context: CommandContext,
    *,
    number: int,
    category: str | None,
    service: str | None,
    urgency: str | None,
    impact: int | None,
    reason: str,
) -> CommandResult:
    with portal.database.query() as connection:
        row = existing_ticket(connection, READER, number=number)
    new_category = (category or row.category).upper()
    ticket_type = _type_of(portal, new_category)
    new_urgency = int(urgency) if urgency else row.urgency
    if ticket_type is TicketType.REQUEST and urgency is None:
        # Only incidents have an urgency. Source: guide §3.
        new_urgency = None
    return portal.tickets.requalify(
        context,
        number=number,
        ticket_type=ticket_type,
        category=new_category,
        service_id=row.service_id if service is None else _service_id(portal, service),
        urgency=new_urgency,
        impact=impact or row.impact,
        reason=reason,
    )


def _hold(portal: Portal, context: CommandContext, *, number: int, reason: str, until: datetime) -> CommandResult:
    with portal.database.query() as connection:
        timezone = existing_account(connection, context.actor.account_id).timezone
    return portal.tickets.hold(context, number=number, reason=reason, until=until.replace(tzinfo=ZoneInfo(timezone)))


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


# --- their declaration ------------------------------------------------------------------------------------------------


def _command(name: str, help_text: str, execute: Execute, *parameters: Parameter) -> click.Command:
    """Declare a command of staff that prints the ticket's new state."""

    def run(email: str, command_id: str | None, **values: Any) -> None:  # noqa: ANN401 - as the parameters declare
        with opened_portal() as portal:
            actor = staff_account(portal, email).actor
            result = execute(portal, command_context(actor, command_id=command_id), **values)
            with portal.database.query() as connection:
                row = existing_ticket(connection, READER, number=result.number)
        click.echo(f"Ticket {row.number} is {state_phrase(row)}.")

    # Click lists parameters in the order of decorators: the last one applied comes first.
    decorators: tuple[Parameter, ...] = (*parameters, repeatable)
    for decorator in reversed(decorators):
        run = decorator(run)
    return click.command(name, help=help_text)(run)


def _text_option(option: str, help_text: str, *, name: str = "") -> Parameter:
    """Declare a mandatory text option. name: of its parameter."""

    def check(_context: click.Context, parameter: click.Parameter, value: str) -> str:
        if not value.strip():
            raise OptionEmpty(parameter.opts[0])
        return value

    return click.option(option, name or option.removeprefix("--"), required=True, callback=check, help=help_text)


def _urgency(urgencies: Iterable[Urgency], help_text: str) -> Parameter:
    return click.option("--urgency", type=click.Choice([str(urgency.value) for urgency in urgencies]), help=help_text)


def _ticket_command(name: str, help_text: str, execute: Execute, *parameters: Parameter) -> click.Command:
    return _command(name, help_text, execute, number_argument, _as, *parameters)


_as = click.option("--as", "email", required=True, metavar="EMAIL", help="An active support or administrator account.")
_text = _text_option("--text", "What to write.")
_reason = _text_option("--reason", "Why.")
_service = click.option(
    "--service", metavar="REFERENCE", help=f"The service that the ticket is about, or `{NO_SERVICE}`."
)
_CATEGORY_HELP = "See `category list`; the category determines the type."

COMMANDS = (
    _command(
        "open",
        "Open a ticket for a customer.",
        _open,
        _as,
        click.option("--for", "customer", required=True, metavar="EMAIL", help="The customer who is the requester."),
        click.option("--category", required=True, metavar="CODE", help=_CATEGORY_HELP),
        _service,
        _urgency(CUSTOMER_URGENCIES, "Required for an incident."),
        _text_option("--title", "A short summary."),
        _text,
    ),
    _ticket_command("take", "Assign a ticket to yourself, the --as account.", _take),
    _ticket_command(
        "assign",
        "Assign a ticket to a colleague.",
        _assign,
        click.option(
            "--to", "assignee", required=True, metavar="EMAIL", help="An active support or administrator account."
        ),
    ),
    _ticket_command("reply", "Reply to the customer.", _call(Tickets.add_follow_up), _text),
    _ticket_command("note", "Add an internal note, hidden from customers.", _call(Tickets.add_internal_note), _text),
    _ticket_command(
        "request-information",
        "Ask the customer a question and wait for the reply.",
        _call(Tickets.request_information),
        _text_option("--text", "What to write.", name="question"),
    ),
    _ticket_command(
        "requalify",
        "Correct a ticket's type, category, service, urgency or impact.\n\nOptions left out keep their value.",
        _requalify,
        click.option("--category", metavar="CODE", help=_CATEGORY_HELP),
        _service,
        _urgency(Urgency, "For an incident; 5 is the highest."),
        click.option("--impact", type=click.IntRange(1, 5), help="5 is the highest."),
        click.option("--reason", default="", help="Required if the type changes."),
    ),
    _ticket_command(
        "hold",
        "Put on hold for a third party.\n\n"
        "The ticket resumes at the start of that day, in the time zone of the --as account.",
        _hold,
        _reason,
        click.option(
            "--until", required=True, type=click.DateTime(["%Y-%m-%d"]), help="The day on which the ticket resumes."
        ),
    ),
    _ticket_command("resume", "Resume a ticket that is on hold.", _call(Tickets.resume)),
    _ticket_command(
        "resolve",
        "Propose a solution for the customer to approve.",
        _call(Tickets.resolve),
        _text_option("--solution", "What solves the problem."),
    ),
    _ticket_command("withdraw-solution", "Withdraw the proposed solution.", _call(Tickets.withdraw_solution), _reason),
    _ticket_command(
        "record-approval",
        "Record an approval given by phone and close the ticket.",
        _call(Tickets.record_approval),
        _text_option("--note", "Who approved, and how."),
    ),
    _ticket_command("reopen", "Reopen a closed ticket.", _call(Tickets.reopen), _reason),
)
