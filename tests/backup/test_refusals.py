"""Refusals before anything changes, and failures that leave nothing behind."""

import shutil
from hashlib import sha256
from pathlib import Path

import orjson
import pytest
from tests.backup.backup_files import back_up, breaches, content, opened, put_back
from tests.backup.conftest import Installation
from tests.backup.rewriting import Change, rewrite

from izarlink_tickets.application import Portal
from izarlink_tickets.application.operations import key_rotation
from izarlink_tickets.application.operations.key_rotation import rotate_sealing_key
from izarlink_tickets.application.operations.restore import TargetNotEmpty
from izarlink_tickets.application.operations.schema import migrate
from izarlink_tickets.backup import (
    AttachmentsMissing,
    BackupDamaged,
    BackupIsNewer,
    NotABackup,
    SealingKeyMissing,
    reader,
)
from izarlink_tickets.backup import loader as backup_loading
from izarlink_tickets.config import SettingsError, fingerprint_of
from izarlink_tickets.mail_hold import mail_hold
from izarlink_tickets.projections.rebuilding import Rebuilder

pytestmark = pytest.mark.parametrize("stage", ["sqlite"], indirect=True)


def change_manifest(**fields: object) -> Change:
    def change(parts: dict[str, bytes]) -> None:
        parts["manifest.json"] = orjson.dumps(orjson.loads(parts["manifest.json"]) | fields)

    return change


def replace_in(name: str, old: bytes, new: bytes) -> Change:
    def change(parts: dict[str, bytes]) -> None:
        assert old in parts[name]
        parts[name] = parts[name].replace(old, new)

    return change


def misname_attachment(parts: dict[str, bytes]) -> None:
    """List an attachment under a number, with matching sums."""
    listed = parts["attachments.jsonl"].splitlines(keepends=True)
    listed[0] = b'{"sha256":5}\n'
    parts["attachments.jsonl"] = b"".join(listed)
    manifest = orjson.loads(parts["manifest.json"])
    sums = {"size": len(parts["attachments.jsonl"]), "sha256": sha256(parts["attachments.jsonl"]).hexdigest()}
    change_manifest(attachments=manifest["attachments"] | sums)(parts)


def append_to_attachments(parts: dict[str, bytes], unbounded: str) -> None:
    """Add an unreadable line to the list of attachments."""
    parts["attachments.jsonl"] += b"none\n"
    listed = orjson.loads(parts["manifest.json"])["attachments"]
    change_manifest(attachments=listed | {unbounded: 10**9})(parts)


def rename_table(old: str, new: str) -> Change:
    """Change the table that the rows belong to."""

    def change(parts: dict[str, bytes]) -> None:
        tables = orjson.loads(parts["manifest.json"])["tables"]
        renamed = [table | {"name": new} if table["name"] == old else table for table in tables]
        change_manifest(tables=renamed)(parts)

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
        pytest.param(change_manifest(tables="none"), NotABackup, id="an invalid manifest"),
        pytest.param(lambda parts: parts.pop("manifest.json"), NotABackup, id="no manifest"),
        pytest.param(replace_in("tables/accounts.jsonl", b"Alice", b"Malice"), BackupDamaged, id="a changed row"),
        pytest.param(replace_in("tables/accounts.jsonl", b"Alice", b"Alise"), BackupDamaged, id="a changed letter"),
        pytest.param(lambda parts: parts.pop("tables/outbox.jsonl"), BackupDamaged, id="a lost table"),
        pytest.param(replace_in("tables/events.jsonl", b'{"position":1,', b"{,"), BackupDamaged, id="an invalid line"),
        pytest.param(change_manifest(position=7), BackupDamaged, id="another end of the log"),
        pytest.param(misname_attachment, BackupDamaged, id="an attachment without a name"),
        pytest.param(lose_attachment, AttachmentsMissing, id="a lost attachment"),
        pytest.param(spoil_attachment, AttachmentsMissing, id="a spoilt attachment"),
    ],
)
def test_an_incomplete_file_is_refused_before_anything_changes(
    portal_with_tickets: Portal, file: Path, installation: Installation, change: Change, refusal: type[Exception]
) -> None:
    back_up(portal_with_tickets, file)
    rewrite(file, change)
    settings = installation("sqlite")

    with pytest.raises(refusal):
        put_back(settings, file)

    assert [path.name for path in settings.data_dir.iterdir()] == ["sealing_key"]


@pytest.mark.parametrize("name", ["alembic_version", "pas_de_table", "sessions"])
def test_rows_of_an_unknown_table_are_refused(
    portal_with_tickets: Portal, file: Path, installation: Installation, name: str
) -> None:
    back_up(portal_with_tickets, file)
    rewrite(file, rename_table("outbox", name))
    settings = installation("sqlite")

    with pytest.raises(BackupDamaged) as refused:
        put_back(settings, file)

    assert refused.value.what == "is of an unknown table"
    rewrite(file, rename_table(name, "outbox"))
    put_back(settings, file)


def test_an_oversized_line_of_a_part_is_not_loaded(
    portal_with_tickets: Portal, file: Path, installation: Installation, monkeypatch: pytest.MonkeyPatch
) -> None:
    back_up(portal_with_tickets, file)
    monkeypatch.setattr(reader, "LARGEST_BYTES", 40)

    with pytest.raises(BackupDamaged) as refused:
        put_back(installation("sqlite"), file)

    assert refused.value.what == "has a line that can't be read"


