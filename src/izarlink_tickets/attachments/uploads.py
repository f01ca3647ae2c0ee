"""Decide whether an uploaded file is accepted, and under which name and type it is kept.

The type that the browser announces is ignored: the table of kinds knows it from the extension and the content.
Source: guide §3, « un fichier en pièce jointe (maximum 2 Mo) » (R19).
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
# For a name of nothing but signs that are taken out.
NAMELESS = "fichier"


@dataclass(frozen=True)
class Upload:
    """A file as it came in. `name` is whatever the browser or a script sent."""

    name: str
    content: bytes = field(repr=False)


@dataclass(frozen=True)
class CheckedFile:
    """An accepted file. `name` is data to show, never a path."""

    name: str
    media_type: str
    content: bytes = field(repr=False)


def check_all(uploads: Sequence[Upload], *, max_bytes: int) -> list[CheckedFile]:
    """Accept the files of one command. Raises: TooManyFiles, and what `check` raises for the first odd one."""
    if len(uploads) > MAX_FILES:
        raise TooManyFiles(MAX_FILES)
    return [check(upload, max_bytes=max_bytes) for upload in uploads]


def check(upload: Upload, *, max_bytes: int) -> CheckedFile:
    """Accept one file. Raises: FileKindRefused, FileEmpty, FileTooLarge, FileContentMismatch, ArchiveRefused."""
    name, content = clean_name(upload.name), upload.content
    kind, extension = file_type_of(name), extension_of(name)
    if kind is None:
        raise FileKindRefused(name, ACCEPTED)
    if not content:
        raise FileEmpty(name)
    if len(content) > max_bytes:
        raise FileTooLarge(name, len(content), max_bytes)
    if not kind.has_right_content(content):
        raise FileContentMismatch(name, extension)
    if kind.is_archive and (fault := fault_in(content, extension=extension)):
        raise ArchiveRefused(name, fault)
    return CheckedFile(name, kind.media_type, content)


def clean_name(name: str) -> str:
    """Keep the last part of a path, printable, reading in one direction, with its extension when it is cut."""
    name = clean_line(name).replace("\\", "/").rpartition("/")[2].strip()
    stem, dot, extension = name.rpartition(".")
    if len(name) > NAME_MAXIMUM and len(extension) < NAME_MAXIMUM:
        name = stem[: NAME_MAXIMUM - len(extension) - 1] + dot + extension
    return name[:NAME_MAXIMUM] or NAMELESS
