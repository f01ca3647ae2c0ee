"""Acceptance of uploaded files, and their stored names and types.

The type that the browser sends is ignored; extension and content decide.
Source: guide §3, « un fichier en pièce jointe (maximum 2 Mo) ».
"""

from collections.abc import Sequence
from dataclasses import dataclass, field

from izarlink_tickets.attachments.archives import fault_in
from izarlink_tickets.attachments.file_types import ACCEPTED, extension_of, file_type_of
from izarlink_tickets.attachments.refusals import (
    ArchiveRefused,
    FileContentMismatch,
    FileEmpty,
    FileKindRefused,
    FileTooLarge,
)
from izarlink_tickets.domain.errors import TooManyFiles
from izarlink_tickets.domain.text import clean_line
from izarlink_tickets.domain.ticket_guards import MAX_FILES

NAME_MAXIMUM = 150
# Replaces a name that is empty after cleaning.
NAMELESS = "fichier"


@dataclass(frozen=True)
class Upload:
    """An uploaded file. name: as the browser or a script sent it."""

    name: str
    content: bytes = field(repr=False)


@dataclass(frozen=True)
class CheckedFile:
    """An accepted file. name: for display, never a path."""

    name: str
    media_type: str
    content: bytes = field(repr=False)


def check_all(uploads: Sequence[Upload], *, max_bytes: int) -> list[CheckedFile]:
    """Check a command's files. Raises: TooManyFiles, and as `check`."""
    if len(uploads) > MAX_FILES:
        raise TooManyFiles(MAX_FILES)
    return [check(upload, max_bytes=max_bytes) for upload in uploads]


def check(upload: Upload, *, max_bytes: int) -> CheckedFile:
    """Check a file.

    Raises: FileKindRefused, FileEmpty, FileTooLarge, FileContentMismatch, ArchiveRefused.
    """
    name, content = clean_name(upload.name), upload.content
    file_type, extension = file_type_of(name), extension_of(name)
    if file_type is None:
        raise FileKindRefused(name, ACCEPTED)
    if not content:
        raise FileEmpty(name)
    if len(content) > max_bytes:
        raise FileTooLarge(name, len(content), max_bytes)
    if not file_type.has_right_content(content):
        raise FileContentMismatch(name, extension)
    if file_type.is_archive and (fault := fault_in(content, extension=extension)):
        raise ArchiveRefused(name, fault)
    return CheckedFile(name, file_type.media_type, content)


def clean_name(name: str) -> str:
    """Return the printable last part of a path, cut before the extension."""
    name = clean_line(name).replace("\\", "/").rpartition("/")[2].strip()
    stem, dot, extension = name.rpartition(".")
    if len(name) > NAME_MAXIMUM and len(extension) < NAME_MAXIMUM:
        name = stem[: NAME_MAXIMUM - len(extension) - 1] + dot + extension
    return name[:NAME_MAXIMUM] or NAMELESS
