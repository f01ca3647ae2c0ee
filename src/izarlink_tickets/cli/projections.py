"""`projections`: verify the read models, or rebuild them from the log."""

import click

from izarlink_tickets.cli.failures import Breach
from izarlink_tickets.cli.output import plural
from izarlink_tickets.cli.progress import shown_progress
from izarlink_tickets.cli.session import opened_portal


@click.group()
def projections() -> None:
    """Rebuild and verify the read models."""


@projections.command()
def rebuild() -> None:
    """Rebuild the read models from the log while the portal runs."""
    with opened_portal() as portal, shown_progress() as display:
        count = portal.read_models.rebuild(progress=display.step("reading the log"))
    click.echo(f"Rebuilt from {plural(count, 'event')}.")


@projections.command()
def verify() -> None:
    """Compare the read models with the log, row by row.

    Exits with 3 if they differ.
    """
    with opened_portal() as portal, shown_progress() as display:
        differences = portal.read_models.differences(progress=display.step("reading the log"))
    if differences:
        tables = ", ".join(
            f"{difference.table} ({plural(difference.only_live, 'extra row')}, {difference.only_rebuilt} missing)"
            for difference in differences
        )
        raise Breach(f"The read models differ from the log: {tables}; run `projections rebuild`.")
    click.echo("The read models match the log.")
