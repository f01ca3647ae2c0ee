"""Drain the outbox: take a letter, ask again whether its reader may see the ticket, render, send, mark (D8).

No database transaction is open while a mail server is talked to. At least once; twice only where an answer was lost.
Letters of a digest are taken, sent and marked together, as one mail.
"""

from collections import deque
from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from time import monotonic

import structlog

from izarlink_tickets import outbox
from izarlink_tickets.database import Database
from izarlink_tickets.failpoints import Point, failpoint
from izarlink_tickets.mailer.account_mail import SECRET_LIFETIMES, AccountNews
from izarlink_tickets.mailer.branding import Branding
from izarlink_tickets.mailer.content_loader import RecipientNotEntitled, load_account_news, load_ticket_news
from izarlink_tickets.mailer.delivery import Deferred, OutgoingMail, Refused, Transport
from izarlink_tickets.mailer.digests import digest_batch
from izarlink_tickets.mailer.domain_pauses import DomainPauses
from izarlink_tickets.mailer.messages import digest_of, mail_of, trial_mail
from izarlink_tickets.mailer.outcomes import DeliveryOutcome, note, tell
from izarlink_tickets.mailer.ticket_mail import TicketNews
from izarlink_tickets.outbox import LEASE_SECONDS, MailKind, MailStatus, OutboxMessage

# What one mail may take of its lease; the rest is for marking it. So nothing is ever sent under a lease that has run
# out, and letters are leased for one mail at a time.
LETTER_SECONDS = LEASE_SECONDS - 10
# After that a round ends, so that a long queue doesn't keep a stop or other due work waiting.
ROUND_SECONDS = 5.0

_log = structlog.get_logger()


class Mailer:
    """One sender of mails; give each thread its own. Several, in several processes, share the work."""

    def __init__(
        self,
        database: Database,
        *,
        transport: Transport,
        branding: Branding,
        clock: Callable[[], datetime],
        before_round: Callable[[], None] = lambda: None,
    ) -> None:
        """Take nothing yet. clock: gives the time, aware UTC. before_round: may hold all mails back."""
        self._before_round = before_round
        self._database = database
        self._transport = transport
        self._letterhead = branding
        self._clock = clock
        self._pauses = DomainPauses(clock)
        self._unmarked: deque[tuple[DeliveryOutcome, datetime]] = deque()

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
            while monotonic() < end and (outcomes := self._next()) is not None:
                sent += sum(one.status is MailStatus.SENT for one in outcomes)
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

    def _next(self) -> list[DeliveryOutcome] | None:
        """Deal with the next letter and those that go with it; None when there is none."""
        self._transport.prepare()
        # Before the lease is taken: time that passes in between must count.
        deadline = monotonic() + LETTER_SECONDS
        letters = self._take()
        if not letters:
            return None if letters is None else []
        failpoint(Point.MAIL_CLAIMED)
        outcomes = self._attempt(letters, deadline=deadline)
        for outcome in outcomes:
            tell(outcome)
            self._unmarked.append((outcome, self._clock()))
        self._mark()
        if any(outcome.status is None for outcome in outcomes):
            failpoint(Point.MAIL_PUT_OFF)
        return outcomes

    def _take(self) -> list[OutboxMessage] | None:
        """Lease the letters of one mail; none where a letter was put by for a digest, None when none is due."""
        with self._database.command() as connection:
            now = self._clock()
            letters = outbox.lease(connection, now=now, limit=1)
            return digest_batch(connection, letters[0], now=now) if letters else None

    def _attempt(self, letters: Sequence[OutboxMessage], *, deadline: float) -> list[DeliveryOutcome]:
        if len(letters) == 1:
            return [self._attempt_one(letters[0], deadline=deadline)]
        seen, outcomes = self._look_up_all(letters)
        mail = self._digest(seen) if len(seen) > 1 else None
        if mail:
            return [*outcomes, self._deliver(list(seen), mail, deadline=deadline)]
        return outcomes + [self._attempt_one(message, deadline=deadline) for message in seen]

    def _look_up_all(
        self, letters: Sequence[OutboxMessage]
    ) -> tuple[dict[OutboxMessage, TicketNews], list[DeliveryOutcome]]:
        """Ask of each letter alone whether its reader may see what it is about; those that aren't wanted are done."""
        seen, called_off = {}, []
        with self._database.query() as connection:
            for message in letters:
                try:
                    seen[message] = load_ticket_news(connection, message)
                except RecipientNotEntitled as reason:
                    called_off.append(DeliveryOutcome((message,), MailStatus.CANCELLED, str(reason)))
        return seen, called_off

    def _digest(self, seen: Mapping[OutboxMessage, TicketNews]) -> OutgoingMail | None:
        """Build the one mail; None where something in it makes that impossible, so that each is tried by itself."""
        try:
            return digest_of(list(seen), list(seen.values()), self._letterhead, now=self._clock())
        except Exception as error:  # noqa: BLE001 - whatever one row holds, the others must go out (F8)
            _log.warning("digest_not_built", letters=len(seen), exc_info=error)
            return None

    def _attempt_one(self, message: OutboxMessage, *, deadline: float) -> DeliveryOutcome:
        now = self._clock()
        try:
            about = self._look_up(message, now)
        except RecipientNotEntitled as reason:
            return DeliveryOutcome((message,), MailStatus.CANCELLED, str(reason))
        try:
            mail = mail_of(message, about, self._letterhead, now=now)
        except Exception as error:  # noqa: BLE001 - whatever one row holds, the others must go out (F8)
            return DeliveryOutcome(
                (message,), MailStatus.FAILED, f"can't be built: {type(error).__name__}", error=error
            )
        return self._deliver([message], mail, deadline=deadline)

    def _deliver(self, letters: Sequence[OutboxMessage], mail: OutgoingMail, *, deadline: float) -> DeliveryOutcome:
        sent = tuple(letters)
        paused_until = self._pauses.end_of(mail.recipient)
        if paused_until:
            return DeliveryOutcome(sent, None, "", paused_until=paused_until)
        began = monotonic()
        try:
            answer = self._transport.deliver(mail, deadline=deadline)
        except Refused as refused:
            return DeliveryOutcome(sent, MailStatus.FAILED, refused.answer)
        except Deferred as deferred:
            self._pauses.note_failure(mail.recipient, seconds=monotonic() - began)
            return DeliveryOutcome(sent, None, deferred.answer, is_doubtful=deferred.is_doubtful)
        failpoint(Point.MAIL_ANSWERED)
        self._pauses.note_success(mail.recipient)
        return DeliveryOutcome(sent, MailStatus.SENT, answer)

    def _look_up(self, message: OutboxMessage, now: datetime) -> TicketNews | AccountNews:
        """Read what the mail is about, as its reader may see it now. Raises: NotWanted."""
        if message.kind in SECRET_LIFETIMES:
            # A secret is stored, as its hash, before anybody can read it.
            with self._database.command() as connection:
                return load_account_news(connection, message, now)
        with self._database.query() as connection:
            if message.kind is MailKind.TICKET:
                return load_ticket_news(connection, message)
            return load_account_news(connection, message, now)

    def _mark(self) -> None:
        while self._unmarked:
            with self._database.command() as connection:
                note(connection, *self._unmarked[0])
            self._unmarked.popleft()
