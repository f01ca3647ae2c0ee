"""Search in the directory's names, without accents or case."""

from typing import Any

from sqlalchemy import ColumnElement, and_, or_, true

from izarlink_tickets.domain.text import clean_line, fold

# Of a search field, in characters.
MAX_SEARCH = 200


def matches_words(text: str, *columns: ColumnElement[Any]) -> ColumnElement[bool]:
    """Build the condition that each word is in one of the columns.

    Columns hold folded text.
    """
    words = fold(clean_line(text))[:MAX_SEARCH].split()
    return and_(true(), *(or_(*(column.contains(word, autoescape=True) for column in columns)) for word in words))
