"""Search keys and names of the directory, folded as this release folds what people type."""

import re
import unicodedata

import sqlalchemy as sa
from alembic import op

revision = "0012"
down_revision = "0011"

# Where the words that a search looks for stand, by table.
SEARCHED = {
    "organisations": ("name",),
    "accounts": ("name",),
    "services": ("reference", "label", "site", "offer"),
}
SPELLINGS = {
    "œ": "oe",
    "æ": "ae",
    "ø": "o",
    "ł": "l",
    "đ": "d",
    "ð": "d",
    "þ": "th",
    "ħ": "h",
    "ŧ": "t",
    "\u0131": "i",
}
INVISIBLE = re.compile(
    "[\u00ad\u034f\u061c\u115f\u1160\u17b4\u17b5\u180b-\u180f\u200b-\u200f\u202a-\u202e\u2060-\u206f\u3164\ufe00-\ufe0f"
    "\ufeff\uffa0\ufff0-\ufff8\U0001bca0-\U0001bca3\U0001d173-\U0001d17a\U000e0000-\U000e0fff]"
)


def upgrade() -> None:
    for name, columns in SEARCHED.items():
        _fold_keys(name, columns)
    _fold_organisation_names()


def _fold_keys(name: str, columns: tuple[str, ...]) -> None:
    content = sa.table(name, *(sa.column(column) for column in ("id", "search_key", *columns)))
    rows = op.get_bind().execute(sa.select(content)).mappings().all()
    keys = {row["id"]: (row["search_key"], _fold(" ".join(row[column] for column in columns))) for row in rows}
    _update(content, "search_key", {key: after for key, (before, after) in keys.items() if before != after})


def _fold_organisation_names() -> None:
    """Fold the names that identify customers, but for two that would become one."""
    content = sa.table("organisations", sa.column("id"), sa.column("name"), sa.column("name_folded"))
    rows = op.get_bind().execute(sa.select(content)).mappings().all()
    taken = {row["name_folded"] for row in rows}
    changed = {}
    for row in rows:
        folded = _comparable(row["name"])
        if folded not in taken:
            changed[row["id"]] = folded
            taken.add(folded)
    _update(content, "name_folded", changed)


def _update(content: sa.TableClause, column: str, values: dict[str, str]) -> None:
    rows = [{"of_id": row_id, "folded": folded} for row_id, folded in values.items()]
    if rows:
        statement = sa.update(content).where(content.c.id == sa.bindparam("of_id"))
        op.get_bind().execute(statement.values({column: sa.bindparam("folded")}), rows)


def _fold(text: str) -> str:
    """Remove accents, capitals and invisible signs, as the portal did in this release."""
    letters = INVISIBLE.sub("", unicodedata.normalize("NFKD", text))
    plain = (SPELLINGS.get(letter.lower(), letter) for letter in letters if not unicodedata.combining(letter))
    return "".join(plain).casefold()


def _comparable(text: str) -> str:
    line = " ".join(INVISIBLE.sub("", unicodedata.normalize("NFKC", text)).split())
    return unicodedata.normalize("NFKC", line.casefold())
