"""What can be wrong with a spreadsheet, as a whole or in one of its lines; others make the sentences."""

from dataclasses import dataclass

from izarlink_tickets.domain.errors import Refusal


class CsvFileRefused(Refusal):
    """The file can't be read as one of the directory's spreadsheets."""


class CsvFileEmpty(CsvFileRefused):
    """There is no line, or none but the headings."""


class CsvFileNotText(CsvFileRefused):
    """A workbook of Excel, UTF-16 or something else that is no CSV."""


@dataclass(eq=False)
class CsvFileTooLarge(CsvFileRefused):
    """Sizes in bytes."""

    maximum: int
    size: int


@dataclass(eq=False)
class TooManyLines(CsvFileRefused):
    """More records than one import takes."""

    maximum: int


@dataclass(eq=False)
class UnknownColumns(CsvFileRefused):
    """Headings that mean nothing: a mistyped one would be left out in silence.

    names: the first ten, cut after 60 characters; known: what there is.
    """

    names: tuple[str, ...]
    known: tuple[str, ...]


@dataclass(eq=False)
class MissingColumns(CsvFileRefused):
    """Columns without which no line says anything."""

    names: tuple[str, ...]


@dataclass(eq=False)
class DuplicateColumns(CsvFileRefused):
    """Two columns that mean the same."""

    names: tuple[str, ...]


class LineRefused(Refusal):
    """One record is wrong."""


class NotDecodable(LineRefused):
    """The line has signs in another encoding than the rest of the file."""


@dataclass(eq=False)
class BadQuotes(LineRefused):
    """A quotation mark opens a cell and nothing closes it, or something stands behind the one that does."""


@dataclass(eq=False)
class WrongWidth(LineRefused):
    """The line has another number of cells than the headings."""

    expected: int
    found: int


@dataclass(eq=False)
class DuplicateLine(LineRefused):
    """An earlier line is about the same. first: its number."""

    first: int


class UnknownRole(LineRefused):
    """That is no role."""


class UnknownState(LineRefused):
    """That is no state."""


class StateNotImported(LineRefused):
    """A spreadsheet opens and closes nothing: that is done where its consequences are said."""


class ServiceOfAnother(LineRefused):
    """The connection belongs to another customer than the line says."""
