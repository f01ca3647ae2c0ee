"""`account`: who may sign in."""

import click

from izarlink_tickets.accounts import list_accounts
from izarlink_tickets.application.administration import NewAccount
from izarlink_tickets.cli.operator import act, as_json, opened_portal
from izarlink_tickets.cli.output import print_json, print_table
from izarlink_tickets.directory import list_organisations
from izarlink_tickets.domain.vocabulary import Role

_ROLES = [role.value for role in Role if role is not Role.SYSTEM]
_print_password = click.option(
    "--print-password", is_flag=True, help="Make the initial password now and print it, instead of mailing it."
)


@click.group()
def account() -> None:
    """Create, list and disable accounts."""


@account.command()
@click.argument("email")
@click.option("--name", required=True, help="First and last name.")
@click.option("--role", required=True, type=click.Choice(_ROLES, case_sensitive=False))
@click.option("--organisation", metavar="NAME", help="Its unique name; for customer and company, and only for them.")
@_print_password
def create(email: str, name: str, role: str, organisation: str | None, *, print_password: bool) -> None:
    """Create an account and mail its credentials."""
    wanted = NewAccount(email, name, Role(role), organisation)
    with opened_portal() as portal:
        if print_password:
            _, password = portal.people.create_account_with_password(act(), wanted)
            click.echo(password)
            return
        created = portal.people.create_account(act(), wanted)
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
@click.argument("email")
def disable(email: str) -> None:
    """Close an account: it opens nothing any more, at once."""
    with opened_portal() as portal:
        closed = portal.people.deactivate(act(), email=email)
    click.echo(f"Disabled {closed.email}.")


@account.command("reset-password")
@click.argument("email")
@_print_password
def reset_password(email: str, *, print_password: bool) -> None:
    """Take the password away, close all sessions and mail an initial password."""
    with opened_portal() as portal:
        if print_password:
            _, password = portal.people.renew_password_and_tell(act(), email=email)
            click.echo(password)
            return
        found = portal.people.renew_password(act(), email=email)
    click.echo(f"Reset {found.email}; the new credentials are being mailed.")
