"""Read whole numbers that come in as text, from a query or a hidden input."""

# Entries and versions fit an INTEGER, ticket numbers a BIGINT, on both databases.
ENTRY_DIGITS, TICKET_DIGITS = 9, 18


def whole_number(text: str | None, *, digits: int = ENTRY_DIGITS) -> int | None:
    """Give the number, or None for what is none: signs, other scripts' digits, more digits than any of ours has."""
    if not text or not text.isascii() or not text.isdigit() or len(text) > digits:
        return None
    return int(text)
