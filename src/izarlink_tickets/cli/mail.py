"""`mail`: what waits to be sent, what failed, and whether sending works."""

import click
from sqlalchemy import Connection

from izarlink_tickets import outbox
from izarlink_tickets.cli.failures import ChoiceNeeded
from izarlink_tickets.cli.output import moment, print_json, print_table
from izarlink_tickets.cli.session import as_json, command_context, now, opened_portal
from izarlink_tickets.mail_hold import hold_mails, mail_hold, release_mails
from izarlink_tickets.mailer import open_mailer
from izarlink_tickets.outbox import MailStatus, OutboxMessage


@click.group()
def mail() -> None:
    """List, retry and test mails."""


@mail.command("list")
@click.option("--status", type=click.Choice([status.value for status in MailStatus]))
@as_json
def list_(status: str | None, *, is_json: bool) -> None:
    """List the mails of the outbox, oldest first."""
    conditions = [outbox.outbox.c.status == status] if status else []
    with opened_portal() as portal, portal.database.query() as connection:
        letters = outbox.list_messages(connection, *conditions)
    if is_json:
        print_json(_row(message) for message in letters)
        return
    print_table(
        ("ID", "STATUS", "KIND", "TICKET", "WRITTEN", "ATTEMPTS", "ANSWER"),
        ((one.id, one.status, one.kind, one.number, one.created_at, one.attempts, one.last_answer) for one in letters),
    )


@mail.command()
@click.argument("ids", metavar="[ID]...", nargs=-1)
def retry(ids: tuple[str, ...]) -> None:
    """Send mails again that failed, are in doubt or wait: those named; without any name all that failed."""
    with opened_portal() as portal:
        if ids:
            count, wanted = portal.mails.send_again(command_context(), ids), len(ids)
        else:
            count, wanted = portal.mails.send_all_again(command_context())
    _tell(count, wanted, "will be sent again")


@mail.command()
@click.argument("ids", metavar="ID...", nargs=-1, required=True)
def file(ids: tuple[str, ...]) -> None:
    """Let failed or doubtful mails be: nothing asks for them any more."""
    with opened_portal() as portal:
        count = portal.mails.file(command_context(), ids)
    _tell(count, len(ids), "were filed")


@mail.command()
def hold() -> None:
    """Let no mail go until `mail enable`."""
    with opened_portal() as portal, portal.database.command() as connection:
        hold_mails(connection, now=now(), reason="by an operator")
    click.echo("No mail goes until `mail enable`.")


@mail.command()
@click.option("--send", "choice", flag_value="send", help="Send those that were waiting when mails were held.")
@click.option("--drop", "choice", flag_value="drop", help="Never send those.")
def enable(choice: str | None) -> None:
    """Let mails go again, after a restore or `mail hold`."""
    with opened_portal() as portal, portal.database.command() as connection:
        click.echo(_enabled(connection, choice))


def _tell(count: int, wanted: int, done: str) -> None:
    """Say how many; the command ends with 1 where it was not all of them."""
    click.echo(f"{count} of {wanted} mails {done}.")
    if count < wanted:
        click.get_current_context().exit(1)


def _enabled(connection: Connection, choice: str | None) -> str:
    held = mail_hold(connection)
    if held is None:
        return "Mails are not held."
    count, oldest = outbox.backlog(connection, written_before=held.since)
    if count and choice is None:
        raise ChoiceNeeded(count, oldest or held.since, held.since)
    release_mails(connection)
    if choice == "drop":
        outbox.discard(connection, now=now(), written_before=held.since)
        return f"Mails go again; {count} written before {moment(held.since)} never will."
    return f"Mails go again, {count} written before {moment(held.since)} among them."


@mail.command()
@click.argument("address")
def test(address: str) -> None:
    """Send a trial mail, past the outbox, and show the server's answer."""
    with opened_portal() as portal:
        answer = open_mailer(portal.database, portal.settings, clock=now).send_test(address)
    click.echo(f"Sent: {answer}")


def _row(message: OutboxMessage) -> dict[str, object]:
    return {
        "id": message.id,
        "status": message.status.value,
        "kind": message.kind.value,
        "ticket": message.number,
        "entry": message.entry,
        "account": message.account_id,
        "created_at": message.created_at,
        "due_at": message.due_at,
        "digest_at": message.digest_at,
        "attempts": message.attempts,
        "doubts": message.doubts,
        "finished_at": message.finished_at,
        "last_answer": message.last_answer,
    }
