"""Faults that the portal must survive, and on which databases.

A test in any folder declares its fault by number: `@pytest.mark.fault(34)`.
"""

from dataclasses import dataclass

BOTH = ("sqlite", "postgresql")
POSTGRESQL, SQLITE = ("postgresql",), ("sqlite",)
# The fault occurs before the database is used.
NONE = ("",)
NO_LEDGER = "no ledger seals the log yet"
# Why a fault of one database can't occur on the other.
UNKNOWN_TO = {"sqlite": "it has no server and no connection", "postgresql": "no other program writes its files"}


@dataclass(frozen=True)
class Fault:
    """A fault. left_out: why it is not tested, if it is not."""

    number: int
    description: str
    databases: tuple[str, ...] = BOTH
    left_out: str = ""


_ROWS = (
    (1, "kill -9 of a web process before it appends"),
    (2, "kill -9 of a web process after COMMIT, before the answer"),
    (3, "kill -9 of a web process while it reads an upload"),
    (4, "kill -9 of a web process at any moment, under load"),
    (5, "kill -9 within the transaction, after the events"),
    (6, "kill -9 within the transaction, after the read models"),
    (7, "kill -9 within the transaction, after the outbox"),
    (8, "kill -9 within the transaction, before COMMIT"),
    (9, "kill -9 in a rebuild, and while its tables are swapped"),
    (10, "kill -9 of the mailer after it claimed a message"),
    (11, "kill -9 of the mailer before it connects"),
    (12, "kill -9 of the mailer after the final dot, before the 250"),
    (13, "kill -9 of the mailer after the 250, before it is recorded"),
    (14, "kill -9 of the mailer after it deferred a message"),
    (15, "kill -9 of the mailer at any moment, under load"),
    (16, "kill -9 of the sealer within a batch", BOTH, NO_LEDGER),
    (17, "kill -9 of the sealer before its checkpoint", BOTH, NO_LEDGER),
    (18, "kill -9 of the sealer before it publishes", BOTH, NO_LEDGER),
    (19, "kill -9 of all processes at once, under load"),
    (20, "SMTP: nobody listens"),
    (21, "SMTP: 421 instead of a greeting", NONE),
    (22, "SMTP: 451 to MAIL"),
    (23, "SMTP: 450 to RCPT, accepted later"),
    (24, "SMTP: 452 to RCPT"),
    (25, "SMTP: 550 to RCPT"),
    (26, "SMTP: 451 or 554 to DATA"),
    (27, "SMTP: the connection drops after the final dot"),
    (28, "SMTP: no answer at all"),
    (29, "SMTP: garbage instead of an answer"),
    (30, "one dead recipient among three; a slow domain"),
    (31, "SMTP is down for ten minutes while the portal is used"),
    (32, "PostgreSQL crashes and recovers", POSTGRESQL),
    (33, "all connections are ended by PostgreSQL", POSTGRESQL),
    (34, "the connection to PostgreSQL is cut before COMMIT", POSTGRESQL),
    (35, "the connection to PostgreSQL is cut after COMMIT, its answer is lost", POSTGRESQL),
    (36, "another process holds the log's lock"),
    (37, "SQLite: another program writes", SQLITE),
    (38, "the disk of the database is full"),
    (39, "the disk of the attachments is full"),
    (40, "a file is half written"),
    (41, "the clock jumps by an hour, forwards and back"),
    (42, "the clock jumps to 2038, and through the change to winter time"),
    (43, "double click: the same form twice, eight times, and again after Back"),
    (44, "two people decide at the same moment"),
    (45, "an unreadable event: unknown, damaged, or without an upcaster"),
    (46, "a migration is interrupted at each statement"),
    (47, "a restore, to any older state"),
    (48, "SIGTERM under load; two versions side by side"),
    (49, "any call to database, files or sockets fails, or all from then on"),
    (50, "an acknowledgement without a sync before it"),
    (51, "kill -9 while a master key is changed, and changes under load"),
)
FAULTS = {row[0]: Fault(*row) for row in _ROWS}
