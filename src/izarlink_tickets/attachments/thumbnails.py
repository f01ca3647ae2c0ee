"""Thumbnails of pictures, made by a bounded process.

A picture that makes none, for whatever reason, remains a file like any other.
"""

import re
import subprocess
import sys
from dataclasses import dataclass, field
from pathlib import Path
from threading import BoundedSemaphore

MEDIA_TYPE = "image/jpeg"
# The formats that the library decodes; HEIC would need another library.
DECODED_TYPES = ("image/png", "image/jpeg", "image/gif", "image/webp")
_PROCESS = Path(__file__).with_name("thumbnail_process.py")
# Longer than its processor time, on a loaded machine.
TIMEOUT_SECONDS = 15
# For a slot: a picture without a thumbnail is better than a form that waits behind many others.
WAIT_SECONDS = 5.0
# The memory of two at most, however many files arrive at once.
_slots = BoundedSemaphore(2)
_OUTPUT = re.compile(rb"(\d{1,3}) (\d{1,3})\n(\xff\xd8\xff.{1,100000})", re.DOTALL)


@dataclass(frozen=True, slots=True)
class Thumbnail:
    """A JPEG; width and height in pixels."""

    width: int
    height: int
    content: bytes = field(repr=False)


class ThumbnailFailed(Exception):
    """The picture has no thumbnail; the message says how the process ended."""


def thumbnail_context(file_id: str) -> str:
    """Return what the sealed thumbnail of a file is bound to."""
    return f"{file_id}/thumbnail"


def make_thumbnail(content: bytes) -> Thumbnail:
    """Make the thumbnail of a picture. Raises: ThumbnailFailed."""
    if not _slots.acquire(timeout=WAIT_SECONDS):
        raise ThumbnailFailed("busy")
    try:
        return _parsed(_run([sys.executable, "-I", "-B", str(_PROCESS)], content))
    finally:
        _slots.release()


def _run(command: list[str], content: bytes) -> bytes:
    try:
        ended = subprocess.run(  # noqa: S603 - our own script, without a shell
            command,
            input=content,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            timeout=TIMEOUT_SECONDS,
            check=True,
            # Neither secrets nor settings reach the process.
            env={},
            cwd="/",
        )
    except subprocess.TimeoutExpired as error:
        raise ThumbnailFailed("timeout") from error
    except subprocess.CalledProcessError as error:
        raise ThumbnailFailed(f"exit code {error.returncode}") from error
    except OSError as error:
        raise ThumbnailFailed(f"not started: {error.strerror}") from error
    return ended.stdout


def _parsed(output: bytes) -> Thumbnail:
    match = _OUTPUT.fullmatch(output)
    if match is None:
        raise ThumbnailFailed("odd output")
    return Thumbnail(int(match[1]), int(match[2]), match[3])
