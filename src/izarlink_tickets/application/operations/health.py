"""Health of the installation, for monitoring and administrators, without personal data."""

import shutil
from dataclasses import asdict, dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from pathlib import Path

from izarlink_tickets import outbox
from izarlink_tickets.application import Portal
from izarlink_tickets.application.operations.schema import require_master_key, schema_is_current
from izarlink_tickets.attachments import ClamdScanner, ScannerUnavailable
from izarlink_tickets.config import Settings
from izarlink_tickets.database import DatabaseBusy, DatabaseUnreachable
from izarlink_tickets.event_store import last_position
from izarlink_tickets.mail_hold import mail_hold
from izarlink_tickets.sealing import WrongSealingKey

# Bytes. The log grows by kilobytes, attachments by megabytes: `doctor` warns below a gigabyte.
LITTLE_SPACE_BYTES, NO_SPACE_BYTES = 1 << 30, 100 << 20
# A daemon on this machine answers in milliseconds; a scrape waits for it.
PROBE_SECONDS = 2.0
# The first pauses between attempts are 1, 5 and 15 minutes; later the mail server or `work` must be down.
OLD_MAIL = timedelta(minutes=30)


class Problem(StrEnum):
    """A state of the installation that needs an operator."""

    DATABASE = "database"
    SCHEMA = "schema"
    DISK = "disk"
    ANTIVIRUS = "antivirus"
    MAILS_HELD = "mails-held"
    MAILS_LATE = "mails-late"
    MAILS_FAILED = "mails-failed"


@dataclass(frozen=True, slots=True)
class HealthCounts:
    """Counts from the database."""

    log_position: int = 0
    mails_waiting: int = 0
    mails_oldest_waiting_seconds: int = 0
    mails_failed: int = 0
    mails_are_held: bool = False


@dataclass(frozen=True, slots=True)
class HealthReport:
    """The health at one moment.

    antivirus_answers: None without one. counts: zero if the database does not answer or has another schema.
    """

    database_answers: bool
    schema_is_current: bool
    disk_free_bytes: int
    attachments_free_bytes: int
    antivirus_answers: bool | None = None
    counts: HealthCounts = HealthCounts()

    @property
    def problems(self) -> list[Problem]:
        """List the problems; an empty list means healthy."""
        if not self.database_answers:
            return [Problem.DATABASE]
        problems = {
            Problem.SCHEMA: not self.schema_is_current,
            Problem.DISK: min(self.disk_free_bytes, self.attachments_free_bytes) < NO_SPACE_BYTES,
            Problem.ANTIVIRUS: self.antivirus_answers is False,
            Problem.MAILS_HELD: self.counts.mails_are_held,
            Problem.MAILS_LATE: self.counts.mails_oldest_waiting_seconds > OLD_MAIL.total_seconds(),
            Problem.MAILS_FAILED: self.counts.mails_failed > 0,
        }
        return [problem for problem, is_present in problems.items() if is_present]

    def as_row(self) -> dict[str, object]:
        """Return a flat mapping for JSON."""
        fields = asdict(self)
        counts = fields.pop("counts")
        return {"is_well": not self.problems, "problems": self.problems, **fields, **counts}


def is_ready(portal: Portal) -> bool:
    """Return whether database, schema and sealing key fit."""
    try:
        if not schema_is_current(portal.database):
            return False
        require_master_key(portal.database, portal.keys)
    except (DatabaseBusy, DatabaseUnreachable, WrongSealingKey):
        return False
    return True


def check_health(portal: Portal, *, now: datetime) -> HealthReport:
    """Check the installation once.

    now: aware UTC. Raises: nothing; a database that does not answer is a problem.
    """
    answers, is_current, counts = False, False, HealthCounts()
    try:
        is_current = schema_is_current(portal.database)
        answers = True
        counts = _counts(portal, now) if is_current else counts
    except (DatabaseBusy, DatabaseUnreachable):
        answers, counts = False, HealthCounts()
    data, attachments = free_bytes(portal.settings.data_dir), free_bytes(portal.settings.attachments_folder)
    return HealthReport(answers, is_current, data, attachments, _antivirus_answers(portal.settings), counts)


def _antivirus_answers(settings: Settings) -> bool | None:
    if settings.clamd_url is None:
        return None
    try:
        ClamdScanner(settings.clamd_url, timeout=PROBE_SECONDS).version()
    except ScannerUnavailable:
        return False
    return True


def free_bytes(path: Path) -> int:
    """Return the free bytes of the disk that `path` is on.

    path: may not exist yet.
    """
    existing = next(folder for folder in (path, *path.parents) if folder.exists())
    return shutil.disk_usage(existing).free


def _counts(portal: Portal, now: datetime) -> HealthCounts:
    with portal.database.query() as connection:
        waiting, oldest = outbox.backlog(connection)
        return HealthCounts(
            log_position=last_position(connection),
            mails_waiting=waiting,
            mails_oldest_waiting_seconds=max(0, round((now - oldest).total_seconds())) if oldest else 0,
            mails_failed=outbox.count_failed(connection),
            mails_are_held=mail_hold(connection) is not None,
        )
