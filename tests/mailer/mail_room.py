"""A portal, its mailer and an SMTP server, on one clock."""

from collections import Counter
from dataclasses import dataclass
from pathlib import Path
from uuid import UUID

from sqlalchemy import update
from tests.cast import Cast
from tests.mailer.post_office import PostOffice, Received
from tests.openings import open_incident

from izarlink_tickets import outbox
from izarlink_tickets.accounts import accounts
from izarlink_tickets.application import Portal
from izarlink_tickets.database import Database
from izarlink_tickets.mailer import JOURNALS, Branding, Journal, Mailer, Smtp
from izarlink_tickets.outbox import MailStatus, OutboxMessage

BRANDING = Branding(
    "https://support.example", "Support IzarLink <support@izarlink.example>", reopen_days=14, auto_close_days=7
)
# Enough for any answer on the loopback.
PATIENCE_SECONDS = 60  # a busy machine may take its time to say hello


@dataclass
class MailRoom:
    """The setting of the mailer's tests. People are called by first name."""

    portal: Portal
    cast: Cast
    office: PostOffice
    mailer: Mailer
    number: int = 0

    def open_ticket(self, *, title: str = "Débit à 2 Mbit/s") -> int:
        """Open a ticket as alice: messages to her, nora and sam."""
        self.number = open_incident(self.portal, self.cast, title=title)
        return self.number

    def open_tickets(self, count: int) -> None:
        """Open tickets as alice, with three messages each."""
        for _ in range(count):
            self.open_ticket()

    def send(self) -> int:
        """Run one round and return how many mails were sent."""
        return self.mailer.send_due()

    def send_all(self) -> None:
        """Run rounds, hour by hour, until no message waits."""
        while any(message.status is MailStatus.WAITING for message in self.messages()):
            self.cast.clock.advance(hours=1)
            while self.send():
                pass

    def fill(self, messages: int) -> None:
        """Enqueue messages to alice about one entry; discard all others."""
        now = self.cast.clock.now
        with self.portal.database.command() as connection:
            outbox.discard(connection, now=now)
            for nth in range(messages):
                outbox.enqueue(
                    connection,
                    kind=outbox.MailKind.TICKET,
                    actor_id=self.cast["sam"].id,
                    command_id=str(UUID(int=10_000 + nth)),
                    account_id=self.cast["alice"].id,
                    number=self.number,
                    entry=1,
                    now=now,
                )

    def copies(self) -> "Counter[str]":
        """Count how often each message arrived, by the id in its Message-ID."""
        return Counter(mail.message_id.strip("<").partition("@")[0] for mail in self.office.received)

    def another_mailer(self, database: Database | None = None) -> Mailer:
        database = database or self.portal.database
        return mailer_to(self.office, database, self.cast, folder=self.portal.settings.data_dir)

    def received(self, name: str | None = None) -> list[Received]:
        """Return the mails to this person, or all."""
        address = self.cast[name].email if name else None
        return [mail for mail in self.office.received if address in {None, mail.recipient}]

    def mail_to(self, name: str) -> Received:
        """Return the only mail to this person."""
        (mail,) = self.received(name)
        return mail

    def readers(self) -> list[str]:
        """Return the recipient of each mail, sorted."""
        names = {account.email: name for name, account in self.cast.accounts.items()}
        return sorted(names[mail.recipient] for mail in self.office.received)

    def messages(self) -> list[OutboxMessage]:
        """Return the messages, without those discarded before the test."""
        with self.portal.database.query() as connection:
            return outbox.list_messages(connection, outbox.outbox.c.status != MailStatus.WRITTEN_OFF.value)

    def message_to(self, name: str) -> OutboxMessage:
        """Return the only message to this person."""
        (message,) = [message for message in self.messages() if message.account_id == self.cast[name].id]
        return message

    def statuses(self) -> dict[str, str]:
        """Return the status of each person's message."""
        names = {account.id: name for name, account in self.cast.accounts.items()}
        return {names[message.account_id]: message.status.value for message in self.messages()}


def mailer_to(
    office: PostOffice, database: Database, cast: Cast, *, folder: Path, patience: float = PATIENCE_SECONDS
) -> Mailer:
    """Build a mailer that sends to the office, on the cast's clock.

    folder: of its data.
    """
    transport = Smtp(office.server, sender=BRANDING.sender_address, host=BRANDING.host, timeout=patience)
    return Mailer(database, transport=transport, branding=BRANDING, clock=cast.clock, journal=journal_in(folder))


def journal_in(folder: Path) -> Journal:
    """Build a mailer's journal in a data folder."""
    return Journal(folder / JOURNALS)


def change_account(room: MailRoom, name: str, **values: object) -> None:
    """Change an account's row in ways that the portal refuses."""
    with room.portal.database.command() as connection:
        connection.execute(update(accounts).where(accounts.c.id == room.cast[name].id).values(**values))
