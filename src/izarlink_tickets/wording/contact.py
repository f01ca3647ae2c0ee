"""Sentences on support's reply and hotline."""

from izarlink_tickets.i18n import gettext as _
from izarlink_tickets.i18n import ngettext


def next_step(*, reply_hours: int) -> str:
    """Return what follows a new ticket. reply_hours: 0 promises no delay."""
    if not reply_hours:
        return _("Le support le prend en charge ; un mail vous prévient à chaque étape.")
    return ngettext(
        "Le support vous répond sous %(num)s heure ouvrée ; un mail vous prévient à chaque étape.",
        "Le support vous répond sous %(num)s heures ouvrées ; un mail vous prévient à chaque étape.",
        reply_hours,
    )


def hotline(phone: str | None, hours: str | None) -> str:
    """Return how to call support, empty where nothing is set."""
    if phone:
        return _("Support par téléphone : %(phone)s", phone=f"{phone}, {hours}" if hours else phone)
    return _("Heures du support : %(hours)s", hours=hours) if hours else ""
