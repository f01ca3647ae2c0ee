"""What an import made of a file, to look at in tests."""

from sqlalchemy import func, select

from izarlink_tickets import outbox
from izarlink_tickets.accounts import accounts
from izarlink_tickets.application import Portal
from izarlink_tickets.application.spreadsheets import ImportReport
from izarlink_tickets.directory import organisations, services
from izarlink_tickets.event_store import events

# Of a file of accounts.
HEAD = "Mail;Nom;Téléphone;Rôle;Client\n"


def reasons(report: ImportReport) -> dict[int, list[str]]:
    """Name what is wrong, by line."""
    return {one.line: [type(reason).__name__ for reason in one.reasons] for one in report.outcomes if one.reasons}


def verdicts(report: ImportReport) -> dict[int, str]:
    return {one.line: one.verdict.value for one in report.outcomes}


def stored(portal: Portal) -> list[int]:
    """Count all that an import writes to."""
    tables = (organisations, accounts, services, events, outbox.outbox)
    with portal.database.query() as connection:
        return [connection.execute(select(func.count()).select_from(table)).scalar_one() for table in tables]
