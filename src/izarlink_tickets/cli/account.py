"""`account`: who may sign in, and in which role."""

import click

from izarlink_tickets.accounts import Account, list_accounts
from izarlink_tickets.application import Portal
from izarlink_tickets.application.accounts import Contact, NewAccount, Position, account_with, contact_of, position_of
from izarlink_tickets.cli.output import attributes, print_records
from izarlink_tickets.cli.session import READER, account_at, as_json, command_context, opened_portal, repeatable
from izarlink_tickets.cli.spreadsheet_commands import ACCOUNT_COMMANDS
from izarlink_tickets.directory import list_organisations
from izarlink_tickets.domain.access import CUSTOMER_ROLES
from izarlink_tickets.domain.vocabulary import UNFINISHED, Role
from izarlink_tickets.projections.ticket_queries import TicketFilter, count_each

_ROLES = [role.value for role in Role if role is not Role.SYSTEM]
_email = click.argument("email")
_role = click.option(
    "--role",
    required=True,
    type=click.Choice(_ROLES, case_sensitive=False),
    help="`company` is a company manager: a customer who sees all tickets of their organisation.",
)
_organisation = click.option(
    "--organisation", metavar="NAME", help="The customer's organisation; for the roles customer and company only."
)
_print_password = click.option(
    "--print-password", is_flag=True, help="Print the initial password now instead of mailing it."
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
    new_account = NewAccount(email, name, Role(role), organisation)
    if print_password and command_id:
        raise click.UsageError("--print-password can't be repeated, so it can't be used with --command-id.")
    with opened_portal() as portal:
        if print_password:
            _, password = portal.accounts.create_account_with_password(command_context(), new_account)
            click.echo(password)
            return
        created = portal.accounts.create_account(command_context(command_id=command_id), new_account)
    click.echo(f"Created {created.email}; the credentials are being mailed.")


@account.command("list")
@as_json
def list_(*, is_json: bool) -> None:
    """List all accounts, by email address."""
    with opened_portal() as portal, portal.database.query() as connection:
        names = {organisation.id: organisation.name for organisation in list_organisations(connection)}
        accounts = list_accounts(connection)
    rows = [
        attributes(account, "id", "email", "name", "role")
        | {"organisation": names.get(account.organisation_id or "")}
        | attributes(account, "active", "must_change_password", "created_at", "last_signed_in_at")
        for account in accounts
    ]
    columns = {"email": "EMAIL", "name": "NAME", "role": "ROLE", "organisation": "ORGANISATION", "active": "ACTIVE"}
    print_records(rows, columns | {"last_signed_in_at": "SIGNED IN"}, is_json=is_json)


@account.command()
@_email
@click.option("--name", help="First and last name.")
@click.option("--phone", help="Phone number; empty to remove it.")
@click.option("--email", "new_email", metavar="NEW", help="New email address, which is also the sign-in name.")
@repeatable
def change(email: str, name: str | None, phone: str | None, new_email: str | None, command_id: str | None) -> None:
    """Change name, phone or address; options left out keep their value."""
    with opened_portal() as portal:
        current = contact_of(account_at(portal, email))
        contact = Contact(
            current.name if name is None else name,
            current.email if new_email is None else new_email,
            current.phone if phone is None else phone,
        )
        changed = portal.accounts.correct_contact(command_context(command_id=command_id), email=email, contact=contact)
    waits = f" A link is being mailed to {changed.pending_email}, which counts once it is confirmed."
    click.echo(f"Changed {changed.email}.{waits if changed.pending_email else ''}")


@account.command("change-role")
@_email
@_role
@_organisation
@repeatable
def change_role(email: str, role: str, organisation: str | None, command_id: str | None) -> None:
    """Change the role or the organisation, and end the sessions."""
    with opened_portal() as portal:
        position = Position(role, organisation or _current_organisation(portal, email, role))
        changed = portal.accounts.change_role(command_context(command_id=command_id), email=email, position=position)
    click.echo(f"Changed {changed.email}: {changed.role.value}.")


@account.command()
@_email
@repeatable
def disable(email: str, command_id: str | None) -> None:
    """Disable an account and end its sessions at once."""
    with opened_portal() as portal:
        disabled = portal.accounts.deactivate(command_context(command_id=command_id), email=email)
        assigned = _count_assigned(portal, disabled)
    click.echo(
        f"Disabled {disabled.email}.{f' Open tickets still assigned to this account: {assigned}.' if assigned else ''}"
    )


@account.command()
@_email
@repeatable
def enable(email: str, command_id: str | None) -> None:
    """Enable an account again, with its previous password."""
    with opened_portal() as portal:
        enabled = portal.accounts.reactivate(command_context(command_id=command_id), email=email)
    click.echo(f"Enabled {enabled.email}.")


@account.command()
@_email
@repeatable
def invite(email: str, command_id: str | None) -> None:
    """Mail new credentials to a person without a chosen password."""
    with opened_portal() as portal:
        invited = portal.accounts.invite(command_context(command_id=command_id), email=email)
    click.echo(f"Invited {invited.email}; the credentials are being mailed.")


@account.command("reset-password")
@_email
@_print_password
def reset_password(email: str, *, print_password: bool) -> None:
    """Revoke the password, end all sessions and mail an initial password."""
    with opened_portal() as portal:
        if print_password:
            _, password = portal.accounts.renew_password_without_mail(command_context(), email=email)
            click.echo(password)
            return
        account = portal.accounts.renew_password(command_context(), email=email)
    click.echo(f"Reset {account.email}; the new credentials are being mailed.")


@account.command()
@_email
@click.option("--subject", required=True, help="Their `sub` at the OpenID provider, exactly as there.")
@repeatable
def link(email: str, subject: str, command_id: str | None) -> None:
    """Link a staff account to a person of the OpenID provider."""
    with opened_portal() as portal:
        linked = portal.accounts.link_identity(command_context(command_id=command_id), email=email, subject=subject)
    click.echo(f"Linked {linked.email}.")


@account.command()
@_email
@repeatable
def unlink(email: str, command_id: str | None) -> None:
    """Remove the link to the OpenID provider, and end the sessions."""
    with opened_portal() as portal:
        unlinked = portal.accounts.unlink_identity(command_context(command_id=command_id), email=email)
    click.echo(f"Unlinked {unlinked.email}.")


@account.command("break-glass")
@_email
@click.option("--revoke", is_flag=True, help="Take the permission back.")
@repeatable
def break_glass(email: str, command_id: str | None, *, revoke: bool) -> None:
    """Let one administrator sign in with a password if the provider fails.

    Another one loses the permission. Their password is their own, or comes from `account reset-password`.
    """
    with opened_portal() as portal:
        context, accounts = command_context(command_id=command_id), portal.accounts
        change = accounts.revoke_break_glass if revoke else accounts.grant_break_glass
        changed = change(context, email=email)
    click.echo(f"{changed.email} {'no longer signs' if revoke else 'signs'} in with a password beside the provider.")


@account.command("reset-second-factor")
@_email
@repeatable
def reset_second_factor(email: str, command_id: str | None) -> None:
    """Remove the lost second factor of a person and end their sessions.

    Check who is asking before: call back a number that you know.
    """
    with opened_portal() as portal:
        reset = portal.accounts.reset_second_factor(command_context(command_id=command_id), email=email)
    click.echo(f"Reset {reset.email}; a mail tells this person.")


for _command in ACCOUNT_COMMANDS:
    account.add_command(_command)


def _current_organisation(portal: Portal, email: str, role: str) -> str:
    """Return the name of the organisation that a customer keeps.

    Empty for a role of IzarLink's staff.
    """
    with portal.database.query() as connection:
        current = position_of(connection, account_with(connection, email=email))
    return current.organisation if role in CUSTOMER_ROLES else ""


def _count_assigned(portal: Portal, account: Account) -> int:
    with portal.database.query() as connection:
        return count_each(connection, READER, filtered=[TicketFilter(states=UNFINISHED, assignee_id=account.id)])[0]
