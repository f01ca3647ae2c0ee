"""What tickets may be about: categories as data. Code, type, label and group of a row never change (D6).

Whoever wants another label adds another row and withdraws the first: a ticket keeps the words it was opened with.
"""

import re
from collections.abc import Collection, Iterable
from dataclasses import dataclass

from sqlalchemy import (
    Boolean,
    Column,
    Connection,
    Integer,
    RowMapping,
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

# Of a category that administrators add; the guide’s have theirs already.
CODE_MAXIMUM = 40
LABEL_MAXIMUM = 60


@dataclass(eq=False)
class CategoryTaken(Refusal):
    """Tickets of that type have a category of that name already."""

    label: str


@dataclass(eq=False)
class UnknownCategory(Refusal):
    """No category has that code."""

    code: str


class LastCategory(Refusal):
    """Without a category no ticket of its type could be opened any more."""


categories = Table(
    "categories",
    metadata,
    Column("code", Text, primary_key=True),
    Column("ticket_type", Text, nullable=False),
    Column("label", Text, nullable=False),
    # « Administrative » over « Facturation »; null for a leaf that stands by itself.
    Column("group_label", Text),
    Column("default_impact", Integer, nullable=False),
    # Where it stands among those of its type, from the smallest on.
    Column("rank", Integer, nullable=False),
    Column("active", Boolean, nullable=False),
)
# What lists and timelines join to name a code.
full_label = case(
    (categories.c.group_label.is_(None), categories.c.label),
    else_=categories.c.group_label + GROUP_SEPARATOR + categories.c.label,
)


@dataclass(frozen=True, slots=True)
class CategoryRecord:
    """A category as kept. default_impact: 1–5; active: whether new tickets may have it."""

    code: str
    ticket_type: TicketType
    label: str
    group_label: str | None
    default_impact: int
    rank: int
    active: bool

    @property
    def leaf(self) -> vocabulary.Category:
        """Give what the rules look at."""
        return vocabulary.Category(
            self.code, self.ticket_type, self.label, self.default_impact, self.group_label, self.active
        )


# An Incident is asked for before a Demande, as in the guide; the codes say so in the other order.
_CATEGORIES = select(*(categories.c[name] for name in CategoryRecord.__slots__)).order_by(
    categories.c.ticket_type.desc(), categories.c.rank, categories.c.code
)
_CATEGORY = _CATEGORIES.where(categories.c.code == bindparam("of_code"))
_LOCK = _CATEGORIES.with_for_update()
_INSERT = insert(categories)
_OF_CATEGORY = update(categories).where(categories.c.code == bindparam("of_code"))
_SET_ACTIVE = _OF_CATEGORY.values(active=bindparam("claim"))
_SET_IMPACT = _OF_CATEGORY.values(default_impact=bindparam("to_impact"))
_SET_RANK = _OF_CATEGORY.values(rank=bindparam("to_rank"))
_LABELS = select(categories.c.code, full_label).where(categories.c.code.in_(bindparam("codes", expanding=True)))


def list_categories(connection: Connection) -> list[CategoryRecord]:
    """List all, withdrawn ones too, in the order of the forms."""
    return _categories(connection.execute(_CATEGORIES).mappings())


def active_categories(connection: Connection) -> list[CategoryRecord]:
    """List what a new ticket may be about, in the order of the forms."""
    return [one for one in list_categories(connection) if one.active]


def find_category(connection: Connection, *, code: str) -> CategoryRecord | None:
    return next(iter(_categories(connection.execute(_CATEGORY, {"of_code": code}).mappings())), None)


def category_labels(connection: Connection, *, codes: Collection[str]) -> dict[str, str]:
    """Give the label with its group of those codes that exist."""
    rows = connection.execute(_LABELS, {"codes": sorted(codes)}) if codes else ()
    return {row[0]: row[1] for row in rows}


def lock_categories(connection: Connection) -> dict[str, CategoryRecord]:
    """Give all by code, in the order of the forms; nobody else changes them before this transaction ends."""
    return {one.code: one for one in _categories(connection.execute(_LOCK).mappings())}


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
    """Add a category. among: those that are there, locked.

    Raises: TextMissing, TextTooLong, UnknownChoice, CategoryTaken.
    """
    label = line_of(label, field="label", maximum=LABEL_MAXIMUM)
    group = optional_line_of(group_label, field="group_label", maximum=LABEL_MAXIMUM) or None
    code = _code_of(label, taken={one.code for one in among})
    created = CategoryRecord(code, ticket_type, label, group, impact_of(default_impact), rank, active=True)
    refuse_taken(created, among=among)
    connection.execute(_INSERT, {name: getattr(created, name) for name in CategoryRecord.__slots__})
    return created


def refuse_taken(wanted: CategoryRecord, *, among: Iterable[CategoryRecord]) -> None:
    """Refuse a second one of the same name in the forms. Raises: CategoryTaken."""
    if any(one.active and one.code != wanted.code and _name(one) == _name(wanted) for one in among):
        raise CategoryTaken(wanted.label)


def impact_of(value: int) -> int:
    """Give an impact, 1–5. Raises: UnknownChoice."""
    if value not in IMPACTS:
        raise UnknownChoice("default_impact")
    return value


def set_default_impact(connection: Connection, *, code: str, default_impact: int) -> None:
    connection.execute(_SET_IMPACT, {"of_code": code, "to_impact": default_impact})


def withdraw_category(connection: Connection, *, code: str) -> None:
    """Give it to no ticket any more; those that have it keep it."""
    connection.execute(_SET_ACTIVE, {"of_code": code, "claim": False})


def restore_category(connection: Connection, *, code: str) -> None:
    connection.execute(_SET_ACTIVE, {"of_code": code, "claim": True})


def order_categories(connection: Connection, *, codes: Iterable[str]) -> None:
    """Show these, all of one type, in this order."""
    connection.execute(_SET_RANK, [{"of_code": code, "to_rank": rank} for rank, code in enumerate(codes, 1)])


def _code_of(label: str, *, taken: Collection[str]) -> str:
    """Make a code of a label, « Voix sur IP », VOIX_SUR_IP; of two that would be alike the second is numbered."""
    code = re.sub("[^A-Z0-9]+", "_", fold(label).upper()).strip("_")[:CODE_MAXIMUM] or "CATEGORIE"
    numbered = (f"{code}_{number}" for number in range(2, len(taken) + 3))
    return next(one for one in (code, *numbered) if one not in taken)


def _name(category: CategoryRecord) -> tuple[str, str, str]:
    return category.ticket_type, fold(category.group_label or ""), fold(category.label)


def _categories(rows: Iterable[RowMapping]) -> list[CategoryRecord]:
    return [CategoryRecord(**{**row, "ticket_type": TicketType(row["ticket_type"])}) for row in rows]
