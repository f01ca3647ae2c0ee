"""Mistakes that somebody could make, each planted in a copy of the source: the suite must find every one of them.

`./run faults --planted`. A mistake is a text and what takes its place; where the text isn't there any more, whoever
changed it says here how the same mistake would be made now.
"""

import os
import re
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).parents[2]
SOURCE = ROOT / "src" / "izarlink_tickets"
SOME_FAILED = 1
_FAILED = re.compile(r"^(?:FAILED|ERROR) (\S+)", re.MULTILINE)


@dataclass(frozen=True)
class Mistake:
    """What is done wrong where. tests: what of the suite is run, the first failure ending it."""

    name: str
    file: str
    right: str
    wrong: str
    tests: tuple[str, ...]

    def applies(self) -> bool:
        """Say whether the text is in its file, once."""
        path = SOURCE / self.file
        return path.exists() and path.read_text("utf-8").count(self.right) == 1

    def plant(self, package: Path) -> None:
        path = package / self.file
        path.write_text(path.read_text("utf-8").replace(self.right, self.wrong), "utf-8")


@dataclass(frozen=True)
class Finding:
    """What came of it. caught_by: the test that failed; empty where none did."""

    mistake: str
    caught_by: str
    seconds: float
    output: str = ""


MISTAKES = (
    Mistake(
        "the bytes of a file are not synced",
        "durable_files.py",
        "        os.fsync(file.fileno())\n",
        "",
        ("tests/attachments/test_folder.py",),
    ),
    Mistake(
        "the folder of a file is not synced",
        "attachments/folder.py",
        "            sync_folder(folder)\n",
        "",
        ("tests/attachments/test_folder.py",),
    ),
    Mistake(
        "SQLite doesn't sync its commits",
        "database/sqlite.py",
        '"PRAGMA synchronous = FULL"',
        '"PRAGMA synchronous = NORMAL"',
        ("tests/database/test_sqlite.py",),
    ),
    Mistake(
        "a command is acknowledged before PostgreSQL has synced it",
        "database/postgresql.py",
        '    event.listen(writes, "connect", _sync_commits)\n',
        "",
        ("tests/faults/test_synced.py",),
    ),
    Mistake(
        "a command is acknowledged though its COMMIT failed",
        "database/connections.py",
        "        connection.invalidate()\n        raise\n",
        "        connection.invalidate()\n",
        ("tests/faults/test_lost_commit.py", "tests/faults/test_kth_call.py"),
    ),
    Mistake(
        "outbox messages are committed before the rest of their command",
        "application/transaction.py",
        "        failpoint(Point.AFTER_OUTBOX)\n",
        "        self.connection.commit()\n        failpoint(Point.AFTER_OUTBOX)\n",
        ("tests/faults/test_killed_writer.py",),
    ),
    Mistake(
        "a mail is recorded as sent before it is sent",
        "mailer/sending.py",
        "        outcomes = self._attempt(messages, deadline=deadline)\n",
        '        self._unrecorded.append((DeliveryOutcome(tuple(messages), MailStatus.SENT, ""), self._clock()))\n'
        "        self._record()\n"
        "        outcomes = self._attempt(messages, deadline=deadline)\n",
        ("tests/mailer/test_killed_mailer.py",),
    ),
    Mistake(
        "a leased message is leased again",
        "outbox/queue.py",
        "outbox.c.due_at <= now, is_free, NOT_HELD, leads)",
        "outbox.c.due_at <= now, NOT_HELD, leads)",
        ("tests/notifications/test_outbox.py", "tests/mailer/test_several_mailers.py"),
    ),
    Mistake(
        "a lost answer of a mail server leaves no doubt",
        "mailer/smtp.py",
        "            raise Deferred(_describe(error), is_doubtful=True) from error\n",
        "            raise Deferred(_describe(error)) from error\n",
        ("tests/mailer/test_smtp.py",),
    ),
    Mistake(
        "the assignee is not notified of a message",
        "notifications.py",
        "@_others_concerned.register(events.FollowUpAdded)\n",
        "",
        ("tests/notifications/test_policy.py",),
    ),
    Mistake(
        "customers get digests, too",
        "accounts/table.py",
        "        return is_staff(self.actor) and self.mail_pace is not MailPace.EACH\n",
        "        return self.mail_pace is not MailPace.EACH\n",
        ("tests/mailer/test_digests.py",),
    ),
    Mistake(
        "only one of two recipients is notified",
        "notifications.py",
        "    for account in _concerned_accounts(connection, ticket, recorded):\n",
        "    for account in list(_concerned_accounts(connection, ticket, recorded))[:1]:\n",
        ("tests/notifications/test_policy.py",),
    ),
    Mistake(
        "commands don't keep the read models",
        "application/transaction.py",
        "        projections.project(self.connection, recorded)\n",
        "",
        ("tests/projections/test_ticket_list.py", "tests/faults/test_killed_writer.py"),
    ),
    Mistake(
        "a rebuild doesn't hold the writers off while it swaps",
        "projections/rebuilding.py",
        "        lock_head(connection)\n",
        "",
        ("tests/projections/test_history.py",),
    ),
    Mistake(
        "two may migrate at once",
        "application/operations/schema.py",
        ") as database, database.lock_migrations():\n",
        ") as database:\n",
        ("tests/migrations/test_migrate.py",),
    ),
    Mistake(
        "SQLite's writers take no lock until they write",
        "database/connections.py",
        '"BEGIN IMMEDIATE"',
        '"BEGIN DEFERRED"',
        ("tests/database/test_sqlite.py",),
    ),
    Mistake(
        "a repeated command isn't recognised",
        "application/command_log.py",
        "            if first:\n                return first\n            try",
        "            try",
        ("tests/application/test_commands.py", "tests/faults/test_double_click.py"),
    ),
    Mistake(
        "a command's id is taken for another command",
        "application/command_log.py",
        "    if not compare_digest(row.digest, digest):\n        raise CommandAlreadyUsed(row.number)\n",
        "",
        ("tests/application/test_commands.py",),
    ),
    Mistake(
        "a conflict isn't tried again",
        "database/retries.py",
        "ATTEMPTS = 12\n",
        "ATTEMPTS = 1\n",
        ("tests/application/test_commands.py", "tests/faults/test_many_processes.py"),
    ),
    Mistake(
        "a decision on an old page is carried out",
        "domain/ticket_guards.py",
        "    if context.seen_version is not None and context.seen_version != ticket.version:\n",
        "    if False:\n",
        ("tests/domain/test_seen_versions.py",),
    ),
    Mistake(
        "lists hold what is another company's",
        "projections/ticket_filters.py",
        "    company = _tickets.organisation_id == viewer.organisation_id\n",
        "    company = true()\n",
        ("tests/projections",),
    ),
    Mistake(
        "a ticket of another company is opened",
        "domain/access.py",
        "    if viewer.organisation_id != ticket.organisation_id:\n        return False\n",
        "",
        ("tests/domain/test_access.py",),
    ),
    Mistake(
        "customers see internal notes",
        "projections/history_queries.py",
        "    return true() if sees_internal(viewer) else _rows.is_public == true()\n",
        "    return true()\n",
        ("tests/projections/test_history.py",),
    ),
    Mistake(
        "a form of another site is carried out",
        "web/csrf.py",
        "    except ValidationError:\n        return\n",
        "    except ValidationError:\n        pass\n",
        ("tests/web/test_csrf.py",),
    ),
    Mistake(
        "signing out leaves the session open",
        "application/sign_ins.py",
        "            end_session(connection, session_id=session_id)\n",
        "            pass\n",
        ("tests/application", "tests/web/test_sign_in.py"),
    ),
    Mistake(
        "a session outlives a clock that was set back",
        "sessions/session.py",
        '    & (sessions.c.last_seen_at <= bindparam("ahead"))\n',
        "",
        ("tests/faults/test_clock.py",),
    ),
    Mistake(
        "a damaged file is served",
        "attachments/folder.py",
        "        if hashlib.sha256(sealed).hexdigest() != sha256:\n            raise BlobDamaged(sha256)\n",
        "",
        ("tests/attachments/test_folder.py",),
    ),
    Mistake(
        "a file gets its name before its bytes",
        "attachments/folder.py",
        '            draft = folder / f".{sha256}.{secrets.token_hex(8)}.tmp"\n',
        "            draft = folder / sha256\n",
        ("tests/attachments/test_folder.py", "tests/faults/test_killed_writer.py"),
    ),
    Mistake(
        "an event that can't be read is passed over",
        "projections/rebuilding.py",
        "        page = read(connection, self._mapper_of(keys), after=after, limit=PAGE)\n",
        "        try:\n            page = read(connection, self._mapper_of(keys), after=after, limit=PAGE)\n"
        "        except Exception:\n            page = []\n",
        ("tests/faults/test_poison.py",),
    ),
)


def findings(mistakes: Iterable[Mistake]) -> Iterator[Finding]:
    """Plant one after the other, each in a copy of its own, and run its part of the suite."""
    for mistake in mistakes:
        with tempfile.TemporaryDirectory(prefix="izarlink-planted-") as folder:
            package = Path(folder) / SOURCE.name
            shutil.copytree(SOURCE, package, ignore=shutil.ignore_patterns("__pycache__"))
            mistake.plant(package)
            yield _found(mistake, folder)


def _found(mistake: Mistake, folder: str) -> Finding:
    """Run the tests with the copy before the installed package."""
    began = time.monotonic()
    ended = subprocess.run(
        [sys.executable, "-m", "pytest", "-x", "-q", "-p", "no:cacheprovider", "--tb=short", *mistake.tests],
        cwd=ROOT,
        env=os.environ | {"PYTHONPATH": folder, "PYTHONDONTWRITEBYTECODE": "1"},
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        check=False,
    )
    failed = _FAILED.search(ended.stdout)
    caught_by = failed[1] if failed and ended.returncode == SOME_FAILED else ""
    return Finding(mistake.name, caught_by, round(time.monotonic() - began, 1), "" if caught_by else ended.stdout)
