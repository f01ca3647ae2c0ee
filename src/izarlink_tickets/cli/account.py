"""`account`: who may sign in."""

import click

from izarlink_tickets.accounts import Account, list_accounts
from izarlink_tickets.application import Portal
from izarlink_tickets.application.accounts import Contact, NewAccount, Position, account_with, contact_of, position_of
from izarlink_tickets.cli.output import print_json, print_table
from izarlink_tickets.cli.session import READER, account_at, as_json, command_context, opened_portal, repeatable
from izarlink_tickets.cli.spreadsheet import ACCOUNT_COMMANDS
from izarlink_tickets.directory import list_organisations
from izarlink_tickets.domain.access import CUSTOMER_ROLES
from izarlink_tickets.domain.vocabulary import UNFINISHED, Role
from izarlink_tickets.projections.ticket_queries import TicketFilter, count_each

_ROLES = [role.value for role in Role if role is not Role.SYSTEM]
_email = click.argument("email")
_role = click.option("--role", required=True, type=click.Choice(_ROLES, case_sensitive=False))
_organisation = click.option(
    "--organisation", metavar="NAME", help="Its unique name; for customer and company, and only for them."
)
_print_password = click.option(
    "--print-password", is_flag=True, help="Make the initial password now and print it, instead of mailing it."
)


@click.group()
def account() -> None:
    """Create, change, list and disable accounts."""


@account.command()
@_email
@click.option("--name", required=True, help="First and last name.")
@_role
@_organisation
@_print_password
@repeatable
def create(
    email: str, name: str, role: str, organisation: str | None, command_id: str | None, *, print_password: bool
) -> None:
    """Create an account and mail its credentials."""
    wanted = NewAccount(email, name, Role(role), organisation)
    if print_password and command_id:
        raise click.UsageError("A password can be printed once only: --print-password goes without --command-id.")
    with opened_portal() as portal:
        if print_password:
            _, password = portal.accounts.create_account_with_password(command_context(), wanted)
            click.echo(password)
            return
        created = portal.accounts.create_account(command_context(command_id=command_id), wanted)
    click.echo(f"Created {created.email}; the credentials are being mailed.")


@account.command("list")
@as_json
def list_(*, is_json: bool) -> None:
    """List all accounts, by address."""
    with opened_portal() as portal, portal.database.query() as connection:
        names = {organisation.id: organisation.name for organisation in list_organisations(connection)}
        found = list_accounts(connection)
    rows = [
        {
            "id": one.id,
            "email": one.email,
            "name": one.name,
            "role": one.role.value,
            "organisation": names.get(one.organisation_id or ""),
            "active": one.active,
            "must_change_password": one.must_change_password,
            "created_at": one.created_at,
            "last_signed_in_at": one.last_signed_in_at,
        }
        for one in found
    ]
    if is_json:
        print_json(rows)
        return
    shown = ("email", "name", "role", "organisation", "active", "last_signed_in_at")
    print_table(
        ("EMAIL", "NAME", "ROLE", "ORGANISATION", "ACTIVE", "SIGNED IN"),
        ([row[column] for column in shown] for row in rows),
    )


@account.command()
@_email
@click.option("--name", help="First and last name.")
@click.option("--phone", help="Telephone number; empty to take it away.")
@click.option("--email", "new_email", metavar="NEW", help="Another address, which becomes the identifier.")
@repeatable
def change(email: str, name: str | None, phone: str | None, new_email: str | None, command_id: str | None) -> None:
    """Write name, telephone or address anew; what is not given stays."""
    with opened_portal() as portal:
        current = contact_of(account_at(portal, email))
        wanted = Contact(_given(name, current.name), _given(new_email, current.email), _given(phone, current.phone))
        changed = portal.accounts.correct_contact(command_context(command_id=command_id), email=email, contact=wanted)
    click.echo(f"Changed {changed.email}.")


@account.command("change-role")
@_email
@_role
@_organisation
@repeatable
def change_role(email: str, role: str, organisation: str | None, command_id: str | None) -> None:
    """Give another role, or another organisation; the sessions are closed."""
    with opened_portal() as portal:
        position = Position(role, organisation or _kept_organisation(portal, email, role))
        changed = portal.accounts.change_role(command_context(command_id=command_id), email=email, position=position)
    click.echo(f"Changed {changed.email}: {changed.role.value}.")


@account.command()
@_email
@repeatable
def disable(email: str, command_id: str | None) -> None:
    """Close an account: it opens nothing any more, at once."""
    with opened_portal() as portal:
        closed = portal.accounts.deactivate(command_context(command_id=command_id), email=email)
        left = _assigned(portal, closed)
    click.echo(f"Disabled {closed.email}.{f' Open tickets still assigned to it: {left}.' if left else ''}")


@account.command()
@_email
@repeatable
def enable(email: str, command_id: str | None) -> None:
    """Open an account again, with the password that it had."""
    with opened_portal() as portal:
        opened = portal.accounts.reactivate(command_context(command_id=command_id), email=email)
    click.echo(f"Enabled {opened.email}.")


@account.command()
@_email
@repeatable
def invite(email: str, command_id: str | None) -> None:
    """Mail credentials once more to somebody who has not chosen a password yet."""
    with opened_portal() as portal:
        invited = portal.accounts.invite(command_context(command_id=command_id), email=email)
    click.echo(f"Invited {invited.email}; the credentials are being mailed.")


@account.command("reset-password")
@_email
@_print_password
def reset_password(email: str, *, print_password: bool) -> None:
    """Take the password away, close all sessions and mail an initial password."""
    with opened_portal() as portal:
        if print_password:
            _, password = portal.accounts.renew_password_without_mail(command_context(), email=email)
            click.echo(password)
            return
        found = portal.accounts.renew_password(command_context(), email=email)
    click.echo(f"Reset {found.email}; the new credentials are being mailed.")


for _command in ACCOUNT_COMMANDS:
    account.add_command(_command)


def _given(typed: str | None, otherwise: str) -> str:
    return otherwise if typed is None else typed


def _kept_organisation(portal: Portal, email: str, role: str) -> str:
    """Give the name of the organisation that a customer stays with; none for whoever is no customer."""
    with portal.database.query() as connection:
        current = position_of(connection, account_with(connection, email=email))
    return current.organisation if role in CUSTOMER_ROLES else ""


def _assigned(portal: Portal, account: Account) -> int:
    with portal.database.query() as connection:
        return count_each(connection, READER, filtered=[TicketFilter(states=UNFINISHED, assignee_id=account.id)])[0]
