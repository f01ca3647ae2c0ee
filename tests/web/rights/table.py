"""The authorisation matrix: the expected answer of each route, by persona and owner."""

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
# A route without a record is requested once.
OWNERLESS = "ownerless"
# Answers instead of the requested page.
WITHHELD = ("sign-in", "302", "403", "404")
Cells = Mapping[tuple[str, str], str]


@dataclass(frozen=True)
class Row:
    """A method of a route. cells: expected answers by persona and owner."""

    method: str
    route: str
    cells: Cells

    @property
    def name(self) -> str:
        return f"{self.method} {self.route}"

    def cells_of(self, *personas: str) -> list[tuple[str, str]]:
        return [(who, whose) for who, whose in self.cells if who in personas]

    def hides(self, who: str, whose: str) -> bool:
        """Check whether the persona gets the answer of a missing record."""
        answer = self.cells[who, whose]
        return answer.startswith(WITHHELD) and answer == self.cells.get((who, "missing"), answer)


def rows() -> list[Row]:
    """Read the table."""
    return [_row(line.split()) for line in _lines()]


def _lines() -> Iterator[str]:
    """Return the lines without comments and heading."""
    lines = [line for line in MATRIX.read_text("utf-8").splitlines() if line.strip() and not line.startswith("#")]
    heading = lines[0].split()
    assert tuple(heading) == ("method", "route", *PERSONAS), heading
    yield from lines[1:]


def _row(words: list[str]) -> Row:
    method, route, *cells = words
    assert len(cells) == len(PERSONAS), f"{method} {route} needs {len(PERSONAS)} cells, one for each persona: {cells}"
    whose = WHOSE if "<" in route else (OWNERLESS,)
    expected = {
        (persona, owner): answer
        for persona, cell in zip(PERSONAS, cells, strict=True)
        for owner, answer in zip(whose, _answers(cell, len(whose)), strict=True)
    }
    return Row(method, route, expected)


def _answers(cell: str, count: int) -> list[str]:
    """Expand a cell into an answer for each owner.

    200: for all. 200|404: for existing and missing records. 200,404,404,404: one each.
    """
    if "|" in cell:
        exists, missing = cell.split("|")
        return [exists] * (count - 1) + [missing]
    answers = cell.split(",")
    return answers * count if len(answers) == 1 else answers
