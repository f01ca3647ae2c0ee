"""`verify`: see that nothing is lost, doubled or changed."""

import click

from izarlink_tickets.application.verification import open_verifier
from izarlink_tickets.cli.failures import Breach
from izarlink_tickets.cli.operator import as_json, now, opened_portal
from izarlink_tickets.cli.output import print_json
from izarlink_tickets.verify import Finding, Status


@click.command()
@as_json
def verify(*, is_json: bool) -> None:
    """Check all that is stored, while the portal goes on. Ends with 3 where something is wrong."""
    with opened_portal() as portal:
        findings = [_told(finding, is_json=is_json) for finding in open_verifier(portal).findings(now=now())]
    if is_json:
        print_json(finding.as_row() for finding in findings)
    wrong = [finding.check for finding in findings if finding.status is Status.BREACH]
    if wrong:
        raise Breach(f"Something is wrong with: {', '.join(wrong)}.")


COMMANDS = (verify,)


def _told(finding: Finding, *, is_json: bool) -> Finding:
    """Say what was found at once: the next check may take minutes."""
    if not is_json:
        click.echo(finding.as_line())
    return finding
