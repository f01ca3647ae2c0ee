"""Drain the outbox: take a letter, ask again whether its reader may see the ticket, render, send, mark (D8).

No database transaction is open while a mail server is talked to. At least once; twice only where an answer was lost.
"""

from collections import deque
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from time import monotonic

import structlog
from sqlalchemy import Connection

from izarlink_tickets import outbox
from izarlink_tickets.accounts import Account, PasswordAlreadyChosen, find_account
from izarlink_tickets.crash_points import Point, reached
from izarlink_tickets.database import Database
from izarlink_tickets.mailer.account_mail import SECRET_LIFETIMES, AccountNews, make_secret, recipient_of
from izarlink_tickets.mailer.delivery import Deferred, Mail, Refused, Transport
from izarlink_tickets.mailer.domain_pauses import DomainPauses
from izarlink_tickets.mailer.letterhead import Letterhead
from izarlink_tickets.mailer.letters import mail_of, trial_mail
from izarlink_tickets.mailer.ticket_mail import TicketNews
from izarlink_tickets.outbox import LEASE_SECONDS, Kind, Letter, Status
from izarlink_tickets.projections.history_queries import one_entry
from izarlink_tickets.projections.ticket_queries import find_ticket

# What one letter may take of its lease; the rest is for marking it. So nothing is ever sent under a lease that has run
# out, and letters are leased one by one.
LETTER_SECONDS = LEASE_SECONDS - 10
# After that a round ends, so that a long queue doesn't keep a stop or other due work waiting.
ROUND_SECONDS = 5.0

_log = structlog.get_logger()


class _NotWanted(Exception):
    """The letter has lost its reader or its reason."""


@dataclass(frozen=True, slots=True)
class _Outcome:
    """What became of an attempt. status None: to be tried again later. error: a mistake of ours.

    paused_until: there was no attempt, because the domain is left alone until then.
    """

    letter: Letter
    status: Status | None
    answer: str
    is_doubtful: bool = False
    error: Exception | None = None
    paused_until: datetime | None = None


class Mailer:
    """One sender of mails; give each thread its own. Several, in several processes, share the work."""

    def __init__(
        self,
        database: Database,
        *,
        transport: Transport,
        letterhead: Letterhead,
        clock: Callable[[], datetime],
        before_round: Callable[[], None] = lambda: None,
    ) -> None:
        """Take nothing yet. clock: gives the time, aware UTC. before_round: may hold all mails back."""
        self._before_round = before_round
        self._database = database
        self._transport = transport
        self._letterhead = letterhead
        self._clock = clock
        self._pauses = DomainPauses(clock)
        self._unmarked: deque[tuple[_Outcome, datetime]] = deque()

    def send_due(self) -> int:
        """Do one round and say how many mails were sent in it.

        Raises: ServerUnreachable, no letter touched; DatabaseBusy, DatabaseUnreachable, StorageFull, CommitUnknown:
        what was sent and couldn't be marked is marked first thing in the next round.
        """
        self._before_round()
        self._mark()
        if not self._has_due():
            return 0
        sent, end = 0, monotonic() + ROUND_SECONDS
        try:
            while monotonic() < end and (outcome := self._next()):
                sent += outcome.status is Status.SENT
        finally:
            self._transport.close()
        return sent

    def send_test(self, address: str) -> str:
        """Send a trial mail past the outbox and give the server's answer.

        Raises: ServerUnreachable, Refused, Deferred, UnfitMail: the address is none.
        """
        mail = trial_mail(address, self._letterhead, now=self._clock())
        try:
            self._transport.prepare()
            return self._transport.deliver(mail, deadline=monotonic() + LETTER_SECONDS)
        finally:
            self._transport.close()

    def _has_due(self) -> bool:
        with self._database.query() as connection:
            return outbox.has_due(connection, now=self._clock())

    def _next(self) -> _Outcome | None:
        """Deal with the next letter; None when there is none."""
        self._transport.prepare()
        # Before the lease is taken: time that passes in between must count.
        deadline = monotonic() + LETTER_SECONDS
        with self._database.command() as connection:
            letters = outbox.lease(connection, now=self._clock(), limit=1)
        if not letters:
            return None
        reached(Point.MAIL_CLAIMED)
        outcome = self._attempt(letters[0], deadline=deadline)
        _tell(outcome)
        self._unmarked.append((outcome, self._clock()))
        self._mark()
        if outcome.status is None:
            reached(Point.MAIL_PUT_OFF)
        return outcome

    def _attempt(self, letter: Letter, *, deadline: float) -> _Outcome:
        now = self._clock()
        try:
            about = self._look_up(letter, now)
        except _NotWanted as reason:
            return _Outcome(letter, Status.CANCELLED, str(reason))
        try:
            mail = mail_of(letter, about, self._letterhead, now=now)
        except Exception as error:  # noqa: BLE001 - whatever one row holds, the others must go out (F8)
            return _Outcome(letter, Status.FAILED, f"can't be built: {type(error).__name__}", error=error)
        paused_until = self._pauses.end_of(mail.recipient)
        if paused_until:
            return _Outcome(letter, None, "", paused_until=paused_until)
        return self._deliver(letter, mail, deadline=deadline)

    def _deliver(self, letter: Letter, mail: Mail, *, deadline: float) -> _Outcome:
        began = monotonic()
        try:
            answer = self._transport.deliver(mail, deadline=deadline)
        except Refused as refused:
            return _Outcome(letter, Status.FAILED, refused.answer)
        except Deferred as deferred:
            self._pauses.note_failure(mail.recipient, seconds=monotonic() - began)
            return _Outcome(letter, None, deferred.answer, is_doubtful=deferred.is_doubtful)
        reached(Point.MAIL_ANSWERED)
        self._pauses.note_success(mail.recipient)
        return _Outcome(letter, Status.SENT, answer)

    def _look_up(self, letter: Letter, now: datetime) -> TicketNews | AccountNews:
        """Read what the mail is about, as its reader may see it now. Raises: _NotWanted."""
        if letter.kind in SECRET_LIFETIMES:
            # A secret is stored, as its hash, before anybody can read it.
            with self._database.command() as connection:
                return _account_news(connection, letter, now)
        with self._database.query() as connection:
            if letter.kind is Kind.TICKET:
                return _ticket_news(connection, letter)
            return _account_news(connection, letter, now)

    def _mark(self) -> None:
        while self._unmarked:
            with self._database.command() as connection:
                _note(connection, *self._unmarked[0])
            self._unmarked.popleft()


