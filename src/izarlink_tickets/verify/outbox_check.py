"""Comparison of the outbox with the notification policy.

One mail per command and reader.
Past preferences are not recorded. So it checks that every reader to whom a mail was certainly due has one, and that
nobody without access has any.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import chain
from typing import NamedTuple

from sqlalchemy import Connection, and_, func, select

from izarlink_tickets.outbox import MailKind, MailStatus, message_id_of, outbox
from izarlink_tickets.verify.account_history import AccountHistory
from izarlink_tickets.verify.findings import Finding, FindingBuilder
from izarlink_tickets.verify.scratch_tables import commands_in_log, readers_in_log
from izarlink_tickets.verify.stored import PAGE

_ABOUT_TICKET = outbox.c.kind == MailKind.TICKET.value
_OF_COMMAND = and_(commands_in_log.c.number == outbox.c.number, commands_in_log.c.entry == outbox.c.entry)
_TO_READER = and_(
    readers_in_log.c.number == outbox.c.number,
    readers_in_log.c.entry == outbox.c.entry,
    readers_in_log.c.account_id == outbox.c.account_id,
)
_KINDS, _STATUSES = {kind.value for kind in MailKind}, {status.value for status in MailStatus}


class _LoggedMail(NamedTuple):
    """A mail beside its command and its reader.

    logged_id, reader_id: None where the log has none.
    """

    id: str
    number: int
    entry: int
    account_id: str
    command_id: str
    status: str
    actor_id: str
    logged_id: str | None
    tells_team: bool
    organisation_id: str | None
    reader_id: str | None


# Built once, for its order is that of the fields.
_LOGGED_MAILS = (
    select(
        outbox.c.id,
        outbox.c.number,
        outbox.c.entry,
        outbox.c.account_id,
        outbox.c.command_id,
        outbox.c.status,
        commands_in_log.c.actor_id,
        commands_in_log.c.command_id,
        commands_in_log.c.tells_team,
        commands_in_log.c.organisation_id,
        readers_in_log.c.account_id,
    )
    .select_from(outbox.outerjoin(commands_in_log, _OF_COMMAND).outerjoin(readers_in_log, _TO_READER))
    .where(_ABOUT_TICKET)
    .execution_options(yield_per=PAGE)
)


@dataclass(frozen=True, slots=True)
class OutboxCheck:
    """The check of the outbox."""

    connection: Connection
    accounts: AccountHistory

    def finding(self) -> Finding:
        """Find wrong and missing mails.

        A repeated mail is wrong: its id differs from that of its command and reader.
        """
        builder = FindingBuilder("mails", "mails")
        builder.count = self.connection.execute(select(func.count()).select_from(outbox)).scalar_one()
        for sentence in chain(self._wrong(), self._missing()):
            builder.breach(sentence)
        return builder.build()

    def _wrong(self) -> Iterator[str]:
        for mail in map(_LoggedMail._make, self.connection.execute(_LOGGED_MAILS)):
            fault = self._fault_of(mail)
            if fault:
                yield f"mail {mail.id} {fault}"
        others = (
            select(outbox.c.id, outbox.c.kind, outbox.c.account_id, outbox.c.status)
            .where(~_ABOUT_TICKET)
            .execution_options(yield_per=PAGE)
        )
        for mail_id, kind, account_id, status in self.connection.execute(others):
            if kind not in _KINDS or status not in _STATUSES or account_id not in self.accounts:
                yield f"mail {mail_id} has an unknown kind, status or account"

    def _fault_of(self, mail: _LoggedMail) -> str | None:
        if mail.logged_id != mail.command_id:
            return f"is about a command without events (ticket {mail.number}, entry {mail.entry})"
        if mail.id != _expected_id(mail):
            return "has another id than its command and reader require"
        if mail.status not in _STATUSES:
            return "has no known status"
        is_of_team = mail.tells_team and self.accounts.may_be_staff(mail.account_id)
        is_told = mail.reader_id or is_of_team or self._may_be_of_company(mail)
        if mail.account_id not in self.accounts or not is_told:
            return f"is for an account without access to entry {mail.entry} of ticket {mail.number}"
        return None

    def _may_be_of_company(self, mail: _LoggedMail) -> bool:
        return mail.organisation_id is not None and self.accounts.may_speak_for(
            mail.account_id, organisation_id=mail.organisation_id
        )

    def _missing(self) -> Iterator[str]:
        statement = (
            select(readers_in_log.c.number, readers_in_log.c.entry, readers_in_log.c.account_id)
            .select_from(readers_in_log.outerjoin(outbox, and_(_TO_READER, _ABOUT_TICKET)))
            .where(readers_in_log.c.is_due, outbox.c.id.is_(None))
            .execution_options(yield_per=PAGE)
        )
        for number, entry, account_id in self.connection.execute(statement):
            yield f"{account_id} has no mail about entry {entry} of ticket {number}"


def _expected_id(mail: _LoggedMail) -> str:
    return message_id_of(
        actor_id=mail.actor_id, command_id=mail.command_id, account_id=mail.account_id, kind=MailKind.TICKET
    )
