"""Globals and filters of templates, in the viewer's language and zone."""

from dataclasses import dataclass
from datetime import datetime
from enum import IntEnum, StrEnum

from flask import Flask, request
from jinja2 import StrictUndefined

from izarlink_tickets import i18n
from izarlink_tickets.accounts import Account, Theme
from izarlink_tickets.attachments.file_types import ACCEPTED
from izarlink_tickets.domain import access
from izarlink_tickets.domain.vocabulary import LABELS, Actor
from izarlink_tickets.i18n import gettext as _
from izarlink_tickets.i18n import ngettext
from izarlink_tickets.outbox.deliveries import MailProblems, count_mail_problems
from izarlink_tickets.projections import ticket_queries
from izarlink_tickets.web import authentication
from izarlink_tickets.web.app_context import is_demo, now, portal, settings

KINDS = ", ".join(ACCEPTED)
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

# One entry of the navigation; its pages show each other as tabs.
_DIRECTORY = ("/bureau/clients", "/bureau/comptes", "/bureau/connexions", "/bureau/categories")


@dataclass(frozen=True)
class NavigationEntry:
    """An entry of the navigation. is_current: for pages below it, too."""

    label: str
    path: str
    is_current: bool


@dataclass(frozen=True, slots=True)
class MailState:
    """The state of the mails. needs_somebody: something is to be done."""

    label: str
    needs_somebody: bool


def register_template_globals(app: Flask) -> None:
    app.jinja_env.add_extension("jinja2.ext.i18n")
    # The extension adds the method.
    app.jinja_env.install_gettext_callables(  # type: ignore[attr-defined]
        i18n.gettext, i18n.ngettext, newstyle=True, pgettext=i18n.pgettext
    )
    # A missing value is an error in the template, not an empty text.
    app.jinja_env.undefined = StrictUndefined
    app.jinja_env.trim_blocks = app.jinja_env.lstrip_blocks = True
    app.jinja_env.globals.update(
        viewer=viewer,
        navigation=navigation,
        language=language,
        theme=theme,
        is_demo=is_demo,
        awaiting_approval=awaiting_approval,
        script_words=script_words,
        mail_state=mail_state,
        timezone=timezone,
    )
    app.jinja_env.filters.update(
        moment=moment, day=day, ago=ago, iso=iso, size=size, number=number, label=label, browser=browser
    )


# --- the viewer -------------------------------------------------------------------------------------------------------


def viewer() -> Account | None:
    """Return the viewer's account; None for anonymous visitors of public pages."""
    visitor = authentication.signed_in_visitor()
    return visitor.account if visitor else None


def language() -> str:
    """Return the page's language; the first call loads its viewer."""
    viewer()
    return i18n.current_language()


def timezone() -> str:
    account = viewer()
    return account.timezone if account else settings().default_timezone


def theme() -> Theme:
    account = viewer()
    return account.theme if account else Theme.AUTO


def awaiting_approval() -> list[int]:
    """List the viewer's own tickets whose solution waits for approval."""
    account = viewer()
    if account is None or account.must_change_password or not access.is_customer(account.actor):
        return []
    with portal().database.query() as connection:
        return ticket_queries.awaiting_approval(connection, account.actor)


def mail_state() -> MailState | None:
    """Return the state of the mails; None unless staff looks."""
    account = viewer()
    if account is None or account.must_change_password or not access.is_staff(account.actor):
        return None
    with portal().database.query() as connection:
        problems = count_mail_problems(connection, now=now())
    return _mail_state(problems)


def _mail_state(problems: MailProblems) -> MailState:
    """Return the worst state among hold, delay and failures."""
    if problems.is_held:
        return MailState(_("Mails retenus"), needs_somebody=True)
    if problems.late:
        return MailState(
            ngettext("%(num)s mail en retard", "%(num)s mails en retard", problems.late), needs_somebody=True
        )
    if others := problems.failed + problems.doubtful:
        return MailState(ngettext("%(num)s mail à voir", "%(num)s mails à voir", others), needs_somebody=True)
    return MailState(_("Mails : à jour"), needs_somebody=False)


# --- values -----------------------------------------------------------------------------------------------------------


def moment(at: datetime) -> str:
    """Format a moment, « 22/11/2026 à 10:42 »."""
    return i18n.format_datetime(at, locale=language(), timezone=timezone())


def day(at: datetime) -> str:
    return i18n.format_date(at, timezone=timezone())


def ago(at: datetime) -> str:
    """Format a past moment, « il y a 3 minutes »."""
    return i18n.relative_time(at, now(), locale=language())


def iso(at: datetime) -> str:
    """Format a moment for the `datetime` of a `time` element."""
    return at.isoformat(timespec="seconds")


def label(code: StrEnum | IntEnum) -> str:
    """Return the label of a code, « Résolu »."""
    return _(LABELS[code])


def size(count: int) -> str:
    """Format a size in bytes, « 143 Ko »."""
    return i18n.file_size(count, locale=language())


def number(value: float) -> str:
    return i18n.format_number(value, locale=language())


def browser(user_agent: str) -> str:
    """Format a device's browser and system for its owner."""
    name = next((label for sign, label in _BROWSERS if sign in user_agent), _("Navigateur inconnu"))
    system = next((label for sign, label in _SYSTEMS if sign in user_agent), "")
    return f"{name}, {system}" if system else name


def script_words() -> dict[str, str]:
    """Return the sentences of `app.js`, which fills in the names in braces."""
    return {
        "show": _("Afficher"),
        "hide": _("Masquer"),
        "choose": _("Choisir des fichiers"),
        "drop": _("ou déposez-les ici, ou collez une capture"),
        "remove": _("Retirer"),
        "kilobytes": _("{count} Ko"),
        "megabytes": _("{count} Mo"),
        "kinds": KINDS,
        "kind": _("Le type de ce fichier n’est pas accepté. Types acceptés : %(kinds)s.", kinds=KINDS),
        "empty": _("Ce fichier est vide."),
        "large": _("Ce fichier doit peser {limit} au plus (le vôtre : {size})."),
        "many": _("Joignez {most} fichiers au plus : celui-ci est en trop."),
        "sending": _("Envoi…"),
        "storing": _("Enregistrement…"),
        "failed": _(
            "L’envoi n’a pas abouti. Rien n’est perdu : vérifiez votre accès à Internet, puis envoyez de nouveau."
        ),
        "restored": _("Brouillon restauré, saisi le {when}."),
        "missing": _("Les fichiers ne sont pas conservés sur l’appareil. À joindre de nouveau : {names}."),
        "clear": _("Effacer"),
    }


# --- the navigation ---------------------------------------------------------------------------------------------------


def navigation() -> list[NavigationEntry]:
    """List the navigation's entries; empty before the initial password is changed."""
    account = viewer()
    if account is None or account.must_change_password:
        return []
    entries = _entries(account.actor)
    current = _nearest(_section(request.path), [path for _, path in entries])
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
