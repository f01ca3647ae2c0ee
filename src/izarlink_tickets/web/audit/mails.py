"""Which mail went to whom about an event, when, and what the server answered: all of a ticket in one question."""

from collections.abc import Mapping
from dataclasses import dataclass

from sqlalchemy import Connection

from izarlink_tickets import wording
from izarlink_tickets.accounts import Account
from izarlink_tickets.outbox.deliveries import Delivery, deliveries_of


@dataclass(frozen=True, slots=True)
class MailRecorded:
    """A mail. name: of its reader, as it is now; answer: of the server, word for word; None before there is one."""

    name: str
    label: wording.DeliveryLabel
    answer: str | None
    attempts: int


def mails_by_event(
    connection: Connection, viewer: Account, *, number: int, last: int
) -> Mapping[int, list[MailRecorded]]:
    """Give the mails about a ticket's events up to the last, by the version of the command's first event."""
    found = deliveries_of(connection, viewer.person, number=number, first=1, last=last)
    return {version: [_recorded(one, viewer) for one in mails] for version, mails in found.items()}


def _recorded(delivery: Delivery, viewer: Account) -> MailRecorded:
    said = wording.delivery_label(delivery, viewer)
    return MailRecorded(delivery.name, said, delivery.last_answer, delivery.attempts)
