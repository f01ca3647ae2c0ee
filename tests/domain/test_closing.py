"""Automatic closing, and reopening."""

from datetime import timedelta

import pytest
from tests.domain.people import ALICE, BOB, DENIS, SAM, by
from tests.domain.tickets import happened, kinds, loaded, refused

from izarlink_tickets.domain import errors, events
from izarlink_tickets.domain.vocabulary import SYSTEM

# The fixtures resolve on day 1 and close on day 2.
RESOLVED, CLOSED = 1, 2
INSTANT = timedelta(microseconds=1) / timedelta(days=1)


def day(number):
    """Return the date of a day of these tests."""
    return by(SYSTEM, days=number).at.date()


@pytest.fixture
def reminded_ticket(resolved_ticket):
    resolved_ticket.remind(
        by(SYSTEM, days=RESOLVED + 2), information_days=2, solution_days=2, closes_on=day(RESOLVED + 7)
    )
    return loaded(resolved_ticket)


# --- automatic closing ------------------------------------------------------------------------------------------------


def test_an_automatic_closing_is_no_approval(reminded_ticket):
    reminded_ticket.auto_close(by(SYSTEM, days=RESOLVED + 7), delay_days=7, today=day(RESOLVED + 7))

    assert happened(reminded_ticket) == [
        (events.AutoClosed, {"delay_days": 7, "solution_version": 1, "waited_days": 7})
    ]


def test_a_ticket_is_not_closed_before_the_day_that_the_reminder_named(reminded_ticket):
    with refused(errors.TooEarly, reminded_ticket):
        reminded_ticket.auto_close(by(SYSTEM, days=RESOLVED + 7), delay_days=7, today=day(RESOLVED + 6))


@pytest.mark.parametrize("delay_days", [0, -1])
def test_a_delay_of_no_days_means_never(delay_days, reminded_ticket):
    with refused(errors.TooEarly, reminded_ticket):
        reminded_ticket.auto_close(by(SYSTEM, days=999), delay_days=delay_days, today=day(999))


@pytest.mark.parametrize("delay_days", [1, 30])
def test_the_day_that_the_reminder_named_binds_under_any_later_delay(delay_days, reminded_ticket):
    with refused(errors.TooEarly, reminded_ticket):
        reminded_ticket.auto_close(by(SYSTEM, days=RESOLVED + 6), delay_days=delay_days, today=day(RESOLVED + 6))
    reminded_ticket.auto_close(by(SYSTEM, days=RESOLVED + 7), delay_days=delay_days, today=day(RESOLVED + 7))

    assert kinds(reminded_ticket) == [events.AutoClosed]


def test_a_reminder_still_leaves_two_days_to_answer(resolved_ticket):
    resolved_ticket.remind(by(SYSTEM, days=30), information_days=2, solution_days=5, closes_on=day(31))
    loaded(resolved_ticket)

    with refused(errors.TooEarly, resolved_ticket):
        resolved_ticket.auto_close(by(SYSTEM, days=32 - INSTANT), delay_days=7, today=day(32))
    resolved_ticket.auto_close(by(SYSTEM, days=32), delay_days=7, today=day(32))

    assert kinds(resolved_ticket) == [events.AutoClosed]


def test_a_reminder_that_named_no_day_closes_nothing(resolved_ticket):
    resolved_ticket.remind(by(SYSTEM, days=RESOLVED + 2), information_days=2, solution_days=2)
    loaded(resolved_ticket)

    with refused(errors.TooEarly, resolved_ticket):
        resolved_ticket.auto_close(by(SYSTEM, days=999), delay_days=7, today=day(999))


def test_a_later_reminder_may_name_the_day(resolved_ticket):
    resolved_ticket.remind(by(SYSTEM, days=RESOLVED + 2), information_days=2, solution_days=2)
    resolved_ticket.remind(by(SYSTEM, days=40), information_days=2, solution_days=2, closes_on=day(42))
    loaded(resolved_ticket)

    resolved_ticket.auto_close(by(SYSTEM, days=42), delay_days=7, today=day(42))

    assert kinds(resolved_ticket) == [events.AutoClosed]


@pytest.mark.parametrize("named", [RESOLVED + 6, RESOLVED + 7])
def test_no_further_reminder_names_the_same_day_or_an_earlier_one(named, reminded_ticket):
    with refused(errors.NothingChanges, reminded_ticket):
        reminded_ticket.remind(by(SYSTEM, days=RESOLVED + 4), information_days=2, solution_days=2, closes_on=day(named))


def test_a_ticket_without_a_reminder_is_not_closed(resolved_ticket):
    with refused(errors.TooEarly, resolved_ticket):
        resolved_ticket.auto_close(by(SYSTEM, days=999), delay_days=7, today=day(999))


@pytest.mark.parametrize("person", [ALICE, BOB, SAM], ids=["alice", "bob", "sam"])
def test_a_ticket_with_a_follow_up_since_the_solution_is_not_closed(person, reminded_ticket):
    reminded_ticket.add_follow_up(by(person, days=4), text="Je regarde.")
    loaded(reminded_ticket)

    with refused(errors.TooEarly, reminded_ticket):
        reminded_ticket.auto_close(by(SYSTEM, days=999), delay_days=7, today=day(999))


