"""Whole numbers from queries and hidden inputs."""

# Entries and versions fit an INTEGER, ticket numbers a BIGINT, on both databases.
ENTRY_DIGITS, TICKET_DIGITS = 9, 18


def whole_number(text: str | None, *, digits: int = ENTRY_DIGITS) -> int | None:
    """Parse ASCII digits without a sign; return None for any other text.

    digits: longer numbers are refused, because no column holds them.
    """
    if not text or not text.isascii() or not text.isdigit() or len(text) > digits:
        return None
    return int(text)
