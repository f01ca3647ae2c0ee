"""Sign-in sessions in a table: what is ended here is dead, whatever cookies still say so (D9).

Source: ASVS 5.0 chapter 7.
"""

import hashlib
import secrets
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import (
    Column,
    Connection,
    ForeignKey,
    Index,
    String,
    Table,
    Text,
    bindparam,
    delete,
    insert,
    select,
    update,
)

from izarlink_tickets.accounts import COLUMNS, Account, account_of, accounts
from izarlink_tickets.database import CLOCK_TOLERANCE, Timestamp, metadata
from izarlink_tickets.domain.text import clean_line

IDLE_LIFETIME = timedelta(minutes=30)
ABSOLUTE_LIFETIME = timedelta(hours=12)
# Seen a minute ago is seen: without it every page would wait for the write lock.
TOUCH_INTERVAL = timedelta(seconds=60)
ID_BYTES = 32
USER_AGENT_MAXIMUM = 200

sessions = Table(
    "sessions",
    metadata,
    # SHA-256 in hex: whoever reads the table can't take a session over.
    Column("id_hash", String(64), primary_key=True),
    Column("account_id", String(36), ForeignKey(accounts.c.id), nullable=False),
    Column("created_at", Timestamp, nullable=False),
    Column("last_seen_at", Timestamp, nullable=False),
    Column("user_agent", Text, nullable=False),
)
# « Sessions » of a profile, and ending all of an account's.
Index(None, sessions.c.account_id)
# What can be thrown away.
Index(None, sessions.c.last_seen_at)

# One that was seen in time to come would live for longer than it may: the clock has been set back since.
_IS_LIVE = (
    (sessions.c.last_seen_at > bindparam("idle_since"))
    & (sessions.c.last_seen_at <= bindparam("ahead"))
    & (sessions.c.created_at > bindparam("old_since"))
)
_OWN = (sessions.c.id_hash, sessions.c.created_at.label("began_at"), sessions.c.last_seen_at, sessions.c.user_agent)
_FIND = (
    select(*_OWN, *COLUMNS)
    .join(accounts, accounts.c.id == sessions.c.account_id)
    .where(sessions.c.id_hash == bindparam("of_hash"), accounts.c.active, _IS_LIVE)
)
_DEVICES = (
    select(*_OWN)
    .where(sessions.c.account_id == bindparam("account"), _IS_LIVE)
    .order_by(sessions.c.last_seen_at.desc(), sessions.c.id_hash)
)
_TOUCH = update(sessions).where(sessions.c.id_hash == bindparam("of_hash")).values(last_seen_at=bindparam("at"))
_END = delete(sessions).where(sessions.c.id_hash == bindparam("of_hash"))
_END_OWN = _END.where(sessions.c.account_id == bindparam("account"))
_END_ALL = delete(sessions).where(
    sessions.c.account_id == bindparam("account"), sessions.c.id_hash != bindparam("but_hash")
)
_DROP_EXPIRED = delete(sessions).where(~_IS_LIVE)


@dataclass(frozen=True, slots=True)
class Session:
    """A live session and whose it is. Times are aware UTC."""

    id_hash: str
    account: Account
    began_at: datetime
    last_seen_at: datetime

    def is_due(self, now: datetime) -> bool:
        """Whether `touch_session` would write: ask before taking a write transaction."""
        return now - self.last_seen_at >= TOUCH_INTERVAL


@dataclass(frozen=True, slots=True)
class SignedInDevice:
    """A live session as its person sees it on « Sessions ». handle: names it in forms, opens nothing."""

    handle: str
    began_at: datetime
    last_seen_at: datetime
    user_agent: str


def start_session(connection: Connection, *, account_id: str, user_agent: str, now: datetime) -> str:
    """Sign an account in and give the secret id for the cookie. What the cookie held before is never taken up."""
    session_id = secrets.token_urlsafe(ID_BYTES)
    row = {
        "id_hash": _hash_of(session_id),
        "account_id": account_id,
        "created_at": now,
        "last_seen_at": now,
        "user_agent": clean_line(user_agent[:USER_AGENT_MAXIMUM]),
    }
    connection.execute(insert(sessions), row)
    return session_id


def find_session(connection: Connection, *, session_id: str, now: datetime) -> Session | None:
    """Find a live session of an active account: idle for less than 30 minutes, begun less than 12 hours ago."""
    row = connection.execute(_FIND, {"of_hash": _hash_of(session_id), **_limits(now)}).mappings().first()
    return Session(row["id_hash"], account_of(row), row["began_at"], row["last_seen_at"]) if row else None


def touch_session(connection: Connection, session: Session, *, now: datetime) -> None:
    """Note that the person is there. Not to be called for what a page asks by itself, or it would never end."""
    connection.execute(_TOUCH, {"of_hash": session.id_hash, "at": now})


def end_session(connection: Connection, *, session_id: str) -> None:
    """Sign out; its kept uploads go with it."""
    connection.execute(_END, {"of_hash": _hash_of(session_id)})


def end_device(connection: Connection, *, account_id: str, handle: str) -> None:
    """End one of the person's own sessions."""
    connection.execute(_END_OWN, {"of_hash": handle, "account": account_id})


def end_sessions(connection: Connection, *, account_id: str, except_id: str | None = None) -> None:
    """End all sessions of an account, or all others: after a changed password, a deactivation.

    except_id: the secret id of the session that goes on.
    """
    connection.execute(_END_ALL, {"account": account_id, "but_hash": _hash_of(except_id) if except_id else ""})


def devices_of(connection: Connection, *, account_id: str, now: datetime) -> list[SignedInDevice]:
    """List an account's live sessions, the latest seen first."""
    rows = connection.execute(_DEVICES, {"account": account_id, **_limits(now)})
    return [SignedInDevice(row.id_hash, row.began_at, row.last_seen_at, row.user_agent) for row in rows]


def drop_expired_sessions(connection: Connection, *, now: datetime) -> int:
    """Throw away what is dead already; give how many."""
    return connection.execute(_DROP_EXPIRED, _limits(now)).rowcount


def _limits(now: datetime) -> dict[str, datetime]:
    return {"idle_since": now - IDLE_LIFETIME, "old_since": now - ABSOLUTE_LIFETIME, "ahead": now + CLOCK_TOLERANCE}


def _hash_of(session_id: str) -> str:
    return hashlib.sha256(session_id.encode("utf-8", "surrogatepass")).hexdigest()
