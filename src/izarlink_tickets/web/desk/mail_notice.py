"""The desk's notice that mails are on hold."""

from datetime import datetime

from izarlink_tickets.mail_hold import mail_hold
from izarlink_tickets.web.app_context import portal


def mail_notice() -> dict[str, object]:
    """Return the query for templates, which run it where needed."""
    return {"mails_held_since": _held_since}


def _held_since() -> datetime | None:
    with portal().database.query() as connection:
        hold = mail_hold(connection)
    return hold.since if hold else None
