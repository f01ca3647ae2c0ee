"""The plan of an import, made before anything is written."""

from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any, Concatenate, ParamSpec

from izarlink_tickets.application.spreadsheets.columns import state_called
from izarlink_tickets.application.spreadsheets.csv_reader import CsvFile, Record
from izarlink_tickets.application.spreadsheets.import_errors import DuplicateLine, StateNotImported, UnknownState
from izarlink_tickets.config import SealingKey
from izarlink_tickets.domain.errors import Refusal
from izarlink_tickets.domain.vocabulary import CommandContext

P = ParamSpec("P")


class Verdict(StrEnum):
    """The verdict on a line."""

    CREATE = "create"
    CHANGE = "change"
    UNCHANGED = "unchanged"
    REFUSED = "refused"


@dataclass(frozen=True, slots=True)
class LineOutcome:
    """The planned outcome of a line.

    line: the physical line, from 1. about: the name, address or reference of its record.
    name: what else the record is called, as it would be stored.
    changed: the fields that it changes. reasons: everything that is wrong with it.
    """

    line: int
    about: str
    verdict: Verdict
    changed: tuple[str, ...] = ()
    reasons: tuple[Refusal, ...] = ()
    name: str = ""


@dataclass(frozen=True, slots=True)
class ImportReport:
    """The planned outcomes of a whole file."""

    encoding: str
    separator: str
    outcomes: Sequence[LineOutcome]

    def count(self, verdict: Verdict) -> int:
        return Counter(outcome.verdict for outcome in self.outcomes)[verdict]

    @property
    def is_refused(self) -> bool:
        """Whether a line is wrong; nothing of the file is then imported."""
        return any(outcome.verdict is Verdict.REFUSED for outcome in self.outcomes)

    @property
    def changes_nothing(self) -> bool:
        return all(outcome.verdict is Verdict.UNCHANGED for outcome in self.outcomes)


@dataclass(eq=False)
class ImportRefused(Refusal):
    """A line is wrong, so nothing was imported."""

    report: ImportReport


@dataclass(frozen=True, slots=True)
class ImportContext:
    """The command of an import, and the values that writing needs."""

    command: CommandContext
    sealing_key: SealingKey = field(repr=False)
    locale: str
    timezone: str


@dataclass
class LineErrors:
    """The errors of one line, collected while its cells are read."""

    reasons: list[Refusal] = field(default_factory=list)

    def parse(
        self, parser: Callable[Concatenate[str, P], str], cell: str, *no_args: P.args, **options: P.kwargs
    ) -> str:
        """Return the parsed cell; empty if the parser refuses it."""
        try:
            return parser(cell, *no_args, **options)
        except Refusal as refusal:
            self.reasons.append(refusal)
            return ""

    def add(self, refusal: Refusal | None) -> None:
        if refusal:
            self.reasons.append(refusal)

    def check_state(self, cells: Mapping[str, str], *, is_active: bool) -> None:
        """Check that a line leaves the state as it is."""
        typed = cells.get("state", "")
        state = state_called(typed)
        if typed and state is None:
            self.add(UnknownState())
        elif typed and state is not is_active:
            self.add(StateNotImported())


@dataclass(frozen=True, slots=True)
class PlannedChange:
    """The planned record of a valid line.

    about: its name, address or reference. name: what else it is called.
    current: the record as it is, None for a new one.
    changed: the fields that differ from the current record. planned: the record as it will be.
    """

    about: str
    planned: Any
    current: Any = None
    changed: tuple[str, ...] = ()
    name: str = ""

    @property
    def verdict(self) -> Verdict:
        if self.current is None:
            return Verdict.CREATE
        return Verdict.CHANGE if self.changed else Verdict.UNCHANGED


# Plans a readable record. The change is ignored when errors were collected.
PlanRecord = Callable[[Record, LineErrors], PlannedChange]


def plan_lines(
    csv_file: CsvFile, *, key: str, fold: Callable[[str], str], plan_record: PlanRecord
) -> tuple[ImportReport, list[PlannedChange]]:
    """Plan every line; return the report and the changes to write.

    key: the field that identifies a record. A second line with the same folded key is refused.
    """
    first_lines: dict[str, int] = {}
    outcomes, changes = [], []
    for record in csv_file.records:
        errors = LineErrors([record.fault] if record.fault else [])
        typed = record.cells.get(key, "")
        folded = fold(typed)
        if folded and first_lines.setdefault(folded, record.line) != record.line:
            errors.add(DuplicateLine(first_lines[folded]))
        change = None if errors.reasons else plan_record(record, errors)
        if change is None or errors.reasons:
            outcomes.append(LineOutcome(record.line, typed, Verdict.REFUSED, reasons=tuple(errors.reasons)))
            continue
        outcomes.append(LineOutcome(record.line, change.about, change.verdict, change.changed, name=change.name))
        if change.verdict is not Verdict.UNCHANGED:
            changes.append(change)
    return ImportReport(csv_file.encoding, csv_file.separator, outcomes), changes
