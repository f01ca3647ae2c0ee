"""Count what may not be tried without end, in the database: limits hold over workers, machines and restarts.

What is counted is kept as an HMAC only: the table names neither accounts nor addresses. Unknown accounts count like
known ones.
"""

import hashlib
import hmac
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from ipaddress import IPv6Address, ip_address, ip_network
from math import ceil

import orjson
from sqlalchemy import Column, Connection, Index, String, Table, Text, bindparam, delete, update
from sqlalchemy.dialects import postgresql, sqlite

from izarlink_tickets.accounts.contact import fold_email
from izarlink_tickets.database import CLOCK_TOLERANCE, Timestamp, metadata
from izarlink_tickets.domain.errors import Refusal

# Whatever was typed as an identifier is counted; no address is longer.
SUBJECT_MAXIMUM = 254
# A customer's line has a /64 at least: whoever has one address of it has all.
IPV6_PREFIX = 64


@dataclass(frozen=True, slots=True)
class Limit:
    """How often within a while, for each subject: the next attempt is refused until the oldest is forgotten."""

    name: str
    attempts: int
    window: timedelta


# The 11th failure for an account and the 50th from an address are refused, for a quarter of an hour.
SIGN_IN_ACCOUNT = Limit("sign-in-account", 10, timedelta(minutes=15))
SIGN_IN_ADDRESS = Limit("sign-in-address", 49, timedelta(minutes=15))
# Each makes a mail; a person who didn't get the first asks twice or thrice.
# The mail goes to an address that somebody only says is theirs.
EMAIL_CHANGE = Limit("email-change", 3, timedelta(minutes=30))
RESET_ACCOUNT = Limit("reset-account", 3, timedelta(minutes=30))
RESET_ADDRESS = Limit("reset-address", 20, timedelta(minutes=30))


@dataclass(eq=False)
class TooManyAttempts(Refusal):
    """A limit is reached; not even what is right passes meanwhile."""

    retry_after_seconds: int


throttle = Table(
    "throttle",
    metadata,
    Column("key", String(64), primary_key=True),
    # Moments of the latest attempts, seconds since 1970, as a JSON list no longer than the limit.
    Column("attempts", Text, nullable=False),
    Column("expires_at", Timestamp, nullable=False),
)
# What can be thrown away.
Index(None, throttle.c.expires_at)

_SET = (
    update(throttle)
    .where(throttle.c.key == bindparam("of_key"))
    .values(attempts=bindparam("to_attempts"), expires_at=bindparam("until"))
)
_CLEAR = delete(throttle).where(throttle.c.key == bindparam("of_key"))
_DROP_EXPIRED = delete(throttle).where(throttle.c.expires_at <= bindparam("at"))


def count_sign_in(connection: Connection, *, email: str, address: str, secret: bytes, now: datetime) -> int:
    """Count a sign-in before the password is looked at, so that many at once can't pass together.

    email: as typed. address: of the client. Returns which one it is for the account, from 1. Raises: TooManyAttempts.
    """
    account, network = fold_email(email), network_of(address)
    # Accounts before networks, always: two sign-ins then never wait for each other.
    nth = count_attempt(connection, limit=SIGN_IN_ACCOUNT, subject=account, secret=secret, now=now)
    count_attempt(connection, limit=SIGN_IN_ADDRESS, subject=network, secret=secret, now=now)
    return nth


def reset_sign_in_attempts(connection: Connection, *, email: str, address: str, secret: bytes, now: datetime) -> None:
    """Take the count back, the password was right: for the account all, for the network this one.

    Otherwise one good account would open the way to trying others from there.
    """
    reset_attempts(connection, limit=SIGN_IN_ACCOUNT, subject=fold_email(email), secret=secret)
    undo_attempt(connection, limit=SIGN_IN_ADDRESS, subject=network_of(address), secret=secret, now=now)


def count_reset(connection: Connection, *, email: str, address: str, secret: bytes, now: datetime) -> None:
    """Count a request for a forgotten password, whether there is such an account or not. Raises: TooManyAttempts."""
    account, network = fold_email(email), network_of(address)
    count_attempt(connection, limit=RESET_ACCOUNT, subject=account, secret=secret, now=now)
    count_attempt(connection, limit=RESET_ADDRESS, subject=network, secret=secret, now=now)


def count_attempt(connection: Connection, *, limit: Limit, subject: str, secret: bytes, now: datetime) -> int:
    """Count one attempt of whatever is limited, and say which one it is, from 1. Raises: TooManyAttempts."""
    key = _key(limit, subject, secret)
    recent = _locked_attempts(connection, key, limit, now)
    if len(recent) >= limit.attempts:
        raise TooManyAttempts(_seconds_until_free(recent, limit, now))
    _store(connection, key, [*recent, now.timestamp()], limit, now)
    return len(recent) + 1


def undo_attempt(connection: Connection, *, limit: Limit, subject: str, secret: bytes, now: datetime) -> None:
    """Take the latest attempt back; the earlier ones stand."""
    key = _key(limit, subject, secret)
    recent = _locked_attempts(connection, key, limit, now)
    _store(connection, key, recent[:-1], limit, now)


def reset_attempts(connection: Connection, *, limit: Limit, subject: str, secret: bytes) -> None:
    """Forget a subject's attempts: whoever owns it has proved it."""
    connection.execute(_CLEAR, {"of_key": _key(limit, subject, secret)})


def drop_expired_attempts(connection: Connection, *, now: datetime) -> int:
    """Throw away what counts no more; give how many subjects."""
    return connection.execute(_DROP_EXPIRED, {"at": now}).rowcount


def network_of(address: str) -> str:
    """Give what a client can't change at will: its IPv4 address, or the /64 of its IPv6 address."""
    try:
        parsed = ip_address(address)
    except ValueError:
        return "unknown"
    if isinstance(parsed, IPv6Address):
        return str(parsed.ipv4_mapped or ip_network((int(parsed), IPV6_PREFIX), strict=False))
    return str(parsed)


def _locked_attempts(connection: Connection, key: str, limit: Limit, now: datetime) -> list[float]:
    """Read the attempts that still count, holding the row until the transaction ends."""
    flavour = sqlite if connection.dialect.name == "sqlite" else postgresql
    row = flavour.insert(throttle).values(key=key, attempts="[]", expires_at=now + limit.window)
    # An update that changes nothing: it takes the row's lock and gives what is in it.
    held = row.on_conflict_do_update(index_elements=[throttle.c.key], set_={"key": row.excluded.key})
    attempts: list[float] = orjson.loads(connection.execute(held.returning(throttle.c.attempts)).scalar_one())
    # Of attempts in time to come, counted before the clock was set back, nobody should stay locked out until then.
    since, ahead = (now - limit.window).timestamp(), (now + CLOCK_TOLERANCE).timestamp()
    return [moment for moment in attempts if since < moment <= ahead]


def _store(connection: Connection, key: str, attempts: list[float], limit: Limit, now: datetime) -> None:
    values = {"of_key": key, "to_attempts": orjson.dumps(attempts).decode(), "until": now + limit.window}
    connection.execute(_SET, values)


def _seconds_until_free(recent: list[float], limit: Limit, now: datetime) -> int:
    free_at = datetime.fromtimestamp(recent[-limit.attempts], UTC) + limit.window
    return max(1, ceil((free_at - now).total_seconds()))


def _key(limit: Limit, subject: str, secret: bytes) -> str:
    named = f"{limit.name}\n{subject[:SUBJECT_MAXIMUM]}".encode("utf-8", "surrogatepass")
    return hmac.new(secret, named, hashlib.sha256).hexdigest()
