"""The mails about a ticket's events, for the auditor."""

from collections.abc import Mapping
from dataclasses import dataclass

from sqlalchemy import Connection

from izarlink_tickets import wording
from izarlink_tickets.accounts import Account
from izarlink_tickets.outbox.deliveries import Delivery, deliveries_of


@dataclass(frozen=True, slots=True)
class MailRecorded:
    """A mail.

    name: the recipient's, as it is now.
    answer: the server's own words, None before the first.
    """

    name: str
    label: wording.DeliveryLabel
    answer: str | None
    attempts: int


def mails_by_event(
    connection: Connection, viewer: Account, *, number: int, last: int
) -> Mapping[int, list[MailRecorded]]:
    """Load the mails up to a version, by their command's first version."""
    found = deliveries_of(connection, viewer.actor, number=number, first=1, last=last)
    return {version: [_mail_recorded(delivery, viewer) for delivery in mails] for version, mails in found.items()}


def _mail_recorded(delivery: Delivery, viewer: Account) -> MailRecorded:
    label = wording.delivery_label(delivery, viewer)
    return MailRecorded(delivery.name, label, delivery.last_answer, delivery.attempts)
