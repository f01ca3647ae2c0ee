"""What is refused before anything is touched, what leaves nothing behind, and what is restored all the same."""

import errno
import os
from collections.abc import Callable
from hashlib import sha256
from pathlib import Path
from typing import Any
from zipfile import ZIP_STORED, ZipFile

import orjson
import pytest
from tests.backup.conftest import Installation
from tests.backup.safe import back_up, breaches, content, opened, put_back
from tests.cast import Cast
from tests.openings import open_incident

from izarlink_tickets.application import Portal
from izarlink_tickets.application.restoring import TargetNotEmpty, Wishes
from izarlink_tickets.application.schema import migrate
from izarlink_tickets.attachments import FolderStore, Upload
from izarlink_tickets.backup import (
    AttachmentsMissing,
    BackupDamaged,
    BackupIsNewer,
    NotABackup,
    read_erasures,
)
from izarlink_tickets.backup import loading as backup_loading
from izarlink_tickets.config import SettingsError
from izarlink_tickets.mail_hold import mail_hold
from izarlink_tickets.projections.history_queries import timeline
from izarlink_tickets.projections.rebuilding import Rebuilder
from izarlink_tickets.sealing import WrongSealingKey

pytestmark = pytest.mark.parametrize("stage", ["sqlite"], indirect=True)

Change = Callable[[dict[str, bytes]], object]


def rewrite(file: Path, change: Change) -> None:
    """Write the zip file anew, with some of its parts changed."""
    with ZipFile(file) as archive:
        parts = {name: archive.read(name) for name in archive.namelist()}
    change(parts)
    with ZipFile(file, "w", ZIP_STORED) as archive:
        for name, part in parts.items():
            archive.writestr(name, part)


def change_manifest(**fields: object) -> Change:
    def change(parts: dict[str, bytes]) -> None:
        parts["manifest.json"] = orjson.dumps(orjson.loads(parts["manifest.json"]) | fields)

    return change


def replace_in(name: str, old: bytes, new: bytes) -> Change:
    def change(parts: dict[str, bytes]) -> None:
        assert old in parts[name]
        parts[name] = parts[name].replace(old, new)

    return change


def lose_attachment(parts: dict[str, bytes]) -> None:
    del parts[next(name for name in parts if name.startswith("attachments/"))]


def spoil_attachment(parts: dict[str, bytes]) -> None:
    parts[next(name for name in parts if name.startswith("attachments/"))] = b"spoilt"


@pytest.mark.parametrize(
    ("change", "refusal"),
    [
        pytest.param(change_manifest(format=2), BackupIsNewer, id="a later format"),
        pytest.param(change_manifest(schema_step="9999"), BackupIsNewer, id="a later schema"),
        pytest.param(change_manifest(program="other"), NotABackup, id="another program's"),
        pytest.param(change_manifest(tables="none"), NotABackup, id="an odd manifest"),
        pytest.param(lambda parts: parts.pop("manifest.json"), NotABackup, id="no manifest"),
        pytest.param(replace_in("tables/accounts.jsonl", b"Alice", b"Malice"), BackupDamaged, id="a changed row"),
        pytest.param(lambda parts: parts.pop("tables/outbox.jsonl"), BackupDamaged, id="a lost table"),
        pytest.param(
            replace_in("tables/events.jsonl", b'{"position":1,', b"{,"), BackupDamaged, id="a line that is none"
        ),
        pytest.param(change_manifest(position=7), BackupDamaged, id="another end of the log"),
        pytest.param(lose_attachment, AttachmentsMissing, id="a lost attachment"),
        pytest.param(spoil_attachment, AttachmentsMissing, id="a spoilt attachment"),
    ],
)
def test_a_file_that_is_not_whole_is_refused_before_anything_is_touched(
    told: Portal, file: Path, installation: Installation, change: Change, refusal: type[Exception]
) -> None:
    back_up(told, file)
    rewrite(file, change)
    settings = installation("sqlite")

    with pytest.raises(refusal):
        put_back(settings, file)

    assert [path.name for path in settings.data_dir.iterdir()] == ["sealing_key"]