@pytest.mark.parametrize("unbounded", ["rows", "size"])
def test_a_part_is_read_up_to_the_size_in_the_manifest(
    portal_with_tickets: Portal, file: Path, installation: Installation, unbounded: str
) -> None:
    back_up(portal_with_tickets, file)
    rewrite(file, lambda parts: append_to_attachments(parts, unbounded))

    with pytest.raises(BackupDamaged) as refused:
        put_back(installation("sqlite"), file)

    assert refused.value.what == "differs from its checksum"


def test_an_oversized_manifest_is_not_loaded(
    portal_with_tickets: Portal, file: Path, installation: Installation, monkeypatch: pytest.MonkeyPatch
) -> None:
    back_up(portal_with_tickets, file)
    monkeypatch.setattr(reader, "LARGEST_MANIFEST_BYTES", 40)

    with pytest.raises(NotABackup):
        put_back(installation("sqlite"), file)


@pytest.mark.parametrize("size", [0, 100, 5000, -1], ids=["empty", "cut short", "cut in two", "cut at its end"])
def test_a_file_that_was_cut_off_is_no_backup(
    portal_with_tickets: Portal, file: Path, installation: Installation, size: int
) -> None:
    back_up(portal_with_tickets, file)
    file.write_bytes(file.read_bytes()[:size])

    with pytest.raises(NotABackup):
        put_back(installation("sqlite"), file)


@pytest.mark.fault(47)
def test_a_flipped_bit_is_found(portal_with_tickets: Portal, file: Path, installation: Installation) -> None:
    back_up(portal_with_tickets, file)
    content = bytearray(file.read_bytes())
    content[len(content) // 4] ^= 1
    file.write_bytes(content)

    with pytest.raises((BackupDamaged, AttachmentsMissing)):
        put_back(installation("sqlite"), file)


def test_another_key_is_refused(portal_with_tickets: Portal, file: Path, installation: Installation) -> None:
    back_up(portal_with_tickets, file)
    settings = installation("sqlite")
    (settings.data_dir / "sealing_key").unlink()

    with pytest.raises(SettingsError, match="put the key of this backup back first"):
        put_back(settings, file)
    migrate(settings)
    with pytest.raises(SealingKeyMissing) as refusal:
        put_back(settings, file)
    assert refusal.value.needed == fingerprint_of(portal_with_tickets.keys.sealing.newest)


def test_a_backup_of_the_key_before_is_restored_where_that_key_is_kept(
    portal_with_tickets: Portal, file: Path, installation: Installation
) -> None:
    back_up(portal_with_tickets, file)
    rotate_sealing_key(portal_with_tickets.settings, portal_with_tickets.database)
    settings = installation("sqlite")
    (retired,) = portal_with_tickets.settings.data_dir.glob("sealing_key.*")

    with pytest.raises(SealingKeyMissing):
        put_back(settings, file)
    shutil.copy(retired, settings.data_dir)
    put_back(settings, file)

    with opened(settings) as portal:
        assert breaches(portal) == []


def test_a_backup_made_during_a_change_needs_both_keys(
    portal_with_tickets: Portal, file: Path, installation: Installation, monkeypatch: pytest.MonkeyPatch
) -> None:
    def make_backup(*_: object) -> None:
        back_up(portal_with_tickets, file)
        raise InterruptedError

    monkeypatch.setattr(key_rotation, "BATCH", 2)
    with pytest.raises(InterruptedError):
        rotate_sealing_key(portal_with_tickets.settings, portal_with_tickets.database, progress=make_backup)
    settings = installation("sqlite")
    upcoming = portal_with_tickets.settings.data_dir / "sealing_key.next"

    with pytest.raises(SealingKeyMissing):
        put_back(settings, file)
    shutil.copy(upcoming, settings.data_dir)
    put_back(settings, file)

    with opened(settings) as portal:
        assert breaches(portal) == []


def test_a_database_that_holds_something_is_refused(portal_with_tickets: Portal, file: Path) -> None:
    back_up(portal_with_tickets, file)
    before = content(portal_with_tickets)

    with pytest.raises(TargetNotEmpty):
        put_back(portal_with_tickets.settings, file)

    assert content(portal_with_tickets) == before


def test_an_installation_that_was_only_migrated_is_empty(
    portal_with_tickets: Portal, file: Path, installation: Installation
) -> None:
    back_up(portal_with_tickets, file)
    settings = installation("sqlite")
    migrate(settings)

    put_back(settings, file)

    with opened(settings) as portal:
        assert content(portal) == content(portal_with_tickets)


@pytest.mark.fault(47)
def test_an_interrupted_restore_has_done_nothing_and_can_be_repeated(
    portal_with_tickets: Portal, file: Path, installation: Installation, monkeypatch: pytest.MonkeyPatch
) -> None:
    back_up(portal_with_tickets, file)
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
    portal_with_tickets: Portal, file: Path, installation: Installation, monkeypatch: pytest.MonkeyPatch
) -> None:
    back_up(portal_with_tickets, file)
    settings = installation("sqlite")

    def killed(_: Rebuilder, **_options: object) -> bool:
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
