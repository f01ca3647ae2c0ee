"""The navigation of each role."""

from dataclasses import dataclass

from izarlink_tickets.domain import access
from izarlink_tickets.domain.vocabulary import Actor
from izarlink_tickets.i18n import gettext as _

# One entry of the navigation; its pages show each other as tabs.
_DIRECTORY = ("/bureau/clients", "/bureau/comptes", "/bureau/connexions", "/bureau/categories")


@dataclass(frozen=True)
class NavigationEntry:
    """An entry of the navigation. is_current: for pages below it, too."""

    label: str
    path: str
    is_current: bool


def navigation(actor: Actor, path: str, *, has_services: bool = False) -> list[NavigationEntry]:
    """List the entries for a person on the page with the path.

    has_services: of their company.
    """
    entries = _entries(actor)
    if has_services:
        entries.append((_("Mes connexions"), "/connexions"))
    current = _nearest(_section(path), [path for _, path in entries])
    return [NavigationEntry(label, path, path == current) for label, path in entries]


def _entries(person: Actor) -> list[tuple[str, str]]:
    entries = []
    if access.is_customer(person) or access.is_staff(person):
        entries.append((_("Créer un ticket"), "/tickets/nouveau"))
    if access.is_staff(person):
        entries.append((_("Bureau"), "/bureau"))
    if access.administers(person):
        entries.append((_("Annuaire"), _DIRECTORY[0]))
    if access.audits(person):
        entries.append((_("Audit"), "/audit"))
    entries.insert(1, (_("Tickets"), "/tickets"))
    return entries


def _section(path: str) -> str:
    """Return the directory's path for its pages, any other page's own path."""
    is_of_directory = any(path == start or path.startswith(f"{start}/") for start in _DIRECTORY)
    return _DIRECTORY[0] if is_of_directory else path


def _nearest(path: str, entries: list[str]) -> str | None:
    """Find the longest entry that the page's path starts with."""
    above = [entry for entry in entries if path == entry or path.startswith(f"{entry}/")]
    return max(above, key=len, default=None)
