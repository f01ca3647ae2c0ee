"""Compare the mails of tickets with the policy: one a command and person, to whoever had to be told, to nobody else.

What each person wished at the time isn't recorded, so two questions are asked: was everybody told who certainly had to
be, and was nobody told who never could be.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import chain
from typing import Any

from sqlalchemy import Connection, Row, and_, func, select

from izarlink_tickets.outbox import MailKind, MailStatus, message_id_of, outbox
from izarlink_tickets.verify.account_history import AccountHistory
from izarlink_tickets.verify.findings import Finding, Tally
from izarlink_tickets.verify.scratch_tables import commands_in_log, readers_in_log
from izarlink_tickets.verify.stored import PAGE

_ABOUT_TICKET = outbox.c.kind == MailKind.TICKET.value
_OF_COMMAND = and_(commands_in_log.c.number == outbox.c.number, commands_in_log.c.entry == outbox.c.entry)
_TO_READER = and_(
    readers_in_log.c.number == outbox.c.number,
    readers_in_log.c.entry == outbox.c.entry,
    readers_in_log.c.account_id == outbox.c.account_id,
)
_LETTERS = (
    select(
        outbox.c.id,
        outbox.c.number,
        outbox.c.entry,
        outbox.c.account_id,
        outbox.c.command_id,
        outbox.c.status,
        commands_in_log.c.actor_id,
        commands_in_log.c.command_id.label("logged_id"),
        commands_in_log.c.tells_team,
        readers_in_log.c.account_id.label("reader_id"),
    )
    .select_from(outbox.outerjoin(commands_in_log, _OF_COMMAND).outerjoin(readers_in_log, _TO_READER))
    .where(_ABOUT_TICKET)
    .execution_options(yield_per=PAGE)
)
_UNTOLD = (
    select(readers_in_log.c.number, readers_in_log.c.entry, readers_in_log.c.account_id)
    .select_from(readers_in_log.outerjoin(outbox, and_(_TO_READER, _ABOUT_TICKET)))
    .where(readers_in_log.c.is_due, outbox.c.id.is_(None))
    .execution_options(yield_per=PAGE)
)
_TOLD_TWICE = (
    select(outbox.c.number, outbox.c.entry, outbox.c.account_id)
    .where(_ABOUT_TICKET)
    .group_by(outbox.c.number, outbox.c.entry, outbox.c.account_id)
    .having(func.count() > 1)
)
_OTHERS = (
    select(outbox.c.id, outbox.c.kind, outbox.c.account_id, outbox.c.status)
    .where(~_ABOUT_TICKET)
    .execution_options(yield_per=PAGE)
)
_KINDS, _STATUSES = {kind.value for kind in MailKind}, {status.value for status in MailStatus}


@dataclass(frozen=True, slots=True)
class OutboxCheck:
    """The question put to the outbox."""

    connection: Connection
    people: AccountHistory

    def finding(self) -> Finding:
        """Find letters about nothing, to nobody, to the wrong reader or twice, and readers who were not told."""
        tally = Tally("mails", "mails")
        tally.count = self.connection.execute(select(func.count()).select_from(outbox)).scalar_one()
        for sentence in chain(self._wrong(), self._doubled(), self._untold()):
            tally.breach(sentence)
        return tally.finding()

    def _wrong(self) -> Iterator[str]:
        for row in self.connection.execute(_LETTERS):
            fault = self._fault_of(row)
            if fault:
                yield f"mail {row.id} {fault}"
        for other in self.connection.execute(_OTHERS):
            if other.kind not in _KINDS or other.status not in _STATUSES or other.account_id not in self.people:
                yield f"mail {other.id} is of no known kind or status, or for nobody"

    def _fault_of(self, row: Row[*tuple[Any, ...]]) -> str | None:
        if row.logged_id != row.command_id:
            return f"is about a command that the log doesn't hold (ticket {row.number}, entry {row.entry})"
        if row.id != _right_id(row):
            return "bears another id than its command and reader give it"
        if row.status not in _STATUSES:
            return "has no known status"
        is_of_team = row.tells_team and self.people.may_be_staff(row.account_id)
        if row.account_id not in self.people or not (row.reader_id or is_of_team):
            return f"is for somebody who has nothing to do with entry {row.entry} of ticket {row.number}"
        return None

    def _doubled(self) -> Iterator[str]:
        for number, entry, account_id in self.connection.execute(_TOLD_TWICE):
            yield f"{account_id} has two mails about entry {entry} of ticket {number}"

    def _untold(self) -> Iterator[str]:
        for number, entry, account_id in self.connection.execute(_UNTOLD):
            yield f"{account_id} has no mail about entry {entry} of ticket {number}"


def _right_id(row: Row[*tuple[Any, ...]]) -> str:
    return message_id_of(
        actor_id=row.actor_id, command_id=row.command_id, account_id=row.account_id, kind=MailKind.TICKET
    )
