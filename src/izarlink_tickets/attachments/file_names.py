"""Names of uploaded files: data for display, never paths."""

from collections.abc import Collection

from izarlink_tickets.domain.text import clean_line

NAME_MAXIMUM = 150
# Replaces a name that is empty after cleaning.
NAMELESS = "fichier"


def clean_name(name: str) -> str:
    """Return the printable last part of a path, cut before the extension."""
    name = clean_line(name).replace("\\", "/").rpartition("/")[2].strip()
    stem, dot, extension = name.rpartition(".")
    if len(name) > NAME_MAXIMUM and len(extension) < NAME_MAXIMUM:
        name = stem[: NAME_MAXIMUM - len(extension) - 1] + dot + extension
    return name[:NAME_MAXIMUM] or NAMELESS


def free_name(name: str, *, taken: Collection[str]) -> str:
    """Return the name, numbered where another file has it: `image-2.jpg`.

    taken: names in lower case, as folders of Windows and macOS compare them.
    """
    stem, end = _parts(name)
    candidate, number = name, 1
    while candidate.lower() in taken:
        number += 1
        mark = f"-{number}"
        candidate = stem[: NAME_MAXIMUM - len(end) - len(mark)] + mark + end
    return candidate


def is_numbered(name: str, *, of: str) -> bool:
    """Return whether a name is the other one, perhaps numbered."""
    stem, end = _parts(of.lower())
    mark = name.lower().removeprefix(stem).removesuffix(end)
    has_number = mark.startswith("-") and mark[1:].isdecimal()
    return name.lower() in {of.lower(), f"{stem}{mark}{end}" if has_number else ""}


def _parts(name: str) -> tuple[str, str]:
    """Return the name and its extension with the dot."""
    stem, dot, extension = name.rpartition(".")
    return (stem, dot + extension) if stem else (name, "")
