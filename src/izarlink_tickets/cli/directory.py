"""`organisation`, `service` and `category`: the customers, their contracted connections, what tickets are about."""

from typing import Any

import click

from izarlink_tickets.application import Portal
from izarlink_tickets.application.directory import service_fields
from izarlink_tickets.cli.output import print_json, print_table
from izarlink_tickets.cli.session import as_json, command_context, opened_portal, repeatable
from izarlink_tickets.cli.spreadsheet import ORGANISATION_COMMANDS, SERVICE_COMMANDS
from izarlink_tickets.directory import (
    ServiceRecord,
    UnknownService,
    find_service_by_reference,
    list_categories,
    list_organisations,
    list_services,
    organisation_named,
)
from izarlink_tickets.domain.text import clean_line

_name = click.argument("name")
_reference = click.argument("reference")

# --- organisations ----------------------------------------------------------------------------------------------------


@click.group()
def organisation() -> None:
    """Create, change and list customer companies."""


@organisation.command("create")
@_name
@repeatable
def create_organisation(name: str, command_id: str | None) -> None:
    """Create a customer company."""
    with opened_portal() as portal:
        portal.directory.create_organisation(command_context(command_id=command_id), name=name)
    click.echo(f"Created {clean_line(name)}.")


@organisation.command("change")
@_name
@click.option("--name", "new_name", required=True, metavar="NEW", help="What it is called from now on.")
@repeatable
def change_organisation(name: str, new_name: str, command_id: str | None) -> None:
    """Call a customer company otherwise."""
    with opened_portal() as portal:
        found = _organisation_id(portal, name)
        portal.directory.rename_organisation(
            command_context(command_id=command_id), organisation_id=found, name=new_name
        )
    click.echo(f"Changed {clean_line(new_name)}.")


@organisation.command("disable")
@_name
@repeatable
def disable_organisation(name: str, command_id: str | None) -> None:
    """Close a customer company with all its accounts, at once."""
    with opened_portal() as portal:
        portal.directory.deactivate_organisation(
            command_context(command_id=command_id), organisation_id=_organisation_id(portal, name)
        )
    click.echo(f"Disabled {clean_line(name)} and all its accounts.")


@organisation.command("enable")
@_name
@repeatable
def enable_organisation(name: str, command_id: str | None) -> None:
    """Take a customer company back; its accounts stay disabled until each is enabled."""
    with opened_portal() as portal:
        portal.directory.reactivate_organisation(
            command_context(command_id=command_id), organisation_id=_organisation_id(portal, name)
        )
    click.echo(f"Enabled {clean_line(name)}; its accounts are still disabled.")


@organisation.command("list")
@as_json
def list_all_organisations(*, is_json: bool) -> None:
    """List all customer companies, by name."""
    with opened_portal() as portal, portal.database.query() as connection:
        found = list_organisations(connection)
    rows = [{"id": one.id, "name": one.name, "active": one.active, "created_at": one.created_at} for one in found]
    if is_json:
        print_json(rows)
        return
    print_table(("NAME", "ACTIVE", "CREATED"), ([row["name"], row["active"], row["created_at"]] for row in rows))


# --- services ---------------------------------------------------------------------------------------------------------


@click.group()
def service() -> None:
    """Create, change and list contracted connections."""


@service.command("create")
@_reference
@click.option("--organisation", required=True, metavar="NAME", help="The unique name of its customer.")
@click.option("--label", required=True, help="What the customer calls it.")
@click.option("--site", default="", help="Where it ends.")
@click.option("--offer", default="", help="What was sold.")
@repeatable
def create_service(reference: str, organisation: str, command_id: str | None, **words: str) -> None:
    """Create a connection of a customer, under the reference of its contract."""
    with opened_portal() as portal:
        portal.directory.create_service(
            command_context(command_id=command_id), reference=reference, organisation_name=organisation, **words
        )
    click.echo(f"Created {clean_line(reference).upper()}.")


@service.command("change")
@_reference
@click.option("--label", help="What the customer calls it.")
@click.option("--site", help="Where it ends.")
@click.option("--offer", help="What was sold.")
@repeatable
def change_service(reference: str, command_id: str | None, **words: str | None) -> None:
    """Write label, site or offer anew; what is not given stays."""
    with opened_portal() as portal:
        found = _service(portal, reference)
        given = {name: word for name, word in words.items() if word is not None}
        wanted: dict[str, Any] = service_fields(found) | given
        portal.directory.change_service(command_context(command_id=command_id), service_id=found.id, **wanted)
    click.echo(f"Changed {found.reference}.")


@service.command("disable")
@_reference
@repeatable
def disable_service(reference: str, command_id: str | None) -> None:
    """Offer a connection to no new ticket."""
    with opened_portal() as portal:
        found = _service(portal, reference)
        portal.directory.deactivate_service(command_context(command_id=command_id), service_id=found.id)
    click.echo(f"Disabled {found.reference}.")


@service.command("enable")
@_reference
@repeatable
def enable_service(reference: str, command_id: str | None) -> None:
    """Offer a connection to new tickets again."""
    with opened_portal() as portal:
        found = _service(portal, reference)
        portal.directory.reactivate_service(command_context(command_id=command_id), service_id=found.id)
    click.echo(f"Enabled {found.reference}.")


@service.command("list")
@as_json
def list_all_services(*, is_json: bool) -> None:
    """List all connections, by reference."""
    with opened_portal() as portal, portal.database.query() as connection:
        names = {one.id: one.name for one in list_organisations(connection)}
        found = list_services(connection)
    rows = [
        {
            "id": one.id,
            "reference": one.reference,
            "organisation": names[one.organisation_id],
            "label": one.label,
            "site": one.site,
            "offer": one.offer,
            "active": one.active,
        }
        for one in found
    ]
    if is_json:
        print_json(rows)
        return
    shown = ("reference", "organisation", "label", "site", "offer", "active")
    print_table([column.upper() for column in shown], ([row[column] for column in shown] for row in rows))


# --- categories -------------------------------------------------------------------------------------------------------


@click.group()
def category() -> None:
    """List what tickets may be about."""


@category.command("list")
@as_json
def list_all_categories(*, is_json: bool) -> None:
    """List all categories, in the order of the forms."""
    with opened_portal() as portal, portal.database.query() as connection:
        found = list_categories(connection)
    rows = [
        {
            "code": one.code,
            "type": one.ticket_type.value,
            "label": one.label,
            "group": one.group_label,
            "default_impact": one.default_impact,
            "active": one.active,
        }
        for one in found
    ]
    if is_json:
        print_json(rows)
        return
    shown = ("code", "type", "group", "label", "default_impact", "active")
    headings = ("CODE", "TYPE", "GROUP", "LABEL", "IMPACT", "ACTIVE")
    print_table(headings, ([row[column] for column in shown] for row in rows))


for _group, _more in ((organisation, ORGANISATION_COMMANDS), (service, SERVICE_COMMANDS)):
    for _command in _more:
        _group.add_command(_command)


def _organisation_id(portal: Portal, name: str) -> str:
    with portal.database.query() as connection:
        return organisation_named(connection, name=name).id


def _service(portal: Portal, reference: str) -> ServiceRecord:
    with portal.database.query() as connection:
        found = find_service_by_reference(connection, reference=reference)
    if found is None:
        raise UnknownService(reference)
    return found
