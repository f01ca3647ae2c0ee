"""Errors of backup and restore; the command line has their sentences."""

from dataclasses import dataclass


@dataclass(eq=False)
class RowUnreadable(Exception):
    """A column of the table has a value of another type."""

    table: str


class BackupUnfit(Exception):
    """The file can't be restored; nothing was changed."""


class NotABackup(BackupUnfit):
    """The file is no zip file with our manifest."""


@dataclass(eq=False)
class BackupDamaged(BackupUnfit):
    """A part is incomplete or differs from the manifest.

    part: its name in the zip file. what: the damage in a few words.
    """

    part: str
    what: str


@dataclass(eq=False)
class BackupIsNewer(BackupUnfit):
    """The backup is newer. what: its format or schema step."""

    what: str


@dataclass(eq=False)
class AttachmentsMissing(BackupUnfit):
    """Attachments of the backup are missing. first: the hash of the first."""

    count: int
    first: str


@dataclass(eq=False)
class SealingKeyMissing(BackupUnfit):
    """A sealing key of the backup isn't known here.

    needed: its fingerprint; empty for a backup without any.
    """

    needed: str
