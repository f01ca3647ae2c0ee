"""The mailer: sends the outbox by SMTP or into a folder.

`notifications` has chosen the recipients; the mailer checks that they are still entitled.
"""

from collections.abc import Callable
from datetime import datetime

from izarlink_tickets.config import MailFolder, Settings
from izarlink_tickets.database import Database
from izarlink_tickets.mailer.branding import Branding
from izarlink_tickets.mailer.delivery import Deferred, NotDelivered, Refused, ServerUnreachable, Transport
from izarlink_tickets.mailer.envelope import UnfitMail
from izarlink_tickets.mailer.folder import Folder
from izarlink_tickets.mailer.journal import JOURNALS, Journal, JournalUnwritable
from izarlink_tickets.mailer.log_watch import LOG_SEEN, LogWatch
from izarlink_tickets.mailer.sending import Mailer
from izarlink_tickets.mailer.smtp import Smtp
from izarlink_tickets.mailer.work_loop import run


def open_mailer(database: Database, settings: Settings, *, clock: Callable[[], datetime]) -> Mailer:
    """Build a mailer for one thread. clock: returns aware UTC."""
    branding = Branding.of(settings)
    watch = LogWatch(database, settings.data_dir / LOG_SEEN, clock=clock)
    return Mailer(
        database,
        transport=_transport(settings, branding),
        branding=branding,
        clock=clock,
        journal=Journal(settings.data_dir / JOURNALS),
        before_round=watch.check,
    )


def _transport(settings: Settings, branding: Branding) -> Transport:
    target = settings.mail_target
    if isinstance(target, MailFolder):
        return Folder(target.path)
    return Smtp(target, sender=branding.sender_address, host=branding.host)
