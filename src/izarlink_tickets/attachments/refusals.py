"""What is wrong with a file; `name` is the cleaned name, so that the page can say which one."""

from dataclasses import dataclass
from enum import StrEnum

from izarlink_tickets.domain.errors import Refusal


@dataclass(eq=False)
class FileRefused(Refusal):
    """A file can't be attached."""

    name: str


class FileEmpty(FileRefused):
    """The file has no byte."""


@dataclass(eq=False)
class FileTooLarge(FileRefused):
    """Sizes in bytes."""

    size: int
    max_bytes: int


@dataclass(eq=False)
class FileKindRefused(FileRefused):
    """The name ends in none of the accepted extensions, or hides a dangerous one before the last."""

    accepted: tuple[str, ...]


@dataclass(eq=False)
class FileContentMismatch(FileRefused):
    """The content is not what the name's extension, lower-case and without the dot, says."""

    extension: str


class ArchiveFault(StrEnum):
    """Why an archive, or a document that is one inside, is refused."""

    DAMAGED = "damaged"
    ENCRYPTED = "encrypted"
    TOO_LARGE = "too_large"
    TOO_MANY_ENTRIES = "too_many_entries"
    NESTED = "nested"
    SYMLINK = "symlink"
    MACROS = "macros"
    KIND = "kind"


@dataclass(eq=False)
class ArchiveRefused(FileRefused):
    """The archive can't be looked through safely, or holds what would be refused by itself."""

    fault: ArchiveFault