@pytest.mark.parametrize("size", [0, 100, 5000, -1], ids=["empty", "cut short", "cut in two", "cut at its end"])
def test_a_file_that_was_cut_off_is_no_backup(told: Portal, file: Path, installation: Installation, size: int) -> None:
    back_up(told, file)
    file.write_bytes(file.read_bytes()[:size])

    with pytest.raises(NotABackup):
        put_back(installation("sqlite"), file)


@pytest.mark.fault(47)
def test_a_flipped_bit_is_found(told: Portal, file: Path, installation: Installation) -> None:
    back_up(told, file)
    content = bytearray(file.read_bytes())
    content[len(content) // 4] ^= 1
    file.write_bytes(content)

    with pytest.raises((BackupDamaged, AttachmentsMissing)):
        put_back(installation("sqlite"), file)


def test_another_key_is_refused(told: Portal, file: Path, installation: Installation) -> None:
    back_up(told, file)
    settings = installation("sqlite")
    (settings.data_dir / "sealing_key").unlink()

    with pytest.raises(SettingsError, match="put the key of this backup back first"):
        put_back(settings, file)
    migrate(settings)
    with pytest.raises(WrongSealingKey):
        put_back(settings, file)


def test_a_database_that_holds_something_is_refused(told: Portal, file: Path) -> None:
    back_up(told, file)
    before = content(told)

    with pytest.raises(TargetNotEmpty):
        put_back(told.settings, file)

    assert content(told) == before


def test_an_installation_that_was_only_migrated_is_empty(told: Portal, file: Path, installation: Installation) -> None:
    back_up(told, file)
    settings = installation("sqlite")
    migrate(settings)

    put_back(settings, file)

    with opened(settings) as portal:
        assert content(portal) == content(told)


@pytest.mark.fault(47)
def test_an_interrupted_restore_has_done_nothing_and_can_be_repeated(
    told: Portal, file: Path, installation: Installation, monkeypatch: pytest.MonkeyPatch
) -> None:
    back_up(told, file)
    settings = installation("sqlite")
    whole = backup_loading._load  # noqa: SLF001 - where a process may be killed

    def killed(*arguments: object) -> None:
        whole(*arguments)  # type: ignore[arg-type]  # passed on as they came
        raise KeyboardInterrupt

    monkeypatch.setattr(backup_loading, "_load", killed)
    with pytest.raises(KeyboardInterrupt):
        put_back(settings, file)
    monkeypatch.undo()

    put_back(settings, file)

    with opened(settings) as portal:
        assert breaches(portal) == []


def test_a_restore_that_died_before_the_read_models_is_finished_by_migrate(
    told: Portal, file: Path, installation: Installation, monkeypatch: pytest.MonkeyPatch
) -> None:
    back_up(told, file)
    settings = installation("sqlite")

    def killed(_: Rebuilder) -> bool:
        raise KeyboardInterrupt

    monkeypatch.setattr(Rebuilder, "ensure", killed)
    with pytest.raises(KeyboardInterrupt):
        put_back(settings, file)
    monkeypatch.undo()

    done = migrate(settings)

    with opened(settings) as portal, portal.database.query() as connection:
        assert done.has_rebuilt
        assert mail_hold(connection) is not None
        assert breaches(portal) == []


def test_a_backup_is_never_written_over_another(told: Portal, file: Path) -> None:
    back_up(told, file)
    before = file.read_bytes()

    with pytest.raises(FileExistsError):
        back_up(told, file)

    assert file.read_bytes() == before


def test_a_full_disk_leaves_nothing(told: Portal, file: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    file.parent.mkdir()

    def fail(_: int) -> None:
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    monkeypatch.setattr(os, "fsync", fail)
    with pytest.raises(OSError, match="No space left"):
        back_up(told, file)

    assert list(file.parent.iterdir()) == []


def test_a_backup_is_for_its_operator_alone(told: Portal, file: Path) -> None:
    back_up(told, file)

    assert file.stat().st_mode & 0o777 == 0o600


def test_only_new_attachments_are_copied_into_a_folder(
    told: Portal, cast: Cast, file: Path, installation: Installation
) -> None:
    files = file.parent / "files"
    back_up(told, file, files=files)
    before = {path: path.stat().st_ino for path in files.glob("*/*")}
    open_incident(told, cast, uploads=[Upload("neuf.txt", b"neuf")])
    second = file.with_name("tuesday.zip")

    back_up(told, second, files=files)

    after = {path: path.stat().st_ino for path in files.glob("*/*")}
    assert (len(before), len(after)) == (3, 4)
    assert before.items() <= after.items()
    put_back(settings := installation("sqlite"), second, Wishes(files=FolderStore(files)))
    with opened(settings) as portal:
        assert breaches(portal) == []


def test_what_was_lost_before_is_said_and_keeps_nobody_from_restoring(
    told: Portal, file: Path, installation: Installation
) -> None:
    lost = min(told.settings.attachments_folder.glob("*/*"))
    lost.unlink()

    manifest = back_up(told, file)
    put_back(settings := installation("sqlite"), file)

    assert manifest.attachments.lost == [lost.name]
    with opened(settings) as portal:
        assert [finding.check for finding in breaches(portal)] == ["files"]


def test_losses_can_be_accepted(told: Portal, file: Path, installation: Installation) -> None:
    back_up(told, file, files=file.parent / "files")

    restored = put_back(settings := installation("sqlite"), file, Wishes(accepts_losses=True))

    assert restored.attachments == 0
    with opened(settings) as portal:
        assert [finding.check for finding in breaches(portal)] == ["files"]


def test_whoever_was_erased_since_stays_erased(
    told: Portal, cast: Cast, file: Path, installation: Installation
) -> None:
    back_up(told, file)
    listed = file.with_name("erased.txt")
    listed.write_text(f"# erased on request\n\n{cast['alice'].id}  # 2026-11-02\n")

    put_back(settings := installation("sqlite"), file, Wishes(erasures=read_erasures(listed)))

    with opened(settings) as portal:
        with portal.database.query() as connection:
            hers, his = (timeline(connection, cast["sam"].person, number=number).entries[0] for number in (1, 3))
        assert breaches(portal) == []
    assert (hers.words, his.words) == (None, "Depuis ce matin.")


# What steps later than 0004 have added to tables.
ADDED = {"outbox": {"settled_doubts", "handled_by", "handled_at", "digest_at"}, "accounts": {"mail_pace"}}
# Tables that came with later steps than the one that the backup claims.
LATER = {"log_generations", "own_views"}


def age_table(parts: dict[str, bytes], table: dict[str, Any]) -> None:
    """Drop from a table of a backup what an earlier release doesn't know."""
    path, added = f"tables/{table['name']}.jsonl", ADDED[table["name"]]
    rows = [orjson.loads(line) for line in parts[path].splitlines()]
    kept = [{name: one for name, one in row.items() if name not in added} for row in rows]
    parts[path] = b"".join(orjson.dumps(row) + b"\n" for row in kept)
    table["columns"] = {name: kind for name, kind in table["columns"].items() if name not in added}
    table |= {"size": len(parts[path]), "sha256": sha256(parts[path]).hexdigest()}


def test_a_backup_of_an_earlier_release_is_migrated(told: Portal, file: Path, installation: Installation) -> None:
    back_up(told, file)

    def age(parts: dict[str, bytes]) -> None:
        manifest = orjson.loads(parts["manifest.json"])
        manifest["schema_step"] = "0004"
        manifest["tables"] = [table for table in manifest["tables"] if table["name"] not in LATER]
        tables = {table["name"]: table for table in manifest["tables"]}
        age_table(parts, tables["outbox"])
        age_table(parts, tables["accounts"])
        parts["manifest.json"] = orjson.dumps(manifest)

    rewrite(file, age)

    put_back(settings := installation("sqlite"), file)

    with opened(settings) as portal:
        assert content(portal) == content(told)
        assert breaches(portal) == []
