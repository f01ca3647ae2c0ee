"""Read the authorisation matrix: who gets what answer from which route, about whose object."""

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
WHOSE = ("customer's", "colleague's", "stranger's", "missing")
# A route that is about no object is asked once.
NOBODY_S = "nobody's"
# What is answered in the stead of what was asked for.
WITHHELD = ("sign-in", "302", "403", "404")
Cells = Mapping[tuple[str, str], str]


@dataclass(frozen=True)
class Row:
    """A route under one method. cells: the answer by persona and by whose the object is."""

    method: str
    route: str
    cells: Cells

    @property
    def name(self) -> str:
        return f"{self.method} {self.route}"

    def cells_of(self, *personas: str) -> list[tuple[str, str]]:
        return [(who, whose) for who, whose in self.cells if who in personas]

    def hides(self, who: str, whose: str) -> bool:
        """Say whether the persona gets nothing of it, no more than of something missing, and may learn nothing."""
        said = self.cells[who, whose]
        return said.startswith(WITHHELD) and said == self.cells.get((who, "missing"), said)


def rows() -> list[Row]:
    """Read the table."""
    return [_row(line.split()) for line in _lines()]


def _lines() -> Iterator[str]:
    """Give the lines that aren't comments, without the heading."""
    lines = [line for line in MATRIX.read_text("utf-8").splitlines() if line.strip() and not line.startswith("#")]
    heading = lines[0].split()
    assert tuple(heading) == ("method", "route", *PERSONAS), heading
    yield from lines[1:]


def _row(words: list[str]) -> Row:
    method, route, *cells = words
    assert len(cells) == len(PERSONAS), f"{method} {route} needs {len(PERSONAS)} cells, one a persona: {cells}"
    whose = WHOSE if "<" in route else (NOBODY_S,)
    said = {
        (persona, one): answer
        for persona, cell in zip(PERSONAS, cells, strict=True)
        for one, answer in zip(whose, _answers(cell, len(whose)), strict=True)
    }
    return Row(method, route, said)


def _answers(cell: str, count: int) -> list[str]:
    """Spell a cell out: 200 for all, 200|404 for what exists and what is missing, or one for each, after commas."""
    if "|" in cell:
        exists, missing = cell.split("|")
        return [exists] * (count - 1) + [missing]
    answers = cell.split(",")
    return answers * count if len(answers) == 1 else answers
