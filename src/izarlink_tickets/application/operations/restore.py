"""Restore of a backup into an empty installation, in one transaction.

The whole backup is checked before anything changes. After a crash nothing is restored, or `migrate` completes it.
Mails are on hold from the start.
"""

from collections.abc import Sequence
from contextlib import closing
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from sqlalchemy import Connection, inspect, literal, select, text

from izarlink_tickets import outbox
from izarlink_tickets.accounts import accounts, drop_identities, find_accounts
from izarlink_tickets.application.operations.schema import revisions, run_steps, upgrade
from izarlink_tickets.application.transaction import mapper_of
from izarlink_tickets.attachments import FolderStore
from izarlink_tickets.backup import Backup, Manifest, load_attachments, load_tables, open_backup
from izarlink_tickets.config import SealingKey, Settings, SettingsError, create_keys, load_sealing_key
from izarlink_tickets.database import Database, metadata
from izarlink_tickets.directory import organisations
from izarlink_tickets.event_store import begin_epoch, events, publish_read_models
from izarlink_tickets.mail_hold import hold_mails
from izarlink_tickets.mailer import LOG_SEEN
from izarlink_tickets.progress import Progress, Steps, no_steps
from izarlink_tickets.projections.rebuilding import Rebuilder
from izarlink_tickets.sealing import destroy_keys

_ALEMBIC = "alembic_version"
_CONTENT = (events, accounts, organisations)


class TargetNotEmpty(Exception):
    """The database has content, which a restore never overwrites."""


@dataclass(frozen=True, slots=True)
class RestoreResult:
    """The result of a restore.

    waiting, oldest: the number of mails on hold, and when the oldest was enqueued (aware UTC).
    erased: the number of people whose keys were destroyed. unknown: ids of the list that are not in the backup.
    """

    manifest: Manifest
    attachments: int
    waiting: int
    oldest: datetime | None
    erased: int
    unknown: int


@dataclass(frozen=True, slots=True)
class RestoreOptions:
    """Options of a restore.

    files: the folder of the attachments, if the backup has none. erasures: account ids.
    accepts_losses: restore even if attachments are missing.
    """

    files: FolderStore | None = None
    erasures: Sequence[str] = ()
    accepts_losses: bool = False


def restore(
    settings: Settings,
    path: Path,
    options: RestoreOptions,
    *,
    now: datetime,
    steps: Steps = no_steps,
) -> RestoreResult:
    """Restore the backup.

    now: aware UTC. steps: called with the name of each step.
    Raises: BackupUnfit, TargetNotEmpty, SettingsError, OSError, DatabaseBusy, DatabaseUnreachable, StorageFull.
    """
    sealing_key = _sealing_key(settings)
    with open_backup(path, known_steps=revisions(), files=options.files) as backup:
        backup.check(sealing_key=sealing_key, progress=steps("checking the tables"))
        if not options.accepts_losses:
            backup.check_attachments(progress=steps("checking the files"))
        database = Database(settings.database_url, data_dir=settings.data_dir)
        with closing(database), database.lock_migrations():
            return _restore(settings, database, backup, options, sealing_key, now=now, steps=steps)


def _restore(
    settings: Settings,
    database: Database,
    backup: Backup,
    options: RestoreOptions,
    sealing_key: SealingKey,
    *,
    now: datetime,
    steps: Steps,
) -> RestoreResult:
    with database.query() as connection:
        _require_empty(connection)
    # The secret key opens nothing that is stored: a new one will do.
    create_keys(settings)
    store = FolderStore(settings.attachments_folder)
    attachments = load_attachments(backup, store, progress=steps("restoring the files"))
    with database.restoration() as connection:
        _require_empty(connection)
        _load(connection, backup, progress=steps("loading the tables"))
        erased = {account.id for account in find_accounts(connection, ids=set(options.erasures))}
        for account_id in erased:
            destroy_keys(connection, account_id, now=now)
        drop_identities(connection, account_ids=erased)
        begin_epoch(connection, now=now)
        # Those of the backup's log are not in this database yet.
        publish_read_models(connection, None)
        made_at = f"{backup.manifest.created_at:%Y-%m-%d %H:%MZ}"
        hold_mails(connection, now=now, reason=f"after a restore of the backup of {made_at}")
        waiting, oldest = outbox.backlog(connection)
    # The position that this machine last saw belongs to the log before the restore.
    (settings.data_dir / LOG_SEEN).unlink(missing_ok=True)
    read_models = Rebuilder(database, sealing_key=sealing_key, mapper_of=mapper_of)
    read_models.ensure(progress=steps("building the read models"))
    return RestoreResult(
        backup.manifest, attachments, waiting, oldest, len(erased), len(set(options.erasures) - erased)
    )


def _load(connection: Connection, backup: Backup, *, progress: Progress) -> None:
    """Create the backup's tables, load its rows, then migrate them."""
    known = set(inspect(connection).get_table_names())
    for name in (*(table.name for table in reversed(metadata.sorted_tables)), _ALEMBIC):
        if name in known:
            connection.execute(text(f"DROP TABLE {name}"))
    run_steps(connection, until=backup.manifest.schema_step)
    load_tables(connection, backup, progress=progress)
    upgrade(connection)


def _require_empty(connection: Connection) -> None:
    """Raise TargetNotEmpty if anything was ever stored.

    A database that was only migrated is empty.
    """
    known = set(inspect(connection).get_table_names())
    if _ALEMBIC not in known and known & set(metadata.tables):
        raise TargetNotEmpty
    for table in _CONTENT:
        if table.name in known and connection.execute(select(literal(1)).select_from(table).limit(1)).first():
            raise TargetNotEmpty


def _sealing_key(settings: Settings) -> SealingKey:
    """Load the sealing key; a new one could not open the backup."""
    if settings.sealing_key is None and not (settings.data_dir / "sealing_key").exists():
        raise SettingsError("IZARLINK_SEALING_KEY is missing; put the key of this backup back first.")
    return load_sealing_key(settings)
