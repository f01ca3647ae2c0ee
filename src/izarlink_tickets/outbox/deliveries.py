"""Deliveries of a ticket, and those that need attention."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import groupby
from operator import itemgetter
from typing import Any

from sqlalchemy import (
    ColumnElement,
    Connection,
    Select,
    and_,
    bindparam,
    case,
    func,
    literal,
    or_,
    select,
    union,
    update,
)

from izarlink_tickets.accounts import accounts
from izarlink_tickets.database import PreparedStatement, as_stored, time_of_stored
from izarlink_tickets.domain.access import sees_internal
from izarlink_tickets.domain.vocabulary import Actor
from izarlink_tickets.mail_hold import IS_HELD
from izarlink_tickets.outbox.table import IS_DOUBTFUL, IS_FAILED, IS_WAITING, MailKind, MailStatus, outbox

# Mails usually leave at once; one that has waited this long has a problem.
LATE_AFTER = timedelta(minutes=5)
# Upper limits of counts and lists.
COUNTED = 1000
LISTED = 100
HANDLED_LISTED = 20
# The answer of the mail folder begins so: such a mail has been written, not sent.
FOLDER_ANSWER = "written to "
# The answer to a mail whose content no longer holds begins so: it is not sent.
OUTDATED_ANSWER = "no longer holds"
# The mailbox is unavailable or its name not allowed; other codes refuse the mail. Source: RFC 5321 §4.2.2.
_ADDRESS_CODES = ("550", "551", "553")

_row = outbox.c


@dataclass(frozen=True, slots=True)
class Delivery:
    """A mail and its delivery status. Times are aware UTC.

    name, email: of the recipient, as they are now.
    handled_by: who last sent it again or dismissed it by hand; handler: their name, in the lists of the desk.
    """

    id: str
    kind: MailKind
    status: MailStatus
    number: int | None
    entry: int | None
    created_at: datetime
    due_at: datetime
    attempts: int
    doubts: int
    settled_doubts: int
    finished_at: datetime | None
    last_answer: str | None
    digest_at: datetime | None
    handled_by: str | None
    handled_at: datetime | None
    name: str
    email: str
    handler: str | None = None

    @property
    def is_in_folder(self) -> bool:
        return (self.last_answer or "").startswith(FOLDER_ANSWER)

    @property
    def is_outdated(self) -> bool:
        """Whether it was not sent because the ticket had moved on."""
        return (self.last_answer or "").startswith(OUTDATED_ANSWER)

    @property
    def is_refused(self) -> bool:
        """Whether the server has refused it for good."""
        return self.status in {MailStatus.FAILED, MailStatus.FILED} and (self.last_answer or "").startswith("5")

    @property
    def is_address_refused(self) -> bool:
        return self.is_refused and (self.last_answer or "").startswith(_ADDRESS_CODES)

    @property
    def was_dismissed(self) -> bool:
        """Whether staff dismissed it and it has not been sent since."""
        was_finished_before = bool(self.finished_at and self.handled_at and self.finished_at <= self.handled_at)
        return self.status is MailStatus.FILED or (self.status is MailStatus.SENT and was_finished_before)

    @property
    def is_doubtful(self) -> bool:
        """Whether it may have arrived more than once, unchecked by staff."""
        return self.doubts > self.settled_doubts


@dataclass(frozen=True, slots=True)
class MailProblems:
    """Counts of mails that need attention. is_held: all mail is held."""

    late: int
    failed: int
    doubtful: int
    is_held: bool


_COLUMNS = (
    *(_row[name] for name in Delivery.__dataclass_fields__ if name in _row),
    accounts.c.name,
    accounts.c.email,
)
_SELECT = select(*_COLUMNS).select_from(outbox.join(accounts, accounts.c.id == _row.account_id))
_NAMES = [column.name for column in _COLUMNS]
_ENTRY = _NAMES.index("entry")
_TIMES = [nth for nth, name in enumerate(_NAMES) if name.endswith("_at")]


class DeliveryRow(tuple[Any, ...]):
    """The row of a mail about an entry, as a page shows."""

    __slots__ = ()

    def parse(self) -> Delivery:
        values = list(self)
        for nth in _TIMES:
            values[nth] = values[nth] and time_of_stored(values[nth])
        return _delivery(*values)


_SELECT_OF_ENTRIES = (
    _SELECT.with_only_columns(*(as_stored(column) if nth in _TIMES else column for nth, column in enumerate(_COLUMNS)))
    .where(_row.number == bindparam("of_number"), _row.entry.between(bindparam("first"), bindparam("last")))
    .order_by(_row.entry, accounts.c.name)
)
_IS_OWN = and_(_row.account_id == bindparam("of_account"), _row.status != MailStatus.WRITTEN_OFF.value)
_OF_ENTRIES, _OWN_OF_ENTRIES = map(PreparedStatement, (_SELECT_OF_ENTRIES, _SELECT_OF_ENTRIES.where(_IS_OWN)))


def deliveries_of(
    connection: Connection, viewer: Actor, *, number: int, first: int, last: int
) -> Mapping[int, tuple[DeliveryRow, ...]]:
    """List the mails about a ticket's entries, by entry.

    Support and auditors see all of them. Customers see their own, without those discarded in bulk (demo, restore).
    """
    statement = _OF_ENTRIES if sees_internal(viewer) else _OWN_OF_ENTRIES
    values = {"of_number": number, "first": first, "last": last, "of_account": viewer.account_id}
    rows = map(DeliveryRow, statement.all(connection, values))
    return {entry: tuple(group) for entry, group in groupby(rows, key=itemgetter(_ENTRY))}


def count_mail_problems(connection: Connection, *, now: datetime) -> MailProblems:
    """Count the mails that need attention, in one query. now: aware UTC."""
    row = connection.execute(_PROBLEMS, {"late_before": now - LATE_AFTER}).one()
    return MailProblems(row[0], row[1], row[2], is_held=bool(row[3]))


def list_problem_mails(connection: Connection, *, now: datetime) -> list[Delivery]:
    """List the mails that need attention, oldest first, at most LISTED."""
    oldest = union(*(_oldest(_row.id, problem, LISTED) for problem in (_IS_LATE, IS_FAILED, IS_DOUBTFUL)))
    problems = _select_with_handler().where(_row.id.in_(oldest))
    listed = problems.order_by(_row.created_at, _row.id).limit(LISTED)
    return _deliveries(connection, listed.params(late_before=now - LATE_AFTER))


def list_handled_mails(connection: Connection) -> list[Delivery]:
    """List the mails handled by hand, newest first, at most HANDLED_LISTED."""
    handled = _select_with_handler().where(_row.handled_at.is_not(None))
    return _deliveries(connection, handled.order_by(_row.handled_at.desc(), _row.id).limit(HANDLED_LISTED))


def send_again(connection: Connection, *, ids: Sequence[str], by: str, now: datetime) -> int:
    """Requeue mails and return how many.

    Failed and doubtful mails start anew; waiting ones become due at once; others stay as they are.
    by: an account id.
    """
    is_finished = and_(_row.id.in_(ids), or_(IS_FAILED, and_(_row.status == MailStatus.SENT.value, IS_DOUBTFUL)))
    is_waiting = and_(_row.id.in_(ids), IS_WAITING)
    # Mails of a digest go out as one again.
    digest_at = case((_row.digest_at.is_(None), None), else_=now)
    values = {
        "handled_by": by,
        "handled_at": now,
        "settled_doubts": _row.doubts,
        "due_at": now,
        "digest_at": digest_at,
    }
    hurried = connection.execute(update(outbox).where(is_waiting).values(values)).rowcount
    fresh = {"status": MailStatus.WAITING.value, "created_at": now, "finished_at": None, "leased_until": None}
    return hurried + connection.execute(update(outbox).where(is_finished).values(values | fresh)).rowcount


def dismiss(connection: Connection, *, ids: Sequence[str], by: str, now: datetime) -> int:
    """Dismiss failed and doubtful mails; return how many. by: account id."""
    values = {"handled_by": by, "handled_at": now, "settled_doubts": _row.doubts}
    is_chosen = _row.id.in_(ids)
    filed = values | {"status": MailStatus.FILED.value, "address": None}
    failed = update(outbox).where(is_chosen, IS_FAILED).values(filed)
    doubtful = update(outbox).where(is_chosen, IS_DOUBTFUL, _row.status == MailStatus.SENT.value).values(values)
    return connection.execute(failed).rowcount + connection.execute(doubtful).rowcount


def failed_ids(connection: Connection) -> list[str]:
    """List the ids of the failed mails, oldest first."""
    return list(connection.execute(select(_row.id).where(IS_FAILED).order_by(_row.created_at, _row.id)).scalars())


def _select_with_handler() -> Select[*tuple[Any, ...]]:
    handlers = accounts.alias("handlers")
    return _SELECT.outerjoin(handlers, handlers.c.id == _row.handled_by).add_columns(handlers.c.name.label("handler"))


def _count(condition: ColumnElement[bool]) -> ColumnElement[int]:
    return select(func.count()).select_from(_oldest(literal(1), condition, COUNTED).subquery()).scalar_subquery()


def _oldest(column: ColumnElement[Any], condition: ColumnElement[bool], maximum: int) -> Select[Any]:
    """Select the oldest matching mails.

    In the order of the partial index: PostgreSQL guesses that a third of all mails are doubtful, and reads the table
    where no order speaks for the index. That took 145 ms on each desk page at 800,000 mails.
    """
    oldest = select(column).select_from(outbox).where(condition).order_by(_row.created_at).limit(maximum)
    # A part of a union needs a SELECT of its own for its order.
    return select(*oldest.subquery().c)


_LATE_BEFORE = bindparam("late_before", type_=_row.created_at.type)
_IS_LATE = and_(
    IS_WAITING,
    _row.created_at <= _LATE_BEFORE,
    or_(_row.digest_at.is_(None), _row.digest_at <= _LATE_BEFORE),
)
# Counted by every page of the desk. Late and failed mails are counted as such, not as doubtful.
MAIL_PROBLEMS = {
    "late": _count(_IS_LATE),
    "failed": _count(IS_FAILED),
    "doubtful": _count(and_(IS_DOUBTFUL, ~_IS_LATE, ~IS_FAILED)),
}
_PROBLEMS = select(*MAIL_PROBLEMS.values(), IS_HELD)


def _deliveries(connection: Connection, statement: Select[*tuple[Any, ...]]) -> list[Delivery]:
    return [_delivery(*row) for row in connection.execute(statement)]


def _delivery(message_id: str, kind: str, status: str, *values: Any) -> Delivery:  # noqa: ANN401 - in the columns' order
    return Delivery(message_id, MailKind(kind), MailStatus(status), *values)
