"""Connections to SQLite or PostgreSQL.

A command has one write transaction; reads take no locks.
It knows no table: their own modules declare them on `metadata`, and only `migrate` creates them.
"""

from izarlink_tickets.database.connections import Database, OptimisticTransaction
from izarlink_tickets.database.failures import (
    CommitUnknown,
    DatabaseBusy,
    DatabaseUnreachable,
    StorageFull,
    TransactionAborted,
    UnsupportedDatabase,
)
from izarlink_tickets.database.prepared import PreparedStatement, Row
from izarlink_tickets.database.retries import with_retries
from izarlink_tickets.database.schema import (
    CLOCK_TOLERANCE,
    EpochTime,
    Timestamp,
    as_stored,
    metadata,
    microseconds_of,
    time_of,
    time_of_stored,
)
