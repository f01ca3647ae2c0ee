"""The authorisation matrix: the answer of each route, by persona and owner."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

MATRIX = Path(__file__).with_name("matrix.txt")
PERSONAS = (
    "anonymous",
    "deactivated",
    "customer",
    "colleague",
    "company",
    "stranger",
    "moved",
    "support",
    "administrator",
    "auditor",
)
OWNERSHIPS = ("customer's", "colleague's", "stranger's", "missing")
# For routes without an object.
NO_OWNER = "nobody's"
# Answers without the requested content.
WITHHELD = ("sign-in", "302", "403", "404")
Cells = Mapping[tuple[str, str], str]


@dataclass(frozen=True)
class Row:
    """A route under one method.

    cells: answers by persona and ownership.
    """

    method: str
    route: str
    cells: Cells

    @property
    def name(self) -> str:
        return f"{self.method} {self.route}"

    def cells_of(self, *personas: str) -> list[tuple[str, str]]:
        return [(who, ownership) for who, ownership in self.cells if who in personas]

    def hides(self, who: str, ownership: str) -> bool:
        """Return whether the object looks missing to the persona."""
        answer = self.cells[who, ownership]
        return answer.startswith(WITHHELD) and answer == self.cells.get((who, "missing"), answer)


def rows() -> list[Row]:
    """Read the rows of the matrix."""
    return [_row(line.split()) for line in _lines()]


def _lines() -> Iterator[str]:
    """Yield the lines without comments and heading."""
    lines = [line for line in MATRIX.read_text("utf-8").splitlines() if line.strip() and not line.startswith("#")]
    heading = lines[0].split()
    assert tuple(heading) == ("method", "route", *PERSONAS), heading
    yield from lines[1:]


def _row(words: list[str]) -> Row:
    method, route, *cells = words
    assert len(cells) == len(PERSONAS), f"{method} {route} needs {len(PERSONAS)} cells, one a persona: {cells}"
    ownerships = OWNERSHIPS if "<" in route else (NO_OWNER,)
    answers = {
        (persona, ownership): answer
        for persona, cell in zip(PERSONAS, cells, strict=True)
        for ownership, answer in zip(ownerships, _answers(cell, len(ownerships)), strict=True)
    }
    return Row(method, route, answers)


def _answers(cell: str, count: int) -> list[str]:
    """Expand a cell into an answer per ownership.

    200 is for all, 200|404 for what exists and what is missing; commas separate one answer for each.
    """
    if "|" in cell:
        exists, missing = cell.split("|")
        return [exists] * (count - 1) + [missing]
    answers = cell.split(",")
    return answers * count if len(answers) == 1 else answers
