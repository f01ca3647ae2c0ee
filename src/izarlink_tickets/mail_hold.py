"""Hold on all outgoing mail, until an operator releases it.

After a restore, waiting mails may already have been sent. One row holds them; the outbox leases none while it exists.
"""

from dataclasses import dataclass
from datetime import datetime

import orjson
from sqlalchemy import Connection, delete, exists, insert, select

from izarlink_tickets.sealing import installation

_NAME = "mails_held"
_IS_HOLD = installation.c.name == _NAME
# The content of a hold, if there is one.
HOLD = select(installation.c.value).where(_IS_HOLD)
# Conditions for the statements of the outbox.
IS_HELD = exists().where(_IS_HOLD)
NOT_HELD = ~IS_HELD


@dataclass(frozen=True, slots=True)
class Hold:
    """The start of a hold, aware UTC, and its English reason."""

    since: datetime
    reason: str


def hold_mails(connection: Connection, *, now: datetime, reason: str) -> None:
    """Hold all mail, replacing an earlier hold. now: aware UTC."""
    release_mails(connection)
    content = orjson.dumps({"since": now.isoformat(), "reason": reason}).decode()
    connection.execute(insert(installation).values(name=_NAME, value=content))


def release_mails(connection: Connection) -> None:
    """End the hold."""
    connection.execute(delete(installation).where(_IS_HOLD))


def mail_hold(connection: Connection) -> Hold | None:
    """Return the hold on mail, if any."""
    content = connection.execute(HOLD).scalar_one_or_none()
    return None if content is None else hold_of(content)


def hold_of(content: str) -> Hold:
    """Parse the content of a hold."""
    hold = orjson.loads(content)
    return Hold(datetime.fromisoformat(hold["since"]), hold["reason"])
