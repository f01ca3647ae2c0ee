"""Read a CSV file as people make them: whichever encoding, separator, quotes and line ends their programs write.

Numbers of lines are those that an editor shows, whatever quoted line ends lie before.
"""

import csv
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import islice

from izarlink_tickets.application.spreadsheets import import_errors
from izarlink_tickets.application.spreadsheets.columns import SpreadsheetColumn
from izarlink_tickets.domain.errors import Refusal
from izarlink_tickets.domain.text import clean_line
from izarlink_tickets.i18n import gettext as _

MAX_BYTES = 4 * 1024**2
MAX_LINES = 20_000

# What no file of the directory needs, and without which a few megabytes of quotation marks keep a worker for hours.
_MAX_LINES_OF_RECORD = 100
_MAX_EMPTY_LINES = 200_000
_MAX_COLUMNS = 100
_MAX_HEADINGS = 10_000

# How much of the headings that mean nothing is said.
_NAMED, _NAMED_LENGTH = 10, 60

UTF_8, WINDOWS_1252 = "UTF-8", "Windows-1252"
SEPARATORS = (";", ",", "\t")

_BOM = b"\xef\xbb\xbf"
# Zip, as in .xlsx and .ods; the compound files of older Excel; UTF-16.
_NO_TEXT = (b"PK\x03\x04", b"\xd0\xcf\x11\xe0", b"\xff\xfe", b"\xfe\xff")
# What a spreadsheet program takes for the beginning of a formula (OWASP "CSV Injection").
_FORMULA = ("=", "+", "-", "@", "\t", "\r")
_SHIELD = "'"


@dataclass(frozen=True, slots=True)
class Record:
    """A record by field. line: the physical line it begins on, from 1; fault: why it can't be read."""

    line: int
    cells: Mapping[str, str] = field(default_factory=dict)
    fault: Refusal | None = None


@dataclass(frozen=True, slots=True)
class CsvFile:
    """A file as read. encoding: UTF_8 or WINDOWS_1252; fields: of the columns that it has."""

    encoding: str
    separator: str
    fields: frozenset[str]
    records: Sequence[Record]


@dataclass(frozen=True, slots=True)
class _Lines:
    """The physical lines, and which of them couldn't be decoded; those numbers begin at 0."""

    texts: Sequence[str]
    undecodable: frozenset[int]
    encoding: str


def read_csv(data: bytes, columns: Sequence[SpreadsheetColumn]) -> CsvFile:
    """Read a file, whose first line that isn't empty holds the headings. Raises: SheetRefused."""
    if len(data) > MAX_BYTES:
        raise import_errors.CsvFileTooLarge(MAX_BYTES, len(data))
    if data.startswith(_NO_TEXT) or b"\0" in data:
        raise import_errors.CsvFileNotText
    physical = data.removeprefix(_BOM).splitlines(keepends=True)
    if len(physical) > MAX_LINES + _MAX_EMPTY_LINES:
        raise import_errors.TooManyLines(MAX_LINES)
    lines = _decoded(physical)
    head = next((number for number, text in enumerate(lines.texts) if text.strip()), None)
    if head is None:
        raise import_errors.CsvFileEmpty
    separator, fields = _headings(lines.texts[head], columns)
    said = (one for one in _records(lines, head + 1, separator, fields) if one.fault or any(one.cells.values()))
    records = list(islice(said, MAX_LINES + 1))
    if not records:
        raise import_errors.CsvFileEmpty
    if len(records) > MAX_LINES:
        raise import_errors.TooManyLines(MAX_LINES)
    return CsvFile(lines.encoding, separator, frozenset(fields), records)


def escape_formula(cell: str) -> str:
    """Write a cell so that no program takes it for a formula; `unshielded` gives it back."""
    return _SHIELD + cell if cell.lstrip(_SHIELD).startswith(_FORMULA) else cell


def unescape_formula(cell: str) -> str:
    """Take away the sign that an export puts in front of what looks like a formula."""
    is_shielded = cell.startswith(_SHIELD) and cell.lstrip(_SHIELD).startswith(_FORMULA)
    return cell[1:] if is_shielded else cell


