"""`mail`: the outbox, and whether sending works."""

from collections.abc import Sequence

import click
from sqlalchemy import Connection

from izarlink_tickets import outbox
from izarlink_tickets.cli.failures import UnknownMail, WaitingMailsUndecided
from izarlink_tickets.cli.output import attributes, moment, plural, print_records
from izarlink_tickets.cli.session import as_json, command_context, now, opened_portal
from izarlink_tickets.mail_hold import hold_mails, mail_hold, release_mails
from izarlink_tickets.mailer import open_mailer
from izarlink_tickets.outbox import MailStatus


@click.group()
def mail() -> None:
    """List, retry and test mails."""


@mail.command("list")
@click.option(
    "--status", type=click.Choice([status.value for status in MailStatus]), help="List the mails with this status only."
)
@as_json
def list_(status: str | None, *, is_json: bool) -> None:
    """List the mails of the outbox, oldest first."""
    conditions = [outbox.outbox.c.status == status] if status else []
    with opened_portal() as portal, portal.database.query() as connection:
        messages = outbox.list_messages(connection, *conditions)
    rows = [
        attributes(message, "id", "status", "kind")
        | {"ticket": message.number, "entry": message.entry, "account": message.account_id}
        | attributes(message, "created_at", "due_at", "digest_at", "attempts", "doubts", "finished_at", "last_answer")
        for message in messages
    ]
    columns = {"id": "ID", "status": "STATUS", "kind": "KIND", "ticket": "TICKET", "created_at": "WRITTEN"}
    print_records(rows, columns | {"attempts": "ATTEMPTS", "last_answer": "ANSWER"}, is_json=is_json)


@mail.command()
@click.argument("ids", metavar="[ID]...", nargs=-1)
def retry(ids: tuple[str, ...]) -> None:
    """Retry the mails with these IDs; without IDs, every failed one.

    With an ID, mails of uncertain delivery and waiting mails are sent again, too.
    """
    with opened_portal() as portal:
        if ids:
            with portal.database.query() as connection:
                _require_known(connection, ids)
            count, total = portal.mails.send_again(command_context(), ids), len(ids)
        else:
            count, total = portal.mails.send_all_again(command_context())
    _report(count, total, "will be sent again")


@mail.command()
@click.argument("ids", metavar="ID...", nargs=-1, required=True)
def file(ids: tuple[str, ...]) -> None:
    """Dismiss failed or doubtful mails: they are no longer reported as problems."""
    with opened_portal() as portal:
        with portal.database.query() as connection:
            _require_known(connection, ids)
        count = portal.mails.dismiss(command_context(), ids)
    _report(count, len(ids), "dismissed")


@mail.command()
def hold() -> None:
    """Hold all outgoing mail until `mail enable`."""
    with opened_portal() as portal, portal.database.command() as connection:
        hold_mails(connection, now=now(), reason="by an operator")
    click.echo("Mails are held until `mail enable`.")


@mail.command()
@click.option("--send", "choice", flag_value="send", help="Send the mails that were waiting when the hold began.")
@click.option("--drop", "choice", flag_value="drop", help="Never send those mails.")
def enable(choice: str | None) -> None:
    """Send mails again after a restore or `mail hold`."""
    with opened_portal() as portal, portal.database.command() as connection:
        click.echo(_enable(connection, choice))


def _enable(connection: Connection, choice: str | None) -> str:
    held = mail_hold(connection)
    if held is None:
        return "Mails are not held."
    count, oldest = outbox.backlog(connection, written_before=held.since)
    if count and choice is None:
        raise WaitingMailsUndecided(count, oldest or held.since, held.since)
    release_mails(connection)
    waiting = f"{plural(count, 'mail')} written before {moment(held.since)}"
    if choice == "drop":
        outbox.discard(connection, now=now(), written_before=held.since)
        return f"Mails are sent again; {waiting} will never be sent."
    return f"Mails are sent again, including {waiting}."


@mail.command()
@click.argument("address")
def test(address: str) -> None:
    """Send a test mail directly and print the server's reply."""
    with opened_portal() as portal:
        answer = open_mailer(portal.database, portal.settings, clock=now).send_test(address)
    click.echo(f"Sent: {answer}")


def _require_known(connection: Connection, ids: Sequence[str]) -> None:
    """Check that every ID is a mail's. Raises: UnknownMail."""
    known = {message.id for message in outbox.list_messages(connection, outbox.outbox.c.id.in_(ids))}
    for mail_id in ids:
        if mail_id not in known:
            raise UnknownMail(mail_id)


def _report(count: int, total: int, outcome: str) -> None:
    """Print how many mails changed; exit with 1 if not all did."""
    click.echo(f"{count} of {plural(total, 'mail')} {outcome}.")
    if count < total:
        click.get_current_context().exit(1)
