"""The directory as CSV files.

They are checked line by line, imported as a whole, and exported.
"""

from izarlink_tickets.application.spreadsheets.csv_reader import MAX_BYTES, MAX_LINES
from izarlink_tickets.application.spreadsheets.import_errors import CsvFileRefused, LineRefused
from izarlink_tickets.application.spreadsheets.import_plan import ImportRefused, ImportReport, LineOutcome, Verdict
from izarlink_tickets.application.spreadsheets.imports import (
    ACCOUNTS,
    ORGANISATIONS,
    SERVICES,
    ImportResult,
    SpreadsheetKind,
    Spreadsheets,
)

__all__ = [
    "ACCOUNTS",
    "MAX_BYTES",
    "MAX_LINES",
    "ORGANISATIONS",
    "SERVICES",
    "CsvFileRefused",
    "ImportRefused",
    "ImportReport",
    "ImportResult",
    "LineOutcome",
    "LineRefused",
    "SpreadsheetKind",
    "Spreadsheets",
    "Verdict",
]
