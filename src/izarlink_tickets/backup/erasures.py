"""The list of erased persons, whose keys no restore brings back."""

from dataclasses import dataclass
from pathlib import Path
from uuid import UUID


@dataclass(eq=False)
class ErasuresUnreadable(Exception):
    """A line of the list is no account id. line: from 1."""

    path: Path
    line: int


def read_erasures(path: Path) -> list[str]:
    """Load account ids, one per line.

    Ignore empty lines and comments after #.
    Raises: OSError, ErasuresUnreadable.
    """
    lines = path.read_text("utf-8", errors="replace").splitlines()
    ids = ((number, line.partition("#")[0].strip()) for number, line in enumerate(lines, start=1))
    return [_account_id(path, number, account_id) for number, account_id in ids if account_id]


def _account_id(path: Path, number: int, text: str) -> str:
    try:
        return str(UUID(text))
    except ValueError:
        raise ErasuresUnreadable(path, number) from None
