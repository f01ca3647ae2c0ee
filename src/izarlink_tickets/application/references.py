"""The records that an opening or a requalification refers to.

Each finds all of them in one statement.
"""

from typing import NamedTuple

from sqlalchemy import Connection, and_, bindparam, literal, or_, select

from izarlink_tickets.accounts import (
    IS_INFORMED,
    IS_OF_TEAM,
    RECIPIENT_COLUMNS,
    Recipient,
    RecipientRow,
    accounts,
    recipient_of,
)
from izarlink_tickets.database import PreparedStatement, Row
from izarlink_tickets.directory import categories, services
from izarlink_tickets.domain.errors import CategoryNotOfType, ServiceNotOfOrganisation, UnknownChoice
from izarlink_tickets.domain.vocabulary import Category, Service, TicketType

_COLUMNS = (
    *(categories.c[name] for name in ("code", "ticket_type", "label", "default_impact", "group_label", "active")),
    *(services.c[name] for name in ("id", "organisation_id", "active")),
)
_CATEGORY, _SERVICE, _PERSON = slice(0, 6), slice(6, 9), slice(9, None)
_RECORDS = (
    select(literal(1).label("one"))
    .subquery("one_row")
    .outerjoin(categories, categories.c.code == bindparam("category"))
    .outerjoin(services, services.c.id == bindparam("service"))
)
_requester = accounts.alias("requester_of_ticket")
_ORGANISATION = select(_requester.c.organisation_id).where(_requester.c.id == bindparam("requester")).scalar_subquery()
_IS_CONCERNED = or_(
    accounts.c.id == bindparam("requester"), and_(accounts.c.organisation_id == _ORGANISATION, IS_INFORMED), IS_OF_TEAM
)
# Each key finds at most one record, so that the first gives one row, the second one for each person.
_QUALIFICATION = PreparedStatement(select(*_COLUMNS).select_from(_RECORDS))
_OPENING = PreparedStatement(
    select(*_COLUMNS, *RECIPIENT_COLUMNS)
    .select_from(_RECORDS.outerjoin(accounts, _IS_CONCERNED))
    .order_by(accounts.c.email_folded)
)


class Choice(NamedTuple):
    """A choice of a form.

    service: an id; None for « Autre / je ne sais pas ».
    """

    ticket_type: str
    category: str
    service: str | None


def find_qualification(connection: Connection, choice: Choice) -> tuple[Category, Service | None]:
    """Find the chosen category and service.

    Raises: UnknownChoice, CategoryNotOfType, ServiceNotOfOrganisation.
    """
    (row,) = _QUALIFICATION.all(connection, choice._asdict())
    return _category(row, choice), _service(row, choice)


def find_opening(
    connection: Connection, choice: Choice, *, requester_id: str
) -> tuple[Category, Service | None, list[Recipient]]:
    """Find the chosen category and service, and the people concerned.

    Raises: UnknownChoice, CategoryNotOfType, ServiceNotOfOrganisation.
    """
    rows = _OPENING.all(connection, choice._asdict() | {"requester": requester_id})
    people = [recipient_of(RecipientRow(*row[_PERSON])) for row in rows if row[_PERSON.start] is not None]
    return _category(rows[0], choice), _service(rows[0], choice), people


def _category(row: Row, choice: Choice) -> Category:
    if choice.ticket_type not in set(TicketType):
        raise UnknownChoice("ticket_type")
    code, ticket_type, label, default_impact, group, is_active = row[_CATEGORY]
    if code is None:
        raise UnknownChoice("category")
    if ticket_type != choice.ticket_type:
        raise CategoryNotOfType
    return Category(code, TicketType(ticket_type), label, default_impact, group, is_active)


def _service(row: Row, choice: Choice) -> Service | None:
    if choice.service is None:
        return None
    service_id, organisation_id, is_active = row[_SERVICE]
    if service_id is None:
        raise ServiceNotOfOrganisation
    return Service(service_id, organisation_id, is_active)