def _ticket_news(connection: Connection, letter: Letter) -> TicketNews:
    account = _reader(connection, letter)
    ticket = find_ticket(connection, account.person, number=letter.number or 0)
    timeline = one_entry(connection, account.person, number=letter.number or 0, entry=letter.entry or 0)
    if ticket is None or not timeline.entries:
        raise _NotWanted("not the reader's to see any more")
    return TicketNews(account, ticket, timeline)


def _account_news(connection: Connection, letter: Letter, now: datetime) -> AccountNews:
    account = _reader(connection, letter)
    recipient = recipient_of(letter, account)
    if recipient is None:
        raise _NotWanted("the address is no longer wanted")
    try:
        secret = make_secret(connection, letter, recipient=recipient, now=now)
    except PasswordAlreadyChosen:
        raise _NotWanted("the account has a password") from None
    return AccountNews(account, letter.kind, recipient, at=letter.created_at, made_at=now, secret=secret)


def _reader(connection: Connection, letter: Letter) -> Account:
    account = find_account(connection, account_id=letter.account_id)
    if account is None or not account.active:
        raise _NotWanted("the account is closed")
    return account


def _note(connection: Connection, outcome: _Outcome, at: datetime) -> None:
    letter, answer = outcome.letter, outcome.answer
    if outcome.paused_until:
        outbox.postpone(connection, letter, now=at, until=outcome.paused_until)
        return
    if outcome.status is None:
        outbox.put_off(connection, letter, now=at, answer=answer, is_doubtful=outcome.is_doubtful)
        return
    outbox.finish(connection, letter, status=outcome.status, now=at, answer=answer)


def _tell(outcome: _Outcome) -> None:
    """Log one line a mail, without an address: what the server said may hold one, and stays with the letter."""
    letter, status = outcome.letter, outcome.status
    if outcome.paused_until:
        return
    tell = _log.warning if status is Status.FAILED else _log.info
    tell(
        f"mail_{status.value}" if status else "mail_put_off",
        letter=letter.id,
        kind=letter.kind.value,
        ticket=letter.number,
        attempt=letter.attempts + 1,
        doubtful=outcome.is_doubtful,
        exc_info=outcome.error,
    )
