"""`verify`, `backup`, `restore`: see that nothing is lost, keep a copy of everything, and put it back."""

import sys
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
from izarlink_tickets.cli.output import moment, print_json
from izarlink_tickets.cli.session import as_json, keep_quiet, now, opened_portal, read_settings
from izarlink_tickets.verify import Finding, FindingStatus

_FOLDER = click.Path(file_okay=False, path_type=Path)
_FILE = click.Path(dir_okay=False, path_type=Path)


@click.command()
@as_json
def verify(*, is_json: bool) -> None:
    """Check all that is stored, while the portal goes on. Ends with 3 where something is wrong."""
    with opened_portal() as portal:
        _verify(portal, is_json=is_json)


@click.command()
@click.argument("file", type=_FILE)
@click.option("--files", type=_FOLDER, help="Keep the attachments in this folder; only new ones are copied.")
def backup(file: Path, files: Path | None) -> None:
    """Copy everything into a new FILE, while the portal goes on.

    Ends with 3 where the copy is made, but attachments were lost or damaged before.
    """
    with opened_portal() as portal:
        manifest = backups.write_backup(
            portal.database,
            portal.store,
            file,
            schema_step=_known_step(portal),
            now=now(),
            files=FolderStore(files) if files else None,
            report_progress=_progress,
        )
    size = file.stat().st_size / 1e6
    click.echo(f"{file}: {size:,.1f} MB, {manifest.position:,} events, {manifest.attachments.rows:,} attachments.")
    if manifest.attachments.lost:
        raise Breach(f"{len(manifest.attachments.lost)} attachments were lost or damaged before; `verify` names them.")


@click.command()
@click.argument("file", type=_FILE)
@click.option("--files", type=_FOLDER, help="The folder that the attachments were kept in.")
@click.option("--erasures", type=_FILE, help="Persons erased since, an account id a line: their keys don't come back.")
@click.option("--accept-losses", is_flag=True, help="Go on where attachments are missing or damaged.")
def restore(file: Path, files: Path | None, erasures: Path | None, *, accept_losses: bool) -> None:
    """Put a backup into an empty installation, then verify it. Mails are held until `mail enable`."""
    settings = read_settings()
    keep_quiet(settings)
    listed = erasures or settings.erasures_file
    wishes = RestoreOptions(
        files=FolderStore(files) if files else None,
        erasures=backups.read_erasures(listed) if listed else (),
        accepts_losses=accept_losses,
    )
    done = restore_backup(settings, file, wishes, now=now(), report=_progress)
    for line in _told_of(done, has_erasures=listed is not None):
        click.echo(line)
    with opened_portal() as portal:
        _verify(portal, is_json=False)


COMMANDS = (verify, backup, restore)


def _verify(portal: Portal, *, is_json: bool) -> None:
    findings = [_told(finding, is_json=is_json) for finding in open_verifier(portal).findings(now=now())]
    if is_json:
        print_json(finding.as_row() for finding in findings)
    wrong = [finding.check for finding in findings if finding.status is FindingStatus.BREACH]
    if wrong:
        raise Breach(f"Something is wrong with: {', '.join(wrong)}.")


def _told(finding: Finding, *, is_json: bool) -> Finding:
    """Say what was found at once: the next check may take minutes."""
    if not is_json:
        click.echo(finding.as_line())
    return finding


def _known_step(portal: Portal) -> str:
    """Give the schema's step, if it is one of this program's: of a later one it wouldn't know all tables."""
    with portal.database.query() as connection:
        step = stored_revision(connection)
    if step not in revisions():
        raise backups.BackupIsNewer(f"step {step}")
    return step


def _told_of(done: RestoreResult, *, has_erasures: bool) -> Iterator[str]:
    manifest = done.manifest
    yield f"Restored the backup of {moment(manifest.created_at)}, up to event {manifest.position:,}."
    yield f"Put {done.attachments:,} of {manifest.attachments.rows:,} attachments back; the others were there."
    since = f" since {moment(done.oldest)}" if done.oldest else ""
    yield f"Mails are held, {done.waiting:,} wait{since}: look at them, then say `mail enable`."
    yield "Everybody has to sign in again."
    if not has_erasures:
        yield "No list of erasures was given: whoever was erased since that backup is back."
        return
    yield f"The keys of {done.erased:,} erased persons are destroyed; their accounts are as they were."
    if done.unknown:
        yield f"Of {done.unknown:,} on the list the backup knows no account: see that the ids are right."


def _progress(sentence: str) -> None:
    """Tell whoever is watching; a log or a mail of cron needs no more than the end."""
    if sys.stderr.isatty():
        click.echo(f"  {sentence}", err=True)
