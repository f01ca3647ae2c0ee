"""What the address of the customer's list asks for, read from it and written back into it."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta
from urllib.parse import urlencode
from zoneinfo import ZoneInfo

from izarlink_tickets.domain.text import clean_line
from izarlink_tickets.domain.vocabulary import Actor, Role, State, TicketType
from izarlink_tickets.i18n import gettext as _
from izarlink_tickets.projections.ticket_queries import DEFAULT_ORDER, MAX_SEARCH, ORDERS, TicketFilter

MINE, COMPANY = "moi", "societe"
# No id, code or day is longer.
_MAX_CODE = 64


@dataclass(frozen=True)
class TicketListQuery:
    """What the URL asks for; None and empty ask for nothing. older, newer: page keys.

    since, until: days as typed.
    errors: by parameter, what is wrong with it; it is left out of the filter. has_odd: whether a code is none.
    """

    state: State | None = None
    search: str = ""
    ticket_type: TicketType | None = None
    category: str = ""
    service_id: str = ""
    since: str = ""
    until: str = ""
    scope: str = MINE
    default_scope: str = MINE
    order: str = DEFAULT_ORDER
    older: str = ""
    newer: str = ""
    has_odd: bool = False
    opened_from: datetime | None = None
    opened_before: datetime | None = None
    errors: Mapping[str, str] = field(default_factory=dict)

    @property
    def has_more(self) -> bool:
        """Whether one of « Plus de filtres » is in use."""
        return any((self.ticket_type, self.category, self.service_id, self.since, self.until))

    @property
    def is_narrowed(self) -> bool:
        return any((self.state, self.search, self.has_more))

    @property
    def filter(self) -> TicketFilter:
        return TicketFilter(
            states=(self.state,) if self.state else (),
            ticket_type=self.ticket_type,
            category=self.category or None,
            service_id=self.service_id or None,
            opened_from=self.opened_from,
            opened_before=self.opened_before,
            search=self.search,
            only_mine=self.scope == MINE,
        )

    def address(self) -> str:
        """Write the URL that asks for this, without what goes without saying."""
        words = {
            "etat": self.state,
            "q": self.search,
            "type": self.ticket_type,
            "categorie": self.category,
            "service": self.service_id,
            "du": self.since,
            "au": self.until,
            "portee": self.scope if self.scope != self.default_scope else "",
            "tri": self.order if self.order != DEFAULT_ORDER else "",
            "apres": self.older,
            "avant": self.newer,
        }
        query = urlencode({name: str(word) for name, word in words.items() if word})
        return f"/tickets?{query}" if query else "/tickets"


def parse_ticket_list_query(words: Mapping[str, str], person: Actor, *, timezone: str) -> TicketListQuery:
    """Read what the URL asks for. Codes are taken in any case; what is no code asks for nothing, and is said to."""
    default_scope = COMPANY if person.role is Role.COMPANY else MINE
    state, ticket_type = words.get("etat", "").upper(), words.get("type", "").upper()
    scope, order = words.get("portee", "").lower(), words.get("tri", "").lower()
    are_known = (
        state in {"", *State}
        and ticket_type in {"", *TicketType}
        and scope in {"", MINE, COMPANY}
        and order in {"", *ORDERS}
    )
    since, until = (clean_line(words.get(name, ""))[:_MAX_CODE] for name in ("du", "au"))
    opened_from, opened_before, errors = _days(since, until, timezone)
    return TicketListQuery(
        state=State(state) if state in set(State) else None,
        search=clean_line(words.get("q", ""))[:MAX_SEARCH],
        ticket_type=TicketType(ticket_type) if ticket_type in set(TicketType) else None,
        category=clean_line(words.get("categorie", ""))[:_MAX_CODE].upper(),
        service_id=clean_line(words.get("service", ""))[:_MAX_CODE],
        since=since,
        until=until,
        scope=scope if scope in {MINE, COMPANY} and person.role is Role.COMPANY else default_scope,
        default_scope=default_scope,
        order=order if order in ORDERS else DEFAULT_ORDER,
        older=words.get("apres", ""),
        newer=words.get("avant", ""),
        has_odd=not are_known,
        opened_from=opened_from,
        opened_before=opened_before,
        errors=errors,
    )


def _days(since: str, until: str, timezone: str) -> tuple[datetime | None, datetime | None, dict[str, str]]:
    """Give the first moment and the one after the last, in the viewer's zone, and what is wrong with the days."""
    days = {name: _day(typed, timezone) for name, typed in (("du", since), ("au", until))}
    errors = {
        name: _("Saisissez une date valide, par exemple 2026-11-22.")
        for name, typed in (("du", since), ("au", until))
        if typed and days[name] is None
    }
    first, last = days["du"], days["au"]
    if first and last and last < first:
        return first, None, {"au": _("Le second jour ne peut pas précéder le premier.")}
    return first, last + timedelta(days=1) if last else None, errors


def _day(typed: str, timezone: str) -> datetime | None:
    """Read a day as the moment when it begins. The first and the last year have no neighbours in another zone."""
    try:
        day = date.fromisoformat(typed)
    except ValueError:
        return None
    is_in_reach = date.min.year < day.year < date.max.year
    return datetime.combine(day, time.min, ZoneInfo(timezone)) if is_in_reach else None
