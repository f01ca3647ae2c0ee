"""Read the list of persons who were erased: whatever is restored, their keys don't come back."""

from dataclasses import dataclass
from pathlib import Path
from uuid import UUID


@dataclass(eq=False)
class ErasuresUnreadable(Exception):
    """A line of the list is no account id. line: counted from 1."""

    path: Path
    line: int


def read_erasures(path: Path) -> list[str]:
    """Read account ids, one a line; empty lines and what follows a # don't count.

    Raises: OSError, ErasuresUnreadable.
    """
    lines = path.read_text("utf-8", errors="replace").splitlines()
    found = ((nth, line.partition("#")[0].strip()) for nth, line in enumerate(lines, start=1))
    return [_account_id(path, nth, line) for nth, line in found if line]


def _account_id(path: Path, nth: int, line: str) -> str:
    try:
        return str(UUID(line))
    except ValueError:
        raise ErasuresUnreadable(path, nth) from None
