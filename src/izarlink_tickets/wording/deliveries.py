"""Delivery status of a mail, as a line under its timeline entry."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from izarlink_tickets.i18n import format_moment_after, language_of
from izarlink_tickets.i18n import gettext as _
from izarlink_tickets.outbox import MailStatus
from izarlink_tickets.outbox.deliveries import Delivery
from izarlink_tickets.wording.codes import Reader


class Tone(StrEnum):
    """A mail is sent, on its way, or needs attention."""

    GONE = "gone"
    UNDER_WAY = "under-way"
    IN_TROUBLE = "in-trouble"


@dataclass(frozen=True, slots=True)
class DeliveryLabel:
    """The delivery status as a sentence and a tone."""

    sentence: str
    tone: Tone


def delivery_label(delivery: Delivery, reader: Reader) -> DeliveryLabel:
    """Return the delivery status, in the reader's language and time zone."""
    return DeliveryLabel(_SENTENCES[delivery.status](delivery, reader), _tone(delivery))


def masked(email: str) -> str:
    """Return the address with its local part shortened, « a…@etxea.example »."""
    local, _at, domain = email.rpartition("@")
    return f"{local[:1]}…@{domain}"


def _tone(delivery: Delivery) -> Tone:
    if delivery.status is MailStatus.FAILED or delivery.is_doubtful:
        return Tone.IN_TROUBLE
    if delivery.status is MailStatus.WAITING:
        return Tone.IN_TROUBLE if delivery.attempts else Tone.UNDER_WAY
    return Tone.GONE


def _waiting(delivery: Delivery, reader: Reader) -> str:
    if not delivery.attempts and not delivery.digest_at:
        return _("en attente d’envoi à %(to)s", to=masked(delivery.email))
    values = {"to": masked(delivery.email), "next": _moment(delivery, reader, when=delivery.due_at)}
    if not delivery.attempts:
        return _("dans le prochain résumé de %(to)s, %(next)s", **values)
    if delivery.is_doubtful:
        return _("incertain : la réponse du serveur de %(to)s s’est perdue, nouvel essai %(next)s", **values)
    return _("en échec vers %(to)s, nouvel essai %(next)s", **values)


def _sent(delivery: Delivery, reader: Reader) -> str:
    values = {"to": masked(delivery.email), "at": _moment(delivery, reader, when=delivery.finished_at)}
    if delivery.is_in_folder:
        return _("pour %(to)s, déposé dans la boîte de démonstration %(at)s", **values)
    if delivery.doubts:
        return _("remis au serveur de %(to)s %(at)s, peut-être plus d’une fois", **values)
    return _("remis au serveur de %(to)s %(at)s", **values)


def _failed(delivery: Delivery, _reader: Reader) -> str:
    to = masked(delivery.email)
    if delivery.is_address_refused:
        return _("adresse refusée : %(to)s", to=to)
    if delivery.is_refused:
        return _("refusé par le serveur de %(to)s", to=to)
    return _("abandonné, jamais remis à %(to)s", to=to)


def _dismissed(delivery: Delivery, reader: Reader) -> str:
    return _("%(what)s (classé)", what=_failed(delivery, reader))


def _cancelled(delivery: Delivery, _reader: Reader) -> str:
    if delivery.is_outdated:
        return _("non envoyé à %(to)s : ce rappel n’avait plus lieu d’être", to=masked(delivery.email))
    return _("annulé : %(to)s n’a plus accès au ticket", to=masked(delivery.email))


def _discarded(delivery: Delivery, _reader: Reader) -> str:
    return _("classé sans envoi à %(to)s", to=masked(delivery.email))


def _moment(delivery: Delivery, reader: Reader, *, when: datetime | None) -> str:
    if when is None:
        return ""
    locale = language_of(reader.locale)
    return format_moment_after(when, delivery.created_at, locale=locale, timezone=reader.timezone)


_SENTENCES: dict[MailStatus, Callable[[Delivery, Reader], str]] = {
    MailStatus.WAITING: _waiting,
    MailStatus.SENT: _sent,
    MailStatus.FAILED: _failed,
    MailStatus.FILED: _dismissed,
    MailStatus.CANCELLED: _cancelled,
    MailStatus.WRITTEN_OFF: _discarded,
}
