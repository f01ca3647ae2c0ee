"""Check of the attachments: complete, readable, and without old orphans."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import islice

from sqlalchemy import Connection, func, select

from izarlink_tickets.attachments import BlobDamaged, BlobMissing, FolderStore
from izarlink_tickets.attachments.folder import ORPHAN_AGE
from izarlink_tickets.progress import Progress, counted, no_progress
from izarlink_tickets.sealing import Keys, SealBroken, WrongSealingKey
from izarlink_tickets.sessions import pending_hashes
from izarlink_tickets.verify.findings import Finding, FindingBuilder
from izarlink_tickets.verify.scratch_tables import files_in_log
from izarlink_tickets.verify.stored import PAGE

# The work loop sweeps once an hour, and may be about to.
SWEEP_DELAY = timedelta(hours=2)


@dataclass(frozen=True, slots=True)
class FileCheck:
    """The check of the store. now: aware UTC, by the store's clock."""

    connection: Connection
    store: FolderStore
    keys: Keys
    now: datetime

    def finding(self, *, progress: Progress = no_progress) -> Finding:
        """Open every file, and find missing, damaged and orphaned ones."""
        builder = FindingBuilder("files", "attachments")
        builder.count = self.connection.execute(select(func.count()).select_from(files_in_log)).scalar_one()
        statement = select(files_in_log).order_by(files_in_log.c.position).execution_options(yield_per=PAGE)
        files = self.connection.execute(statement)
        for position, file_id, sha256, size in counted(files, progress, total=builder.count):
            fault = self._fault_of(file_id, sha256, size)
            if fault:
                builder.breach(f"file {file_id} of event {position} {fault}")
        for name in self._orphans():
            builder.breach(f"nothing refers to {name}, and it is older than a day")
        return builder.build()

    def _fault_of(self, file_id: str, sha256: str, size: int | None) -> str | None:
        try:
            content = self.keys.open_bytes(self.store.get(sha256), context=file_id)
        except BlobMissing:
            return "is missing"
        except BlobDamaged:
            return "is not what was stored"
        except (SealBroken, WrongSealingKey):
            return "doesn't open"
        except OSError as error:
            return f"can't be read ({error.strerror})"
        if content is None or size is None or len(content) == size:
            return None
        return f"has {len(content)} bytes instead of {size}"

    def _orphans(self) -> Iterator[str]:
        old = self.store.names(before=self.now - ORPHAN_AGE - SWEEP_DELAY)
        while batch := list(islice(old, PAGE)):
            statement = select(files_in_log.c.sha256).where(files_in_log.c.sha256.in_(batch))
            logged = set(self.connection.execute(statement).scalars())
            yield from sorted(set(batch) - logged - pending_hashes(self.connection, among=batch))
