"""`demo`: load invented data."""

import click

from izarlink_tickets import demo as demonstration
from izarlink_tickets.cli.session import now, opened_portal


@click.group()
def demo() -> None:
    """Try the portal with invented data."""


@demo.command()
def load() -> None:
    """Load the demo into an empty database. Safe to run again."""
    with opened_portal() as portal:
        has_loaded = demonstration.load(portal, now=now())
    click.echo("The demo is loaded." if has_loaded else "The demo was already loaded.")
