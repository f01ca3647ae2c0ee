"""Refusals of a whole spreadsheet, and of single lines."""

from dataclasses import dataclass

from izarlink_tickets.domain.errors import Refusal


class CsvFileRefused(Refusal):
    """The file can't be read as one of the directory's spreadsheets."""


class CsvFileEmpty(CsvFileRefused):
    """The file has no record."""


class CsvFileNotText(CsvFileRefused):
    """The file is a workbook, UTF-16 or another format than CSV."""


class EncodingUnknown(CsvFileRefused):
    """The accents can be read in several ways."""


@dataclass(eq=False)
class CsvFileTooLarge(CsvFileRefused):
    """The file is too large. Sizes in bytes."""

    maximum: int
    size: int


@dataclass(eq=False)
class TooManyLines(CsvFileRefused):
    """The file has more records than one import accepts."""

    maximum: int


@dataclass(eq=False)
class UnknownColumns(CsvFileRefused):
    """The file has unknown headings, maybe mistyped.

    names: the first ten, cut after 60 characters. known: the accepted ones.
    """

    names: tuple[str, ...]
    known: tuple[str, ...]


@dataclass(eq=False)
class MissingColumns(CsvFileRefused):
    """Required columns are missing."""

    names: tuple[str, ...]


@dataclass(eq=False)
class DuplicateColumns(CsvFileRefused):
    """Two columns have the same meaning."""

    names: tuple[str, ...]


class LineRefused(Refusal):
    """One record is invalid."""


class NotDecodable(LineRefused):
    """The line is in another encoding than the rest of the file."""


@dataclass(eq=False)
class BadQuotes(LineRefused):
    """A quoted cell has no end, or text behind its end."""


@dataclass(eq=False)
class WrongWidth(LineRefused):
    """The line has more or fewer cells than the headings."""

    expected: int
    found: int


@dataclass(eq=False)
class DuplicateLine(LineRefused):
    """An earlier line has the same key. first: that line's number."""

    first: int


class UnknownRole(LineRefused):
    """Unknown role."""


class UnknownState(LineRefused):
    """Unknown state."""


class StateNotImported(LineRefused):
    """The line changes the state; the record's own page does that."""


class ServiceOfAnother(LineRefused):
    """The service belongs to another customer."""
