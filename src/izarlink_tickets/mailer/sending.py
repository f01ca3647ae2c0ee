"""Sending: lease a message, check rights, render, send, record.

No database transaction is open during the conversation with a mail server. Delivery is at least once; a mail repeats
only if the server's answer was lost. The messages of a digest are leased, sent and recorded together, as one mail.
"""

from collections import deque
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from time import monotonic

import structlog
from sqlalchemy import Connection

from izarlink_tickets import outbox
from izarlink_tickets.database import Database
from izarlink_tickets.failpoints import Point, failpoint
from izarlink_tickets.mailer.account_mail import SECRET_LIFETIMES, AccountNews
from izarlink_tickets.mailer.branding import Branding
from izarlink_tickets.mailer.content_loader import RecipientNotEntitled, load_account_news, load_ticket_news
from izarlink_tickets.mailer.delivery import Deferred, OutgoingMail, Refused, Transport
from izarlink_tickets.mailer.digests import digest_batch
from izarlink_tickets.mailer.domain_pauses import DomainPauses
from izarlink_tickets.mailer.messages import build_digest, build_mail, build_test_mail
from izarlink_tickets.mailer.ticket_mail import TicketNews
from izarlink_tickets.outbox import LEASE_SECONDS, MailKind, MailStatus, OutboxMessage

# The time to send one mail; the rest of the lease is for recording. So nothing is sent under an expired lease, and
# messages are leased for one mail at a time.
MAIL_SECONDS = LEASE_SECONDS - 10
# A round ends after this time, so that a long queue delays neither a stop nor other due work.
ROUND_SECONDS = 5.0

_log = structlog.get_logger()


@dataclass(frozen=True, slots=True)
class DeliveryOutcome:
    """The outcome of one attempt. status: None for a retry.

    error: a bug.
    messages: those of the one mail. paused_until: set when there was no attempt, because the domain is paused.
    """

    messages: tuple[OutboxMessage, ...]
    status: MailStatus | None
    answer: str
    is_doubtful: bool = False
    error: Exception | None = None
    paused_until: datetime | None = None


