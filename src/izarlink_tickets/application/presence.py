"""Presence of technicians on a ticket, so that one of them answers.

It decides nothing, and customers never see it.
"""

from datetime import datetime, timedelta

from sqlalchemy import Connection

from izarlink_tickets.database import Database, with_retries
from izarlink_tickets.desk.presences import (
    CODE_LENGTH,
    PresentColleague,
    last_presence,
    other_presences,
    store_presence,
)
from izarlink_tickets.domain import access
from izarlink_tickets.domain.vocabulary import Actor

# A page that is loaded again within this time writes nothing.
REPEATED_AFTER = timedelta(seconds=15)


class Presence:
    """Notes which tickets technicians have open.

    It needs no command log: noting it twice changes nothing.
    """

    def __init__(self, database: Database) -> None:
        self._database = database

    def note(self, viewer: Actor, *, number: int, now: datetime, writing: str = "") -> None:
        """Note that the viewer has the ticket open.

        now: aware UTC. writing: the code of the form that the viewer is writing in. Raises: NotAllowed.
        """
        access.require(allowed=access.is_staff(viewer))
        with self._database.query() as connection:
            last = last_presence(connection, number=number, account_id=viewer.account_id)
        self.note_after(last, viewer, number=number, now=now, writing=writing)

    def note_after(
        self, last: tuple[str, datetime] | None, viewer: Actor, *, number: int, now: datetime, writing: str = ""
    ) -> None:
        """Note that the viewer has the ticket open.

        last: code and time of their last presence, if any. Raises: NotAllowed.
        """
        access.require(allowed=access.is_staff(viewer))
        account_id, code = viewer.account_id, writing[:CODE_LENGTH]
        if last and last[0] == code and now - last[1] < REPEATED_AFTER:
            return

        def store() -> None:
            with self._database.command() as connection:
                store_presence(connection, number=number, account_id=account_id, writing=code, now=now)

        with_retries(store)


def colleagues_on(connection: Connection, viewer: Actor, *, number: int, now: datetime) -> list[PresentColleague]:
    """List the colleagues who have the ticket open, by name.

    now: aware UTC. Raises: NotAllowed.
    """
    access.require(allowed=access.is_staff(viewer))
    return other_presences(connection, number=number, account_id=viewer.account_id, now=now)
