"""Sending: lease messages, check rights, render, send, record.

No database transaction is open during the conversation with a mail server. Delivery is at least once; a mail repeats
only if the server's answer was lost. The messages of a digest are leased, sent and recorded together, as one mail.
Messages are leased, loaded and recorded for many mails at once; the journal holds what happens in between.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import datetime, timedelta
from time import monotonic

import structlog
from sqlalchemy import Connection
from sqlalchemy.exc import SQLAlchemyError

from izarlink_tickets import outbox
from izarlink_tickets.database import Database, DatabaseBusy, DatabaseUnreachable
from izarlink_tickets.failpoints import Point, failpoint
from izarlink_tickets.mailer.account_mail import SECRET_LIFETIMES, AccountNews
from izarlink_tickets.mailer.branding import Branding
from izarlink_tickets.mailer.content_loader import RecipientNotEntitled, load_account_news, load_ticket_news
from izarlink_tickets.mailer.delivery import Deferred, OutgoingMail, Refused, ServerBusy, ServerUnreachable, Transport
from izarlink_tickets.mailer.digests import gather_mails
from izarlink_tickets.mailer.domain_pauses import DomainPauses
from izarlink_tickets.mailer.journal import DeliveryOutcome, Journal, JournalUnwritable
from izarlink_tickets.mailer.messages import Bodies, build_digest, build_mail, build_test_mail
from izarlink_tickets.mailer.recording import log_outcome, store_abandoned, store_outcomes
from izarlink_tickets.mailer.ticket_mail import TicketNews
from izarlink_tickets.outbox import LEASE_SECONDS, MailKind, MailStatus, OutboxMessage

# The time to send one mail; the rest of the lease is for recording. So nothing is sent under an expired lease.
MAIL_SECONDS = LEASE_SECONDS - 10
# A round ends after this time, so that a long queue does not delay other due work.
ROUND_SECONDS = 5.0
# Messages that are leased, loaded and recorded at once: at full speed 50 ms of work. More would save little.
MOST_TOGETHER = 25
# At a slow server, outcomes are recorded after this time, and what is left is leased anew.
TOGETHER_SECONDS = 1.0

_log = structlog.get_logger()

Mail = tuple[OutboxMessage, ...]
# What a message's mail is built from, or why there is none.
Content = TicketNews | AccountNews | Exception


class Mailer:
    """A sender for one thread; several, even in processes, share the work."""

    def __init__(
        self,
        database: Database,
        *,
        transport: Transport,
        branding: Branding,
        clock: Callable[[], datetime],
        journal: Journal,
        before_round: Callable[[], None] = lambda: None,
    ) -> None:
        """Prepare without leasing. clock: returns aware UTC. before_round: may hold all mail."""
        self._before_round = before_round
        self._database = database
        self._transport = transport
        self._branding = branding
        self._clock = clock
        self._journal = journal
        self._pauses = DomainPauses(clock)
        self._is_stopping = False
        self._most_together = MOST_TOGETHER
        # The leased messages whose mail has not begun; and the outcomes that are not in the database.
        self._untried: set[OutboxMessage] = set()
        self._unrecorded: list[tuple[DeliveryOutcome, datetime]] = []

    def stop(self) -> None:
        """End the round after the current mail; any thread may call it."""
        self._is_stopping = True

    def send_due(self) -> int:
        """Run one round and return how many mails were sent.

        Raises: ServerUnreachable, before any message is tried; JournalUnwritable; DatabaseBusy, DatabaseUnreachable,
        StorageFull, CommitUnknown: the next round first records what was sent.
        """
        self._before_round()
        self._record()
        self._recover()
        if not self._has_due():
            return 0
        try:
            return self._run_round(end=monotonic() + ROUND_SECONDS)
        finally:
            self._transport.close()

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

    def _run_round(self, *, end: float) -> int:
        sent, self._most_together = 0, MOST_TOGETHER
        try:
            while monotonic() < end and not self._is_stopping:
                self._transport.prepare()
                # Before the lease begins, so that the time in between counts.
                deadline = monotonic() + MAIL_SECONDS
                mails = self._lease()
                if mails is None:
                    break
                sent += self._send_all(mails, deadline=deadline)
        except ServerUnreachable:
            self._record()
            raise
        self._record()
        return sent

    # --- leases and records, many at once -----------------------------------------------------------------------------

    def _lease(self) -> list[Mail] | None:
        """Record the last mails and lease the next ones, in one transaction.

        An empty list means that all messages now wait for their digest; None, that no message is due.
        """
        with self._database.command() as connection:
            self._store(connection)
            now = self._clock()
            messages = outbox.lease(connection, now=now, limit=self._most_together)
            mails = gather_mails(connection, messages, now=now)
            leased = [message for mail in mails for message in mail]
            if leased:
                self._journal.lease(leased, leased_until=now + timedelta(seconds=LEASE_SECONDS))
            # Even if the COMMIT has no answer, they are released.
            self._untried.update(leased)
        self._unrecorded, self._untried = [], set(leased)
        failpoint(Point.MAIL_CLAIMED)
        return mails if messages else None

    def _record(self) -> None:
        """Record the outcomes, and free what was not tried."""
        if self._unrecorded or self._untried:
            with self._database.command() as connection:
                self._store(connection)
            self._unrecorded, self._untried = [], set()
        self._journal.close()

    def _store(self, connection: Connection) -> None:
        store_outcomes(connection, self._unrecorded)
        outbox.release(connection, self._untried)

    def _recover(self) -> None:
        """Record what killed senders left in their journals."""
        for journal in self._journal.abandoned():
            with self._database.command() as connection:
                store_abandoned(connection, journal, now=self._clock())

    # --- the mails ----------------------------------------------------------------------------------------------------

    def _send_all(self, mails: Sequence[Mail], *, deadline: float) -> int:
        """Send leased mails and return how many were sent.

        At a slow server only the first ones are tried.
        """
        until = monotonic() + TOGETHER_SECONDS
        content = self._load_news([message for mail in mails for message in mail if message.kind is MailKind.TICKET])
        bodies, sent = Bodies(), 0
        for nth, mail in enumerate(mails, 1):
            outcomes = self._send(mail, content, bodies, deadline=deadline)
            sent += sum(outcome.status is MailStatus.SENT for outcome in outcomes)
            self._most_together = min(MOST_TOGETHER, 2 * nth)
            if monotonic() > until or self._is_stopping:
                break
        return sent

    def _send(
        self, mail: Mail, content: Mapping[str, Content], bodies: Bodies, *, deadline: float
    ) -> list[DeliveryOutcome]:
        """Send one mail, or a faulty digest's messages one by one.

        Raises: ServerUnreachable, JournalUnwritable: what has no outcome has not begun.
        """
        self._journal.begin(mail)
        self._untried -= set(mail)
        outcomes, rest = [], set(mail)
        try:
            for outcome in self._attempt(mail, content, bodies, deadline=deadline):
                outcomes.append(outcome)
                rest -= set(outcome.messages)
                self._keep(outcome)
        except (ServerUnreachable, JournalUnwritable):
            self._untried |= rest
            raise
        return outcomes

    def _keep(self, outcome: DeliveryOutcome) -> None:
        at = self._clock()
        self._unrecorded.append((outcome, at))
        log_outcome(outcome)
        self._journal.record(outcome, at=at)
        if outcome.status is None:
            failpoint(Point.MAIL_PUT_OFF)

    def _load_news(self, messages: Sequence[OutboxMessage]) -> Mapping[str, Content]:
        """Load the content of mails; separately if a row is damaged."""
        try:
            with self._database.query() as connection:
                return load_ticket_news(connection, messages, now=self._clock())
        except (SQLAlchemyError, DatabaseBusy, DatabaseUnreachable):
            raise
        except Exception as error:  # noqa: BLE001 - a damaged row must not stop the others
            if len(messages) == 1:
                return {messages[0].id: error}
        return {key: news for message in messages for key, news in self._load_news([message]).items()}

    def _attempt(
        self, mail: Mail, content: Mapping[str, Content], bodies: Bodies, *, deadline: float
    ) -> Iterator[DeliveryOutcome]:
        """Send, and yield each outcome before the next attempt."""
        if len(mail) == 1:
            yield self._attempt_one(mail[0], content, bodies, deadline=deadline)
            return
        news = {message: about for message in mail if isinstance(about := content[message.id], TicketNews)}
        digest = self._build_digest(news) if len(news) > 1 else None
        together = list(news) if digest else []
        for message in mail:
            if message not in together:
                yield self._attempt_one(message, content, bodies, deadline=deadline)
        if digest:
            yield self._deliver(together, digest, deadline=deadline)

    def _build_digest(self, news: Mapping[OutboxMessage, TicketNews]) -> OutgoingMail | None:
        """Build the digest; None on an error, to try each alone."""
        try:
            return build_digest(list(news), list(news.values()), self._branding, now=self._clock())
        except Exception as error:  # noqa: BLE001 - a damaged row must not stop the others
            _log.warning("digest_not_built", messages=len(news), exc_info=error)
            return None

    def _attempt_one(
        self, message: OutboxMessage, content: Mapping[str, Content], bodies: Bodies, *, deadline: float
    ) -> DeliveryOutcome:
        now = self._clock()
        about = content.get(message.id) or self._load_account_news(message, now)
        if isinstance(about, RecipientNotEntitled):
            return DeliveryOutcome((message,), MailStatus.CANCELLED, str(about))
        if isinstance(about, Exception):
            return _not_built(message, about)
        try:
            mail = build_mail(message, about, self._branding, now=now, bodies=bodies)
        except Exception as error:  # noqa: BLE001 - a damaged row must not stop the others
            return _not_built(message, error)
        return self._deliver([message], mail, deadline=deadline)

    def _load_account_news(self, message: OutboxMessage, now: datetime) -> AccountNews | RecipientNotEntitled:
        # The hash of a secret is stored before the mail can arrive.
        holds_secret = message.kind in SECRET_LIFETIMES
        try:
            with self._database.command() if holds_secret else self._database.query() as connection:
                return load_account_news(connection, message, now, has_single_sign_on=self._branding.has_single_sign_on)
        except RecipientNotEntitled as reason:
            return reason

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
        except ServerBusy as busy:
            until = self._pauses.record_busy(mail.recipient)
            return DeliveryOutcome(sent, None, busy.answer, paused_until=until)
        except Deferred as deferred:
            self._pauses.record_failure(mail.recipient, seconds=monotonic() - began)
            return DeliveryOutcome(sent, None, deferred.answer, is_doubtful=deferred.is_doubtful)
        failpoint(Point.MAIL_ANSWERED)
        self._pauses.record_success(mail.recipient)
        return DeliveryOutcome(sent, MailStatus.SENT, answer)


def _not_built(message: OutboxMessage, error: Exception) -> DeliveryOutcome:
    return DeliveryOutcome((message,), MailStatus.FAILED, f"can't be built: {type(error).__name__}", error=error)