def _decoded(lines: Sequence[bytes]) -> _Lines:
    """Decode as UTF-8, or as Windows-1252 where no line is UTF-8 beyond ASCII: what Excel writes in France."""
    foreign = {number for number, line in enumerate(lines) if not _is_utf8(line)}
    has_utf8 = any(number not in foreign and not line.isascii() for number, line in enumerate(lines))
    encoding = WINDOWS_1252 if foreign and not has_utf8 else UTF_8
    if encoding == WINDOWS_1252:
        # Five of its numbers stand for nothing.
        foreign = {number for number, line in enumerate(lines) if "\ufffd" in line.decode("cp1252", "replace")}
    codec = "cp1252" if encoding == WINDOWS_1252 else "utf-8"
    return _Lines([line.decode(codec, "replace") for line in lines], frozenset(foreign), encoding)


def _is_utf8(line: bytes) -> bool:
    try:
        line.decode("utf-8")
    except UnicodeDecodeError:
        return False
    return True


def _headings(line: str, columns: Sequence[SpreadsheetColumn]) -> tuple[str, list[str]]:
    """Find the separator, the one by which the headings mean most, and the fields that they mean.

    Raises: UnknownColumns, DuplicateColumns, MissingColumns.
    """
    splits = {separator: _split(line[:_MAX_HEADINGS], separator) for separator in SEPARATORS}
    separator = max(
        splits, key=lambda one: sum(any(column.is_called(name) for column in columns) for name in splits[one])
    )
    names = splits[separator]
    while names and not clean_line(names[-1]):
        names.pop()
    meant = [next((column for column in columns if column.is_called(name)), None) for name in names]
    unknown = [clean_line(name)[:_NAMED_LENGTH] for name, column in zip(names, meant, strict=True) if column is None]
    if unknown:
        raise import_errors.UnknownColumns(tuple(unknown[:_NAMED]), tuple(_(column.heading) for column in columns))
    found = [column for column in meant if column]
    double = tuple(_(column.heading) for column in columns if found.count(column) > 1)
    if double:
        raise import_errors.DuplicateColumns(double)
    missing = tuple(_(column.heading) for column in columns if column.is_wanted and column not in found)
    if missing:
        raise import_errors.MissingColumns(missing)
    return separator, [column.field for column in found]


def _split(line: str, separator: str) -> list[str]:
    try:
        return next(csv.reader([line], delimiter=separator, strict=True), [])[:_MAX_COLUMNS]
    except csv.Error:
        return [line]


def _records(lines: _Lines, first: int, separator: str, fields: Sequence[str]) -> Iterator[Record]:
    """Read the records. After one that can't be read the next line is tried: a quotation mark swallows no file."""
    start = first
    while start < len(lines.texts):
        reader = csv.reader(lines.texts[start : start + _MAX_LINES_OF_RECORD], delimiter=separator, strict=True)
        try:
            cells = next(reader)
        except csv.Error:
            yield Record(start + 1, fault=_fault_of(lines, start) or import_errors.BadQuotes())
            start += 1
        else:
            yield _record(lines, range(start, start + reader.line_num), cells, fields)
            start += reader.line_num


def _record(lines: _Lines, extent: range, cells: Sequence[str], fields: Sequence[str]) -> Record:
    line = extent.start + 1
    fault = next((found for number in extent if (found := _fault_of(lines, number))), None)
    if fault:
        return Record(line, fault=fault)
    surplus = [cell for cell in cells[len(fields) :] if cell.strip()]
    if not any(cell.strip() for cell in cells):
        return Record(line)
    if len(cells) < len(fields) or surplus:
        return Record(line, fault=import_errors.WrongWidth(len(fields), len(cells)))
    return Record(line, {name: unescape_formula(cell.strip()) for name, cell in zip(fields, cells, strict=False)})


def _fault_of(lines: _Lines, number: int) -> Refusal | None:
    return import_errors.NotDecodable() if number in lines.undecodable else None
