"""Change of the master keys, while the portal runs.

A killed change is completed by the next one. Source: docs/operating.md, « Keys ».
"""

from dataclasses import dataclass
from datetime import datetime
from functools import partial
from pathlib import Path

from izarlink_tickets import security_log
from izarlink_tickets.application.operations.key_register import KeyPurpose, register_key
from izarlink_tickets.config import SealingKey, Settings, fingerprint_of, load_sealing_key
from izarlink_tickets.config.keys import begin_sealing_file, change_secret_file, finish_sealing_file, load_secret_key
from izarlink_tickets.database import Database, with_retries
from izarlink_tickets.failpoints import Point, failpoint
from izarlink_tickets.progress import Progress, Tally, no_progress
from izarlink_tickets.sealing import change_master_key, check_master_key, count_outdated_keys, rewrap_keys
from izarlink_tickets.security_log import Reason
from izarlink_tickets.sessions.session import ABSOLUTE_LIFETIME

# Personal keys per transaction: 10 ms, for which other writers wait.
BATCH = 200


@dataclass(eq=False)
class KeyIsGiven(Exception):
    """The key is a setting, which only the operator can change."""

    purpose: KeyPurpose


@dataclass(frozen=True, slots=True)
class SealingRotation:
    """The result. rewrapped: personal keys.

    retired: the file of the key before; None where keys are settings.
    """

    fingerprint: str
    rewrapped: int
    retired: Path | None


@dataclass(frozen=True, slots=True)
class SecretRotation:
    """The result.

    previous_until: aware UTC; None if the key before is refused at once.
    """

    fingerprint: str
    previous_until: datetime | None


def rotate_sealing_key(settings: Settings, database: Database, *, progress: Progress = no_progress) -> SealingRotation:
    """Wrap all personal keys with a new sealing key.

    Processes that run learn the new key from DATA_DIR, or know it from their settings. progress: in personal keys.
    Raises: KeyIsGiven, if the settings have no newer key; WrongSealingKey, SettingsError, OSError, DatabaseBusy,
    DatabaseUnreachable.
    """
    with database.lock_migrations():
        if settings.sealing_key is None:
            begin_sealing_file(settings.data_dir)
        failpoint(Point.KEY_CREATED)
        master_key = load_sealing_key(settings)
        with database.query() as connection:
            check_master_key(connection, master_key)
            total = count_outdated_keys(connection, fingerprint_of(master_key.newest))
            if settings.sealing_key and not total:
                raise KeyIsGiven(KeyPurpose.SEALING)
        with_retries(partial(_change, database, master_key))
        failpoint(Point.KEY_CHANGED)
        rewrapped = _rewrap_all(database, master_key, Tally(progress, total))
        failpoint(Point.KEYS_REWRAPPED)
        retired = None if settings.sealing_key else finish_sealing_file(settings.data_dir)
        security_log.record(Reason.MASTER_KEY_CHANGED, detail=KeyPurpose.SEALING.value)
        return SealingRotation(fingerprint_of(master_key.newest), rewrapped, retired)


def rotate_secret_key(settings: Settings, database: Database, *, now: datetime, revokes: bool) -> SecretRotation:
    """Sign with a new secret key.

    The key before is accepted for as long as a session may last. now: aware UTC. revokes: refuse it at once, which
    signs everybody out. Raises: KeyIsGiven, SettingsError, OSError, DatabaseBusy, DatabaseUnreachable.
    """
    if settings.secret_key is not None:
        raise KeyIsGiven(KeyPurpose.SECRET)
    with database.lock_migrations():
        previous_until = None if revokes else now + ABSOLUTE_LIFETIME
        change_secret_file(settings.data_dir, previous_until=previous_until)
        failpoint(Point.KEY_CHANGED)
        fingerprint = fingerprint_of(load_secret_key(settings).secrets.present)
        with database.command() as connection:
            register_key(connection, KeyPurpose.SECRET, fingerprint)
        security_log.record(Reason.MASTER_KEY_CHANGED, detail=KeyPurpose.SECRET.value)
        return SecretRotation(fingerprint, previous_until)


def _change(database: Database, master_key: SealingKey) -> None:
    with database.command() as connection:
        change_master_key(connection, master_key)
        register_key(connection, KeyPurpose.SEALING, fingerprint_of(master_key.newest))


def _rewrap_all(database: Database, master_key: SealingKey, tally: Tally) -> int:
    """Wrap every personal key anew, in short transactions."""
    last: str | None = ""
    while last is not None:
        last, count = with_retries(partial(_rewrap_some, database, master_key, last))
        failpoint(Point.KEYS_BATCH)
        tally.add(count)
    return tally.done


def _rewrap_some(database: Database, master_key: SealingKey, after: str) -> tuple[str | None, int]:
    with database.command() as connection:
        return rewrap_keys(connection, master_key, after=after, limit=BATCH)