class Mailer:
    """A sender for one thread; several, even in processes, share the work."""

    def __init__(
        self,
        database: Database,
        *,
        transport: Transport,
        branding: Branding,
        clock: Callable[[], datetime],
        before_round: Callable[[], None] = lambda: None,
    ) -> None:
        """Prepare without leasing. clock: returns aware UTC. before_round: may hold all mail."""
        self._before_round = before_round
        self._database = database
        self._transport = transport
        self._branding = branding
        self._clock = clock
        self._pauses = DomainPauses(clock)
        self._unrecorded: deque[tuple[DeliveryOutcome, datetime]] = deque()

    def send_due(self) -> int:
        """Run one round and return how many mails were sent.

        Raises: ServerUnreachable, before any message is leased; DatabaseBusy, DatabaseUnreachable, StorageFull,
        CommitUnknown: the next round first records what was sent.
        """
        self._before_round()
        self._record()
        if not self._has_due():
            return 0
        sent, end = 0, monotonic() + ROUND_SECONDS
        try:
            while monotonic() < end and (outcomes := self._send_next()) is not None:
                sent += sum(outcome.status is MailStatus.SENT for outcome in outcomes)
        finally:
            self._transport.close()
        return sent

    def send_test(self, address: str) -> str:
        """Send a test mail past the outbox and return the server's answer.

        Raises: ServerUnreachable, Refused, Deferred, UnfitMail (invalid address).
        """
        mail = build_test_mail(address, self._branding, now=self._clock())
        try:
            self._transport.prepare()
            return self._transport.deliver(mail, deadline=monotonic() + MAIL_SECONDS)
        finally:
            self._transport.close()

    def _has_due(self) -> bool:
        with self._database.query() as connection:
            return outbox.has_due(connection, now=self._clock())

    def _send_next(self) -> list[DeliveryOutcome] | None:
        """Send the next message and its companions; None without any."""
        self._transport.prepare()
        # Before the lease begins, so that the time in between counts.
        deadline = monotonic() + MAIL_SECONDS
        messages = self._lease()
        if not messages:
            return None if messages is None else []
        failpoint(Point.MAIL_CLAIMED)
        outcomes = self._attempt(messages, deadline=deadline)
        for outcome in outcomes:
            _log_outcome(outcome)
            self._unrecorded.append((outcome, self._clock()))
        self._record()
        if any(outcome.status is None for outcome in outcomes):
            failpoint(Point.MAIL_PUT_OFF)
        return outcomes

    def _lease(self) -> list[OutboxMessage] | None:
        """Lease the messages of one mail.

        An empty list means that a message now waits for its digest; None, that no message is due.
        """
        with self._database.command() as connection:
            now = self._clock()
            messages = outbox.lease(connection, now=now, limit=1)
            return digest_batch(connection, messages[0], now=now) if messages else None

    def _attempt(self, messages: Sequence[OutboxMessage], *, deadline: float) -> list[DeliveryOutcome]:
        if len(messages) == 1:
            return [self._attempt_one(messages[0], deadline=deadline)]
        news, outcomes = self._load_all(messages)
        mail = self._build_digest(news) if len(news) > 1 else None
        if mail:
            return [*outcomes, self._deliver(list(news), mail, deadline=deadline)]
        return outcomes + [self._attempt_one(message, deadline=deadline) for message in news]

    def _load_all(
        self, messages: Sequence[OutboxMessage]
    ) -> tuple[dict[OutboxMessage, TicketNews], list[DeliveryOutcome]]:
        """Load the news of each message; cancel those no longer entitled."""
        news, cancelled = {}, []
        with self._database.query() as connection:
            for message in messages:
                try:
                    news[message] = load_ticket_news(connection, message)
                except RecipientNotEntitled as reason:
                    cancelled.append(DeliveryOutcome((message,), MailStatus.CANCELLED, str(reason)))
        return news, cancelled

    def _build_digest(self, news: Mapping[OutboxMessage, TicketNews]) -> OutgoingMail | None:
        """Build the digest; None on an error, to try each alone."""
        try:
            return build_digest(list(news), list(news.values()), self._branding, now=self._clock())
        except Exception as error:  # noqa: BLE001 - a damaged row must not stop the others
            _log.warning("digest_not_built", messages=len(news), exc_info=error)
            return None

    def _attempt_one(self, message: OutboxMessage, *, deadline: float) -> DeliveryOutcome:
        now = self._clock()
        try:
            about = self._load(message, now)
        except RecipientNotEntitled as reason:
            return DeliveryOutcome((message,), MailStatus.CANCELLED, str(reason))
        try:
            mail = build_mail(message, about, self._branding, now=now)
        except Exception as error:  # noqa: BLE001 - a damaged row must not stop the others
            return DeliveryOutcome(
                (message,), MailStatus.FAILED, f"can't be built: {type(error).__name__}", error=error
            )
        return self._deliver([message], mail, deadline=deadline)

    def _deliver(self, messages: Sequence[OutboxMessage], mail: OutgoingMail, *, deadline: float) -> DeliveryOutcome:
        sent = tuple(messages)
        paused_until = self._pauses.paused_until(mail.recipient)
        if paused_until:
            return DeliveryOutcome(sent, None, "", paused_until=paused_until)
        began = monotonic()
        try:
            answer = self._transport.deliver(mail, deadline=deadline)
        except Refused as refused:
            return DeliveryOutcome(sent, MailStatus.FAILED, refused.answer)
        except Deferred as deferred:
            self._pauses.record_failure(mail.recipient, seconds=monotonic() - began)
            return DeliveryOutcome(sent, None, deferred.answer, is_doubtful=deferred.is_doubtful)
        failpoint(Point.MAIL_ANSWERED)
        self._pauses.record_success(mail.recipient)
        return DeliveryOutcome(sent, MailStatus.SENT, answer)

    def _load(self, message: OutboxMessage, now: datetime) -> TicketNews | AccountNews:
        """Load what the recipient may see now. Raises: RecipientNotEntitled."""
        if message.kind in SECRET_LIFETIMES:
            # The hash of a secret is stored before the mail can arrive.
            with self._database.command() as connection:
                return load_account_news(connection, message, now)
        with self._database.query() as connection:
            if message.kind is MailKind.TICKET:
                return load_ticket_news(connection, message)
            return load_account_news(connection, message, now)

    def _record(self) -> None:
        while self._unrecorded:
            with self._database.command() as connection:
                _record_outcome(connection, *self._unrecorded[0])
            self._unrecorded.popleft()


def _record_outcome(connection: Connection, outcome: DeliveryOutcome, at: datetime) -> None:
    """Store the outcome with each message. at: aware UTC."""
    answer, is_doubtful = outcome.answer, outcome.is_doubtful
    for message in outcome.messages:
        if outcome.paused_until:
            outbox.defer(connection, message, now=at, until=outcome.paused_until)
        elif outcome.status is None:
            outbox.schedule_retry(connection, message, now=at, answer=answer, is_doubtful=is_doubtful)
        else:
            outbox.finish(connection, message, status=outcome.status, now=at, answer=answer)


def _log_outcome(outcome: DeliveryOutcome) -> None:
    """Log one line per message, without addresses.

    The server's answer may hold an address, so only the outbox stores it.
    """
    if outcome.paused_until:
        return
    write = _log.warning if outcome.status is MailStatus.FAILED else _log.info
    for message in outcome.messages:
        write(
            f"mail_{outcome.status.value}" if outcome.status else "mail_put_off",
            message=message.id,
            kind=message.kind.value,
            ticket=message.number,
            attempt=message.attempts + 1,
            doubtful=outcome.is_doubtful,
            exc_info=outcome.error,
        )
