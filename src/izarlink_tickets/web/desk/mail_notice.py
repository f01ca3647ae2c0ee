"""What the desk must know of the mails: nobody gets one while they are held back."""

from datetime import datetime

from izarlink_tickets.mail_hold import mail_hold
from izarlink_tickets.web.app_context import portal


def mail_notice() -> dict[str, object]:
    """Give the question to every template of the desk; it is asked where a page shows the answer."""
    return {"mails_held_since": _held_since}


def _held_since() -> datetime | None:
    with portal().database.query() as connection:
        hold = mail_hold(connection)
    return hold.since if hold else None
