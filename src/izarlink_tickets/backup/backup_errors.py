"""Why a backup can't be made or restored. They carry data; the command line makes the sentences."""

from dataclasses import dataclass


@dataclass(eq=False)
class RowUnreadable(Exception):
    """The database holds something in this table that isn't of its column's type."""

    table: str


class BackupUnfit(Exception):
    """The file can't be restored; nothing was touched."""


class NotABackup(BackupUnfit):
    """It is no zip file with a manifest of ours."""


@dataclass(eq=False)
class BackupDamaged(BackupUnfit):
    """A part isn't what the manifest says, or not whole. part: its name in the zip file; what: in a few words."""

    part: str
    what: str


@dataclass(eq=False)
class BackupIsNewer(BackupUnfit):
    """A later release wrote it. what: its format or its schema's step."""

    what: str


@dataclass(eq=False)
class AttachmentsMissing(BackupUnfit):
    """Attachments aren't where the backup says. first: the hash of one of them."""

    count: int
    first: str
