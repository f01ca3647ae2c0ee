"""What a person does about mails that failed or are in doubt: send them again, or let them be. Pages and command line.

Repeating it changes nothing; who did it last is noted with the mail.
"""

from collections.abc import Sequence

import structlog

from izarlink_tickets.database import Database
from izarlink_tickets.domain import access
from izarlink_tickets.domain.vocabulary import Act
from izarlink_tickets.outbox.deliveries import failed_ids, file_away, send_again

_log = structlog.get_logger()


class Mails:
    """For support, and for the operator at the command line."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def send_again(self, act: Act, ids: Sequence[str]) -> int:
        """Send again what was given up or is in doubt, and at once what waits. Returns how many. Raises: NotAllowed."""
        _require(act)
        with self._database.command() as connection:
            count = send_again(connection, ids=ids, by=act.actor.account_id, now=act.at)
        _tell("mails_sent_again", act, count)
        return count

    def send_all_again(self, act: Act) -> tuple[int, int]:
        """Send again all that were given up. Returns how many will be, of how many. Raises: NotAllowed."""
        _require(act)
        with self._database.command() as connection:
            ids = failed_ids(connection)
            count = send_again(connection, ids=ids, by=act.actor.account_id, now=act.at)
        _tell("mails_sent_again", act, count)
        return count, len(ids)

    def file(self, act: Act, ids: Sequence[str]) -> int:
        """Let failures and doubts be. Returns how many. Raises: NotAllowed."""
        _require(act)
        with self._database.command() as connection:
            count = file_away(connection, ids=ids, by=act.actor.account_id, now=act.at)
        _tell("mails_filed", act, count)
        return count


def _require(act: Act) -> None:
    access.require(allowed=access.is_staff(act.actor) or access.is_system(act.actor))


def _tell(event: str, act: Act, count: int) -> None:
    _log.info(event, mails=count, actor=act.actor.account_id, channel=act.channel.value)
