"""Backup and restore of durable data in a zip file.

`manifest.json` lists the content; each durable table is a file of JSON lines, each attachment a file named by its
hash, sealed as stored. Read models are omitted, as they are rebuilt; so are sessions and links, so that no credential
is revived. The master key is never included. Source: ADR 0006.
"""

from izarlink_tickets.backup.backup_errors import (
    AttachmentsMissing,
    BackupDamaged,
    BackupIsNewer,
    BackupUnfit,
    NotABackup,
    RowUnreadable,
    SealingKeyMissing,
)
from izarlink_tickets.backup.erasures import ErasuresUnreadable, read_erasures
from izarlink_tickets.backup.loader import load_attachments, load_tables
from izarlink_tickets.backup.manifest import Manifest
from izarlink_tickets.backup.reader import Backup, open_backup
from izarlink_tickets.backup.writer import write_backup
