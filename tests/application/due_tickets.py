"""Tickets that wait, the mails about them, and days that go by."""

from sqlalchemy import update
from tests.cast import Cast
from tests.openings import open_incident

from izarlink_tickets.application import Portal
from izarlink_tickets.outbox import MailStatus, outbox
from izarlink_tickets.projections.history_queries import timeline


def waiting_incident(portal: Portal, cast: Cast) -> int:
    number = open_incident(portal, cast)
    portal.tickets.request_information(cast.context("sam"), number=number, question="Quel voyant ?")
    return number


def deliver(portal: Portal, cast: Cast, *, status: MailStatus = MailStatus.SENT) -> None:
    """Record an outcome of all waiting mails."""
    waiting = update(outbox).where(outbox.c.status == MailStatus.WAITING.value)
    with portal.database.command() as connection:
        connection.execute(waiting.values(status=status.value, finished_at=cast.clock.now))


def run_for(portal: Portal, cast: Cast, *, days: float, status: MailStatus | None = MailStatus.SENT) -> None:
    """Let days go by, with a look every four hours.

    status: the outcome of each mail; None leaves them waiting, as at a dead server.
    """
    for look in range(round(days * 6)):
        changed = portal.due_work.run(cast.clock.advance(hours=4))
        # Only a change writes mails; before the first look others may have written some.
        if status and (changed or look == 0):
            deliver(portal, cast, status=status)


def recorded_by_portal(portal: Portal, cast: Cast, number: int) -> list[str]:
    """List the events that the portal itself recorded on the ticket."""
    with portal.database.query() as connection:
        entries = timeline(connection, cast["ada"].actor, number=number).entries
    return [entry.steps[0].event for entry in entries if (entry.role, entry.channel) == ("system", "system")]


def reminders(portal: Portal, cast: Cast, number: int) -> list[str | None]:
    """List the days of closing that the ticket's reminders named."""
    with portal.database.query() as connection:
        entries = timeline(connection, cast["ada"].actor, number=number).entries
    steps = [step for entry in entries for step in entry.steps if step.event == "ReminderSent"]
    return [step.facts.get("closes_on") for step in steps]


def closing_day(portal: Portal, cast: Cast, number: int) -> str | None:
    """Return the UTC date of the automatic closing, if there was one."""
    with portal.database.query() as connection:
        entries = timeline(connection, cast["ada"].actor, number=number).entries
    days = [entry.at.date().isoformat() for entry in entries if entry.steps[0].event == "AutoClosed"]
    return days[0] if days else None
