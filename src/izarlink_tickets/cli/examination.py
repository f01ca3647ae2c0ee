"""Examine an installation, one finding per question, each with what to do about it. Nothing is changed."""

import platform
import shutil
import sys
import tempfile
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import timedelta
from enum import StrEnum
from functools import partial
from pathlib import Path
from urllib.parse import urlsplit

from sqlalchemy import Connection, func, select

from izarlink_tickets import outbox
from izarlink_tickets.accounts import list_accounts
from izarlink_tickets.application import Portal, open_portal
from izarlink_tickets.application.schema import require_current_schema, require_master_key
from izarlink_tickets.cli.operator import now, read_settings
from izarlink_tickets.cli.output import moment
from izarlink_tickets.cli.refusals import sentence_of
from izarlink_tickets.config import MailFolder, Settings, load_keys
from izarlink_tickets.mailer import Letterhead, ServerUnreachable, Smtp
from izarlink_tickets.projections.ticket_queries import LIVE

# A title could write headers of its own into a mail on older ones (CVE-2024-6923); we build headers another way, too.
SAFE_PYTHON = (3, 11, 10)
LOOPBACK = ("127.0.0.1", "localhost", "::1")
# The log grows by kilobytes, attachments by megabytes; below a gigabyte it is time to look.
LITTLE_SPACE_BYTES, NO_SPACE_BYTES = 1 << 30, 100 << 20
# Clocks of several machines differ by seconds.
CLOCK_TOLERANCE = timedelta(minutes=5)
# The first pauses between attempts are 1, 5 and 15 minutes: beyond them a server is down, or nobody works.
OLD_MAIL = timedelta(minutes=30)
OTHERS = 0o077
HANDSHAKE_SECONDS = 10.0


class Status(StrEnum):
    """How a question was answered."""

    OK = "ok"
    WARNING = "warning"
    FAILED = "failed"


@dataclass(frozen=True, slots=True)
class Finding:
    """One answer. remedy: what to do, empty where all is well."""

    check: str
    status: Status
    detail: str
    remedy: str = ""

    def as_row(self) -> dict[str, object]:
        return {"check": self.check, "status": self.status.value, "detail": self.detail, "remedy": self.remedy}

    def as_line(self) -> str:
        remedy = f" - {self.remedy}" if self.remedy else ""
        return f"{self.status.value:<8}{self.check}: {self.detail}{remedy}"


class Unwell(Exception):
    """What was asked isn't well. status: how badly."""

    def __init__(self, detail: str, remedy: str, *, status: Status = Status.WARNING) -> None:
        super().__init__(detail)
        self.detail, self.remedy, self.status = detail, remedy, status


def examine() -> Iterator[Finding]:
    """Ask everything; where there are no settings or no database, what needs them is left out."""
    yield _asked("python", _python, remedy="Install a current Python.")
    settings, finding = _settings()
    yield finding
    if settings is None:
        return
    yield from _examine_machine(settings)
    keys = _asked("keys", lambda: _keys(settings), remedy="Run `izarlink-tickets migrate`, or restore the lost file.")
    yield keys
    if keys.status is Status.OK:
        yield from _examine_portal(settings)


def _examine_machine(settings: Settings) -> Iterator[Finding]:
    writable = "Let the account that runs the portal write there, and nobody else read."
    yield _asked("address", lambda: _address(settings))
    yield _asked("data folder", lambda: _folder(settings.data_dir), remedy=writable)
    yield _asked("attachments", lambda: _folder(settings.attachments_folder), remedy=writable)
    yield _asked("disk", lambda: _disk(settings.data_dir))
    yield _asked("clock", lambda: f"it is {moment(now())}", remedy="Let the machine set its clock by the network.")
    yield _asked("mail server", lambda: _mail_server(settings), remedy="Check IZARLINK_SMTP_URL and that server.")


def _examine_portal(settings: Settings) -> Iterator[Finding]:
    keys = load_keys(settings)
    portal = open_portal(settings, keys)
    try:
        for check, question, remedy in (
            ("database", _database, "Start it, or check IZARLINK_DATABASE_URL."),
            ("schema", lambda portal: require_current_schema(portal.database), "Run `izarlink-tickets migrate`."),
            ("sealing key", lambda portal: require_master_key(portal.database, keys), "Put this database's key back."),
        ):
            finding = _asked(check, partial(question, portal), remedy=remedy)
            yield finding
            if finding.status is Status.FAILED:
                return
        for check, ask in (("history", _history), ("mails", _mails), ("passwords", _passwords)):
            yield _asked(check, partial(_queried, portal, ask))
    finally:
        portal.database.close()


