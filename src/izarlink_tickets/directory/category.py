"""The table of ticket categories.

Code, type, label and group of a row never change.
For another label a row is added and the old one withdrawn: a ticket keeps the label it was opened with.
"""

import re
from collections.abc import Collection, Iterable
from dataclasses import dataclass
from typing import Any

from sqlalchemy import (
    Boolean,
    Column,
    Connection,
    Integer,
    Select,
    Table,
    Text,
    bindparam,
    case,
    insert,
    select,
    update,
)

from izarlink_tickets.database import metadata
from izarlink_tickets.directory.lines import line_of, optional_line_of
from izarlink_tickets.domain import vocabulary
from izarlink_tickets.domain.errors import Refusal, UnknownChoice
from izarlink_tickets.domain.text import fold
from izarlink_tickets.domain.vocabulary import GROUP_SEPARATOR, IMPACTS, TicketType

# Limits of categories that administrators add; the guide's own are fixed.
CODE_MAXIMUM = 40
LABEL_MAXIMUM = 60


@dataclass(eq=False)
class CategoryTaken(Refusal):
    """Another category of the ticket type has this name."""

    label: str


@dataclass(eq=False)
class UnknownCategory(Refusal):
    """No category has this code."""

    code: str


class LastCategory(Refusal):
    """The last category of a ticket type can't be withdrawn."""


categories = Table(
    "categories",
    metadata,
    Column("code", Text, primary_key=True),
    Column("ticket_type", Text, nullable=False),
    Column("label", Text, nullable=False),
    # « Administrative » groups « Facturation »; NULL for a category without a group.
    Column("group_label", Text),
    Column("default_impact", Integer, nullable=False),
    # The ascending order among the categories of its type.
    Column("rank", Integer, nullable=False),
    Column("active", Boolean, nullable=False),
)
# Lists and timelines join this label to a code.
full_label = case(
    (categories.c.group_label.is_(None), categories.c.label),
    else_=categories.c.group_label + GROUP_SEPARATOR + categories.c.label,
)


@dataclass(frozen=True, slots=True)
class CategoryRecord:
    """A stored category. default_impact: 1–5. active: whether new tickets may have it."""

    code: str
    ticket_type: TicketType
    label: str
    group_label: str | None
    default_impact: int
    rank: int
    active: bool

    @property
    def leaf(self) -> vocabulary.Category:
        """The category as the domain knows it."""
        return vocabulary.Category(
            self.code, self.ticket_type, self.label, self.default_impact, self.group_label, self.active
        )


# Built once: the lists and forms run these. Descending codes put Incident before Demande, as in the guide.
_CATEGORIES = select(*(categories.c[name] for name in CategoryRecord.__slots__)).order_by(
    categories.c.ticket_type.desc(), categories.c.rank, categories.c.code
)
_CATEGORY = _CATEGORIES.where(categories.c.code == bindparam("of_code"))
_LABELS = select(categories.c.code, full_label).where(categories.c.code.in_(bindparam("codes", expanding=True)))


def list_categories(connection: Connection) -> list[CategoryRecord]:
    """Return all categories in the order of the forms, including withdrawn ones."""
    return _load(connection, _CATEGORIES)


def active_categories(connection: Connection) -> list[CategoryRecord]:
    """Return the categories of new tickets in the order of the forms."""
    return [category for category in list_categories(connection) if category.active]


def find_category(connection: Connection, *, code: str) -> CategoryRecord | None:
    return next(iter(_load(connection, _CATEGORY, of_code=code)), None)


def category_labels(connection: Connection, *, codes: Collection[str]) -> dict[str, str]:
    """Return the full labels of the existing codes."""
    rows = connection.execute(_LABELS, {"codes": sorted(codes)}) if codes else ()
    return {row[0]: row[1] for row in rows}


def lock_categories(connection: Connection) -> dict[str, CategoryRecord]:
    """Lock all categories, and return them by code in form order."""
    return {category.code: category for category in _load(connection, _CATEGORIES.with_for_update())}


def create_category(
    connection: Connection,
    *,
    among: Collection[CategoryRecord],
    ticket_type: TicketType,
    label: str,
    group_label: str,
    default_impact: int,
    rank: int,
) -> CategoryRecord:
    """Add a category. among: the existing ones, locked.

    Raises: TextMissing, TextTooLong, UnknownChoice, CategoryTaken.
    """
    label = line_of(label, field="label", maximum=LABEL_MAXIMUM)
    group = optional_line_of(group_label, field="group_label", maximum=LABEL_MAXIMUM) or None
    code = _code_of(label, taken={category.code for category in among})
    created = CategoryRecord(code, ticket_type, label, group, impact_of(default_impact), rank, active=True)
    refuse_taken(created, among=among)
    row = {field: getattr(created, field) for field in CategoryRecord.__slots__}
    connection.execute(insert(categories), row)
    return created


def refuse_taken(category: CategoryRecord, *, among: Iterable[CategoryRecord]) -> None:
    """Check that no other active category has the same name. Raises: CategoryTaken."""
    if any(other.active and other.code != category.code and _name(other) == _name(category) for other in among):
        raise CategoryTaken(category.label)


def impact_of(value: int) -> int:
    """Check an impact, 1–5, and return it. Raises: UnknownChoice."""
    if value not in IMPACTS:
        raise UnknownChoice("default_impact")
    return value


def set_default_impact(connection: Connection, *, code: str, default_impact: int) -> None:
    _update(connection, code, default_impact=default_impact)


def withdraw_category(connection: Connection, *, code: str) -> None:
    """Remove a category from the choices; existing tickets keep it."""
    _update(connection, code, active=False)


def restore_category(connection: Connection, *, code: str) -> None:
    _update(connection, code, active=True)


def order_categories(connection: Connection, *, codes: Iterable[str]) -> None:
    """Store the order of all categories of one type."""
    for rank, code in enumerate(codes, 1):
        _update(connection, code, rank=rank)


def _update(connection: Connection, code: str, **values: object) -> None:
    connection.execute(update(categories).where(categories.c.code == code).values(**values))


def _code_of(label: str, *, taken: Collection[str]) -> str:
    """Build an unused code from a label.

    « Voix sur IP » becomes VOIX_SUR_IP, a second one VOIX_SUR_IP_2.
    """
    code = re.sub("[^A-Z0-9]+", "_", fold(label).upper()).strip("_")[:CODE_MAXIMUM] or "CATEGORIE"
    numbered = (f"{code}_{number}" for number in range(2, len(taken) + 3))
    return next(candidate for candidate in (code, *numbered) if candidate not in taken)


def _name(category: CategoryRecord) -> tuple[str, str, str]:
    return category.ticket_type, fold(category.group_label or ""), fold(category.label)


def _load(connection: Connection, statement: Select[Any], **values: object) -> list[CategoryRecord]:
    rows = connection.execute(statement, values).mappings()
    return [CategoryRecord(**{**row, "ticket_type": TicketType(row["ticket_type"])}) for row in rows]
