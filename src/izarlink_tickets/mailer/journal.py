"""Journal of the mails under way, for the case of a kill.

Outcomes are stored in the database for many mails at once. So that a killed process leaves at most one mail in doubt,
each attempt and its outcome are first appended to a file of this machine, which the next sender reads. The file
survives the process, not the machine: after a power cut the leases expire, and all mails under them are in doubt.
"""

import errno
import fcntl
import os
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Any, NamedTuple
from uuid import uuid4

import orjson

from izarlink_tickets.outbox import MailStatus, OutboxMessage

JOURNALS = "mailer"
_SUFFIX = ".journal"
# Differs after each start of the machine; elsewhere than on Linux, a journal proves nothing about what it lacks.
_BOOT_ID = Path("/proc/sys/kernel/random/boot_id")


@dataclass(frozen=True, slots=True)
class DeliveryOutcome:
    """The outcome of one attempt. status: None for a retry.

    error: a bug.
    messages: those of the one mail. paused_until: set when there was no attempt, because the domain is paused.
    """

    messages: tuple[OutboxMessage, ...]
    status: MailStatus | None
    answer: str
    is_doubtful: bool = False
    error: Exception | None = None
    paused_until: datetime | None = None


class Lease(NamedTuple):
    """A leased message. attempts: before the lease."""

    message_id: str
    attempts: int
    until: datetime


@dataclass(slots=True)
class AbandonedJournal:
    """Leases and outcomes of a sender that ended, by message id.

    leases: all of them, in order; a message can be released and leased again. last_leases: by message id.
    begun: the messages whose outcome is missing. outcomes: with time, and the leases in place of the messages.
    is_complete: since the machine has not restarted, no line is missing.
    """

    leases: list[Lease] = field(default_factory=list)
    last_leases: dict[str, Lease] = field(default_factory=dict)
    begun: set[str] = field(default_factory=set)
    outcomes: list[tuple[list[Lease], DeliveryOutcome, datetime]] = field(default_factory=list)
    is_complete: bool = False


class JournalUnwritable(Exception):
    """No mail can be sent, because nothing can be noted about it."""


class Journal:
    """The journal of one sender, locked while it is open."""

    def __init__(self, folder: Path) -> None:
        """Prepare without opening. folder: of all journals of this machine."""
        self._folder = folder
        self._path = folder / f"{uuid4()}{_SUFFIX}"
        self._descriptor: int | None = None

    def lease(self, messages: Sequence[OutboxMessage], *, leased_until: datetime) -> None:
        """Note leased messages, before their lease is committed.

        The lines before stay until the journal is closed: the same COMMIT stores their outcomes, and it may fail.
        Raises: JournalUnwritable.
        """
        leased = {message.id: message.attempts for message in messages}
        self._append(boot=_boot_id(), leased_until=leased_until, leased=leased)

    def begin(self, messages: Sequence[OutboxMessage]) -> None:
        """Note that this mail may arrive from now on. Raises: JournalUnwritable."""
        self._append(begun=[message.id for message in messages])

    def record(self, outcome: DeliveryOutcome, *, at: datetime) -> None:
        """Note the outcome of a mail. at: aware UTC. Raises: JournalUnwritable."""
        self._append(
            ended=[message.id for message in outcome.messages],
            status=outcome.status,
            answer=outcome.answer,
            doubtful=outcome.is_doubtful,
            paused_until=outcome.paused_until,
            at=at,
        )

    def close(self) -> None:
        """Remove the journal, when the database has all of it."""
        if self._descriptor is not None:
            self._path.unlink(missing_ok=True)
            os.close(self._descriptor)
            self._descriptor = None

    def abandoned(self) -> Iterator[AbandonedJournal]:
        """Read the journals of ended senders; remove each when it is handled."""
        for path in self._folder.glob(f"*{_SUFFIX}"):
            with suppress(BlockingIOError, FileNotFoundError), path.open("rb") as file:
                fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
                yield _parse(file.read())
                path.unlink(missing_ok=True)

    def _append(self, **line: Any) -> None:  # noqa: ANN401 - what JSON can hold
        content = orjson.dumps(line) + b"\n"
        with _translated_failures():
            if os.write(self._open(), content) < len(content):
                raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    def _open(self) -> int:
        if self._descriptor is None:
            self._folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        while self._descriptor is None:
            self._descriptor = _locked(self._path)
        return self._descriptor


def _locked(path: Path) -> int | None:
    """Open and lock a new file; None if it was removed meanwhile."""
    descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)
    with suppress(BlockingIOError):
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        if os.fstat(descriptor).st_nlink:
            return descriptor
    os.close(descriptor)
    return None


@contextmanager
def _translated_failures() -> Iterator[None]:
    try:
        yield
    except OSError as error:
        raise JournalUnwritable(error.strerror) from error


def _boot_id() -> str:
    try:
        return _BOOT_ID.read_text().strip()
    except OSError:
        return ""


def _parse(content: bytes) -> AbandonedJournal:
    journal = AbandonedJournal()
    # The last line may be incomplete, or all of it garbage after a power cut.
    with suppress(orjson.JSONDecodeError, LookupError, TypeError, ValueError):
        for line in content.splitlines():
            _add(journal, orjson.loads(line))
    return journal


def _add(journal: AbandonedJournal, line: dict[str, Any]) -> None:
    if "begun" in line:
        journal.begun |= set(line["begun"])
        return
    if "ended" in line:
        journal.begun -= set(line["ended"])
        leases = [journal.last_leases[id_] for id_ in line["ended"]]
        journal.outcomes.append((leases, _outcome(line), datetime.fromisoformat(line["at"])))
        return
    until = datetime.fromisoformat(line["leased_until"])
    leases = [Lease(id_, attempts, until) for id_, attempts in line["leased"].items()]
    journal.leases += leases
    journal.last_leases |= {lease.message_id: lease for lease in leases}
    # After a restart of the machine, the end of the file may be missing.
    journal.is_complete = bool(line["boot"]) and line["boot"] == _boot_id()


def _outcome(line: dict[str, Any]) -> DeliveryOutcome:
    paused_until = line["paused_until"]
    return DeliveryOutcome(
        messages=(),
        status=MailStatus(line["status"]) if line["status"] else None,
        answer=line["answer"],
        is_doubtful=line["doubtful"],
        paused_until=datetime.fromisoformat(paused_until) if paused_until else None,
    )
