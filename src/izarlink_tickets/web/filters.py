"""Filters of templates, in the language and the zone of the page."""

from datetime import datetime
from enum import IntEnum, StrEnum

from izarlink_tickets import i18n
from izarlink_tickets.domain.vocabulary import LABELS
from izarlink_tickets.i18n import gettext as _
from izarlink_tickets.web.page import current_page

# In this order: each browser also names the later ones.
_BROWSERS = (("Edg", "Edge"), ("OPR/", "Opera"), ("Firefox/", "Firefox"), ("Chrome/", "Chrome"), ("Safari/", "Safari"))
_SYSTEMS = (
    ("Android", "Android"),
    ("iPhone", "iPhone"),
    ("iPad", "iPad"),
    ("Windows", "Windows"),
    ("Mac OS", "macOS"),
    ("Linux", "Linux"),
)


def moment(at: datetime) -> str:
    """Format a moment, « 22/11/2026 à 10:42 »."""
    page = current_page()
    return i18n.format_datetime(at, locale=page.language, timezone=page.timezone)


def day(at: datetime) -> str:
    return i18n.format_date(at, timezone=current_page().timezone)


def ago(at: datetime) -> str:
    """Format a past moment, « il y a 3 minutes »."""
    page = current_page()
    return i18n.relative_time(at, page.now, locale=page.language)


def iso(at: datetime) -> str:
    """Format a moment for the `datetime` of a `time` element."""
    return at.isoformat(timespec="seconds")


def label(code: StrEnum | IntEnum) -> str:
    """Return the label of a code, « Résolu »."""
    return _(LABELS[code])


def size(count: int) -> str:
    """Format a size in bytes, « 143 Ko »."""
    return i18n.file_size(count, locale=i18n.current_language())


def number(value: float) -> str:
    return i18n.format_number(value, locale=i18n.current_language())


def browser(user_agent: str) -> str:
    """Format a device's browser and system for its owner."""
    name = next((label for sign, label in _BROWSERS if sign in user_agent), _("Navigateur inconnu"))
    system = next((label for sign, label in _SYSTEMS if sign in user_agent), "")
    return f"{name}, {system}" if system else name


def groups(text: str) -> str:
    """Split a key into groups of four, for who types it."""
    return " ".join(text[at : at + 4] for at in range(0, len(text), 4))


FILTERS = {
    "moment": moment,
    "day": day,
    "ago": ago,
    "iso": iso,
    "label": label,
    "size": size,
    "number": number,
    "browser": browser,
    "groups": groups,
}
