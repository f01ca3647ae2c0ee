"""`organisation` and `service`: the customers and their contracted connections."""

import click

from izarlink_tickets.cli.operator import act, as_json, opened_portal
from izarlink_tickets.cli.output import print_json, print_table
from izarlink_tickets.directory import list_organisations, list_services
from izarlink_tickets.domain.text import clean_line


@click.group()
def organisation() -> None:
    """Create and list customer companies."""


@organisation.command("create")
@click.argument("name")
def create_organisation(name: str) -> None:
    """Create a customer company."""
    with opened_portal() as portal:
        portal.directory.create_organisation(act(), name=name)
    click.echo(f"Created {clean_line(name)}.")


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


@click.group()
def service() -> None:
    """Create and list contracted connections."""


@service.command("create")
@click.argument("reference")
@click.option("--organisation", required=True, metavar="NAME", help="The unique name of its customer.")
@click.option("--label", required=True, help="What the customer calls it.")
@click.option("--site", default="", help="Where it ends.")
@click.option("--offer", default="", help="What was sold.")
def create_service(reference: str, organisation: str, label: str, site: str, offer: str) -> None:
    """Create a connection of a customer, under the reference of its contract."""
    with opened_portal() as portal:
        portal.directory.create_service(
            act(), reference=reference, organisation_name=organisation, label=label, site=site, offer=offer
        )
    click.echo(f"Created {clean_line(reference).upper()}.")


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
