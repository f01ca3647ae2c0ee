"""Refusals of files; `name` is the cleaned name, for the page."""

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
    """The file is too large. Sizes in bytes."""

    size: int
    max_bytes: int


@dataclass(eq=False)
class FileKindRefused(FileRefused):
    """The extension is not accepted, or hides a dangerous one before it."""

    accepted: tuple[str, ...]


@dataclass(eq=False)
class FileContentMismatch(FileRefused):
    """The content doesn't match the lower-case extension."""

    extension: str


@dataclass(eq=False)
class FileInfected(FileRefused):
    """The antivirus found something. signature: its name for it."""

    signature: str


class FileNotScanned(FileRefused):
    """The antivirus doesn't answer; nothing is stored unchecked."""


class ArchiveFault(StrEnum):
    """Why an archive, a document or a mail is refused."""

    DAMAGED = "damaged"
    ENCRYPTED = "encrypted"
    TOO_LARGE = "too_large"
    TOO_MANY_ENTRIES = "too_many_entries"
    NESTED = "nested"
    SYMLINK = "symlink"
    MACROS = "macros"
    PATH = "path"
    PROGRAM = "program"
    REMOTE = "remote"
    KIND = "kind"


@dataclass(frozen=True, slots=True)
class ContentFault:
    """A fault and where it is.

    entry: an entry, a part or an address; empty for the whole file.
    """

    fault: ArchiveFault
    entry: str = ""


@dataclass(eq=False)
class ArchiveRefused(FileRefused):
    """The archive is unsafe, or contains a refused file.

    entry: the cleaned name of what is refused in it; empty for the whole file.
    """

    fault: ArchiveFault
    entry: str
