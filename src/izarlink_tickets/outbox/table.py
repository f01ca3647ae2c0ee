"""The outbox table: ids and codes, never text or secrets."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from hashlib import sha1
from typing import Any
from uuid import NAMESPACE_URL

from sqlalchemy import (
    BigInteger,
    Column,
    ColumnElement,
    Connection,
    Index,
    Integer,
    RowMapping,
    String,
    Table,
    Text,
    bindparam,
    literal_column,
    select,
)

from izarlink_tickets.database import Timestamp, metadata

_URL_NAMESPACE = NAMESPACE_URL.bytes
# A UUID's variant replaces the two highest bits of this digit.
_VARIANTS = {digit: "89ab"[int(digit, 16) % 4] for digit in "0123456789abcdef"}


class MailKind(StrEnum):
    """The subject of a mail."""

    TICKET = "ticket"
    CREDENTIALS = "credentials"
    PASSWORD_RENEWED = "password-renewed"  # noqa: S105 - a kind of mail
    PASSWORD_RESET = "password-reset"  # noqa: S105 - a kind of mail
    PASSWORD_CHANGED = "password-changed"  # noqa: S105 - a kind of mail
    EMAIL_CONFIRMATION = "email-confirmation"
    EMAIL_CHANGED = "email-changed"
    BREAK_GLASS_USED = "break-glass-used"
    SIGN_IN_LOCKED = "sign-in-locked"
    SECOND_FACTOR_ADDED = "second-factor-added"
    SECOND_FACTOR_REMOVED = "second-factor-removed"
    SECOND_FACTOR_RESET = "second-factor-reset"
    RECOVERY_CODES_CREATED = "recovery-codes-created"
    RECOVERY_CODE_USED = "recovery-code-used"


class MailStatus(StrEnum):
    """The delivery status of a mail."""

    WAITING = "waiting"
    SENT = "sent"
    FAILED = "failed"
    CANCELLED = "cancelled"
    WRITTEN_OFF = "written-off"
    # Given up, and dismissed by staff.
    FILED = "filed"


outbox = Table(
    "outbox",
    metadata,
    Column("id", String(36), primary_key=True),
    Column("kind", Text, nullable=False),
    Column("command_id", String(36), nullable=False),
    Column("account_id", String(36), nullable=False),
    Column("number", BigInteger),
    Column("entry", Integer),
    # Only for a notice to an address that the account no longer has; cleared when it is sent.
    Column("address", Text),
    Column("status", Text, nullable=False),
    Column("created_at", Timestamp, nullable=False),
    Column("due_at", Timestamp, nullable=False),
    Column("leased_until", Timestamp),
    Column("attempts", Integer, nullable=False, default=0),
    # Attempts whose answer was lost; each may have delivered the mail once more.
    Column("doubts", Integer, nullable=False, default=0),
    Column("finished_at", Timestamp),
    Column("last_answer", Text),
    # The doubts that staff have checked; who handled this mail last by hand, and when.
    Column("settled_doubts", Integer, nullable=False, default=0, server_default="0"),
    Column("handled_by", String(36)),
    Column("handled_at", Timestamp),
    # When it goes out with its recipient's other mails of the same time; null: by itself.
    Column("digest_at", Timestamp),
)


def _has_status(status: MailStatus) -> ColumnElement[bool]:
    """Build the condition of a status, written out for the planner."""
    return outbox.c.status == literal_column(f"'{status.value}'", Text)


# The conditions of partial indexes: a statement uses one only where it has the same condition, with the code written
# out. PostgreSQL plans a prepared statement without the bound values.
IS_WAITING, IS_FAILED = _has_status(MailStatus.WAITING), _has_status(MailStatus.FAILED)
IS_DOUBTFUL = outbox.c.doubts > outbox.c.settled_doubts


def _index_some(name: str, *columns: Column[Any], where: ColumnElement[bool]) -> None:
    """Index the few rows that a query needs of all."""
    Index(name, *columns, postgresql_where=where, sqlite_where=where)


# The next due mails.
_index_some("ix_outbox_due", outbox.c.due_at, where=IS_WAITING)
# The failed mails, counted by the desk's pages and by health, and listed on « Mails ».
_index_some("ix_outbox_failed", outbox.c.created_at, where=IS_FAILED)
# The mails that have waited too long, counted on every desk page.
_index_some("ix_outbox_waiting", outbox.c.created_at, where=IS_WAITING)
# The mails with unchecked doubts, counted on every desk page.
_index_some("ix_outbox_doubtful", outbox.c.created_at, where=IS_DOUBTFUL)
# The mails handled last by hand, listed on « Mails ».
_index_some("ix_outbox_handled", outbox.c.handled_at, where=outbox.c.handled_at.is_not(None))
# The mails of one digest.
_index_some("ix_outbox_digest", outbox.c.account_id, outbox.c.digest_at, where=outbox.c.digest_at.is_not(None))
# The mails about a ticket entry, shown with the ticket.
Index("ix_outbox_number", outbox.c.number, outbox.c.entry)


@dataclass(frozen=True, slots=True)
class OutboxMessage:
    """A row of the outbox. last_answer: of the server, or the error."""

    id: str
    kind: MailKind
    command_id: str
    account_id: str
    number: int | None
    entry: int | None
    address: str | None
    status: MailStatus
    created_at: datetime
    due_at: datetime
    attempts: int
    doubts: int
    finished_at: datetime | None
    last_answer: str | None
    digest_at: datetime | None = None
    leased_until: datetime | None = None

    @property
    def since(self) -> datetime:
        """The time at which it should have been sent."""
        return self.digest_at or self.created_at


COLUMNS = tuple(outbox.c[name] for name in OutboxMessage.__dataclass_fields__)


def message_id_of(*, actor_id: str, command_id: str, account_id: str, kind: MailKind) -> str:
    """Return the message id that follows from command and recipient.

    One command can write to a recipient only once. The actor is part of it: command ids are unique per actor.
    """
    return _uuid5_text(f"izarlink:{kind.value}:{actor_id}:{command_id}:{account_id}")


def _uuid5_text(name: str) -> str:
    """Return `str(uuid5(NAMESPACE_URL, name))` in a quarter of its time.

    `verify` derives the id of each mail again. Source: RFC 9562 §5.5.
    """
    digest = sha1(_URL_NAMESPACE + name.encode(), usedforsecurity=False).hexdigest()
    variant = _VARIANTS[digest[16]]
    return f"{digest[:8]}-{digest[8:12]}-5{digest[13:16]}-{variant}{digest[17:20]}-{digest[20:32]}"


def list_messages(
    connection: Connection, *conditions: ColumnElement[bool], limit: int | None = None
) -> list[OutboxMessage]:
    """List messages, oldest first."""
    statement = select(*COLUMNS).where(*conditions).order_by(outbox.c.created_at, outbox.c.number, outbox.c.id)
    return [message_of(row) for row in connection.execute(statement.limit(limit)).mappings()]


@dataclass(frozen=True, slots=True)
class TicketMail:
    """A mail about a ticket's entry. finished_at: aware UTC."""

    entry: int
    status: MailStatus
    finished_at: datetime | None


_ABOUT = select(outbox.c.entry, outbox.c.status, outbox.c.finished_at).where(
    outbox.c.number == bindparam("of_number"), outbox.c.account_id == bindparam("of_account")
)


def mails_about(connection: Connection, *, number: int, account_id: str) -> list[TicketMail]:
    """List the mails about a ticket to a person."""
    rows = connection.execute(_ABOUT.order_by(outbox.c.entry), {"of_number": number, "of_account": account_id})
    return [TicketMail(entry, MailStatus(status), finished_at) for entry, status, finished_at in rows]


def message_of(row: RowMapping) -> OutboxMessage:
    """Build a message from a row of COLUMNS."""
    return OutboxMessage(**{**row, "kind": MailKind(row["kind"]), "status": MailStatus(row["status"])})
