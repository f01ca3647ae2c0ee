"""The reminder of a solution names the day of the automatic closing."""

from dataclasses import replace
from datetime import timedelta

import pytest
from tests.mailer.builders import AT, news
from tests.mailer.mail_room import BRANDING, MailRoom

from izarlink_tickets.mailer.ticket_mail import values_of
from izarlink_tickets.projections.deadline_queries import Closing


@pytest.mark.parametrize(
    ("delay_days", "days_before", "day"),
    [
        pytest.param(7, 5, "24/11/2026", id="in-time"),
        pytest.param(7, 30, "24/11/2026", id="late-reminder-leaves-two-days"),
        pytest.param(30, 5, "17/12/2026", id="long-delay"),
        pytest.param(0, 5, None, id="never"),
    ],
)
def test_a_reminder_names_the_day_of_closing(delay_days: int, days_before: int, day: str | None) -> None:
    about = replace(news(), closing=Closing(since=AT - timedelta(days=days_before), reminded_at=AT))

    values = values_of(about, replace(BRANDING, auto_close_days=delay_days))

    assert values["closes_on"] == day


@pytest.mark.parametrize("stage", ["sqlite"], indirect=True)
def test_no_day_is_named_once_somebody_has_written(room: MailRoom) -> None:
    cast, tickets = room.cast, room.portal.tickets
    number = room.open_ticket()
    tickets.resolve(cast.context("nora"), number=number, solution="L’optique a été remplacée.")
    cast.clock.advance(days=5)
    tickets.remind(cast.context("system"), number=number)
    tickets.add_follow_up(cast.context("nora"), number=number, text="Nous regardons encore.")

    room.send()

    (reminder,) = (mail for mail in room.received("alice") if "a envoyé un rappel" in mail.text)
    assert "il sera clôturé de lui-même" not in reminder.text
