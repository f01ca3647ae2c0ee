"""The faults that the portal must survive: what each is, on which databases it is tried, and why some are left out.

A test tries a fault by carrying its number, `@pytest.mark.fault(34)`, in whatever folder it lies.
"""

from dataclasses import dataclass

BOTH = ("sqlite", "postgresql")
POSTGRESQL, SQLITE = ("postgresql",), ("sqlite",)
# Before a letter is taken the database has no part in it.
NONE = ("",)
NO_LEDGER = "there is no ledger yet that seals the log"
# Why a fault that one database knows can't befall the other, by that other one.
UNKNOWN_TO = {"sqlite": "there is no server, and no line to it", "postgresql": "there is no file that others write"}


@dataclass(frozen=True)
class Fault:
    """One row. left_out: the reason why it isn't tried."""

    number: int
    what: str
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
    (10, "kill -9 of the mailer after it claimed a letter"),
    (11, "kill -9 of the mailer before it connects"),
    (12, "kill -9 of the mailer after the final dot, before the 250"),
    (13, "kill -9 of the mailer after the 250, before it is noted"),
    (14, "kill -9 of the mailer after it put a letter off"),
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
    (30, "one dead recipient among three; a domain that keeps senders waiting"),
    (31, "SMTP is down for ten minutes while the portal is used"),
    (32, "PostgreSQL crashes and recovers", POSTGRESQL),
    (33, "all connections are ended by PostgreSQL", POSTGRESQL),
    (34, "the line to PostgreSQL is cut before COMMIT", POSTGRESQL),
    (35, "the line to PostgreSQL is cut after COMMIT, its answer is lost", POSTGRESQL),
    (36, "another process holds the log's lock"),
    (37, "SQLite: somebody else's program writes", SQLITE),
    (38, "the disk of the database is full"),
    (39, "the disk of the attachments is full"),
    (40, "a file is half written"),
    (41, "the clock jumps by an hour, forwards and back"),
    (42, "the clock jumps to 2038, and through the change to winter time"),
    (43, "double click: the same form twice, eight times, and again after Back"),
    (44, "two people decide at the same moment"),
    (45, "an event that can't be read: unknown, damaged, not to be upcast"),
    (46, "a migration is interrupted at each statement"),
    (47, "a restore, to any older state"),
    (48, "SIGTERM under load; two versions side by side"),
    (49, "any one call to database, files or sockets fails, or all from it on"),
    (50, "an acknowledgement without a sync before it"),
)
FAULTS = {row[0]: Fault(*row) for row in _ROWS}
