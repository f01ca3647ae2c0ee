"""`backup` and `restore`: output and exit codes."""

import shutil
from pathlib import Path
from uuid import UUID

import pytest
from tests.cast import Cast
from tests.cli.conftest import Command, is_one_line, on_sqlite
from tests.openings import open_incident

from izarlink_tickets.application import Portal
from izarlink_tickets.attachments import Upload
from izarlink_tickets.config import Settings

pytestmark = on_sqlite


@pytest.fixture
def backup(command: Command, portal: Portal, cast: Cast, tmp_path: Path) -> Path:
    """Backup of a portal with one ticket and one file."""
    open_incident(portal, cast, uploads=[Upload("mesure.txt", b"2 Mbit/s")])
    file = tmp_path / "monday.zip"
    assert command("backup", str(file)).code == 0
    return file


@pytest.fixture
def empty(environment: pytest.MonkeyPatch, settings: Settings, tmp_path: Path) -> Path:
    """Empty installation with the sealing key of the first."""
    folder = tmp_path / "elsewhere"
    folder.mkdir(mode=0o700)
    shutil.copy(settings.data_dir / "sealing_key", folder)
    environment.setenv("IZARLINK_DATA_DIR", str(folder))
    environment.delenv("IZARLINK_DATABASE_URL")
    return folder


def test_a_backup_reports_its_contents(command: Command, portal: Portal, cast: Cast, tmp_path: Path):
    open_incident(portal, cast, uploads=[Upload("mesure.txt", b"2 Mbit/s")])
    file = tmp_path / "monday.zip"

    made, again = command("backup", str(file)), command("backup", str(file))

    assert (made.code, made.err) == (0, "")
    assert made.out.startswith(f"{file}: 0.0 MB, ")
    assert made.out.endswith(" events, 1 attachment.\n")
    assert (again.code, again.err) == (1, f"izarlink-tickets: {file}: File exists.\n")


def test_a_lost_attachment_exits_with_3_and_the_backup_is_complete(
    command: Command, portal: Portal, cast: Cast, tmp_path: Path
):
    open_incident(portal, cast, uploads=[Upload("mesure.txt", b"2 Mbit/s")])
    next(portal.settings.attachments_folder.glob("*/*")).unlink()

    made = command("backup", str(tmp_path / "monday.zip"))

    assert made.code == 3
    assert made.err == "izarlink-tickets: 1 attachment was already lost or damaged; `verify` lists which.\n"
    assert (tmp_path / "monday.zip").exists()


def test_a_missing_folder_is_refused(command: Command, tmp_path: Path):
    file = tmp_path / "nowhere" / "monday.zip"

    made = command("backup", str(file))

    assert (made.code, made.err) == (1, f"izarlink-tickets: {file}: No such file or directory.\n")


def test_a_restore_verifies_and_prints_the_next_steps(backup: Path, empty: Path, anywhere: Command):
    restored, again = anywhere("restore", str(backup)), anywhere("restore", str(backup))

    assert (restored.code, restored.err) == (0, "")
    assert "Restored the backup of 2026-11-02 08:00Z, up to event " in restored.out
    assert "Mails are held, 3 mails waiting since 2026-11-02 08:00Z: check them with `mail list`" in restored.out
    assert "No list of erasures was used" in restored.out
    assert "ok      files         1 attachments\n" in restored.out
    assert again.code == 1
    assert again.err.startswith("izarlink-tickets: This database is not empty")


def test_the_list_of_erasures_can_be_a_setting(
    backup: Path, empty: Path, anywhere: Command, environment: pytest.MonkeyPatch, cast: Cast
):
    (empty / "erased.txt").write_text(f"{cast['alice'].id}\n{UUID(int=1)}\n{cast['alice'].id}\n")
    environment.setenv("IZARLINK_ERASURES_FILE", str(empty / "erased.txt"))

    restored = anywhere("restore", str(backup))

    assert restored.code == 0
    assert "Destroyed the keys of 1 erased person; their accounts are unchanged.\n" in restored.out
    assert "1 id on the list is not in the backup: check that the list is right.\n" in restored.out


@pytest.mark.parametrize(
    ("spoil", "sentence"),
    [
        (lambda file: file.write_bytes(b"PK"), "This is not a backup of this program."),
        (lambda file: file.unlink(), "No such file or directory."),
    ],
)
def test_a_file_that_is_not_a_backup_is_refused(backup: Path, empty: Path, anywhere: Command, spoil, sentence: str):
    spoil(backup)

    restored = anywhere("restore", str(backup))

    assert restored.code == 1
    assert is_one_line(restored.err)
    assert restored.err.endswith(f"{sentence}\n")
