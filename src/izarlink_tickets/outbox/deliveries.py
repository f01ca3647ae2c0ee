"""What became of mails, as people ask for it: by the entries of a ticket, and those that need somebody."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import groupby
from typing import Any

from sqlalchemy import ColumnElement, Connection, Select, and_, case, func, literal, or_, select, update

from izarlink_tickets.accounts import accounts
from izarlink_tickets.domain.access import sees_internal
from izarlink_tickets.domain.vocabulary import Actor
from izarlink_tickets.mail_hold import IS_HELD
from izarlink_tickets.outbox.table import MailKind, MailStatus, outbox

# Sent at once as a rule; what has waited for that long has met something.
LATE_AFTER = timedelta(minutes=5)
# No page counts further, nor lists more.
COUNTED = 1000
LISTED = 100
# Of the mails that somebody dealt with; the older ones are of no use to who looks for a colleague's doing.
HANDLED_LISTED = 20
# How a folder answers, so that a mail that lies there isn't taken for one that has left.
FOLDER_ANSWER = "written to "
# RFC 5321 §4.2.2: the mailbox is unavailable, or its name isn't allowed; other refusals are about the mail.
_ADDRESS_CODES = ("550", "551", "553")

_row = outbox.c
_IS_FAILED = _row.status == MailStatus.FAILED.value
_IS_DOUBTFUL = _row.doubts > _row.settled_doubts


@dataclass(frozen=True, slots=True)
class Delivery:
    """A mail and how far it is. name, email: of its reader, as they are now. Times are aware UTC.

    handled_by: who sent it again or filed it by hand, the last one; handler: their name, where it was asked for.
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
    def is_refused(self) -> bool:
        """Say whether the server has refused it for good."""
        return self.status in {MailStatus.FAILED, MailStatus.FILED} and (self.last_answer or "").startswith("5")

    @property
    def is_address_refused(self) -> bool:
        return self.is_refused and (self.last_answer or "").startswith(_ADDRESS_CODES)

    @property
    def was_filed(self) -> bool:
        """Say whether the last thing that somebody did was to let it be: it hasn't been sent since."""
        is_older = bool(self.finished_at and self.handled_at and self.finished_at <= self.handled_at)
        return self.status is MailStatus.FILED or (self.status is MailStatus.SENT and is_older)

    @property
    def is_doubtful(self) -> bool:
        """Say whether it may have arrived once more, and nobody has looked at that yet."""
        return self.doubts > self.settled_doubts


@dataclass(frozen=True, slots=True)
class MailProblems:
    """How many mails need somebody, up to COUNTED each. is_held: none goes at all."""

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

_handlers = accounts.alias("handlers")
_SELECT_WITH_HANDLER = _SELECT.outerjoin(_handlers, _handlers.c.id == _row.handled_by).add_columns(
    _handlers.c.name.label("handler")
)


def deliveries_of(
    connection: Connection, viewer: Actor, *, number: int, first: int, last: int
) -> Mapping[int, list[Delivery]]:
    """Give the mails of a ticket's entries, by entry: all to support and auditors, their own to anybody else.

    What was written off by the thousand, in a demo or after a restore, tells a customer nothing.
    """
    of_entries = [_row.number == number, _row.entry.between(first, last)]
    if not sees_internal(viewer):
        of_entries += [_row.account_id == viewer.account_id, _row.status != MailStatus.WRITTEN_OFF.value]
    found = _deliveries(connection, _SELECT.where(*of_entries).order_by(_row.entry, accounts.c.name))
    return {entry or 0: list(group) for entry, group in groupby(found, key=lambda one: one.entry)}


def count_mail_problems(connection: Connection, *, now: datetime) -> MailProblems:
    """Count what needs somebody, in one question. now: aware UTC."""
    counts = (_counted(condition) for condition in (_is_late(now), _IS_FAILED, _doubtful_alone(now)))
    row = connection.execute(select(*counts, IS_HELD)).one()
    return MailProblems(row[0], row[1], row[2], is_held=bool(row[3]))


