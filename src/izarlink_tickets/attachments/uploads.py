"""Acceptance of uploaded files, and their stored names and types.

The type that the browser sends is ignored; extension and content decide.
Source: guide §3, « un fichier en pièce jointe (maximum 2 Mo) ».
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, replace

from izarlink_tickets.attachments.file_names import clean_name, free_name, is_numbered
from izarlink_tickets.attachments.file_types import ACCEPTED, extension_of, file_type_of, named_by_content
from izarlink_tickets.attachments.inspection import fault_in
from izarlink_tickets.attachments.refusals import (
    ArchiveRefused,
    FileContentMismatch,
    FileEmpty,
    FileKindRefused,
    FileTooLarge,
)
from izarlink_tickets.attachments.thumbnails import Thumbnail
from izarlink_tickets.domain.errors import TooManyFiles
from izarlink_tickets.domain.text import clean_line
from izarlink_tickets.domain.ticket_guards import MAX_FILES

# Of an entry's name in a refusal.
MAX_ENTRY_NAME = 80


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
    thumbnail: Thumbnail | None = None


def check_all(uploads: Sequence[Upload], *, max_bytes: int) -> list[CheckedFile]:
    """Check a command's files, and number those of the same name.

    Raises: TooManyFiles, and as `check`.
    """
    if len(uploads) > MAX_FILES:
        raise TooManyFiles(MAX_FILES)
    return with_distinct_names([check(upload, max_bytes=max_bytes) for upload in uploads])


def check(upload: Upload, *, max_bytes: int) -> CheckedFile:
    """Check a file.

    Raises: FileKindRefused, FileEmpty, FileTooLarge, FileContentMismatch, ArchiveRefused.
    """
    content = upload.content
    name = clean_name(named_by_content(clean_name(upload.name), content))
    file_type = file_type_of(name)
    if file_type is None:
        raise FileKindRefused(name, ACCEPTED)
    if not content:
        raise FileEmpty(name)
    if len(content) > max_bytes:
        raise FileTooLarge(name, len(content), max_bytes)
    if not file_type.has_right_content(content):
        raise FileContentMismatch(name, extension_of(name))
    if fault := fault_in(name, content):
        raise ArchiveRefused(name, fault.fault, clean_line(fault.entry)[:MAX_ENTRY_NAME])
    return CheckedFile(name, file_type.media_type, content)


def with_distinct_names(files: Iterable[CheckedFile]) -> list[CheckedFile]:
    """Return the files with one name each; the same file counts once.

    Phones call every photo « image.jpg ».
    """
    distinct: list[CheckedFile] = []
    for file in files:
        if any(file.content == other.content and is_numbered(other.name, of=file.name) for other in distinct):
            continue
        taken = {other.name.lower() for other in distinct}
        distinct.append(replace(file, name=free_name(file.name, taken=taken)))
    return distinct