def _asked(check: str, question: Callable[[], str | None], *, remedy: str = "") -> Finding:
    """Ask one question; whatever keeps it from being answered is a finding. remedy: for that case."""
    try:
        return Finding(check, Status.OK, question() or "as it should be")
    except Unwell as unwell:
        return Finding(check, unwell.status, unwell.detail, unwell.remedy)
    except Exception as error:  # noqa: BLE001 - the other questions must be asked all the same
        return Finding(check, Status.FAILED, sentence_of(error) or type(error).__name__, remedy)


def _queried(portal: Portal, ask: Callable[[Connection], str]) -> str:
    with portal.database.query() as connection:
        return ask(connection)


# --- the questions ----------------------------------------------------------------------------------------------------


def _python() -> str:
    if sys.version_info < SAFE_PYTHON:
        raise Unwell(
            f"{platform.python_version()} lets header lines be written into mails (CVE-2024-6923)",
            "Install 3.11.10 or later; the portal builds its headers another way, and checks them.",
        )
    return platform.python_version()


def _settings() -> tuple[Settings | None, Finding]:
    read: list[Settings] = []
    remedy = "Correct or remove it; docs/operating.md lists all."
    finding = _asked("settings", lambda: read.append(read_settings()), remedy=remedy)
    return next(iter(read), None), finding


def _address(settings: Settings) -> str:
    url = urlsplit(settings.base_url)
    if url.scheme != "https" and url.hostname not in LOOPBACK:
        raise Unwell(
            f"{settings.base_url} is not encrypted: passwords can be read on the way",
            "Put a server with a certificate in front, and set IZARLINK_BASE_URL to its https:// address.",
        )
    return settings.base_url


def _folder(path: Path) -> str:
    existing = next(folder for folder in (path, *path.parents) if folder.exists())
    with tempfile.TemporaryFile(dir=existing):
        pass
    if existing == path and path.stat().st_mode & OTHERS:
        raise Unwell(f"{path} can be read by others on this machine", f"chmod 700 {path}")
    return f"{path} can be written" if existing == path else f"{path} will be made"


def _disk(path: Path) -> str:
    existing = next(folder for folder in (path, *path.parents) if folder.exists())
    free = shutil.disk_usage(existing).free
    told = f"{free // 2**20:,} MiB are free"
    if free < LITTLE_SPACE_BYTES:
        status = Status.FAILED if free < NO_SPACE_BYTES else Status.WARNING
        raise Unwell(told, "Make room: without it nothing can be stored.", status=status)
    return told


def _keys(settings: Settings) -> None:
    load_keys(settings)


def _mail_server(settings: Settings) -> str:
    target = settings.mail_target
    if isinstance(target, MailFolder):
        return f"mails are written to a folder; {_folder(target.path)}"
    letterhead = Letterhead.of(settings)
    server = Smtp(target, sender=letterhead.sender_address, host=letterhead.host, timeout=HANDSHAKE_SECONDS)
    try:
        server.prepare()
    except ServerUnreachable as error:
        raise Unwell(error.answer, "Check IZARLINK_SMTP_URL and that server.", status=Status.FAILED) from error
    finally:
        server.close()
    return f"{target.host} takes our mails"


def _database(portal: Portal) -> str:
    _queried(portal, lambda connection: str(connection.execute(select(1)).scalar_one()))
    return str(portal.database.path or "PostgreSQL answers")


def _history(connection: Connection) -> str:
    """Compare the clock with what is recorded: an event in the future comes from a clock that went wrong."""
    last = connection.execute(select(func.max(LIVE.tickets.c.last_activity_at))).scalar_one()
    if last and last > now() + CLOCK_TOLERANCE:
        raise Unwell(f"the last event is of {moment(last)}, which is to come", "Set the clock of this machine.")
    return f"the last event is of {moment(last)}" if last else "no ticket yet"


def _mails(connection: Connection) -> str:
    waiting, oldest = outbox.backlog(connection)
    failed = outbox.count_failed(connection)
    if oldest and oldest < now() - OLD_MAIL:
        raise Unwell(f"{waiting} wait, the oldest since {moment(oldest)}", "See that `serve` or `work` is running.")
    if failed:
        raise Unwell(f"{failed} were given up", "See `izarlink-tickets mail list --status failed`, then `mail retry`.")
    return f"{waiting} wait"


def _passwords(connection: Connection) -> str:
    waiting = sum(account.active and account.must_change_password for account in list_accounts(connection))
    if waiting:
        raise Unwell(
            f"{waiting} accounts have an initial password or none",
            "Remind them, or send new credentials with `account reset-password`.",
        )
    return "every active account has chosen one"
