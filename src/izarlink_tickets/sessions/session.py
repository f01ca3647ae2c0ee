"""Sign-in sessions in a table.

An ended session is dead, even if a cookie of it survives.
Source: ASVS 5.0 chapter 7.
"""

import secrets
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any

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
from izarlink_tickets.accounts.tokens import hash_of_secret
from izarlink_tickets.database import CLOCK_TOLERANCE, PreparedStatement, Timestamp, metadata
from izarlink_tickets.domain.text import clean_line

IDLE_LIFETIME = timedelta(minutes=30)
ABSOLUTE_LIFETIME = timedelta(hours=12)
# How long a proof of identity serves for dangerous commands.
PROOF_LIFETIME = timedelta(minutes=5)
# Of one account, on all its devices; the oldest ends.
MAX_SESSIONS = 10
# Without this pause every page would wait for the write lock.
TOUCH_INTERVAL = timedelta(seconds=60)
ID_BYTES = 32
USER_AGENT_MAXIMUM = 200


class SignInWay(StrEnum):
    """The way in which the person signed in."""

    PASSWORD = "password"  # noqa: S105 - the name of the way
    PASSKEY = "passkey"
    SINGLE_SIGN_ON = "single_sign_on"


class SignInStep(StrEnum):
    """A step that a sign-in awaits; until then nobody is signed in."""

    SECOND_FACTOR = "second_factor"


sessions = Table(
    "sessions",
    metadata,
    # SHA-256 in hex: a reader of the table can't take a session over.
    Column("id_hash", String(64), primary_key=True),
    Column("account_id", String(36), ForeignKey(accounts.c.id), nullable=False),
    Column("created_at", Timestamp, nullable=False),
    Column("last_seen_at", Timestamp, nullable=False),
    Column("user_agent", Text, nullable=False),
    # The latest password or second factor; NULL in sessions that are older than this column.
    Column("proved_at", Timestamp),
    Column("way", Text, nullable=False, server_default=SignInWay.PASSWORD.value),
    # NULL once signed in.
    Column("awaits", Text),
)
# Serves « Sessions » of a profile, and ending an account's sessions.
Index(None, sessions.c.account_id)
# Serves the deletion of expired rows.
Index(None, sessions.c.last_seen_at)

# Last seen in the future: the clock was ahead then, and the session would live too long.
_IS_LIVE = (
    (sessions.c.last_seen_at > bindparam("idle_since"))
    & (sessions.c.last_seen_at <= bindparam("ahead"))
    & (sessions.c.created_at > bindparam("old_since"))
)
# Of a device, and at the beginning of a session.
_DEVICE = (sessions.c.id_hash, sessions.c.created_at, sessions.c.last_seen_at, sessions.c.user_agent)
_SESSION = (
    *(sessions.c.id_hash, sessions.c.created_at, sessions.c.last_seen_at),
    *(sessions.c.proved_at, sessions.c.way, sessions.c.awaits),
)
# A statement of `application.visits` adds columns, which every page reads.
SELECT_SESSION = (
    select(*_SESSION, *COLUMNS)
    .join(accounts, accounts.c.id == sessions.c.account_id)
    .where(sessions.c.id_hash == bindparam("of_hash"), accounts.c.active, _IS_LIVE)
)
SESSION_COLUMNS = len(_SESSION) + len(COLUMNS)
_FIND_SESSION = PreparedStatement(SELECT_SESSION)
# Those that await a second factor end each other alone: who knows just the password ends nobody's session.
_DROP_SURPLUS = {
    is_unfinished: delete(sessions).where(
        sessions.c.id_hash.in_(
            select(sessions.c.id_hash)
            .where(sessions.c.account_id == bindparam("of_account"), sessions.c.id_hash != bindparam("own_hash"))
            .where(sessions.c.awaits.is_not(None) if is_unfinished else sessions.c.awaits.is_(None))
            .order_by(sessions.c.created_at.desc(), sessions.c.id_hash)
            .offset(MAX_SESSIONS - 1)
        )
    )
    for is_unfinished in (False, True)
}
_TOUCH = PreparedStatement(
    update(sessions).where(sessions.c.id_hash == bindparam("of_hash")).values(last_seen_at=bindparam("at"))
)


@dataclass(frozen=True, slots=True)
class Session:
    """A live session with its account. Times are aware UTC.

    proved_at: when the person last proved who they are, if ever. awaits: None once signed in.
    """

    id_hash: str
    account: Account
    began_at: datetime
    last_seen_at: datetime
    proved_at: datetime | None = None
    way: SignInWay = SignInWay.PASSWORD
    awaits: SignInStep | None = None

    def is_due(self, now: datetime) -> bool:
        """Whether `touch_session` is due; check it before opening a write transaction."""
        return now - self.last_seen_at >= TOUCH_INTERVAL

    def is_fresh(self, now: datetime) -> bool:
        """Whether the person has just proved who they are."""
        # Proved in the future: the clock was ahead then.
        return self.proved_at is not None and -CLOCK_TOLERANCE <= now - self.proved_at < PROOF_LIFETIME


