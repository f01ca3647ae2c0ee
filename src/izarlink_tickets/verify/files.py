"""Look at the attachments: each that the log tells of is there, whole and readable; what nothing refers to is young."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import islice

from sqlalchemy import Connection, bindparam, func, select

from izarlink_tickets.attachments import BlobDamaged, BlobMissing, FolderStore
from izarlink_tickets.attachments.folder import ORPHAN_AGE
from izarlink_tickets.sealing import Keys, SealBroken, WrongSealingKey
from izarlink_tickets.sessions import pending_hashes
from izarlink_tickets.verify.findings import Finding, Tally
from izarlink_tickets.verify.scratch_tables import files_in_log
from izarlink_tickets.verify.stored import PAGE

# The work loop sweeps once an hour, and may just have begun.
SWEEP_DELAY = timedelta(hours=2)
_FILES = select(files_in_log).order_by(files_in_log.c.position).execution_options(yield_per=PAGE)
_AMONG = select(files_in_log.c.sha256).where(files_in_log.c.sha256.in_(bindparam("digests", expanding=True)))


@dataclass(frozen=True, slots=True)
class FileCheck:
    """The question put to the store. now: aware UTC, as the store's clock has it."""

    connection: Connection
    store: FolderStore
    keys: Keys
    now: datetime

    def finding(self) -> Finding:
        """Open every file, and find what is missing, damaged or left over."""
        tally = Tally("files", "attachments")
        tally.count = self.connection.execute(select(func.count()).select_from(files_in_log)).scalar_one()
        for position, file_id, sha256, size in self.connection.execute(_FILES):
            fault = self._fault_of(file_id, sha256, size)
            if fault:
                tally.breach(f"file {file_id} of event {position} {fault}")
        for name in self._orphans():
            tally.breach(f"nothing refers to {name}, and it is older than a day")
        return tally.finding()

    def _fault_of(self, file_id: str, sha256: str, size: int) -> str | None:
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
        return None if content is None or len(content) == size else f"has {len(content)} bytes instead of {size}"

    def _orphans(self) -> Iterator[str]:
        old = self.store.names(before=self.now - ORPHAN_AGE - SWEEP_DELAY)
        while batch := list(islice(old, PAGE)):
            known = set(self.connection.execute(_AMONG, {"digests": batch}).scalars())
            yield from sorted(set(batch) - known - pending_hashes(self.connection, among=batch))
