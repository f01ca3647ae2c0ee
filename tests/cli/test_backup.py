"""`backup` and `restore`: what they say, and how they end."""

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
    """Give the backup of a portal with one ticket and one file."""
    open_incident(portal, cast, uploads=[Upload("mesure.txt", b"2 Mbit/s")])
    file = tmp_path / "monday.zip"
    assert command("backup", str(file)).code == 0
    return file


@pytest.fixture
def empty(environment: pytest.MonkeyPatch, settings: Settings, tmp_path: Path) -> Path:
    """Let the commands work in an empty installation with the key of the first."""
    folder = tmp_path / "elsewhere"
    folder.mkdir(mode=0o700)
    shutil.copy(settings.data_dir / "sealing_key", folder)
    environment.setenv("IZARLINK_DATA_DIR", str(folder))
    environment.delenv("IZARLINK_DATABASE_URL")
    return folder


def test_a_backup_says_what_it_holds(command: Command, portal: Portal, cast: Cast, tmp_path: Path):
    open_incident(portal, cast, uploads=[Upload("mesure.txt", b"2 Mbit/s")])
    file = tmp_path / "monday.zip"

    made, again = command("backup", str(file)), command("backup", str(file))

    assert (made.code, made.err) == (0, "")
    assert made.out.startswith(f"{file}: 0.0 MB, ")
    assert made.out.endswith(" events, 1 attachments.\n")
    assert (again.code, again.err) == (1, f"izarlink-tickets: {file}: File exists.\n")


def test_a_lost_attachment_ends_with_3_and_the_backup_is_made(
    command: Command, portal: Portal, cast: Cast, tmp_path: Path
):
    open_incident(portal, cast, uploads=[Upload("mesure.txt", b"2 Mbit/s")])
    next(portal.settings.attachments_folder.glob("*/*")).unlink()

    made = command("backup", str(tmp_path / "monday.zip"))

    assert made.code == 3
    assert made.err == "izarlink-tickets: 1 attachments were lost or damaged before; `verify` names them.\n"
    assert (tmp_path / "monday.zip").exists()


def test_a_folder_that_is_none_is_told(command: Command, tmp_path: Path):
    file = tmp_path / "nowhere" / "monday.zip"

    made = command("backup", str(file))

    assert (made.code, made.err) == (1, f"izarlink-tickets: {file}: No such file or directory.\n")


def test_a_restore_verifies_and_says_what_to_do_next(backup: Path, empty: Path, anywhere: Command):
    restored, again = anywhere("restore", str(backup)), anywhere("restore", str(backup))

    assert (restored.code, restored.err) == (0, "")
    assert "Restored the backup of 2026-11-02 08:00Z, up to event " in restored.out
    assert "Mails are held, 3 wait since 2026-11-02 08:00Z: look at them, then say `mail enable`.\n" in restored.out
    assert "No list of erasures was given" in restored.out
    assert "ok      files         1 attachments\n" in restored.out
    assert again.code == 1
    assert again.err.startswith("izarlink-tickets: This database holds something")


def test_the_list_of_erasures_can_be_a_setting(
    backup: Path, empty: Path, anywhere: Command, environment: pytest.MonkeyPatch, cast: Cast
):
    (empty / "erased.txt").write_text(f"{cast['alice'].id}\n{UUID(int=1)}\n{cast['alice'].id}\n")
    environment.setenv("IZARLINK_ERASURES_FILE", str(empty / "erased.txt"))

    restored = anywhere("restore", str(backup))

    assert restored.code == 0
    assert "The keys of 1 erased persons are destroyed; their accounts are as they were.\n" in restored.out
    assert "Of 1 on the list the backup knows no account: see that the ids are right.\n" in restored.out


@pytest.mark.parametrize(
    ("spoil", "sentence"),
    [
        (lambda file: file.write_bytes(b"PK"), "That is no backup of this program."),
        (lambda file: file.unlink(), "No such file or directory."),
    ],
)
def test_what_is_no_backup_is_refused(backup: Path, empty: Path, anywhere: Command, spoil, sentence: str):
    spoil(backup)

    restored = anywhere("restore", str(backup))

    assert restored.code == 1
    assert is_one_line(restored.err)
    assert restored.err.endswith(f"{sentence}\n")
