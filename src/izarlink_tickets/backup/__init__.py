"""Back up all that can't be made again, and load it: one zip file, the same for both databases, that anybody can read.

`manifest.json` says what is in it; each durable table is a file of JSON lines, each attachment a file named by its
hash, sealed as it was stored. Read models are left out: they are rebuilt. So are sessions and links: nothing that
opens an account comes back to life. The master key is never in it. Source: ADR 0006.
"""

from izarlink_tickets.backup.backup_errors import (
    AttachmentsMissing,
    BackupDamaged,
    BackupIsNewer,
    BackupUnfit,
    NotABackup,
    RowUnreadable,
)
from izarlink_tickets.backup.erasures import ErasuresUnreadable, read_erasures
from izarlink_tickets.backup.loader import load_attachments, load_tables
from izarlink_tickets.backup.manifest import Manifest
from izarlink_tickets.backup.reader import Backup, opened_backup
from izarlink_tickets.backup.writer import write_backup

__all__ = [
    "AttachmentsMissing",
    "Backup",
    "BackupDamaged",
    "BackupIsNewer",
    "BackupUnfit",
    "ErasuresUnreadable",
    "Manifest",
    "NotABackup",
    "RowUnreadable",
    "load_attachments",
    "load_tables",
    "opened_backup",
    "read_erasures",
    "write_backup",
]
