"""Excerpts of long texts, for mails and pages."""

# Where no word ends within so many characters, the text is cut anywhere.
_MAX_WORD = 100


def beginning_of(text: str, *, maximum: int) -> str:
    """Return a text, or its beginning up to a word's end.

    maximum: of characters, before the ellipsis.
    """
    if len(text) <= maximum:
        return text
    beginning = text[:maximum]
    return beginning[: max(beginning.rfind(" "), beginning.rfind("\n"), maximum - _MAX_WORD)].rstrip() + "…"
