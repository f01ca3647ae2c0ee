"""Attempt limits in the database, shared by workers and machines.

Subjects are stored as HMACs, so the table reveals no account and no address. Unknown accounts count like known ones.
"""

import hashlib
import hmac
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from ipaddress import IPv6Address, ip_address, ip_network
from math import ceil

import orjson
from sqlalchemy import Column, Connection, Index, String, Table, Text, delete, update
from sqlalchemy.dialects import postgresql, sqlite

from izarlink_tickets.accounts.contact import fold_email
from izarlink_tickets.database import CLOCK_TOLERANCE, Timestamp, metadata
from izarlink_tickets.domain.errors import Refusal

# Typed identifiers are cut to the longest possible address.
SUBJECT_MAXIMUM = 254
# The owner of one IPv6 address has its whole /64.
IPV6_PREFIX = 64


@dataclass(frozen=True, slots=True)
class Limit:
    """The number of attempts that a subject has within a sliding window."""

    name: str
    attempts: int
    window: timedelta


# The 11th failure of an account and the 50th of an address are refused for a quarter of an hour.
SIGN_IN_ACCOUNT = Limit("sign-in-account", 10, timedelta(minutes=15))
SIGN_IN_ADDRESS = Limit("sign-in-address", 49, timedelta(minutes=15))
# Each attempt sends a mail, and people repeat it two or three times. An address change mails an unverified address.
EMAIL_CHANGE = Limit("email-change", 3, timedelta(minutes=30))
RESET_ACCOUNT = Limit("reset-account", 3, timedelta(minutes=30))
RESET_ADDRESS = Limit("reset-address", 20, timedelta(minutes=30))


@dataclass(eq=False)
class TooManyAttempts(Refusal):
    """A limit is reached; until then every password is refused."""

    retry_after_seconds: int


throttle = Table(
    "throttle",
    metadata,
    Column("key", String(64), primary_key=True),
    # Times of the latest attempts in seconds since 1970: a JSON list, no longer than the limit.
    Column("attempts", Text, nullable=False),
    Column("expires_at", Timestamp, nullable=False),
)
# Serves the deletion of expired rows.
Index(None, throttle.c.expires_at)


def count_sign_in(connection: Connection, *, email: str, address: str, secret: bytes, now: datetime) -> int:
    """Count a sign-in before its password is checked.

    email: as typed. address: the client's. Return the account's number of attempts, this one included.
    Raises: TooManyAttempts.
    """
    account, network = fold_email(email), network_of(address)
    # Always accounts before networks: the same order of locks avoids deadlocks.
    attempts = count_attempt(connection, limit=SIGN_IN_ACCOUNT, subject=account, secret=secret, now=now)
    count_attempt(connection, limit=SIGN_IN_ADDRESS, subject=network, secret=secret, now=now)
    return attempts


def reset_sign_in_attempts(connection: Connection, *, email: str, address: str, secret: bytes, now: datetime) -> None:
    """Reset the account's attempts, and undo the network's latest.

    The network's earlier attempts stay: one valid account must not unlock trying others from there.
    """
    reset_attempts(connection, limit=SIGN_IN_ACCOUNT, subject=fold_email(email), secret=secret)
    undo_attempt(connection, limit=SIGN_IN_ADDRESS, subject=network_of(address), secret=secret, now=now)


def count_reset(connection: Connection, *, email: str, address: str, secret: bytes, now: datetime) -> None:
    """Count a password reset, whether the account exists or not. Raises: TooManyAttempts."""
    account, network = fold_email(email), network_of(address)
    count_attempt(connection, limit=RESET_ACCOUNT, subject=account, secret=secret, now=now)
    count_attempt(connection, limit=RESET_ADDRESS, subject=network, secret=secret, now=now)


def count_attempt(connection: Connection, *, limit: Limit, subject: str, secret: bytes, now: datetime) -> int:
    """Count an attempt, and return the number within the window. Raises: TooManyAttempts."""
    key = _key(limit, subject, secret)
    recent = _locked_attempts(connection, key, limit, now)
    if len(recent) >= limit.attempts:
        raise TooManyAttempts(_seconds_until_free(recent, limit, now))
    _store(connection, key, [*recent, now.timestamp()], limit, now)
    return len(recent) + 1


def undo_attempt(connection: Connection, *, limit: Limit, subject: str, secret: bytes, now: datetime) -> None:
    """Remove the latest attempt."""
    key = _key(limit, subject, secret)
    recent = _locked_attempts(connection, key, limit, now)
    _store(connection, key, recent[:-1], limit, now)


def reset_attempts(connection: Connection, *, limit: Limit, subject: str, secret: bytes) -> None:
    """Delete all attempts of a subject."""
    connection.execute(delete(throttle).where(throttle.c.key == _key(limit, subject, secret)))


def drop_expired_attempts(connection: Connection, *, now: datetime) -> int:
    """Delete expired subjects, and return how many."""
    return connection.execute(delete(throttle).where(throttle.c.expires_at <= now)).rowcount


def network_of(address: str) -> str:
    """Return the IPv4 address, an IPv6 address's /64 or `unknown`."""
    try:
        parsed = ip_address(address)
    except ValueError:
        return "unknown"
    if isinstance(parsed, IPv6Address):
        return str(parsed.ipv4_mapped or ip_network((int(parsed), IPV6_PREFIX), strict=False))
    return str(parsed)


def hash_of_network(address: str, *, secret: bytes) -> str:
    """Return the network's keyed hash, for logs: 16 hexadecimal digits."""
    return _hmac(secret, f"network\n{network_of(address)}")[:16]


def _locked_attempts(connection: Connection, key: str, limit: Limit, now: datetime) -> list[float]:
    """Load the attempts within the window, and lock their row."""
    dialect = sqlite if connection.dialect.name == "sqlite" else postgresql
    row = dialect.insert(throttle).values(key=key, attempts="[]", expires_at=now + limit.window)
    # The update changes nothing: it locks the row and returns its content.
    locked = row.on_conflict_do_update(index_elements=[throttle.c.key], set_={"key": row.excluded.key})
    attempts: list[float] = orjson.loads(connection.execute(locked.returning(throttle.c.attempts)).scalar_one())
    # Attempts in the future were counted before the clock was set back; they would lock people out until then.
    since, ahead = (now - limit.window).timestamp(), (now + CLOCK_TOLERANCE).timestamp()
    return [time for time in attempts if since < time <= ahead]


def _store(connection: Connection, key: str, attempts: list[float], limit: Limit, now: datetime) -> None:
    values = {"attempts": orjson.dumps(attempts).decode(), "expires_at": now + limit.window}
    connection.execute(update(throttle).where(throttle.c.key == key).values(**values))


def _seconds_until_free(recent: list[float], limit: Limit, now: datetime) -> int:
    free_at = datetime.fromtimestamp(recent[-limit.attempts], UTC) + limit.window
    return max(1, ceil((free_at - now).total_seconds()))


def _key(limit: Limit, subject: str, secret: bytes) -> str:
    return _hmac(secret, f"{limit.name}\n{subject[:SUBJECT_MAXIMUM]}")


def _hmac(secret: bytes, message: str) -> str:
    return hmac.new(secret, message.encode("utf-8", "surrogatepass"), hashlib.sha256).hexdigest()
