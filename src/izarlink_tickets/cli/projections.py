"""`projections`: the read models, which can always be made anew from the log."""

import click

from izarlink_tickets.cli.failures import Breach
from izarlink_tickets.cli.session import opened_portal


@click.group()
def projections() -> None:
    """Rebuild and verify the read models."""


@projections.command()
def rebuild() -> None:
    """Make the read models anew from the log, while the portal goes on."""
    with opened_portal() as portal:
        count = portal.read_models.rebuild()
    click.echo(f"Rebuilt from {count} events.")


@projections.command()
def verify() -> None:
    """Compare the read models with the log, row for row. Ends with 3 where they differ."""
    with opened_portal() as portal:
        differences = portal.read_models.differences()
    if differences:
        raise Breach(
            "The read models differ from the log: "
            + ", ".join(
                f"{one.table} ({one.only_live} rows too many, {one.only_rebuilt} missing)" for one in differences
            )
            + "; `projections rebuild` makes them anew."
        )
    click.echo("The read models are those of the log.")