@dataclass(frozen=True, slots=True)
class SignedInDevice:
    """A live session as listed on « Sessions ».

    handle: identifies it in forms, and signs nobody in.
    """

    handle: str
    began_at: datetime
    last_seen_at: datetime
    user_agent: str


def start_session(
    connection: Connection,
    *,
    account_id: str,
    user_agent: str,
    now: datetime,
    way: SignInWay = SignInWay.PASSWORD,
    awaits: SignInStep | None = None,
    proved_at: datetime | None = None,
) -> str:
    """Start a new session and return its secret id for the cookie.

    proved_at: when the person proved who they are, if ever. Above MAX_SESSIONS the account's oldest ones end.
    """
    session_id = secrets.token_urlsafe(ID_BYTES)
    row: dict[str, Any] = {
        "id_hash": hash_of_secret(session_id),
        "account_id": account_id,
        "created_at": now,
        "last_seen_at": now,
        "user_agent": clean_line(user_agent[:USER_AGENT_MAXIMUM]),
        "proved_at": proved_at,
        "way": way.value,
        "awaits": awaits.value if awaits else None,
    }
    connection.execute(insert(sessions), row)
    drop_surplus_sessions(connection, account_id=account_id, own_hash=row["id_hash"], is_unfinished=bool(awaits))
    return session_id


def drop_surplus_sessions(connection: Connection, *, account_id: str, own_hash: str, is_unfinished: bool) -> None:
    """End the account's oldest sessions above MAX_SESSIONS, except one's own.

    is_unfinished: among those that await a second factor, else among the others.
    """
    connection.execute(_DROP_SURPLUS[is_unfinished], {"of_account": account_id, "own_hash": own_hash})


def find_session(connection: Connection, *, session_id: str, now: datetime) -> Session | None:
    """Find a live session of an active account.

    A session ends after 30 idle minutes, or 12 hours.
    """
    row = _FIND_SESSION.first(connection, session_values(session_id, now=now))
    return session_of(row) if row else None


def session_values(session_id: str, *, now: datetime) -> dict[str, object]:
    """Return the values of `SELECT_SESSION`."""
    return {"of_hash": hash_of_secret(session_id), **_limits(now)}


def session_of(values: Sequence[Any]) -> Session:
    """Build a session from the first SESSION_COLUMNS of a row."""
    id_hash, began_at, last_seen_at, proved_at, way, awaits, *of_account = values
    step = SignInStep(awaits) if awaits else None
    return Session(id_hash, account_of(of_account), began_at, last_seen_at, proved_at, SignInWay(way), step)


def touch_session(connection: Connection, session: Session, *, now: datetime) -> None:
    """Record activity of the person; automatic requests of a page don't count."""
    _TOUCH.execute(connection, {"of_hash": session.id_hash, "at": now})


def end_session(connection: Connection, *, session_id: str) -> None:
    """End a session, and delete its pending uploads."""
    connection.execute(delete(sessions).where(sessions.c.id_hash == hash_of_secret(session_id)))


def end_device(connection: Connection, *, account_id: str, handle: str) -> int:
    """End one of the account's own sessions; return how many ended."""
    statement = delete(sessions).where(sessions.c.id_hash == handle, sessions.c.account_id == account_id)
    return connection.execute(statement).rowcount


def end_sessions(connection: Connection, *, account_id: str, except_id: str | None = None) -> int:
    """End all sessions of an account, or all but one.

    except_id: the secret id of that one. Return how many ended.
    """
    statement = delete(sessions).where(sessions.c.account_id == account_id)
    if except_id:
        statement = statement.where(sessions.c.id_hash != hash_of_secret(except_id))
    return connection.execute(statement).rowcount


def devices_of(connection: Connection, *, account_id: str, now: datetime) -> list[SignedInDevice]:
    """Return an account's live sessions, the latest seen first."""
    statement = (
        select(*_DEVICE)
        .where(sessions.c.account_id == account_id, sessions.c.awaits.is_(None), _IS_LIVE)
        .order_by(sessions.c.last_seen_at.desc(), sessions.c.id_hash)
    )
    rows = connection.execute(statement, _limits(now))
    return [SignedInDevice(*row) for row in rows]


def drop_expired_sessions(connection: Connection, *, now: datetime) -> int:
    """Delete expired sessions, and return how many."""
    return connection.execute(delete(sessions).where(~_IS_LIVE), _limits(now)).rowcount


def _limits(now: datetime) -> dict[str, datetime]:
    return {"idle_since": now - IDLE_LIFETIME, "old_since": now - ABSOLUTE_LIFETIME, "ahead": now + CLOCK_TOLERANCE}
