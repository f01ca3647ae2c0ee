"""Attempt limits in the database, shared by workers and machines.

Subjects are stored as HMACs, so the table reveals no account and no address. Unknown accounts count like known ones.
`sign_in_limits` has the limits of sign-ins and resets.
"""

import hashlib
import hmac
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from ipaddress import IPv6Address, ip_address, ip_network
from math import ceil
from typing import NamedTuple

import orjson
from sqlalchemy import Column, Connection, Index, String, Table, Text, bindparam, delete, update
from sqlalchemy.dialects import postgresql, sqlite

from izarlink_tickets.database import CLOCK_TOLERANCE, Timestamp, metadata
from izarlink_tickets.domain.errors import TryAgainLater

# Typed identifiers are cut to the longest possible address.
SUBJECT_MAXIMUM = 254
# The owner of one IPv6 address has its whole /64.
IPV6_PREFIX = 64
# Of a network in logs.
HASH_DIGITS = 16


@dataclass(frozen=True, slots=True)
class Limit:
    """The number of attempts that a subject has within a sliding window.

    at_once: how many of them may follow each other freely; the others come one at a time, spread over the window.
    counts_refused: also count attempts that other limits refuse.
    locks: reaching it is told to the person.
    """

    name: str
    attempts: int
    window: timedelta
    at_once: int | None = None
    counts_refused: bool = False
    locks: bool = False

    def seconds_to_wait(self, recent: Sequence[float], now: float) -> int:
        """Return the seconds until another attempt; 0 for now.

        recent: the times of the attempts within the window, in order. now: as they, in seconds since 1970.
        """
        if len(recent) >= self.attempts:
            return _seconds_until(recent[-self.attempts] + self.window.total_seconds(), now)
        if self.at_once is None or len(recent) < self.at_once:
            return 0
        # The next one of its turn, or once enough of the earlier ones are out of the window.
        pause = self.window.total_seconds() / (self.attempts - self.at_once)
        free_at = min(recent[-1] + pause, recent[-self.at_once] + self.window.total_seconds())
        return _seconds_until(free_at, now)

    def is_reached(self, attempts: int) -> bool:
        """Return whether this many attempts are all that may follow each other."""
        return attempts == (self.at_once or self.attempts)


@dataclass(frozen=True, slots=True)
class Budget:
    """A limit for one subject. parts: what identifies the subject."""

    limit: Limit
    parts: tuple[str, ...]


class Admission(NamedTuple):
    """The decision on an attempt.

    seconds_to_wait: 0 for an admitted one. refused_by: the name of the limit. locks: it was the last one for a while.
    """

    seconds_to_wait: int = 0
    refused_by: str | None = None
    locks: bool = False

    def require(self) -> None:
        """Raise `TooManyAttempts` unless the attempt is admitted."""
        if self.seconds_to_wait:
            raise TooManyAttempts(self.seconds_to_wait, self.refused_by or "")


@dataclass(eq=False)
class TooManyAttempts(TryAgainLater):
    """A limit is reached; until then every password is refused.

    limit: its name.
    """

    limit: str = ""


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
_STORE = (
    update(throttle)
    .where(throttle.c.key == bindparam("of_key"))
    .values(attempts=bindparam("times"), expires_at=bindparam("until"))
)


def decide(limits: Sequence[Limit], recent: Sequence[list[float]], now: float) -> Admission:
    """Decide on an attempt, and add it where it counts."""
    waits = [limit.seconds_to_wait(times, now) for limit, times in zip(limits, recent, strict=True)]
    wait = max(waits)
    for limit, times, own_wait in zip(limits, recent, waits, strict=True):
        if wait == 0 or (limit.counts_refused and own_wait == 0):
            times.append(now)
    if wait:
        return Admission(wait, limits[waits.index(wait)].name)
    reached = (limit.is_reached(len(times)) for limit, times in zip(limits, recent, strict=True) if limit.locks)
    return Admission(locks=any(reached))


def count_attempts(connection: Connection, budgets: Sequence[Budget], *, secret: bytes, now: datetime) -> Admission:
    """Count an attempt against several budgets at once, and decide on it.

    budgets: always in the same order of kinds, so that two attempts never deadlock.
    A refusal must be committed, too: raise it outside of the transaction.
    """
    keys, limits = [_key(budget, secret) for budget in budgets], [budget.limit for budget in budgets]
    recent = _locked_attempts(connection, keys, limits, now)
    admission = decide(limits, recent, now.timestamp())
    _store(connection, keys, recent, limits, now)
    return admission


def undo_attempts(connection: Connection, budgets: Sequence[Budget], *, secret: bytes, now: datetime) -> None:
    """Remove the latest attempt of each budget."""
    keys, limits = [_key(budget, secret) for budget in budgets], [budget.limit for budget in budgets]
    recent = [times[:-1] for times in _locked_attempts(connection, keys, limits, now)]
    _store(connection, keys, recent, limits, now)


def reset_attempts(connection: Connection, *budgets: Budget, secret: bytes) -> None:
    """Delete all attempts of each budget."""
    keys = [_key(budget, secret) for budget in budgets]
    connection.execute(delete(throttle).where(throttle.c.key.in_(keys)))


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
    """Return the network's keyed hash, for logs."""
    return _hmac(secret, f"network\n{network_of(address)}")[:HASH_DIGITS]


def _locked_attempts(
    connection: Connection, keys: Sequence[str], limits: Sequence[Limit], now: datetime
) -> list[list[float]]:
    """Load the attempts within the windows, and lock their rows."""
    dialect = sqlite if connection.dialect.name == "sqlite" else postgresql
    rows = [
        {"key": key, "attempts": "[]", "expires_at": now + limit.window}
        for key, limit in zip(keys, limits, strict=True)
    ]
    row = dialect.insert(throttle).values(rows)
    # The update changes nothing: it locks the rows and returns their content.
    locked = row.on_conflict_do_update(index_elements=[throttle.c.key], set_={"key": row.excluded.key})
    rows_found = connection.execute(locked.returning(throttle.c.key, throttle.c.attempts))
    found = {row.key: orjson.loads(row.attempts) for row in rows_found}
    return [_recent(found[key], limit, now) for key, limit in zip(keys, limits, strict=True)]


def _recent(attempts: Sequence[float], limit: Limit, now: datetime) -> list[float]:
    # Attempts in the future were counted before the clock was set back; they would lock people out until then.
    since, ahead = (now - limit.window).timestamp(), (now + CLOCK_TOLERANCE).timestamp()
    return [time for time in attempts if since < time <= ahead]


def _store(
    connection: Connection,
    keys: Sequence[str],
    recent: Sequence[Sequence[float]],
    limits: Sequence[Limit],
    now: datetime,
) -> None:
    rows = [
        {"of_key": key, "times": orjson.dumps(times).decode(), "until": now + limit.window}
        for key, times, limit in zip(keys, recent, limits, strict=True)
    ]
    connection.execute(_STORE, rows)


def _seconds_until(moment: float, now: float) -> int:
    return max(1, ceil(moment - now)) if moment > now else 0


def _key(budget: Budget, secret: bytes) -> str:
    parts = (part[:SUBJECT_MAXIMUM] for part in budget.parts)
    return _hmac(secret, "\n".join((budget.limit.name, *parts)))


def _hmac(secret: bytes, message: str) -> str:
    return hmac.new(secret, message.encode("utf-8", "surrogatepass"), hashlib.sha256).hexdigest()
