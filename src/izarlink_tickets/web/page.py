"""The context of a page, resolved once a request.

Templates have it as `page`: viewer, language, zone and notices.
"""

from dataclasses import dataclass, field, replace
from datetime import datetime

from flask import g, request

from izarlink_tickets.accounts import Account, Theme
from izarlink_tickets.application.visits import Visitor
from izarlink_tickets.i18n import current_language, ngettext
from izarlink_tickets.i18n import gettext as _
from izarlink_tickets.outbox.deliveries import MailProblems
from izarlink_tickets.web import authentication
from izarlink_tickets.web.app_context import is_demo, now, settings
from izarlink_tickets.web.navigation import NavigationEntry, navigation

# Where the contact details are confirmed.
_CONTACT_PAGES = frozenset({"/bienvenue/coordonnees", "/profil"})


@dataclass(frozen=True, slots=True)
class MailState:
    """The state of the mails. needs_somebody: something is to be done."""

    label: str
    needs_somebody: bool


@dataclass(frozen=True, slots=True)
class PageContext:
    """The viewer of a page, and how it is written for them.

    Equal contexts make equal pages, but for the time: a key of what is kept in memory.

    viewer: None for anonymous visitors of public pages. now: aware UTC.
    navigation: empty without a viewer, during a sign-in and before the initial password is changed, as are the notices.
    mail_state: None unless staff looks. mails_held_since: aware UTC, None while mails leave.
    to_do: how many tickets wait for the viewer's approval or answer. only_to_do: its number, if it is one.
    has_unconfirmed_contact: they chose « Plus tard » at their first sign-in. Not on the page where they confirm.
    erasures: how many persons have been erased so far.
    """

    viewer: Account | None
    language: str
    timezone: str
    theme: Theme
    now: datetime = field(compare=False)
    is_demo: bool
    navigation: tuple[NavigationEntry, ...] = ()
    mail_state: MailState | None = None
    mails_held_since: datetime | None = None
    to_do: int = 0
    only_to_do: int | None = None
    has_unconfirmed_contact: bool = False
    erasures: int = field(default=0, compare=False)


def current_page() -> PageContext:
    """Return the page of this request; the first call loads its viewer."""
    page: PageContext | None = g.get("page")
    if page is None:
        page = g.page = _page_for(authentication.signed_in_visitor())
    return page


def _page_for(visitor: Visitor | None) -> PageContext:
    if visitor is None:
        return PageContext(None, current_language(), settings().default_timezone, Theme.AUTO, now(), is_demo())
    viewer = visitor.account
    page = PageContext(
        viewer, current_language(), viewer.timezone, viewer.theme, now(), is_demo(), erasures=visitor.erasures
    )
    if visitor.must_change_password or visitor.session.awaits:
        return page
    notices = visitor.notices
    return replace(
        page,
        navigation=tuple(navigation(viewer.actor, request.path, has_services=notices.has_services)),
        mail_state=_mail_state(notices.mails) if notices.mails else None,
        mails_held_since=notices.hold.since if notices.hold else None,
        to_do=notices.to_do,
        only_to_do=notices.only_to_do,
        has_unconfirmed_contact=viewer.confirmed_at is None and request.path not in _CONTACT_PAGES,
    )


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
