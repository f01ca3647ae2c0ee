"""Open SQLite or PostgreSQL and hand out connections: one write transaction per command, reads that lock nothing.

It knows no table: those are declared on `metadata` by the modules that own them, and created by `migrate` alone.
"""

from izarlink_tickets.database.connections import Database
from izarlink_tickets.database.failures import (
    CommitUnknown,
    DatabaseBusy,
    DatabaseUnreachable,
    StorageFull,
    TransactionAborted,
    UnsupportedDatabase,
)
from izarlink_tickets.database.retries import with_retries
from izarlink_tickets.database.schema import CLOCK_TOLERANCE, Timestamp, metadata

__all__ = [
    "CLOCK_TOLERANCE",
    "CommitUnknown",
    "Database",
    "DatabaseBusy",
    "DatabaseUnreachable",
    "StorageFull",
    "Timestamp",
    "TransactionAborted",
    "UnsupportedDatabase",
    "metadata",
    "with_retries",
]
