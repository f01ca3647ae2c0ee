"""`organisation`, `service` and `category`: customers, the services they bought, and ticket categories."""

from typing import Any

import click

from izarlink_tickets.application import Portal
from izarlink_tickets.application.directory import service_fields
from izarlink_tickets.cli.output import attributes, print_records
from izarlink_tickets.cli.session import as_json, command_context, opened_portal, repeatable
from izarlink_tickets.cli.spreadsheet_commands import ORGANISATION_COMMANDS, SERVICE_COMMANDS
from izarlink_tickets.directory import (
    ServiceRecord,
    UnknownService,
    find_service_by_reference,
    list_categories,
    list_organisations,
    list_services,
    organisation_by_name,
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
@click.option("--name", "new_name", required=True, metavar="NEW", help="The new name.")
@repeatable
def change_organisation(name: str, new_name: str, command_id: str | None) -> None:
    """Rename a customer company."""
    with opened_portal() as portal:
        context, organisation_id = command_context(command_id=command_id), _organisation_id(portal, name)
        portal.directory.rename_organisation(context, organisation_id=organisation_id, name=new_name)
    click.echo(f"Changed {clean_line(new_name)}.")


@organisation.command("disable")
@_name
@repeatable
def disable_organisation(name: str, command_id: str | None) -> None:
    """Disable a customer company and all its accounts at once."""
    with opened_portal() as portal:
        context, organisation_id = command_context(command_id=command_id), _organisation_id(portal, name)
        portal.directory.deactivate_organisation(context, organisation_id=organisation_id)
    click.echo(f"Disabled {clean_line(name)} and all its accounts.")


@organisation.command("enable")
@_name
@repeatable
def enable_organisation(name: str, command_id: str | None) -> None:
    """Enable a customer company again; enable its accounts one by one."""
    with opened_portal() as portal:
        context, organisation_id = command_context(command_id=command_id), _organisation_id(portal, name)
        portal.directory.reactivate_organisation(context, organisation_id=organisation_id)
    click.echo(f"Enabled {clean_line(name)}; its accounts are still disabled.")


@organisation.command("list")
@as_json
def list_all_organisations(*, is_json: bool) -> None:
    """List all customer companies, by name."""
    with opened_portal() as portal, portal.database.query() as connection:
        organisations = list_organisations(connection)
    rows = [attributes(organisation, "id", "name", "active", "created_at") for organisation in organisations]
    print_records(rows, {"name": "NAME", "active": "ACTIVE", "created_at": "CREATED"}, is_json=is_json)


# --- services ---------------------------------------------------------------------------------------------------------


@click.group()
def service() -> None:
    """Create, change and list the services that customers bought."""


@service.command("create")
@_reference
@click.option("--organisation", required=True, metavar="NAME", help="The customer's name.")
@click.option("--label", required=True, help="The customer's own name for it.")
@click.option("--site", default="", help="Address of the site.")
@click.option("--offer", default="", help="The plan, such as FTTO 100 Mbit/s.")
@repeatable
def create_service(reference: str, organisation: str, command_id: str | None, **values: str) -> None:
    """Create a service of a customer under its contract reference."""
    with opened_portal() as portal:
        portal.directory.create_service(
            command_context(command_id=command_id), reference=reference, organisation_name=organisation, **values
        )
    click.echo(f"Created {clean_line(reference).upper()}.")


@service.command("change")
@_reference
@click.option("--label", help="The customer's own name for it.")
@click.option("--site", help="Address of the site.")
@click.option("--offer", help="The plan, such as FTTO 100 Mbit/s.")
@repeatable
def change_service(reference: str, command_id: str | None, **values: str | None) -> None:
    """Change label, site or offer; options left out keep their value."""
    with opened_portal() as portal:
        service = _service(portal, reference)
        changes: dict[str, Any] = {name: value for name, value in values.items() if value is not None}
        portal.directory.change_service(
            command_context(command_id=command_id), service_id=service.id, **service_fields(service) | changes
        )
    click.echo(f"Changed {service.reference}.")


@service.command("disable")
@_reference
@repeatable
def disable_service(reference: str, command_id: str | None) -> None:
    """Stop offering a service for new tickets."""
    with opened_portal() as portal:
        service = _service(portal, reference)
        portal.directory.deactivate_service(command_context(command_id=command_id), service_id=service.id)
    click.echo(f"Disabled {service.reference}.")


@service.command("enable")
@_reference
@repeatable
def enable_service(reference: str, command_id: str | None) -> None:
    """Offer a service for new tickets again."""
    with opened_portal() as portal:
        service = _service(portal, reference)
        portal.directory.reactivate_service(command_context(command_id=command_id), service_id=service.id)
    click.echo(f"Enabled {service.reference}.")


@service.command("list")
@as_json
def list_all_services(*, is_json: bool) -> None:
    """List all services, by reference."""
    with opened_portal() as portal, portal.database.query() as connection:
        names = {organisation.id: organisation.name for organisation in list_organisations(connection)}
        services = list_services(connection)
    rows = [
        attributes(service, "id", "reference")
        | {"organisation": names[service.organisation_id]}
        | attributes(service, "label", "site", "offer", "active")
        for service in services
    ]
    columns = ("reference", "organisation", "label", "site", "offer", "active")
    print_records(rows, {column: column.upper() for column in columns}, is_json=is_json)


# --- categories -------------------------------------------------------------------------------------------------------


@click.group()
def category() -> None:
    """List the categories of tickets."""


@category.command("list")
@as_json
def list_all_categories(*, is_json: bool) -> None:
    """List all categories in the order of the forms."""
    with opened_portal() as portal, portal.database.query() as connection:
        categories = list_categories(connection)
    rows = [
        {"code": category.code, "type": category.ticket_type, "label": category.label, "group": category.group_label}
        | attributes(category, "default_impact", "active")
        for category in categories
    ]
    columns = {"code": "CODE", "type": "TYPE", "group": "GROUP", "label": "LABEL"}
    print_records(rows, columns | {"default_impact": "IMPACT", "active": "ACTIVE"}, is_json=is_json)


for _group, _commands in ((organisation, ORGANISATION_COMMANDS), (service, SERVICE_COMMANDS)):
    for _command in _commands:
        _group.add_command(_command)


def _organisation_id(portal: Portal, name: str) -> str:
    with portal.database.query() as connection:
        return organisation_by_name(connection, name=name).id


def _service(portal: Portal, reference: str) -> ServiceRecord:
    with portal.database.query() as connection:
        service = find_service_by_reference(connection, reference=reference)
    if service is None:
        raise UnknownService(reference)
    return service
