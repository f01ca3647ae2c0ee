"""A tolerant reader of CSV files.

It accepts the usual encodings, separators, quotes and line ends.
Lines are numbered as an editor shows them, quoted line ends included.
"""

import csv
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import islice

from izarlink_tickets.application.spreadsheets import import_errors
from izarlink_tickets.application.spreadsheets.columns import SpreadsheetColumn
from izarlink_tickets.application.spreadsheets.csv_encoding import UNDECODABLE, decode_lines
from izarlink_tickets.domain.errors import Refusal
from izarlink_tickets.domain.text import clean_line
from izarlink_tickets.i18n import gettext as _

MAX_BYTES = 4 * 1024**2
MAX_LINES = 20_000

# No real file reaches these limits. Without them a few megabytes of quotation marks occupy a worker for hours.
_MAX_LINES_OF_RECORD = 100
_MAX_EMPTY_LINES = 200_000
_MAX_COLUMNS = 100
_MAX_HEADINGS = 10_000

# How many unknown headings an error lists, and after how many characters it cuts each.
_LISTED_HEADINGS, _HEADING_LENGTH = 10, 60

SEPARATORS = (";", ",", "\t")

# The end of a file under DOS.
_END_MARK = re.compile(rb"\x1a\s*\Z")
_DIRECTIVE = re.compile('"?sep=.?"?', re.IGNORECASE)
_BOM = b"\xef\xbb\xbf"
# Zip, as in .xlsx and .ods; the compound files of older Excel; UTF-16.
_BINARY_SIGNATURES = (b"PK\x03\x04", b"\xd0\xcf\x11\xe0", b"\xff\xfe", b"\xfe\xff")
# Spreadsheet programs read a cell as a formula if it begins with one of these; some take the wide signs of East Asian
# keyboards for the others. Source: OWASP, "CSV Injection".
_FORMULA_STARTS = ("=", "+", "-", "@", "\t", "\r", "\uff1d", "\uff0b", "\uff0d", "\uff20")
_ESCAPE = "'"


@dataclass(frozen=True, slots=True)
class Record:
    """The cells of a record by field.

    line: the physical line it begins on, from 1. fault: why it is unreadable.
    """

    line: int
    cells: Mapping[str, str] = field(default_factory=dict)
    fault: Refusal | None = None


@dataclass(frozen=True, slots=True)
class CsvFile:
    """A parsed file. encoding: its name. fields: those of its columns."""

    encoding: str
    separator: str
    fields: frozenset[str]
    records: Sequence[Record]


def read_csv(data: bytes, columns: Sequence[SpreadsheetColumn]) -> CsvFile:
    """Parse a file, whose first line holds the headings. Raises: CsvFileRefused."""
    if len(data) > MAX_BYTES:
        raise import_errors.CsvFileTooLarge(MAX_BYTES, len(data))
    if data.startswith(_BINARY_SIGNATURES) or b"\0" in data:
        raise import_errors.CsvFileNotText
    physical = _END_MARK.sub(b"", data).removeprefix(_BOM).splitlines(keepends=True)
    if len(physical) > MAX_LINES + _MAX_EMPTY_LINES:
        raise import_errors.TooManyLines(MAX_LINES)
    lines, encoding = decode_lines(physical)
    head = _without_directive(lines, next((number for number, text in enumerate(lines) if text.strip()), None))
    if head is None:
        raise import_errors.CsvFileEmpty
    separator, fields = _headings(lines[head], columns)
    all_records = _records(lines, head + 1, separator, fields)
    filled = (record for record in all_records if record.fault or any(record.cells.values()))
    records = list(islice(filled, MAX_LINES + 1))
    if not records:
        raise import_errors.CsvFileEmpty
    if len(records) > MAX_LINES:
        raise import_errors.TooManyLines(MAX_LINES)
    return CsvFile(encoding, separator, frozenset(fields), records)


def escape_formula(cell: str) -> str:
    """Escape a cell that a spreadsheet program would run as a formula."""
    return _ESCAPE + cell if cell.lstrip(_ESCAPE).startswith(_FORMULA_STARTS) else cell


def unescape_formula(cell: str) -> str:
    """Remove the sign that `escape_formula` puts in front."""
    is_escaped = cell.startswith(_ESCAPE) and cell.lstrip(_ESCAPE).startswith(_FORMULA_STARTS)
    return cell[1:] if is_escaped else cell


def _without_directive(lines: Sequence[str], head: int | None) -> int | None:
    """Return the head's line, after Excel's « sep=; »."""
    if head is None or not _DIRECTIVE.fullmatch(lines[head].strip()):
        return head
    return next((number for number, text in enumerate(lines) if number > head and text.strip()), None)


def _headings(line: str, columns: Sequence[SpreadsheetColumn]) -> tuple[str, list[str]]:
    """Return the separator that yields most known headings, and their fields.

    Raises: UnknownColumns, DuplicateColumns, MissingColumns.
    """
    splits = {separator: _split(line[:_MAX_HEADINGS], separator) for separator in SEPARATORS}
    separator = max(
        splits,
        key=lambda candidate: sum(any(column.is_called(name) for column in columns) for name in splits[candidate]),
    )
    names = splits[separator]
    while names and not clean_line(names[-1]):
        names.pop()
    matched = [next((column for column in columns if column.is_called(name)), None) for name in names]
    unknown = [
        clean_line(name)[:_HEADING_LENGTH] for name, column in zip(names, matched, strict=True) if column is None
    ]
    if unknown:
        raise import_errors.UnknownColumns(
            tuple(unknown[:_LISTED_HEADINGS]), tuple(_(column.heading) for column in columns)
        )
    present = [column for column in matched if column]
    duplicates = tuple(_(column.heading) for column in columns if present.count(column) > 1)
    if duplicates:
        raise import_errors.DuplicateColumns(duplicates)
    missing = tuple(_(column.heading) for column in columns if column.is_required and column not in present)
    if missing:
        raise import_errors.MissingColumns(missing)
    return separator, [column.field for column in present]


def _split(line: str, separator: str) -> list[str]:
    try:
        return next(csv.reader([line], delimiter=separator, strict=True), [])[:_MAX_COLUMNS]
    except csv.Error:
        return [line]


def _records(lines: Sequence[str], first: int, separator: str, fields: Sequence[str]) -> Iterator[Record]:
    """Parse the records; after an unreadable one continue with the next line."""
    start = first
    while start < len(lines):
        reader = csv.reader(lines[start : start + _MAX_LINES_OF_RECORD], delimiter=separator, strict=True)
        try:
            yield _record(start + 1, next(reader), fields)
            start += reader.line_num
        except csv.Error:
            is_undecodable = UNDECODABLE in lines[start]
            yield Record(start + 1, fault=import_errors.NotDecodable() if is_undecodable else import_errors.BadQuotes())
            start += 1


def _record(line: int, cells: Sequence[str], fields: Sequence[str]) -> Record:
    cells = [cell.strip() for cell in cells]
    if any(UNDECODABLE in cell for cell in cells):
        return Record(line, fault=import_errors.NotDecodable())
    if not any(cells):
        return Record(line)
    if len(cells) < len(fields) or any(cells[len(fields) :]):
        return Record(line, fault=import_errors.WrongWidth(len(fields), len(cells)))
    return Record(line, {field: unescape_formula(cell) for field, cell in zip(fields, cells, strict=False)})
