"""Files of backups, and restores from incomplete or older ones."""

import errno
import os
from hashlib import sha256
from pathlib import Path
from typing import Any

import orjson
import pytest
from sqlalchemy import delete, update
from tests.backup.backup_files import back_up, breaches, content, opened, put_back
from tests.backup.conftest import Installation
from tests.backup.rewriting import rewrite
from tests.cast import Cast
from tests.openings import open_incident

from izarlink_tickets.accounts.table import accounts
from izarlink_tickets.application import Portal
from izarlink_tickets.application.operations.restore import RestoreOptions
from izarlink_tickets.attachments import FolderStore, Upload
from izarlink_tickets.backup import read_erasures
from izarlink_tickets.event_store import commands
from izarlink_tickets.projections.history_queries import timeline

pytestmark = pytest.mark.parametrize("stage", ["sqlite"], indirect=True)


def test_a_backup_is_never_written_over_another(portal_with_tickets: Portal, file: Path) -> None:
    back_up(portal_with_tickets, file)
    before = file.read_bytes()

    with pytest.raises(FileExistsError):
        back_up(portal_with_tickets, file)

    assert file.read_bytes() == before


def test_a_full_disk_leaves_nothing(portal_with_tickets: Portal, file: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    file.parent.mkdir()

    def fail(_: int) -> None:
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    monkeypatch.setattr(os, "fsync", fail)
    with pytest.raises(OSError, match="No space left"):
        back_up(portal_with_tickets, file)

    assert list(file.parent.iterdir()) == []


@pytest.mark.cve("CVE-2021-21440", "CVE-2021-36096")
def test_a_backup_is_for_its_operator_alone(portal_with_tickets: Portal, file: Path) -> None:
    back_up(portal_with_tickets, file)

    assert file.stat().st_mode & 0o777 == 0o600


def test_only_new_attachments_are_copied_into_a_folder(
    portal_with_tickets: Portal, cast: Cast, file: Path, installation: Installation
) -> None:
    files = file.parent / "files"
    back_up(portal_with_tickets, file, files=files)
    before = {path: path.stat().st_ino for path in files.glob("*/*")}
    open_incident(portal_with_tickets, cast, uploads=[Upload("neuf.txt", b"neuf")])
    second = file.with_name("tuesday.zip")

    back_up(portal_with_tickets, second, files=files)

    after = {path: path.stat().st_ino for path in files.glob("*/*")}
    assert (len(before), len(after)) == (3, 4)
    assert before.items() <= after.items()
    put_back(settings := installation("sqlite"), second, RestoreOptions(files=FolderStore(files)))
    with opened(settings) as portal:
        assert breaches(portal) == []


def test_attachments_lost_before_the_backup_are_listed_and_block_no_restore(
    portal_with_tickets: Portal, file: Path, installation: Installation
) -> None:
    lost = min(portal_with_tickets.settings.attachments_folder.glob("*/*"))
    lost.unlink()

    manifest = back_up(portal_with_tickets, file)
    put_back(settings := installation("sqlite"), file)

    assert manifest.attachments.lost == [lost.name]
    with opened(settings) as portal:
        assert [finding.check for finding in breaches(portal)] == ["files"]


def test_losses_can_be_accepted(portal_with_tickets: Portal, file: Path, installation: Installation) -> None:
    back_up(portal_with_tickets, file, files=file.parent / "files")

    restored = put_back(settings := installation("sqlite"), file, RestoreOptions(accepts_losses=True))

    assert restored.attachments == 0
    with opened(settings) as portal:
        assert [finding.check for finding in breaches(portal)] == ["files"]


def test_persons_erased_since_the_backup_stay_erased(
    portal_with_tickets: Portal, cast: Cast, file: Path, installation: Installation
) -> None:
    back_up(portal_with_tickets, file)
    listed = file.with_name("erased.txt")
    listed.write_text(f"# erased on request\n\n{cast['alice'].id}  # 2026-11-02\n")

    put_back(settings := installation("sqlite"), file, RestoreOptions(erasures=read_erasures(listed)))

    with opened(settings) as portal:
        with portal.database.query() as connection:
            hers, his = (timeline(connection, cast["sam"].actor, number=number).entries[0] for number in (1, 3))
        assert breaches(portal) == []
    assert (hers.words, his.words) == (None, "Depuis ce matin.")


# What steps later than 0004 have added to tables.
ADDED = {
    "outbox": {"settled_doubts", "handled_by", "handled_at", "digest_at"},
    "accounts": {"mail_pace", "mails_company_tickets", "unread_since", "is_break_glass"},
    "commands": {"result", "file_bytes", "mails"},
    "log_head": {"read_models"},
    "sealing_keys": {"wrapped_by"},
}
# Tables that came with later steps than the one that the backup claims.
LATER = {
    *("authenticator_apps", "external_identities", "log_generations", "master_keys"),
    *("own_views", "passkeys", "recovery_codes", "ticket_visits"),
}


def age_table(parts: dict[str, bytes], table: dict[str, Any]) -> None:
    """Drop columns of later releases from a table of a backup."""
    path, added = f"tables/{table['name']}.jsonl", ADDED[table["name"]]
    rows = [orjson.loads(line) for line in parts[path].splitlines()]
    older = [{name: value for name, value in row.items() if name not in added} for row in rows]
    parts[path] = b"".join(orjson.dumps(row) + b"\n" for row in older)
    table["columns"] = {name: kind for name, kind in table["columns"].items() if name not in added}
    table |= {"size": len(parts[path]), "sha256": sha256(parts[path]).hexdigest()}


def test_a_backup_of_an_earlier_release_is_migrated(
    portal_with_tickets: Portal, file: Path, installation: Installation
) -> None:
    with portal_with_tickets.database.command() as connection:
        # Earlier releases kept them in another table; the tests of step 0009 have their move.
        connection.execute(delete(commands).where(commands.c.number.is_(None)))
    back_up(portal_with_tickets, file)

    def age(parts: dict[str, bytes]) -> None:
        manifest = orjson.loads(parts["manifest.json"])
        manifest["schema_step"] = "0004"
        manifest["tables"] = [table for table in manifest["tables"] if table["name"] not in LATER]
        tables = {table["name"]: table for table in manifest["tables"]}
        for name in ADDED:
            age_table(parts, tables[name])
        parts["manifest.json"] = orjson.dumps(manifest)

    rewrite(file, age)

    put_back(settings := installation("sqlite"), file)

    with opened(settings) as portal:
        with portal.database.command() as connection:
            # What came before the marks of what is unread counts as read from then on.
            connection.execute(update(accounts).values(unread_since=None))
        with portal_with_tickets.database.command() as connection:
            # Nor did it know what a command adds to the usage of its account.
            connection.execute(update(commands).values(file_bytes=None, mails=None))
        assert content(portal) == content(portal_with_tickets)
        assert breaches(portal) == []
