"""`verify`, `backup`, `restore`: check, copy and restore everything that is stored."""

from collections.abc import Iterator
from pathlib import Path

import click

from izarlink_tickets import backup as backups
from izarlink_tickets.application import Portal
from izarlink_tickets.application.operations.restore import RestoreOptions, RestoreResult
from izarlink_tickets.application.operations.restore import restore as restore_backup
from izarlink_tickets.application.operations.schema import revisions, stored_revision
from izarlink_tickets.application.operations.verification import open_verifier
from izarlink_tickets.attachments import FolderStore
from izarlink_tickets.cli.failures import Breach
from izarlink_tickets.cli.output import moment, plural, print_json
from izarlink_tickets.cli.progress import ProgressDisplay, quiet, shown_progress
from izarlink_tickets.cli.session import as_json, log_warnings_only, now, opened_portal, read_settings
from izarlink_tickets.verify import FindingStatus

_FOLDER = click.Path(file_okay=False, path_type=Path)
_FILE = click.Path(dir_okay=False, path_type=Path)


@click.command()
@as_json
@quiet
def verify(*, is_json: bool, is_quiet: bool) -> None:
    """Check everything that is stored while the portal runs.

    Exits with 3 if something is wrong.
    """
    with opened_portal() as portal, shown_progress(is_quiet=is_quiet) as display:
        _verify(portal, display, is_json=is_json)


@click.command()
@click.argument("file", type=_FILE)
@click.option("--files", type=_FOLDER, help="Copy the attachments into this folder instead; only new ones are copied.")
@quiet
def backup(file: Path, files: Path | None, *, is_quiet: bool) -> None:
    """Copy everything into a new FILE while the portal runs.

    Exits with 3 if the backup is complete but attachments were already lost or damaged.
    """
    with opened_portal() as portal, shown_progress(is_quiet=is_quiet) as display:
        manifest = backups.write_backup(
            portal.database,
            portal.store,
            file,
            schema_step=_known_step(portal),
            now=now(),
            files=FolderStore(files) if files else None,
            steps=display.step,
        )
    size = file.stat().st_size / 1e6
    counts = f"{plural(manifest.position, 'event')}, {plural(manifest.attachments.rows, 'attachment')}"
    click.echo(f"{file}: {size:,.1f} MB, {counts}.")
    if lost := len(manifest.attachments.lost):
        raise Breach(
            f"{plural(lost, 'attachment was', 'attachments were')} already lost or damaged; `verify` lists which."
        )


@click.command()
@click.argument("file", type=_FILE)
@click.option("--files", type=_FOLDER, help="The folder that `backup --files` copied the attachments into.")
@click.option(
    "--erasures",
    type=_FILE,
    help="People erased since the backup, one account id per line; their texts stay unreadable.",
)
@click.option("--accept-losses", is_flag=True, help="Continue even if attachments are missing or damaged.")
def restore(file: Path, files: Path | None, erasures: Path | None, *, accept_losses: bool) -> None:
    """Restore a backup into an empty installation, then verify it.

    Mails are held until `mail enable`.
    """
    settings = read_settings()
    log_warnings_only(settings)
    erasures_file = erasures or settings.erasures_file
    options = RestoreOptions(
        files=FolderStore(files) if files else None,
        erasures=backups.read_erasures(erasures_file) if erasures_file else (),
        accepts_losses=accept_losses,
    )
    with shown_progress() as display:
        result = restore_backup(settings, file, options, now=now(), steps=display.step)
    for line in _summary(result, has_erasures=erasures_file is not None):
        click.echo(line)
    with opened_portal() as portal, shown_progress() as display:
        _verify(portal, display, is_json=False)


def _verify(portal: Portal, display: ProgressDisplay, *, is_json: bool) -> None:
    findings = []
    for finding in open_verifier(portal).findings(now=now(), steps=display.step):
        display.end_step()
        findings.append(finding)
        # Printed at once: the next check may take minutes.
        if not is_json and finding.status is not FindingStatus.ABSENT:
            click.echo(finding.as_line())
    if is_json:
        print_json(finding.as_row() for finding in findings)
    breaches = [finding.check for finding in findings if finding.status is FindingStatus.BREACH]
    if breaches:
        raise Breach(f"Something is wrong with: {', '.join(breaches)}.")


def _known_step(portal: Portal) -> str:
    """Return the schema's step.

    Raises: BackupIsNewer, for a step whose tables this program does not know.
    """
    with portal.database.query() as connection:
        step = stored_revision(connection)
    if step not in revisions():
        raise backups.BackupIsNewer(f"step {step}")
    return step


def _summary(result: RestoreResult, *, has_erasures: bool) -> Iterator[str]:
    manifest = result.manifest
    yield f"Restored the backup of {moment(manifest.created_at)}, up to event {manifest.position:,}."
    yield (
        f"Restored {result.attachments:,} of {plural(manifest.attachments.rows, 'attachment')}; "
        "the others were already there."
    )
    since = f" since {moment(result.oldest)}" if result.oldest else ""
    waiting = f"{plural(result.waiting, 'mail')} waiting{since}"
    yield f"Mails are held, {waiting}: check them with `mail list`, then run `mail enable`."
    yield "Everybody has to sign in again."
    if not has_erasures:
        yield "No list of erasures was used: people erased after that backup are back."
        return
    erased = plural(result.erased, "erased person", "erased people")
    yield f"Destroyed the keys of {erased}; their accounts are unchanged."
    if result.unknown:
        yield (
            f"{plural(result.unknown, 'id on the list is', 'ids on the list are')} not in the backup: "
            "check that the list is right."
        )
