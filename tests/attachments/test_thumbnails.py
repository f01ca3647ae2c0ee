"""Thumbnails of pictures, made by a bounded process."""

import io
import subprocess
import sys
import zlib
from threading import BoundedSemaphore

import pytest
from PIL import Image
from tests.attachments.pictures import photo_with_position, picture

from izarlink_tickets.attachments import thumbnail_process, thumbnails
from izarlink_tickets.attachments.thumbnails import ThumbnailFailed, make_thumbnail

BOUNDED = f"""
import runpy, sys
runpy.run_path({thumbnail_process.__file__!r})["set_limits"]()
"""


def decoded(content: bytes) -> Image.Image:
    return Image.open(io.BytesIO(content))


def exit_code_of(statement: str) -> int:
    """Run a statement within the limits, and return how it ends."""
    command = [sys.executable, "-c", BOUNDED + statement]
    return subprocess.run(command, capture_output=True, check=False).returncode


def bomb(side: int) -> bytes:
    """Build a small PNG of so many pixels a side, all black."""
    header = side.to_bytes(4, "big") * 2 + bytes([1, 0, 0, 0, 0])
    rows = zlib.compress(bytes((side // 8 + 1) * side), 9)
    chunks = ((b"IHDR", header), (b"IDAT", rows), (b"IEND", b""))
    parts = [
        len(data).to_bytes(4, "big") + kind + data + zlib.crc32(kind + data).to_bytes(4, "big") for kind, data in chunks
    ]
    return b"\x89PNG\r\n\x1a\n" + b"".join(parts)


@pytest.mark.parametrize("file_format", ["PNG", "JPEG", "GIF", "WEBP"])
def test_a_picture_gets_a_small_jpeg(file_format: str):
    thumbnail = make_thumbnail(picture(file_format, width=1000, height=500))

    assert (thumbnail.width, thumbnail.height) == (320, 160)
    assert (decoded(thumbnail.content).format, decoded(thumbnail.content).size) == ("JPEG", (320, 160))


def test_a_small_picture_keeps_its_size():
    thumbnail = make_thumbnail(picture())

    assert (thumbnail.width, thumbnail.height) == (40, 30)


def test_a_thumbnail_has_no_data_of_its_picture():
    thumbnail = decoded(make_thumbnail(photo_with_position()).content)

    assert dict(thumbnail.getexif()) == {}
    assert not {"comment", "icc_profile", "exif"} & set(thumbnail.info)


def test_a_photo_is_turned_upright():
    thumbnail = make_thumbnail(photo_with_position(orientation=6))

    assert (thumbnail.width, thumbnail.height) == (160, 320)


@pytest.mark.parametrize(
    "content",
    [b"", b"\xff\xd8\xff\xe0....", b"\x89PNG\r\n\x1a\n<svg>", b"%PDF-1.7", picture()[:60], bomb(8_000)],
    ids=["nothing", "a bare signature", "a script", "another type", "cut", "a bomb"],
)
def test_what_does_not_decode_makes_none(content: bytes):
    with pytest.raises(ThumbnailFailed):
        make_thumbnail(content)


def test_who_finds_no_slot_in_time_gets_none(monkeypatch: pytest.MonkeyPatch):
    slots = BoundedSemaphore(1)
    monkeypatch.setattr(thumbnails, "_slots", slots)
    monkeypatch.setattr(thumbnails, "WAIT_SECONDS", 0.05)

    with slots, pytest.raises(ThumbnailFailed, match="busy"):
        make_thumbnail(picture())

    assert make_thumbnail(picture()).width == 40


def test_a_failure_frees_its_slot(monkeypatch: pytest.MonkeyPatch):
    slots = BoundedSemaphore(1)
    monkeypatch.setattr(thumbnails, "_slots", slots)
    with pytest.raises(ThumbnailFailed):
        make_thumbnail(b"")

    assert slots.acquire(blocking=False)


@pytest.mark.parametrize(
    "statement",
    ["bytearray(2**30)", "open('/etc/hostname')", "import socket; socket.socket()"],
    ids=["memory", "a file", "a connection"],
)
def test_the_process_is_bounded(statement: str):
    assert exit_code_of("pass") == 0
    assert exit_code_of(statement) == 1


def test_processor_time_is_bounded():
    statement = "import resource; sys.exit(resource.getrlimit(resource.RLIMIT_CPU)[0])"

    assert exit_code_of(statement) == 5
