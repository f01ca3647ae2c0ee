"""What a person does about mails that failed or are in doubt: send them again, or let them be. Pages and command line.

Repeating it changes nothing; who did it last is noted with the mail.
"""

from collections.abc import Sequence

import structlog

from izarlink_tickets.database import Database
from izarlink_tickets.domain import access
from izarlink_tickets.domain.vocabulary import CommandContext
from izarlink_tickets.outbox.deliveries import dismiss, failed_ids, send_again

_log = structlog.get_logger()


class Mails:
    """For support, and for the operator at the command line."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def send_again(self, context: CommandContext, ids: Sequence[str]) -> int:
        """Send again what was given up or is in doubt, and at once what waits. Returns how many. Raises: NotAllowed."""
        _require(context)
        with self._database.command() as connection:
            count = send_again(connection, ids=ids, by=context.actor.account_id, now=context.at)
        _tell("mails_sent_again", context, count)
        return count

    def send_all_again(self, context: CommandContext) -> tuple[int, int]:
        """Send again all that were given up. Returns how many will be, of how many. Raises: NotAllowed."""
        _require(context)
        with self._database.command() as connection:
            ids = failed_ids(connection)
            count = send_again(connection, ids=ids, by=context.actor.account_id, now=context.at)
        _tell("mails_sent_again", context, count)
        return count, len(ids)

    def file(self, context: CommandContext, ids: Sequence[str]) -> int:
        """Let failures and doubts be. Returns how many. Raises: NotAllowed."""
        _require(context)
        with self._database.command() as connection:
            count = dismiss(connection, ids=ids, by=context.actor.account_id, now=context.at)
        _tell("mails_filed", context, count)
        return count


def _require(context: CommandContext) -> None:
    access.require(allowed=access.is_staff(context.actor) or access.is_system(context.actor))


def _tell(event: str, context: CommandContext, count: int) -> None:
    _log.info(event, mails=count, actor=context.actor.account_id, channel=context.channel.value)
