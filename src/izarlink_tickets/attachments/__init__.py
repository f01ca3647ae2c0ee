"""Checks and storage of attached files, without tickets and keys."""

from izarlink_tickets.attachments.folder import BlobDamaged, BlobMissing, BlobStorageFull, FolderStore
from izarlink_tickets.attachments.refusals import (
    ArchiveFault,
    ArchiveRefused,
    FileContentMismatch,
    FileEmpty,
    FileInfected,
    FileKindRefused,
    FileNotScanned,
    FileTooLarge,
)
from izarlink_tickets.attachments.scanner import ClamdScanner, ScannerUnavailable
from izarlink_tickets.attachments.uploads import CheckedFile, Upload, check, check_all, with_distinct_names
from izarlink_tickets.domain.ticket_guards import MAX_FILES
