"""Categories as data, beginning with those of the customers' guide."""

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"

# Code, type, label, group, impact; in the order of the guide.
GUIDE = (
    ("COUPURE_TOTALE", "INCIDENT", "Coupure totale", None, 4),
    ("LENTEUR", "INCIDENT", "Lenteur", None, 2),
    ("PERTE_DE_PAQUETS", "INCIDENT", "Perte de Paquets", None, 3),
    ("DEBIT", "INCIDENT", "Débit", None, 3),
    ("TECHNIQUE", "DEMANDE", "Technique", None, 3),
    ("FACTURATION", "DEMANDE", "Facturation", "Administrative", 2),
    ("INFORMATION", "DEMANDE", "Information", "Administrative", 2),
    ("MODIFICATION", "DEMANDE", "Modification", "Administrative", 3),
)


def upgrade() -> None:
    categories = op.create_table(
        "categories",
        sa.Column("code", sa.Text, nullable=False),
        sa.Column("ticket_type", sa.Text, nullable=False),
        sa.Column("label", sa.Text, nullable=False),
        sa.Column("group_label", sa.Text, nullable=True),
        sa.Column("default_impact", sa.Integer, nullable=False),
        sa.Column("rank", sa.Integer, nullable=False),
        sa.Column("active", sa.Boolean, nullable=False),
        sa.PrimaryKeyConstraint("code", name=op.f("pk_categories")),
    )
    names = ("code", "ticket_type", "label", "group_label", "default_impact")
    rows = [dict(zip(names, row, strict=True)) for row in GUIDE]
    op.bulk_insert(categories, [{**row, "rank": rank, "active": True} for rank, row in enumerate(rows, 1)])
