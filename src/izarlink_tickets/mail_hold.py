"""Hold all mails back, durably, until an operator lets them go: after a restore, what waits may have been sent already.

It knows one row and sends nothing; the outbox gives no letter out while the row is there.
"""

from dataclasses import dataclass
from datetime import datetime

import orjson
from sqlalchemy import Connection, bindparam, delete, exists, insert, select

from izarlink_tickets.sealing import installation

_NAME = "mails_held"
_IS_HOLD = installation.c.name == _NAME
_FIND = select(installation.c.value).where(_IS_HOLD)
_HOLD = insert(installation).values(name=_NAME, value=bindparam("content"))
_RELEASE = delete(installation).where(_IS_HOLD)
# For the statements that give letters out.
IS_HELD = exists().where(_IS_HOLD)
NOT_HELD = ~IS_HELD


@dataclass(frozen=True, slots=True)
class Hold:
    """Since when mails are held (aware UTC), and why, in a few English words."""

    since: datetime
    reason: str


def hold_mails(connection: Connection, *, now: datetime, reason: str) -> None:
    """Let no mail go from now on; an earlier hold is replaced. now: aware UTC."""
    connection.execute(_RELEASE)
    connection.execute(_HOLD, {"content": orjson.dumps({"since": now.isoformat(), "reason": reason}).decode()})


def release_mails(connection: Connection) -> None:
    """Let mails go again."""
    connection.execute(_RELEASE)


def mail_hold(connection: Connection) -> Hold | None:
    """Say whether mails are held."""
    content = connection.execute(_FIND).scalar_one_or_none()
    if content is None:
        return None
    told = orjson.loads(content)
    return Hold(datetime.fromisoformat(told["since"]), told["reason"])
