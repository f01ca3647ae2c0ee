"""What an import would do, line by line, before anything is done."""

from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any, TypeVar

from izarlink_tickets.application.spreadsheets.columns import state_called
from izarlink_tickets.application.spreadsheets.csv_reader import CsvFile, Record
from izarlink_tickets.application.spreadsheets.import_errors import DuplicateLine, StateNotImported, UnknownState
from izarlink_tickets.domain.errors import Refusal

T = TypeVar("T")


class Verdict(StrEnum):
    """What becomes of a line."""

    CREATE = "create"
    CHANGE = "change"
    UNCHANGED = "unchanged"
    REFUSED = "refused"


@dataclass(frozen=True, slots=True)
class LineOutcome:
    """What would become of one line. line: physical, from 1; about: the name, address or reference that it is about.

    changed: the fields that it changes; reasons: all that is wrong with it.
    """

    line: int
    about: str
    verdict: Verdict
    changed: tuple[str, ...] = ()
    reasons: tuple[Refusal, ...] = ()


@dataclass(frozen=True, slots=True)
class ImportReport:
    """What would become of a whole file."""

    encoding: str
    separator: str
    outcomes: Sequence[LineOutcome]

    def count(self, verdict: Verdict) -> int:
        return Counter(one.verdict for one in self.outcomes)[verdict]

    @property
    def is_refused(self) -> bool:
        """Whether a line is wrong: then the file is imported by no part."""
        return any(one.verdict is Verdict.REFUSED for one in self.outcomes)

    @property
    def changes_nothing(self) -> bool:
        return all(one.verdict is Verdict.UNCHANGED for one in self.outcomes)


@dataclass(eq=False)
class ImportRefused(Refusal):
    """A line is wrong, so that nothing was imported."""

    report: ImportReport


@dataclass(frozen=True, slots=True)
class ImportContext:
    """What writing needs besides the connection: the master key, and how new accounts begin."""

    sealing_key: bytes = field(repr=False)
    locale: str
    timezone: str


@dataclass
class LineErrors:
    """What is wrong with one line, collected while its cells are looked at."""

    reasons: list[Refusal] = field(default_factory=list)

    def value(self, read: Callable[[], T], otherwise: T) -> T:
        """Read a cell; where it is refused note why, and go on with something else."""
        try:
            return read()
        except Refusal as refusal:
            self.reasons.append(refusal)
            return otherwise

    def add(self, refusal: Refusal | None) -> None:
        if refusal:
            self.reasons.append(refusal)


# Looks at one record that could be read: the outcome, and what to write if the whole file is imported.
Judge = Callable[[Record], tuple[LineOutcome, Any]]


def validate(sheet: CsvFile, *, key: str, fold: Callable[[str], str], judge: Judge) -> tuple[ImportReport, list[Any]]:
    """Judge every record. key: the field by which two lines are about the same. Gives what to write as well."""
    seen: dict[str, int] = {}
    outcomes, wishes = [], []
    for record in sheet.records:
        outcome, wish = _of_record(record, seen, key, fold, judge)
        outcomes.append(outcome)
        if wish is not None:
            wishes.append(wish)
    return ImportReport(sheet.encoding, sheet.separator, outcomes), wishes


def refused(record: Record, about: str, *reasons: Refusal) -> LineOutcome:
    return LineOutcome(record.line, about, Verdict.REFUSED, reasons=reasons)


def state_fault(cells: Mapping[str, str], *, is_active: bool) -> Refusal | None:
    """Say what is wrong with the state that a line gives; without one, nothing is."""
    named = cells.get("state", "")
    if not named:
        return None
    state = state_called(named)
    if state is None:
        return UnknownState()
    return None if state is is_active else StateNotImported()


def _of_record(
    record: Record, seen: dict[str, int], key: str, fold: Callable[[str], str], judge: Judge
) -> tuple[LineOutcome, Any]:
    if record.fault:
        return refused(record, "", record.fault), None
    folded = fold(record.cells[key])
    first = seen.setdefault(folded, record.line)
    if folded and first != record.line:
        return refused(record, record.cells[key], DuplicateLine(first)), None
    return judge(record)
