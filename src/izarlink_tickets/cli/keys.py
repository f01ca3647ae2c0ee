"""`keys`: list the master keys, and change them while the portal runs."""

from collections.abc import Iterator

import click

from izarlink_tickets.application import Portal
from izarlink_tickets.application.operations.key_register import KeyPurpose, RegisteredKey, list_keys
from izarlink_tickets.application.operations.key_rotation import rotate_sealing_key, rotate_secret_key
from izarlink_tickets.cli.output import moment, plural, print_records
from izarlink_tickets.cli.progress import shown_progress
from izarlink_tickets.cli.session import as_json, now, opened_portal
from izarlink_tickets.config import short_fingerprint


@click.group()
def keys() -> None:
    """List and change the master keys."""


@keys.command("list")
@as_json
def list_(*, is_json: bool) -> None:
    """List the master keys, those in use first.

    A fingerprint names a key without revealing it.
    """
    with opened_portal() as portal, portal.database.query() as connection:
        rows = [_row(key, portal) for key in list_keys(connection)]
    columns = {"key": "KEY", "purpose": "PURPOSE", "origin": "ORIGIN", "since": "SINCE", "until": "UNTIL"}
    print_records(rows, columns, is_json=is_json)


@keys.command()
@click.option("--sealing", "purpose", flag_value=KeyPurpose.SEALING, help="Change the sealing key only.")
@click.option("--secret", "purpose", flag_value=KeyPurpose.SECRET, help="Change the secret key only.")
@click.option("--revoke", is_flag=True, help="Refuse the old secret key at once: everybody signs in again.")
def rotate(purpose: KeyPurpose | None, *, revoke: bool) -> None:
    """Change the master keys while the portal runs.

    Interrupted, it can be run again. Keys that are settings are changed there first: see docs/operating.md.
    """
    if revoke and purpose == KeyPurpose.SEALING:
        raise click.UsageError("--revoke concerns the secret key.")
    with opened_portal() as portal:
        if purpose in {None, KeyPurpose.SEALING}:
            _print(_rotate_sealing(portal))
        if purpose in {None, KeyPurpose.SECRET}:
            _print(_rotate_secret(portal, revokes=revoke))


def _rotate_sealing(portal: Portal) -> Iterator[str]:
    with shown_progress() as display:
        rotation = rotate_sealing_key(
            portal.settings, portal.database, progress=display.step("wrapping the personal keys")
        )
    wrapped = plural(rotation.rewrapped, "personal key was", "personal keys were")
    yield f"The sealing key is {short_fingerprint(rotation.fingerprint)} now; {wrapped} wrapped anew."
    if rotation.retired:
        yield f"Keep a copy of {portal.settings.data_dir / 'sealing_key'} in a safe place."
        yield f"Backups made before need {rotation.retired}: keep it apart until the last of them is deleted."


def _rotate_secret(portal: Portal, *, revokes: bool) -> Iterator[str]:
    rotation = rotate_secret_key(portal.settings, portal.database, now=now(), revokes=revokes)
    until = rotation.previous_until
    before = f"what the key before signed is accepted until {moment(until)}" if until else "everybody signs in again"
    yield f"The secret key is {short_fingerprint(rotation.fingerprint)} now; {before}."


def _print(lines: Iterator[str]) -> None:
    for line in lines:
        click.echo(line)


def _row(key: RegisteredKey, portal: Portal) -> dict[str, object]:
    given = {KeyPurpose.SECRET: portal.settings.secret_key, KeyPurpose.SEALING: portal.settings.sealing_key}
    return {
        "key": short_fingerprint(key.fingerprint),
        "purpose": key.purpose.value,
        "origin": "file" if given[key.purpose] is None else "setting",
        "since": key.since,
        "until": key.until,
    }
