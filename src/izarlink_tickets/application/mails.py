"""Failed and uncertain mails, sent again or dismissed by staff.

No command log: repeating a command changes nothing. The mail notes who handled it last.
"""

from collections.abc import Sequence

import structlog

from izarlink_tickets.database import Database
from izarlink_tickets.domain import access
from izarlink_tickets.domain.vocabulary import CommandContext
from izarlink_tickets.outbox.deliveries import dismiss, failed_ids, send_again

_log = structlog.get_logger()


class Mails:
    """Commands on mails.

    Each raises NotAllowed unless the actor is staff or the operator of the command line.
    """

    def __init__(self, database: Database) -> None:
        self._database = database

    def send_again(self, context: CommandContext, ids: Sequence[str]) -> int:
        """Send failed, uncertain or waiting mails now, and return how many."""
        _require(context)
        with self._database.command() as connection:
            count = send_again(connection, ids=ids, by=context.actor.account_id, now=context.at)
        _log_mails("mails_sent_again", context, count)
        return count

    def send_all_again(self, context: CommandContext) -> tuple[int, int]:
        """Send all failed mails again.

        Returns how many will be sent, and how many there were.
        """
        _require(context)
        with self._database.command() as connection:
            ids = failed_ids(connection)
            count = send_again(connection, ids=ids, by=context.actor.account_id, now=context.at)
        _log_mails("mails_sent_again", context, count)
        return count, len(ids)

    def dismiss(self, context: CommandContext, ids: Sequence[str]) -> int:
        """Dismiss failed or uncertain mails, and return how many.

        They are no longer reported as problems.
        """
        _require(context)
        with self._database.command() as connection:
            count = dismiss(connection, ids=ids, by=context.actor.account_id, now=context.at)
        _log_mails("mails_filed", context, count)
        return count


def _require(context: CommandContext) -> None:
    access.require(allowed=access.is_staff(context.actor) or access.is_system(context.actor))


def _log_mails(event: str, context: CommandContext, count: int) -> None:
    _log.info(event, mails=count, actor=context.actor.account_id, channel=context.channel.value)
