"""The directory as CSV files: checked line by line, imported whole or not at all, and exported."""

from izarlink_tickets.application.spreadsheets.faults import LineRefused, SheetRefused
from izarlink_tickets.application.spreadsheets.imports import (
    ACCOUNTS,
    ORGANISATIONS,
    SERVICES,
    Imported,
    Kind,
    Spreadsheets,
)
from izarlink_tickets.application.spreadsheets.plan import ImportRefused, Outcome, Report, Verdict
from izarlink_tickets.application.spreadsheets.reading import MAX_BYTES, MAX_LINES

__all__ = [
    "ACCOUNTS",
    "MAX_BYTES",
    "MAX_LINES",
    "ORGANISATIONS",
    "SERVICES",
    "ImportRefused",
    "Imported",
    "Kind",
    "LineRefused",
    "Outcome",
    "Report",
    "SheetRefused",
    "Spreadsheets",
    "Verdict",
]
