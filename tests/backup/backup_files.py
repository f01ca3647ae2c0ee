"""Backing up, restoring and comparing in tests."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path

from sqlalchemy import select

from izarlink_tickets.application import Portal, open_portal
from izarlink_tickets.application.operations.restore import RestoreOptions, RestoreResult, restore
from izarlink_tickets.application.operations.schema import revisions
from izarlink_tickets.application.operations.verification import open_verifier
from izarlink_tickets.attachments import FolderStore
from izarlink_tickets.backup import Manifest, write_backup
from izarlink_tickets.backup.writer import backup_tables
from izarlink_tickets.config import Settings, load_keys
from izarlink_tickets.verify import Finding, FindingStatus

NOW = datetime(2026, 11, 3, 2, 0, tzinfo=UTC)
# Tables that a restore changes.
CHANGED_BY_RESTORE = {"log_generations", "installation", "master_keys"}


def back_up(portal: Portal, file: Path, *, files: Path | None = None) -> Manifest:
    file.parent.mkdir(exist_ok=True)
    return write_backup(
        portal.database,
        portal.store,
        file,
        schema_step=revisions()[-1],
        now=NOW,
        files=FolderStore(files) if files else None,
    )


def put_back(settings: Settings, file: Path, options: RestoreOptions | None = None) -> RestoreResult:
    return restore(settings, file, options or RestoreOptions(), now=NOW)


@contextmanager
def opened(settings: Settings) -> Iterator[Portal]:
    portal = open_portal(settings, load_keys(settings))
    try:
        yield portal
    finally:
        portal.database.close()


def content(portal: Portal) -> dict[str, list[tuple[object, ...]]]:
    """Load everything that a backup contains."""
    with portal.database.query() as connection:
        return {
            table.name: [tuple(row) for row in connection.execute(select(table).order_by(*table.primary_key.columns))]
            for table in backup_tables()
            if table.name not in CHANGED_BY_RESTORE
        }


def breaches(portal: Portal) -> list[Finding]:
    findings = open_verifier(portal).findings(now=datetime.now(UTC))
    return [finding for finding in findings if finding.status is FindingStatus.BREACH]
