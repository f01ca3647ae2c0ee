"""How the installation is doing, for whoever watches it: machines, administrators. Numbers and codes, nobody's data."""

import shutil
from dataclasses import asdict, dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from pathlib import Path

from sqlalchemy import select

from izarlink_tickets import outbox
from izarlink_tickets.application import Portal
from izarlink_tickets.application.operations.schema import schema_is_current
from izarlink_tickets.database import DatabaseBusy, DatabaseUnreachable
from izarlink_tickets.event_store import log_head
from izarlink_tickets.mail_hold import mail_hold

# The log grows by kilobytes, attachments by megabytes; below a gigabyte it is time to look.
LITTLE_SPACE_BYTES, NO_SPACE_BYTES = 1 << 30, 100 << 20
# The first pauses between attempts are 1, 5 and 15 minutes: beyond them a server is down, or nobody works.
OLD_MAIL = timedelta(minutes=30)


class Problem(StrEnum):
    """What keeps an installation from being well; each asks for somebody."""

    DATABASE = "database"
    SCHEMA = "schema"
    DISK = "disk"
    MAILS_HELD = "mails-held"
    MAILS_LATE = "mails-late"
    MAILS_FAILED = "mails-failed"


@dataclass(frozen=True, slots=True)
class HealthCounts:
    """What the database says of itself."""

    log_position: int = 0
    mails_waiting: int = 0
    mails_oldest_waiting_seconds: int = 0
    mails_failed: int = 0
    mails_are_held: bool = False


@dataclass(frozen=True, slots=True)
class HealthReport:
    """One look at an installation. counts are zero where the database didn't answer, or has another schema."""

    database_answers: bool
    schema_is_current: bool
    disk_free_bytes: int
    attachments_free_bytes: int
    counts: HealthCounts = HealthCounts()

    @property
    def problems(self) -> list[Problem]:
        """List what asks for somebody; an empty list is health."""
        if not self.database_answers:
            return [Problem.DATABASE]
        found = {
            Problem.SCHEMA: not self.schema_is_current,
            Problem.DISK: min(self.disk_free_bytes, self.attachments_free_bytes) < NO_SPACE_BYTES,
            Problem.MAILS_HELD: self.counts.mails_are_held,
            Problem.MAILS_LATE: self.counts.mails_oldest_waiting_seconds > OLD_MAIL.total_seconds(),
            Problem.MAILS_FAILED: self.counts.mails_failed > 0,
        }
        return [problem for problem, is_there in found.items() if is_there]

    def as_row(self) -> dict[str, object]:
        """Say it as a flat mapping, to be written as JSON."""
        signs = asdict(self)
        counts = signs.pop("counts")
        return {"is_well": not self.problems, "problems": self.problems, **signs, **counts}


def is_ready(portal: Portal) -> bool:
    """Say whether pages and commands can work: the database answers, and has the shape that they expect."""
    try:
        return schema_is_current(portal.database)
    except (DatabaseBusy, DatabaseUnreachable):
        return False


def check_health(portal: Portal, *, now: datetime) -> HealthReport:
    """Look once. now: aware UTC. Raises: nothing; what can't be asked is what is wrong."""
    answers, is_current, counts = False, False, HealthCounts()
    try:
        is_current = schema_is_current(portal.database)
        answers = True
        counts = _counts(portal, now) if is_current else counts
    except (DatabaseBusy, DatabaseUnreachable):
        answers, counts = False, HealthCounts()
    data, attachments = free_bytes(portal.settings.data_dir), free_bytes(portal.settings.attachments_folder)
    return HealthReport(answers, is_current, data, attachments, counts)


def free_bytes(path: Path) -> int:
    """Say how much room there is where `path` is, or will be made."""
    existing = next(folder for folder in (path, *path.parents) if folder.exists())
    return shutil.disk_usage(existing).free


def _counts(portal: Portal, now: datetime) -> HealthCounts:
    with portal.database.query() as connection:
        waiting, oldest = outbox.backlog(connection)
        return HealthCounts(
            log_position=connection.execute(select(log_head.c.position)).scalar_one(),
            mails_waiting=waiting,
            mails_oldest_waiting_seconds=max(0, round((now - oldest).total_seconds())) if oldest else 0,
            mails_failed=outbox.count_failed(connection),
            mails_are_held=mail_hold(connection) is not None,
        )
