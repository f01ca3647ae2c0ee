"""Hourly limits of accounts, and quotas of customers.

Customers alone have them: staff, whom the operator has chosen, work on hundreds of tickets an hour. What an account has
done is read from the command log, in the statement that every command begins with, so nothing is kept beside it.
"""

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from math import ceil
from typing import Any, NamedTuple

from sqlalchemy import BigInteger, Connection, Select, bindparam, func, select

from izarlink_tickets.config import Settings
from izarlink_tickets.database import CLOCK_TOLERANCE, PreparedStatement, Timestamp
from izarlink_tickets.domain import access
from izarlink_tickets.domain.errors import (
    HourlyLimitReached,
    QuotaReached,
    TooManyFileBytes,
    TooManyFollowUps,
    TooManyTickets,
)
from izarlink_tickets.domain.vocabulary import CommandContext
from izarlink_tickets.event_store import commands
from izarlink_tickets.projections.ticket_counts import stored_bytes

WINDOW = timedelta(hours=1)
# Later than any command: nobody's commands are counted.
_NEVER = datetime(9999, 1, 1, tzinfo=UTC)

_recent = commands.alias("recent")
# An opening is the first entry of its ticket.
_IS_OPENING, _HAS_FILES = _recent.c.entry == 1, _recent.c.file_bytes > 0
_IS_RECENT = (
    _recent.c.actor_id == bindparam("actor"),
    _recent.c.at > bindparam("since", type_=Timestamp),
    _recent.c.at <= bindparam("until", type_=Timestamp),
    _recent.c.number.is_not(None),
)


class Usage(NamedTuple):
    """The usage of an account within the hour. mails: sent at once."""

    tickets: int = 0
    follow_ups: int = 0
    file_bytes: int = 0
    mails: int = 0


def select_usage() -> Select[Any]:
    """Build the selection of one row with an account's usage.

    It takes the values of `UsageLimits.window`.
    """
    return select(
        func.count().filter(_IS_OPENING).label("tickets"),
        func.count().filter(~_IS_OPENING).label("follow_ups"),
        func.coalesce(func.sum(_recent.c.file_bytes, type_=BigInteger), 0).label("file_bytes"),
        func.coalesce(func.sum(_recent.c.mails, type_=BigInteger), 0).label("mails"),
    ).where(*_IS_RECENT)


def usage_of(columns: Any) -> Usage:  # noqa: ANN401 - of a row
    """Build the usage from the columns of `select_usage`."""
    # PostgreSQL sums up to decimals.
    return Usage(*map(int, columns))


_USAGE = PreparedStatement(select_usage())
_OLDEST: dict[type[HourlyLimitReached], PreparedStatement] = {
    kind: PreparedStatement(select(func.min(_recent.c.at, type_=Timestamp)).where(*_IS_RECENT, counted))
    for kind, counted in (
        (TooManyTickets, _IS_OPENING),
        (TooManyFollowUps, ~_IS_OPENING),
        (TooManyFileBytes, _HAS_FILES),
    )
}


@dataclass(frozen=True, slots=True)
class UsageLimits:
    """The limits of the settings; 0 for none. largest_file: in bytes."""

    tickets: int
    follow_ups: int
    file_bytes: int
    mails: int
    quota_bytes: int
    largest_file: int

    @classmethod
    def of(cls, settings: Settings) -> "UsageLimits":
        """Return the limits of the settings."""
        return cls(
            settings.tickets_per_hour,
            settings.follow_ups_per_hour,
            settings.upload_bytes_per_hour,
            settings.mails_per_hour,
            settings.customer_quota_bytes,
            settings.attachment_max_bytes,
        )

    def window(self, context: CommandContext) -> dict[str, object]:
        """Return the values that `select_usage` takes.

        What a clock that was ahead has dated doesn't count: it would lock people out until then.
        """
        is_counted = access.is_customer(context.actor) and (
            self.tickets or self.follow_ups or self.file_bytes or self.mails
        )
        since = context.at - WINDOW if is_counted else _NEVER
        return {"actor": context.actor.account_id, "since": since, "until": context.at + CLOCK_TOLERANCE}


@dataclass(slots=True)
class CommandLimits:
    """The limits of one command of a customer on a ticket.

    usage: of the account before it. position: of the log when the usage was read.
    """

    limits: UsageLimits
    context: CommandContext
    is_opening: bool
    file_bytes: int
    usage: Usage
    position: int

    def check(self, connection: Connection) -> None:
        """Check what was read at the command's start.

        Raises: TooManyTickets, TooManyFollowUps, TooManyFileBytes.
        """
        limits, usage = self.limits, self.usage
        if self.is_opening and _exceeds(usage.tickets + 1, limits.tickets):
            raise self._refusal(connection, TooManyTickets, limits.tickets)
        if not self.is_opening and _exceeds(usage.follow_ups + 1, limits.follow_ups):
            raise self._refusal(connection, TooManyFollowUps, limits.follow_ups)
        if self.file_bytes and _exceeds(usage.file_bytes + self.file_bytes, limits.file_bytes):
            raise self._refusal(connection, TooManyFileBytes, limits.file_bytes)

    def check_quota(self, connection: Connection) -> None:
        """Check the files of the actor's customer. Raises: QuotaReached."""
        if not (self.file_bytes and self.limits.quota_bytes):
            return
        used = stored_bytes(connection, organisation_id=self.context.actor.organisation_id or "")
        if used + self.file_bytes > self.limits.quota_bytes:
            raise QuotaReached(self.limits.quota_bytes, used)

    def check_as_only_writer(self, connection: Connection, *, position: int) -> None:
        """Check again what other writers may have used up meanwhile.

        position: the last one of the others. It runs with the head of the log locked. Raises: as both checks.
        """
        self.check_quota(connection)
        if self._might_exceed(position - self.position):
            self.usage = usage_of(_USAGE.all(connection, self.limits.window(self.context))[0])
            self.check(connection)

    def digest_time(self, mails: int) -> datetime | None:
        """Return when the command's mails leave as digests; None for at once.

        That is at the end of the hour, for an account that has caused too many. aware UTC.
        """
        if not _exceeds(self.usage.mails + mails, self.limits.mails):
            return None
        return self.context.at.astimezone(UTC).replace(minute=0, second=0, microsecond=0) + WINDOW

    def _might_exceed(self, others: int) -> bool:
        """Return whether others can have used up what was left.

        others: their events since then. A command leaves one at least, and each file one of its own.
        """
        limits, usage = self.limits, self.usage
        return others > 0 and (
            _exceeds((usage.tickets if self.is_opening else usage.follow_ups) + 1 + others, self._maximum)
            or _exceeds(usage.file_bytes + self.file_bytes + others * limits.largest_file, limits.file_bytes)
            or _exceeds(usage.mails * (1 + others), limits.mails)
        )

    @property
    def _maximum(self) -> int:
        return self.limits.tickets if self.is_opening else self.limits.follow_ups

    def _refusal(self, connection: Connection, kind: type[HourlyLimitReached], maximum: int) -> HourlyLimitReached:
        oldest = _OLDEST[kind].scalar(connection, self.limits.window(self.context))
        free_at = (oldest or self.context.at) + WINDOW
        return kind(max(1, ceil((free_at - self.context.at).total_seconds())), maximum)


def _exceeds(value: int, limit: int) -> bool:
    """Return whether a value is above its limit; 0 is none."""
    return 0 < limit < value
