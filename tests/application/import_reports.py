"""Reports of imports, for the tests."""

from sqlalchemy import func, select

from izarlink_tickets import outbox
from izarlink_tickets.accounts import accounts
from izarlink_tickets.application import Portal
from izarlink_tickets.application.spreadsheets import ImportReport
from izarlink_tickets.directory import organisations, services
from izarlink_tickets.event_store import events

# The headings of a file of accounts.
HEAD = "Mail;Nom;Téléphone;Rôle;Client\n"


def reasons(report: ImportReport) -> dict[int, list[str]]:
    """Map each refused line to its refusals."""
    outcomes = [outcome for outcome in report.outcomes if outcome.reasons]
    return {outcome.line: [type(reason).__name__ for reason in outcome.reasons] for outcome in outcomes}


def verdicts(report: ImportReport) -> dict[int, str]:
    return {outcome.line: outcome.verdict.value for outcome in report.outcomes}


def count_rows(portal: Portal) -> list[int]:
    """Count the rows of each table that an import writes to."""
    tables = (organisations, accounts, services, events, outbox.outbox)
    with portal.database.query() as connection:
        return [connection.execute(select(func.count()).select_from(table)).scalar_one() for table in tables]
