"""`doctor`: check an installation."""

import click

from izarlink_tickets.cli.doctor import CheckStatus, run_all_checks
from izarlink_tickets.cli.output import print_json
from izarlink_tickets.cli.session import as_json
from izarlink_tickets.config import checks


@click.command()
@as_json
@click.option("--url", help="Also test this public address as a visitor would.")
def doctor(*, is_json: bool, url: str | None) -> None:
    """Check the installation. Exits with 1 if something needs to be fixed."""
    results = list(run_all_checks(url=_public_url(url)))
    if is_json:
        print_json(result.as_row() for result in results)
    else:
        for result in results:
            click.echo(result.as_line())
    if any(result.status is CheckStatus.FAILED for result in results):
        click.get_current_context().exit(1)


def _public_url(url: str | None) -> str | None:
    if url is None:
        return None
    try:
        return checks.base_url(url)
    except ValueError as error:
        raise click.BadParameter(f"{error}.", param_hint="--url") from error
