"""The folder of sealed files: atomic, checked and swept."""

import errno
import hashlib
import os
import stat
import threading
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from izarlink_tickets.attachments import BlobDamaged, BlobMissing, BlobStorageFull, FolderStore

SEALED = b"sealed bytes"
CONTENTS = [bytes([number]) for number in range(8)]
SHA256 = hashlib.sha256(SEALED).hexdigest()


@pytest.fixture
def root(tmp_path):
    return tmp_path / "data" / "attachments"


@pytest.fixture
def store(root):
    return FolderStore(root)


def names_in(root) -> list[str]:
    return sorted(path.name for path in root.rglob("*") if path.is_file())


def nothing(_: list[str]) -> set[str]:
    return set()


def everything(digests: list[str]) -> set[str]:
    return set(digests)


def age(path, *, hours: float, now: datetime) -> None:
    then = (now - timedelta(hours=hours)).timestamp()
    os.utime(path, (then, then))


def age_all(root, *, hours: float, now: datetime) -> None:
    for path in root.glob("*/*"):
        age(path, hours=hours, now=now)


@pytest.fixture
def now():
    # Files have real times, so these tests use the real clock.
    return datetime.now(UTC)


def test_stored_bytes_are_loaded_unchanged(store):
    sha256 = store.put(SEALED)

    assert sha256 == SHA256
    assert store.get(sha256) == SEALED


def test_a_file_is_private_and_named_by_its_digest(store, root):
    store.put(SEALED)

    path = root / SHA256[:2] / SHA256
    assert names_in(root) == [SHA256]
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert stat.S_IMODE(path.parent.stat().st_mode) == 0o700
    assert stat.S_IMODE(root.stat().st_mode) == 0o700


def test_putting_the_same_bytes_again_changes_nothing(store, root):
    store.put(SEALED)
    store.put(SEALED)

    assert names_in(root) == [SHA256]


def test_two_threads_can_put_the_first_file_at_once(store):
    barrier = threading.Barrier(8)

    def put(content):
        barrier.wait()
        return store.put(content)

    with ThreadPoolExecutor(8) as threads:
        digests = list(threads.map(put, CONTENTS))

    assert [store.get(sha256) for sha256 in digests] == CONTENTS


@pytest.mark.parametrize("sha256", ["0" * 64, "", "../../../etc/passwd", SHA256.upper(), SHA256 + "\n"])
def test_unknown_bytes_are_missing(store, sha256):
    store.put(SEALED)

    with pytest.raises(BlobMissing):
        store.get(sha256)


@pytest.mark.parametrize("damaged", [b"", SEALED[:-1], SEALED + b"!", b"sealed bytez"])
def test_damaged_bytes_are_never_served(store, root, damaged):
    store.put(SEALED)
    (root / SHA256[:2] / SHA256).write_bytes(damaged)

    with pytest.raises(BlobDamaged):
        store.get(SHA256)


def test_a_full_disk_is_reported_and_leaves_nothing_behind(store, root, monkeypatch):
    def full(_: int) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(os, "fsync", full)

    with pytest.raises(BlobStorageFull):
        store.put(SEALED)
    assert names_in(root) == []


@pytest.mark.fault(40)
def test_the_bytes_are_synced_before_they_get_their_name_and_the_folder_after(store, monkeypatch):
    done: list[str] = []
    fsync, replace = os.fsync, os.replace

    def note_sync(descriptor: int) -> None:
        done.append("folder" if stat.S_ISDIR(os.fstat(descriptor).st_mode) else "bytes")
        fsync(descriptor)

    def note_name(draft: Path, name: Path) -> None:
        done.append("name")
        replace(draft, name)

    monkeypatch.setattr(os, "fsync", note_sync)
    monkeypatch.setattr(os, "replace", note_name)

    store.put(SEALED)

    assert done[-3:] == ["bytes", "name", "folder"]


def test_another_error_of_the_disk_is_not_called_full(store, monkeypatch):
    def broken(_: int) -> None:
        raise OSError(errno.EIO, "Input/output error")

    monkeypatch.setattr(os, "fsync", broken)

    with pytest.raises(OSError, match="Input/output"):
        store.put(SEALED)


def test_the_sweep_removes_old_unreferenced_files(store, root, now):
    store.put(SEALED)
    age(root / SHA256[:2] / SHA256, hours=25, now=now)

    assert store.sweep(nothing, now=now) == 1
    assert names_in(root) == []


def test_the_sweep_leaves_referenced_files(store, root, now):
    store.put(SEALED)
    age(root / SHA256[:2] / SHA256, hours=1000, now=now)

    assert store.sweep(everything, now=now) == 0
    assert store.get(SHA256) == SEALED


def test_the_sweep_leaves_young_files_whose_command_may_not_have_committed(store, root, now):
    store.put(SEALED)
    age(root / SHA256[:2] / SHA256, hours=23, now=now)

    assert store.sweep(nothing, now=now) == 0
    assert store.get(SHA256) == SEALED


def test_the_sweep_removes_the_drafts_of_crashed_uploads(store, root, now):
    store.put(SEALED)
    old, young = root / SHA256[:2] / f".{SHA256}.0a.tmp", root / SHA256[:2] / f".{SHA256}.0b.tmp"
    old.write_bytes(b"sea")
    young.write_bytes(b"sea")
    age(old, hours=25, now=now)

    assert store.sweep(everything, now=now) == 1
    assert names_in(root) == [young.name, SHA256]


def test_the_sweep_asks_in_batches_and_about_our_files_only(store, root, now):
    batches: list[list[str]] = []
    digests = [store.put(str(number).encode()) for number in range(501)]
    (root / "00").mkdir(exist_ok=True)
    (root / "00" / "note.txt").write_text("an operator's")
    age_all(root, hours=25, now=now)

    def referenced(batch: list[str]) -> set[str]:
        batches.append(batch)
        return set()

    assert store.sweep(referenced, now=now) == 501
    assert sorted(len(batch) for batch in batches) == [1, 500]
    assert sorted(digests) == sorted(sha256 for batch in batches for sha256 in batch)
    assert names_in(root) == ["note.txt"]


def test_a_folder_that_was_never_used_has_nothing_to_sweep(store, root, now):
    assert store.sweep(nothing, now=now) == 0
    assert not root.exists()
