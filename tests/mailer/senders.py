"""Send what is due, in a process of its own.

    python -m tests.mailer.senders URL DATA_DIR PORT NOW

URL, DATA_DIR: the database; PORT: a mail server on the loopback; NOW: the time, ISO 8601 with offset. Prints how many
mails it sent.
"""

import sys
from contextlib import closing
from datetime import datetime
from pathlib import Path

import structlog
from tests.mailer.mail_room import BRANDING, journal_in
from tests.mailer.post_office import smtp_server

from izarlink_tickets.application import Portal
from izarlink_tickets.config import SmtpServer
from izarlink_tickets.database import Database
from izarlink_tickets.mailer import Mailer, Smtp


def main(url: str, data_dir: str, port: str, now: str) -> None:
    structlog.configure(logger_factory=structlog.PrintLoggerFactory(sys.stderr))
    at = datetime.fromisoformat(now)
    with closing(Database(url, data_dir=Path(data_dir))) as database:
        transport = Smtp(smtp_server(int(port)), sender=BRANDING.sender_address, host=BRANDING.host)
        journal = journal_in(Path(data_dir))
        mailer = Mailer(database, transport=transport, branding=BRANDING, clock=lambda: at, journal=journal)
        sys.stdout.write(f"{send_all(mailer)}\n")


def send_through(portal: Portal, *, server: SmtpServer, at: datetime) -> None:
    """Send what is due at that time, in the calling process."""
    transport = Smtp(server, sender=BRANDING.sender_address, host=BRANDING.host)
    journal = journal_in(portal.settings.data_dir)
    send_all(Mailer(portal.database, transport=transport, branding=BRANDING, clock=lambda: at, journal=journal))


def send_all(mailer: Mailer) -> int:
    """Run rounds until nothing is due; return how many mails were sent."""
    return sum(iter(mailer.send_due, 0))


if __name__ == "__main__":
    main(*sys.argv[1:])
