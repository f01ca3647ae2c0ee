"""Mutations of the source, each of which the suite must catch.

`./run faults --mutations` applies each to a copy. A mutation replaces a text of the source; a change of that text needs
a change here.
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
class Mutation:
    """A mistake in a file of the source.

    original, mutated: the text before and after.
    tests: the files to run, until the first failure.
    """

    name: str
    file: str
    original: str
    mutated: str
    tests: tuple[str, ...]

    def is_applicable(self) -> bool:
        """Return whether the original text occurs once in its file."""
        path = SOURCE / self.file
        return path.exists() and path.read_text("utf-8").count(self.original) == 1

    def apply(self, package: Path) -> None:
        path = package / self.file
        path.write_text(path.read_text("utf-8").replace(self.original, self.mutated), "utf-8")


@dataclass(frozen=True)
class MutationResult:
    """The result of a mutation. mistake: its name.

    caught_by: the test that failed; empty if none did. The names are those of the JSON output.
    """

    mistake: str
    caught_by: str
    seconds: float
    output: str = ""


MUTATIONS = (
    Mutation(
        "the bytes of a file are not synced",
        "durable_files.py",
        "        os.fsync(file.fileno())\n",
        "",
        ("tests/attachments/test_folder.py",),
    ),
    Mutation(
        "the folder of a file is not synced",
        "attachments/folder.py",
        "            sync_folder(folder)\n",
        "",
        ("tests/attachments/test_folder.py",),
    ),
    Mutation(
        "SQLite doesn't sync its commits",
        "database/sqlite.py",
        '"PRAGMA synchronous = FULL"',
        '"PRAGMA synchronous = NORMAL"',
        ("tests/database/test_sqlite.py",),
    ),
    Mutation(
        "a command is acknowledged before PostgreSQL has synced it",
        "database/postgresql.py",
        '    event.listen(writes, "connect", _sync_commits)\n',
        "",
        ("tests/faults/test_synced.py",),
    ),
    Mutation(
        "a command is acknowledged though its COMMIT failed",
        "database/connections.py",
        "        connection.invalidate()\n        raise\n",
        "        connection.invalidate()\n",
        ("tests/faults/test_lost_commit.py", "tests/faults/test_kth_call.py"),
    ),
    Mutation(
        "outbox messages are committed before the rest of their command",
        "application/transaction.py",
        "        failpoint(Point.AFTER_OUTBOX)\n",
        "        self.connection.commit()\n        failpoint(Point.AFTER_OUTBOX)\n",
        ("tests/faults/test_killed_writer.py",),
    ),
    Mutation(
        "a mail is recorded as sent before it is sent",
        "mailer/sending.py",
        "            for outcome in self._attempt(mail, content, bodies, deadline=deadline):\n",
        '            self._journal.record(DeliveryOutcome(mail, MailStatus.SENT, ""), at=self._clock())\n'
        "            for outcome in self._attempt(mail, content, bodies, deadline=deadline):\n",
        ("tests/mailer/test_killed_mailer.py",),
    ),
    Mutation(
        "a leased message is leased again",
        "outbox/queue.py",
        "outbox.c.due_at <= now, is_free, NOT_HELD, leads)",
        "outbox.c.due_at <= now, NOT_HELD, leads)",
        ("tests/notifications/test_outbox.py", "tests/mailer/test_several_mailers.py"),
    ),
    Mutation(
        "the mail under way at a kill is not shown as doubtful",
        "mailer/recording.py",
        "answer=answer, is_doubtful=True, due_at=due_at)",
        "answer=answer, is_doubtful=False, due_at=due_at)",
        ("tests/mailer/test_journal.py",),
    ),
    Mutation(
        "an expired lease leaves no doubt",
        "outbox/digests.py",
        "else_=outbox.c.doubts + 1)",
        "else_=outbox.c.doubts)",
        ("tests/mailer/test_journal.py",),
    ),
    Mutation(
        "a mail that begins is not noted in the journal",
        "mailer/sending.py",
        "        self._journal.begin(mail)\n",
        "",
        ("tests/mailer/test_journal.py",),
    ),
    Mutation(
        "a lost answer of a mail server is not recorded as doubtful",
        "mailer/smtp.py",
        "            raise Deferred(_describe(error), is_doubtful=True) from error\n",
        "            raise Deferred(_describe(error)) from error\n",
        ("tests/mailer/test_smtp.py",),
    ),
    Mutation(
        "the assignee is not notified of a message",
        "notifications.py",
        "@_others_concerned.register(events.FollowUpAdded)\n",
        "",
        ("tests/notifications/test_policy.py",),
    ),
    Mutation(
        "customers get digests",
        "accounts/table.py",
        "        return is_staff(self.actor) and self.mail_pace is not MailPace.EACH\n",
        "        return self.mail_pace is not MailPace.EACH\n",
        ("tests/mailer/test_digests.py",),
    ),
    Mutation(
        "only one of two recipients is notified",
        "notifications.py",
        "        for person in people\n",
        "        for person in list(people)[:1]\n",
        ("tests/notifications/test_policy.py",),
    ),
    Mutation(
        "commands don't update the read models",
        "application/transaction.py",
        "        projections.project(self.connection, recorded, before, number=ticket.number)\n",
        "",
        ("tests/projections/test_ticket_list.py", "tests/faults/test_killed_writer.py"),
    ),
    Mutation(
        "a rebuild swaps its tables without locking the log",
        "projections/rebuilding.py",
        "            last = lock_head(connection)\n",
        "            last = last_position(connection)\n",
        ("tests/projections/test_history.py",),
    ),
    Mutation(
        "two processes migrate at once",
        "application/operations/schema.py",
        ") as database, database.lock_migrations():\n",
        ") as database:\n",
        ("tests/migrations/test_migrate.py",),
    ),
    Mutation(
        "SQLite's transactions lock only at their first write",
        "database/connections.py",
        '"BEGIN IMMEDIATE"',
        '"BEGIN DEFERRED"',
        ("tests/database/test_sqlite.py",),
    ),
    Mutation(
        "a repeated command isn't recognised",
        "application/command_log.py",
        "            if first:\n                return first\n            transaction.limits",
        "            transaction.limits",
        ("tests/application/test_commands.py", "tests/faults/test_double_click.py"),
    ),
    Mutation(
        "limits are not checked behind the lock",
        "application/transaction.py",
        "            self.limits.check_as_only_writer(self.connection, position=head.positions.start - 1)\n",
        "            pass\n",
        ("tests/application/test_usage_limits.py",),
    ),
    Mutation(
        "a command's id is accepted for another command",
        "application/command_log.py",
        "    if not compare_digest(start.digest, digest):\n        raise CommandAlreadyUsed(start.number)\n",
        "",
        ("tests/application/test_commands.py",),
    ),
    Mutation(
        "a conflict isn't retried",
        "database/retries.py",
        "ATTEMPTS = 12\n",
        "ATTEMPTS = 1\n",
        ("tests/application/test_commands.py", "tests/faults/test_many_processes.py"),
    ),
    Mutation(
        "a decision on an old page is accepted",
        "domain/ticket_guards.py",
        "    if context.seen_version is not None and context.seen_version != ticket.version:\n",
        "    if False:\n",
        ("tests/domain/test_seen_versions.py",),
    ),
    Mutation(
        "lists show tickets of another company",
        "projections/ticket_filters.py",
        "    return false() if scope is Scope.NONE else column == organisation_id\n",
        "    return false() if scope is Scope.NONE else true()\n",
        ("tests/projections",),
    ),
    Mutation(
        "a ticket of another company is opened",
        "domain/access.py",
        "    if viewer.organisation_id != ticket.organisation_id:\n        return False\n",
        "",
        ("tests/domain/test_access.py",),
    ),
    Mutation(
        "customers see internal notes",
        "projections/history_queries.py",
        "{True: true(), False: _rows.is_public == true()}",
        "{True: true(), False: true()}",
        ("tests/projections/test_history.py",),
    ),
    Mutation(
        "a form of another site is accepted",
        "web/csrf.py",
        "has_token() and not is_resumed()",
        "not is_resumed()",
        ("tests/web/test_csrf.py",),
    ),
    Mutation(
        "signing out leaves the session open",
        "application/sign_ins.py",
        "            end_session(connection, session_id=session_id)\n",
        "            pass\n",
        ("tests/application", "tests/web/test_sign_in.py"),
    ),
    Mutation(
        "a session survives a clock that was set back",
        "sessions/session.py",
        '    & (sessions.c.last_seen_at <= bindparam("ahead"))\n',
        "",
        ("tests/faults/test_clock.py",),
    ),
    Mutation(
        "a damaged file is served",
        "attachments/folder.py",
        "        if hashlib.sha256(sealed).hexdigest() != sha256:\n            raise BlobDamaged(sha256)\n",
        "",
        ("tests/attachments/test_folder.py",),
    ),
    Mutation(
        "a file has its name before its bytes are complete",
        "attachments/folder.py",
        '            draft = folder / f".{sha256}.{secrets.token_hex(8)}.tmp"\n',
        "            draft = folder / sha256\n",
        ("tests/attachments/test_folder.py", "tests/faults/test_killed_writer.py"),
    ),
    Mutation(
        "another file of the same name counts as a repeated command",
        "application/command_log.py",
        "[[_storable(upload.name), sha256(upload.content).hexdigest()] for upload in uploads]",
        "[[_storable(upload.name)] for upload in uploads]",
        ("tests/application/test_commands.py",),
    ),
    Mutation(
        "a digest takes a message that another sender has leased",
        "outbox/digests.py",
        ".where(outbox.c.due_at <= now, is_free_at(now))",
        ".where(outbox.c.due_at <= now)",
        ("tests/notifications/test_outbox.py",),
    ),
    Mutation(
        "a former requester stays a watcher in lists",
        "projections/ticket_list.py",
        "    watcher_ids.discard(event.requester_id)\n",
        "    pass\n",
        ("tests/projections/test_ticket_list.py",),
    ),
    Mutation(
        "a token from before the sign-in is valid after it",
        "web/authentication.py",
        "    end_session()\n    if target:\n",
        "    if target:\n",
        ("tests/web/test_csrf.py",),
    ),
    Mutation(
        "verify accepts a mail to an account without access",
        "verify/outbox_check.py",
        "if mail.account_id not in self.accounts or not is_told:",
        "if mail.account_id not in self.accounts:",
        ("tests/verify/test_verify.py",),
    ),
    Mutation(
        "an unreadable event is skipped",
        "projections/bulk.py",
        "        return [Recorded(row[4], decoded(stream_id, row[1], row[2], row[3])) for row in rows]\n",
        "        recorded = []\n"
        "        for row in rows:\n"
        "            try:\n"
        "                recorded.append(Recorded(row[4], decoded(stream_id, row[1], row[2], row[3])))\n"
        "            except EventUnreadable:\n"
        "                self.events += 1\n"
        "        return recorded\n",
        ("tests/faults/test_poison.py",),
    ),
    Mutation(
        "a row from memory is in the language of who saw it first",
        "web/row_memo.py",
        "    variant = page.language, page.timezone\n",
        "    variant = (page.timezone,)\n",
        ("tests/web/test_row_memo.py",),
    ),
    Mutation(
        "rows rendered before an erasure stay in memory",
        "web/row_memo.py",
        "                self._young, self._old, self._characters, self._erasures = {}, {}, 0, erasures\n",
        "                self._erasures = erasures\n",
        ("tests/web/test_row_memo.py",),
    ),
)


def run_mutations(mutations: Iterable[Mutation]) -> Iterator[MutationResult]:
    """Apply each mutation to a new copy and run its tests."""
    for mutation in mutations:
        with tempfile.TemporaryDirectory(prefix="izarlink-mutation-") as folder:
            package = Path(folder) / SOURCE.name
            shutil.copytree(SOURCE, package, ignore=shutil.ignore_patterns("__pycache__"))
            mutation.apply(package)
            yield _run_tests(mutation, folder)


def _run_tests(mutation: Mutation, folder: str) -> MutationResult:
    """Run the mutation's tests on the copy instead of the installed package."""
    start = time.monotonic()
    run = subprocess.run(
        [sys.executable, "-m", "pytest", "-x", "-q", "-p", "no:cacheprovider", "--tb=short", *mutation.tests],
        cwd=ROOT,
        env=os.environ | {"PYTHONPATH": folder, "PYTHONDONTWRITEBYTECODE": "1"},
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        check=False,
    )
    failed = _FAILED.search(run.stdout)
    caught_by = failed[1] if failed and run.returncode == SOME_FAILED else ""
    seconds = round(time.monotonic() - start, 1)
    return MutationResult(mutation.name, caught_by, seconds, "" if caught_by else run.stdout)
