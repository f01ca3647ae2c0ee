"""What tickets may be about: categories as data. Code, type, label and group of a row never change (D6).

Whoever wants another label adds another row and withdraws the first: a ticket keeps the words it was opened with.
"""

from collections.abc import Collection, Iterable
from dataclasses import dataclass

from sqlalchemy import Boolean, Column, Connection, Integer, RowMapping, Table, Text, bindparam, case, select

from izarlink_tickets.database import metadata
from izarlink_tickets.domain import vocabulary
from izarlink_tickets.domain.vocabulary import GROUP_SEPARATOR, TicketType

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
class Category:
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
_CATEGORIES = select(*(categories.c[name] for name in Category.__slots__)).order_by(
    categories.c.ticket_type.desc(), categories.c.rank, categories.c.code
)
_CATEGORY = _CATEGORIES.where(categories.c.code == bindparam("of_code"))
_LABELS = select(categories.c.code, full_label).where(categories.c.code.in_(bindparam("codes", expanding=True)))


def list_categories(connection: Connection) -> list[Category]:
    """List all, withdrawn ones too, in the order of the forms."""
    return _categories(connection.execute(_CATEGORIES).mappings())


def active_categories(connection: Connection) -> list[Category]:
    """List what a new ticket may be about, in the order of the forms."""
    return [one for one in list_categories(connection) if one.active]


def find_category(connection: Connection, *, code: str) -> Category | None:
    return next(iter(_categories(connection.execute(_CATEGORY, {"of_code": code}).mappings())), None)


def category_labels(connection: Connection, *, codes: Collection[str]) -> dict[str, str]:
    """Give the label with its group of those codes that exist."""
    rows = connection.execute(_LABELS, {"codes": sorted(codes)}) if codes else ()
    return {row[0]: row[1] for row in rows}


def _categories(rows: Iterable[RowMapping]) -> list[Category]:
    return [Category(**{**row, "ticket_type": TicketType(row["ticket_type"])}) for row in rows]