def test_a_follow_up_before_the_reminder_leaves_it_without_a_day(resolved_ticket):
    resolved_ticket.add_follow_up(by(SAM, days=2), text="Nous restons à votre écoute.")
    resolved_ticket.remind(by(SYSTEM, days=RESOLVED + 2), information_days=2, solution_days=2, closes_on=day(9))

    assert happened(resolved_ticket)[1] == (events.ReminderSent, {"rank": 1, "closes_on": None})


def test_a_note_that_no_customer_sees_does_not_keep_a_ticket_open(reminded_ticket):
    reminded_ticket.add_internal_note(by(SAM, days=4), text="Silence radio.")
    loaded(reminded_ticket)

    reminded_ticket.auto_close(by(SYSTEM, days=RESOLVED + 7), delay_days=7, today=day(RESOLVED + 7))

    assert kinds(reminded_ticket) == [events.AutoClosed]


@pytest.mark.parametrize(
    "change",
    [
        lambda ticket: ticket.revise_solution(by(SAM, days=4), solution="Mieux."),
        lambda ticket: ticket.change_requester(by(SAM, days=4), requester=DENIS),
    ],
    ids=["another solution", "another requester"],
)
def test_the_delay_and_the_reminders_start_again(change, reminded_ticket):
    change(reminded_ticket)
    loaded(reminded_ticket)

    with refused(errors.TooEarly, reminded_ticket):
        reminded_ticket.auto_close(by(SYSTEM, days=999), delay_days=7, today=day(999))
    with refused(errors.TooEarly, reminded_ticket):
        reminded_ticket.remind(by(SYSTEM, days=6 - INSTANT), information_days=2, solution_days=2)
    reminded_ticket.remind(by(SYSTEM, days=6), information_days=2, solution_days=2)

    assert happened(reminded_ticket) == [(events.ReminderSent, {"rank": 1, "closes_on": None})]


def test_a_revision_after_a_follow_up_can_be_closed_again(reminded_ticket):
    reminded_ticket.add_follow_up(by(ALICE, days=4), text="Et la caisse ?")
    reminded_ticket.revise_solution(by(SAM, days=5), solution="La caisse aussi.")
    reminded_ticket.remind(by(SYSTEM, days=5 + 2), information_days=2, solution_days=2, closes_on=day(5 + 7))
    loaded(reminded_ticket)

    reminded_ticket.auto_close(by(SYSTEM, days=5 + 7), delay_days=7, today=day(5 + 7))

    assert happened(reminded_ticket) == [
        (events.AutoClosed, {"delay_days": 7, "solution_version": 2, "waited_days": 7})
    ]


# --- coming back ------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("person", [ALICE, BOB, SAM], ids=["alice", "bob", "sam"])
def test_reopening_records_the_reason(person, closed_ticket):
    closed_ticket.reopen(by(person, days=CLOSED), reason="C’est revenu.", window_days=14)

    assert happened(closed_ticket) == [(events.Reopened, {"reason": "C’est revenu."})]


def test_reopening_without_a_reason_is_refused(closed_ticket):
    with refused(errors.TextMissing, closed_ticket) as caught:
        closed_ticket.reopen(by(ALICE, days=CLOSED), reason=" ", window_days=14)

    assert caught.value.field == "reason"


def test_reopening_is_possible_on_the_last_instant_of_the_window(closed_ticket):
    closed_ticket.reopen(by(ALICE, days=CLOSED + 14), reason="C’est revenu.", window_days=14)

    assert kinds(closed_ticket) == [events.Reopened]


def test_reopening_after_the_window_is_refused(closed_ticket):
    with refused(errors.ReopeningTooLate, closed_ticket) as caught:
        closed_ticket.reopen(by(ALICE, days=CLOSED + 14 + INSTANT), reason="C’est revenu.", window_days=14)

    assert caught.value.window_days == 14


def test_a_note_on_a_closed_ticket_does_not_lengthen_the_window(closed_ticket):
    closed_ticket.add_internal_note(by(SAM, days=CLOSED + 10), text="À suivre.")
    loaded(closed_ticket)

    with refused(errors.ReopeningTooLate, closed_ticket):
        closed_ticket.reopen(by(ALICE, days=CLOSED + 15), reason="C’est revenu.", window_days=14)


def test_a_second_closing_has_a_window_of_its_own(closed_ticket):
    closed_ticket.reopen(by(ALICE, days=CLOSED + 14), reason="C’est revenu.", window_days=14)
    closed_ticket.resolve(by(SAM, days=CLOSED + 20), solution="Câble remplacé.")
    closed_ticket.approve_solution(by(ALICE, days=CLOSED + 20), solution_version=2)
    loaded(closed_ticket)

    closed_ticket.reopen(by(ALICE, days=CLOSED + 34), reason="Encore.", window_days=14)

    assert kinds(closed_ticket) == [events.Reopened]


def test_an_unassigned_ticket_is_reopened_as_new(closed_ticket):
    # No command leads there today: an old stream may.
    closed_ticket.assignee_id = None

    closed_ticket.reopen(by(ALICE, days=CLOSED), reason="C’est revenu.", window_days=14)

    assert closed_ticket.state == "NOUVEAU"
