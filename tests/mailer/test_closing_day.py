"""Mails of reminders and closings: their day, quotation and validity."""

from dataclasses import replace
from datetime import date
from typing import Any

import pytest
from tests.mailer.builders import news
from tests.mailer.mail_room import BRANDING, MailRoom

from izarlink_tickets.accounts import Preferences
from izarlink_tickets.config import Settings
from izarlink_tickets.domain.vocabulary import SilenceCause
from izarlink_tickets.mailer.ticket_mail import values_of
from izarlink_tickets.outbox import MailStatus

QUESTION, SOLUTION = "Quel voyant de la box est rouge ?", "L’optique a été remplacée."
CLOSES_ON = date(2026, 11, 12)


@pytest.mark.parametrize(
    ("delay_days", "closes_on", "day"),
    [
        pytest.param(7, CLOSES_ON, "12/11/2026", id="named"),
        pytest.param(60, CLOSES_ON, "12/11/2026", id="under-another-delay"),
        pytest.param(7, None, None, id="none"),
        pytest.param(0, CLOSES_ON, None, id="switched-off-since"),
    ],
)
def test_a_reminder_names_the_day_of_its_event(delay_days: int, closes_on: date | None, day: str | None) -> None:
    about = replace(news(), closes_on=closes_on)

    values = values_of(about, replace(BRANDING, auto_close_days=delay_days))

    assert values["closes_on"] == day


@pytest.fixture
def settings(settings: Settings) -> Settings:
    """Let a solution be closed after a week."""
    return settings.model_copy(update={"auto_close_days": 7})


@pytest.fixture
def resolved_number(room: MailRoom) -> int:
    """Return a ticket with a solution, whose mails have left."""
    number = room.open_ticket()
    room.portal.tickets.resolve(room.cast.context("nora"), number=number, solution=SOLUTION)
    room.send()
    return number


def remind(room: MailRoom, number: int, *, closes_on: date | None = CLOSES_ON) -> None:
    room.cast.clock.advance(days=6)
    room.portal.tickets.remind(room.cast.context("system"), number=number, closes_on=closes_on)


def reminders(room: MailRoom) -> list[str]:
    """Return the texts of alice's reminders."""
    return [mail.text for mail in room.received("alice") if "a envoyé un rappel" in mail.text]


def test_a_reminder_quotes_the_solution_since_when_and_the_day(room: MailRoom, resolved_number: int) -> None:
    remind(room, resolved_number)

    room.send()

    (text,) = reminders(room)
    assert "La solution proposée le 02/11/2026 à 09:00\u00a0:\n\n  «\u00a0L’optique a été remplacée.\u00a0»" in text
    assert "Sans réponse de votre part, il sera clôturé automatiquement le 12/11/2026." in text


def test_a_reminder_quotes_the_question(room: MailRoom) -> None:
    number = room.open_ticket()
    room.portal.tickets.request_information(room.cast.context("nora"), number=number, question=QUESTION)
    room.send()
    remind(room, number)

    room.send()

    (text,) = reminders(room)
    assert "La question du 02/11/2026 à 09:00\u00a0:\n\n  «\u00a0Quel voyant de la box est rouge ?\u00a0»" in text


def test_the_mail_of_a_closing_quotes_the_solution(room: MailRoom, resolved_number: int) -> None:
    remind(room, resolved_number)
    room.cast.clock.advance(days=4)
    room.portal.tickets.auto_close(room.cast.context("system"), number=resolved_number, today=CLOSES_ON)

    room.send()

    closings = [mail for mail in room.received() if "restée 10\u00a0jours sans réponse" in mail.text]
    assert sorted(mail.recipient.partition("@")[0] for mail in closings) == ["alice", "nora"]
    assert all(f"«\u00a0{SOLUTION}\u00a0»" in mail.text for mail in closings)


def test_the_technician_reads_what_stayed_unanswered(room: MailRoom, resolved_number: int) -> None:
    remind(room, resolved_number, closes_on=None)
    room.cast.clock.advance(days=3)
    context = room.cast.context("system")
    room.portal.tickets.report_silence(context, number=resolved_number, cause=SilenceCause.NO_ANSWER)

    room.send()

    silences = [mail for mail in room.received() if "a signalé le silence du client" in mail.text]
    assert [mail.recipient.partition("@")[0] for mail in silences] == ["nora"]
    assert f"«\u00a0{SOLUTION}\u00a0»" in silences[0].text


def test_no_day_is_named_once_somebody_has_written(room: MailRoom, resolved_number: int) -> None:
    remind(room, resolved_number)
    room.portal.tickets.add_follow_up(room.cast.context("nora"), number=resolved_number, text="Nous regardons encore.")

    room.send()

    (text,) = reminders(room)
    assert "il sera clôturé automatiquement" not in text


@pytest.mark.parametrize(
    ("person", "command", "arguments"),
    [("alice", "approve_solution", {"solution_version": 1}), ("nora", "revise_solution", {"solution": "Mieux."})],
)
def test_a_reminder_is_not_sent_once_the_ticket_has_moved_on(
    room: MailRoom, resolved_number: int, person: str, command: str, arguments: dict[str, Any]
) -> None:
    remind(room, resolved_number)
    getattr(room.portal.tickets, command)(room.cast.context(person), number=resolved_number, **arguments)

    room.send()

    assert reminders(room) == []
    assert MailStatus.CANCELLED in [message.status for message in room.messages()]


def test_a_reminder_is_not_sent_once_its_day_is_too_near(room: MailRoom, resolved_number: int) -> None:
    remind(room, resolved_number)
    # The mail server was down until two days before the named day, less an hour.
    room.cast.clock.now = room.cast.clock.now.replace(day=10, hour=23)

    room.send()

    assert reminders(room) == []
    (outcome,) = [message for message in room.messages() if message.status is MailStatus.CANCELLED]
    assert outcome.last_answer == "no longer holds: the day of closing that it names is too near"


@pytest.mark.parametrize(
    ("requester", "watcher"), [("Europe/Paris", "Pacific/Noumea"), ("Pacific/Noumea", "Europe/Paris")]
)
def test_a_watcher_reads_a_reminder_as_long_as_the_requester_does(
    room: MailRoom, resolved_number: int, requester: str, watcher: str
) -> None:
    room.portal.tickets.add_watcher(
        room.cast.context("alice"), number=resolved_number, account_id=room.cast["carol"].id
    )
    for name, zone in (("alice", requester), ("carol", watcher)):
        room.portal.profiles.save_preferences(room.cast[name].id, preferences=Preferences(timezone=zone))
    room.send()
    remind(room, resolved_number)
    # Two days before the named day in Paris, where it is Tuesday still; in Nouméa it is Wednesday.
    room.cast.clock.now = room.cast.clock.now.replace(day=10, hour=15)

    room.send()

    readers = {
        name: sum("a envoyé un rappel" in mail.text for mail in room.received(name)) for name in ("alice", "carol")
    }
    assert readers["carol"] == readers["alice"] == int(requester == "Europe/Paris")
