"""The query of the customer's list."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from datetime import date, datetime, time, timedelta
from typing import ClassVar, Self
from zoneinfo import ZoneInfo

from izarlink_tickets.application.list_choices import ListChoices
from izarlink_tickets.directory import services_typed, text_of_service
from izarlink_tickets.directory.typed_service import NamedService
from izarlink_tickets.domain.text import clean_line
from izarlink_tickets.domain.vocabulary import Actor, Role, State, TicketType
from izarlink_tickets.i18n import gettext as _
from izarlink_tickets.i18n import iso_or_typed, parse_date
from izarlink_tickets.projections.search_terms import services_by_word
from izarlink_tickets.projections.ticket_queries import DEFAULT_ORDER, MAX_SEARCH, ORDERS, TicketFilter
from izarlink_tickets.web.fields import INVALID_DAY
from izarlink_tickets.web.list_query import MAX_CODE, ListQuery, code, line_up_to, one_of, parameter

MINE, COMPANY = "moi", "societe"
# The value of « À faire de mon côté ».
TO_DO = "1"


def _day(text: str) -> str:
    """Parse a day into ISO 8601; keep another text for its error."""
    return iso_or_typed(clean_line(text)[:MAX_CODE])


@dataclass(frozen=True)
class TicketListQuery(ListQuery):
    """The filters, scope, order and page of the customer's list.

    since, until: days as typed. opened_from, opened_before: the same as moments, in the viewer's time zone.
    service: as typed, or a reference; an id in older addresses.
    scope: `MINE` or `COMPANY`; empty for the viewer's default.
    errors: what is wrong with a day or a service, by parameter; such a value filters nothing.
    """

    ENDPOINT: ClassVar[str] = "tickets.list.show"

    state: State | None = parameter("etat", None, one_of(State))
    to_do: str = parameter("afaire", "", one_of((TO_DO,)))
    search: str = parameter("q", "", line_up_to(MAX_SEARCH))
    ticket_type: TicketType | None = parameter("type", None, one_of(TicketType))
    category: str = parameter("categorie", "", code)
    service: str = parameter("service", "", line_up_to(MAX_SEARCH))
    requester_id: str = parameter("demandeur", "", line_up_to(MAX_CODE))
    since: str = parameter("du", "", _day)
    until: str = parameter("au", "", _day)
    scope: str = parameter("portee", "", one_of((MINE, COMPANY)))
    order: str = parameter("tri", DEFAULT_ORDER, one_of(ORDERS))
    default_scope: str = MINE
    service_id: str = ""
    opened_from: datetime | None = None
    opened_before: datetime | None = None
    errors: Mapping[str, str] = field(default_factory=dict)

    @classmethod
    def parse(cls, arguments: Mapping[str, str], viewer: Actor, *, timezone: str) -> Self:
        """Parse the URL of the list.

        Only the company role has a choice of scope.
        """
        has_scopes = viewer.role is Role.COMPANY
        query = cls(default_scope=COMPANY if has_scopes else MINE).with_arguments(arguments)
        opened_from, opened_before, errors = _parse_days(query.since, query.until, timezone)
        return replace(
            query.with_scope(query.scope if has_scopes else ""),
            requester_id=query.requester_id if has_scopes else "",
            opened_from=opened_from,
            opened_before=opened_before,
            errors=errors,
        )

    @property
    def has_extra_filters(self) -> bool:
        """True while « Filtres » filters."""
        return any((self.ticket_type, self.category, self.service, self.requester_id, self.since, self.until))

    @property
    def is_filtered(self) -> bool:
        return any((self.state, self.to_do, self.search, self.has_extra_filters))

    @property
    def is_of_company(self) -> bool:
        """True for the whole company's tickets."""
        return (self.scope or self.default_scope) == COMPANY

    def with_choices(self, choices: ListChoices) -> Self:
        """Return the query with its service among the viewer's."""
        found = services_typed(choices.services, self.service) if self.service else []
        if len(found) == 1:
            return replace(self, service=found[0].reference, service_id=found[0].id)
        if len(found) > 1:
            several = _("Plusieurs services correspondent : choisissez-en un dans la liste.")
            return replace(self, errors={**self.errors, "service": several})
        return replace(self, service_id=self.service)

    def filter_among(self, services: Iterable[NamedService]) -> TicketFilter:
        """Build the filter. services: the viewer's, which a search finds."""
        texts = {service.id: text_of_service(service) for service in services} if self.search else {}
        return TicketFilter(
            states=(self.state,) if self.state else (),
            ticket_type=self.ticket_type,
            category=self.category or None,
            service_id=self.service_id or None,
            requester_id=self.requester_id or None,
            opened_from=self.opened_from,
            opened_before=self.opened_before,
            search=self.search,
            found_services=services_by_word(self.search, texts),
            only_mine=not self.is_of_company,
            is_to_do=bool(self.to_do),
        )

    def with_scope(self, scope: str) -> Self:
        """Return the query with another scope."""
        return replace(self, scope="" if scope == self.default_scope else scope)

    def without_filters(self) -> Self:
        """Return the query of the whole list in the same scope."""
        return type(self)(scope=self.scope, default_scope=self.default_scope)


def _parse_days(since: str, until: str, timezone: str) -> tuple[datetime | None, datetime | None, dict[str, str]]:
    """Return the first moment, the one after the last, and the errors."""
    typed = {"du": since, "au": until}
    days = {name: _parse_day(text, timezone) for name, text in typed.items()}
    errors = {name: str(INVALID_DAY) for name, text in typed.items() if text and days[name] is None}
    first, last = days["du"], days["au"]
    if first and last and last < first:
        return first, None, {"au": _("Le second jour ne peut pas précéder le premier.")}
    return first, last + timedelta(days=1) if last else None, errors


def _parse_day(text: str, timezone: str) -> datetime | None:
    """Parse a day into the moment it begins; None if invalid."""
    day = parse_date(text)
    if day is None:
        return None
    # The first and the last year have no neighbours in another zone.
    is_in_reach = date.min.year < day.year < date.max.year
    return datetime.combine(day, time.min, ZoneInfo(timezone)) if is_in_reach else None