def list_problem_mails(connection: Connection, *, now: datetime) -> list[Delivery]:
    """List the mails that need somebody, the oldest first, LISTED at most."""
    wanted = or_(_is_late(now), _IS_FAILED, _IS_DOUBTFUL)
    return _deliveries(connection, _SELECT_WITH_HANDLER.where(wanted).order_by(_row.created_at, _row.id).limit(LISTED))


def list_handled_mails(connection: Connection) -> list[Delivery]:
    """List what somebody sent again or filed, the last first, HANDLED_LISTED at most."""
    wanted = _SELECT_WITH_HANDLER.where(_row.handled_at.is_not(None))
    return _deliveries(connection, wanted.order_by(_row.handled_at.desc(), _row.id).limit(HANDLED_LISTED))


def send_again(connection: Connection, *, ids: Sequence[str], by: str, now: datetime) -> int:
    """Make mails due again: as if just written those that were given up or are in doubt, at once those that wait.

    by: an account id. Returns how many; none for what has gone well or was filed.
    """
    stands_still = and_(_row.id.in_(ids), or_(_IS_FAILED, and_(_row.status == MailStatus.SENT.value, _IS_DOUBTFUL)))
    waits = and_(_row.id.in_(ids), _row.status == MailStatus.WAITING.value)
    # What had come in one mail comes so again.
    digest_at = case((_row.digest_at.is_(None), None), else_=now)
    values = {
        "handled_by": by,
        "handled_at": now,
        "settled_doubts": _row.doubts,
        "due_at": now,
        "digest_at": digest_at,
    }
    hurried = connection.execute(update(outbox).where(waits).values(values)).rowcount
    fresh = {"status": MailStatus.WAITING.value, "created_at": now, "finished_at": None, "leased_until": None}
    return hurried + connection.execute(update(outbox).where(stands_still).values(values | fresh)).rowcount


def dismiss(connection: Connection, *, ids: Sequence[str], by: str, now: datetime) -> int:
    """Let failures and doubts be: they are no trouble any more. by: an account id. Returns how many."""
    values = {"handled_by": by, "handled_at": now, "settled_doubts": _row.doubts}
    mine = _row.id.in_(ids)
    failed = update(outbox).where(mine, _IS_FAILED).values(values | {"status": MailStatus.FILED.value, "address": None})
    doubtful = update(outbox).where(mine, _IS_DOUBTFUL, _row.status == MailStatus.SENT.value).values(values)
    return connection.execute(failed).rowcount + connection.execute(doubtful).rowcount


def failed_ids(connection: Connection) -> list[str]:
    """Name all that were given up, the oldest first."""
    return list(connection.execute(select(_row.id).where(_IS_FAILED).order_by(_row.created_at, _row.id)).scalars())


def _is_late(now: datetime) -> ColumnElement[bool]:
    last = now - LATE_AFTER
    is_past_its_digest = or_(_row.digest_at.is_(None), _row.digest_at <= last)
    return and_(_row.status == MailStatus.WAITING.value, _row.created_at <= last, is_past_its_digest)


def _doubtful_alone(now: datetime) -> ColumnElement[bool]:
    """Count no mail twice: one that is late or failed is that."""
    return and_(_IS_DOUBTFUL, ~_is_late(now), ~_IS_FAILED)


def _counted(condition: ColumnElement[bool]) -> ColumnElement[int]:
    some = select(literal(1)).select_from(outbox).where(condition).limit(COUNTED).subquery()
    return select(func.count()).select_from(some).scalar_subquery()


def _deliveries(connection: Connection, statement: Select[*tuple[Any, ...]]) -> list[Delivery]:
    rows = connection.execute(statement).mappings()
    return [Delivery(**{**row, "kind": MailKind(row["kind"]), "status": MailStatus(row["status"])}) for row in rows]
