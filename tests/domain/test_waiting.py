"""Waits for the customer or a third party, and reminders."""

from datetime import datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from tests.domain.commands import COMMANDS
from tests.domain.people import ALICE, MONDAY, NORA, SAM, by
from tests.domain.tickets import HOLD_UNTIL, collected, dated_ahead, happened, kinds, loaded, refused

from izarlink_tickets.domain import errors, events
from izarlink_tickets.domain.vocabulary import SYSTEM, SilenceCause

# The fixtures ask, hold and resolve on day 1.
DELAYS: dict[str, Any] = {"information_days": 2, "solution_days": 5}
# Both delays have passed.
LATER = 1 + 5
INSTANT = timedelta(microseconds=1) / timedelta(days=1)


# --- asking -----------------------------------------------------------------------------------------------------------


def test_asking_puts_the_question_and_waits_for_the_customer(ticket_being_worked_on):
    ticket_being_worked_on.request_information(by(SAM), question=" Quel voyant ? ")

    assert happened(ticket_being_worked_on) == [(events.InformationRequested, {"question": "Quel voyant ?"})]


@pytest.mark.parametrize("command", ["request_information", "hold", "resolve"])
def test_working_on_an_unassigned_ticket_assigns_it_first(command, new_ticket):
    COMMANDS[command](new_ticket, by(NORA))

    first, second = collected(new_ticket)
    assert isinstance(first, events.Assigned)
    assert (first.assignee_id, first.state, second.previous_state) == (NORA.account_id, "EN_COURS", "EN_COURS")


@pytest.mark.parametrize("command", ["request_information", "hold", "resolve"])
def test_working_on_an_assigned_ticket_keeps_the_assignee(command, ticket_being_worked_on):
    COMMANDS[command](ticket_being_worked_on, by(NORA))

    assert (len(kinds(ticket_being_worked_on)), ticket_being_worked_on.assignee_id) == (1, SAM.account_id)


def test_a_question_is_mandatory(new_ticket):
    with refused(errors.TextMissing, new_ticket) as caught:
        new_ticket.request_information(by(SAM), question="\n")

    assert caught.value.field == "question"


# --- holding ----------------------------------------------------------------------------------------------------------


def test_holding_records_reason_and_date(ticket_being_worked_on):
    ticket_being_worked_on.hold(by(SAM), reason="L’opérateur répare.", until=HOLD_UNTIL)

    assert happened(ticket_being_worked_on) == [
        (
            events.Held,
            {"reason": "L’opérateur répare.", "until": "2026-11-29T09:00:00+00:00", "until_day": "2026-11-29"},
        )
    ]


def test_the_chosen_day_stays_the_day_where_it_was_chosen(ticket_being_worked_on):
    until = datetime(2026, 12, 28, tzinfo=ZoneInfo("Europe/Paris"))

    ticket_being_worked_on.hold(by(SAM), reason="L’opérateur répare.", until=until)

    (held,) = collected(ticket_being_worked_on)
    assert isinstance(held, events.Held)
    assert (held.until, held.until_day) == ("2026-12-28T00:00:00+01:00", "2026-12-28")


@pytest.mark.parametrize("until", [MONDAY, MONDAY - timedelta(days=1)], ids=["now", "yesterday"])
def test_a_third_party_is_expected_in_the_future(until, new_ticket):
    with refused(errors.DateNotInFuture, new_ticket):
        new_ticket.hold(by(SAM), reason="L’opérateur répare.", until=until)


def test_holding_needs_a_reason(new_ticket):
    with refused(errors.TextMissing, new_ticket) as caught:
        new_ticket.hold(by(SAM), reason="", until=HOLD_UNTIL)

    assert caught.value.field == "reason"


# --- resuming ---------------------------------------------------------------------------------------------------------


def test_staff_ends_a_wait_at_any_time(ticket_awaiting_third_party):
    ticket_awaiting_third_party.resume(by(SAM, days=1))

    assert happened(ticket_awaiting_third_party) == [(events.Resumed, {})]


def test_the_system_ends_a_wait_at_the_date(ticket_awaiting_third_party):
    ticket_awaiting_third_party.resume(by(SYSTEM, days=6))

    assert kinds(ticket_awaiting_third_party) == [events.Resumed]


def test_the_system_does_not_end_a_wait_before_the_date(ticket_awaiting_third_party):
    with refused(errors.TooEarly, ticket_awaiting_third_party):
        ticket_awaiting_third_party.resume(by(SYSTEM, days=6 - INSTANT))


def test_the_system_waits_for_the_later_date_of_a_second_hold(ticket_awaiting_third_party):
    ticket_awaiting_third_party.resume(by(SAM, days=2))
    ticket_awaiting_third_party.hold(by(SAM, days=2), reason="Encore.", until=by(SAM, days=20).at)
    loaded(ticket_awaiting_third_party)

    with refused(errors.TooEarly, ticket_awaiting_third_party):
        ticket_awaiting_third_party.resume(by(SYSTEM, days=7))


def test_the_system_never_answers_for_the_customer(ticket_awaiting_customer):
    with refused(errors.TooEarly, ticket_awaiting_customer):
        ticket_awaiting_customer.resume(by(SYSTEM, days=99))


# --- reminding --------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("state", "days"), [("ticket_awaiting_customer", 2), ("resolved_ticket", 5)])
def test_the_customer_is_reminded_of_a_question_after_two_days_and_of_a_solution_after_five(state, days, request):
    ticket = request.getfixturevalue(state)

    ticket.remind(by(SYSTEM, days=1 + days), **DELAYS)

    assert happened(ticket) == [(events.ReminderSent, {"rank": 1, "closes_on": None})]


@pytest.mark.parametrize(("state", "days"), [("ticket_awaiting_customer", 2), ("resolved_ticket", 5)])
def test_the_customer_is_not_reminded_before(state, days, request):
    ticket = request.getfixturevalue(state)

    with refused(errors.TooEarly, ticket):
        ticket.remind(by(SYSTEM, days=1 + days - INSTANT), **DELAYS)


@pytest.mark.parametrize("state", ["ticket_awaiting_customer", "resolved_ticket"])
def test_a_delay_of_no_days_means_no_reminder(state, request):
    ticket = request.getfixturevalue(state)

    with refused(errors.TooEarly, ticket):
        ticket.remind(by(SYSTEM, days=99), information_days=0, solution_days=0)


@pytest.mark.parametrize("state", ["ticket_awaiting_customer", "resolved_ticket"])
def test_there_is_no_second_reminder_however_long_the_silence(state, request):
    ticket = request.getfixturevalue(state)
    ticket.remind(by(SYSTEM, days=99), **DELAYS)
    loaded(ticket)

    with refused(errors.NothingChanges, ticket):
        ticket.remind(by(SYSTEM, days=199), **DELAYS)


def test_a_customer_who_commented_on_the_solution_is_not_reminded(resolved_ticket):
    resolved_ticket.add_follow_up(by(ALICE, days=2), text="Je regarde.")
    loaded(resolved_ticket)

    with refused(errors.NothingChanges, resolved_ticket):
        resolved_ticket.remind(by(SYSTEM, days=LATER), **DELAYS)


@pytest.mark.parametrize("state", ["ticket_awaiting_customer", "resolved_ticket"])
def test_a_follow_up_of_support_stops_no_reminder(state, request):
    ticket = request.getfixturevalue(state)
    ticket.add_follow_up(by(SAM, days=2), text="Nous restons à votre écoute.")
    loaded(ticket)

    ticket.remind(by(SYSTEM, days=LATER), **DELAYS)

    assert kinds(ticket) == [events.ReminderSent]


def test_another_question_starts_the_reminders_again(ticket_awaiting_customer):
    ticket_awaiting_customer.remind(by(SYSTEM, days=1 + 2), **DELAYS)
    ticket_awaiting_customer.request_information(by(SAM, days=4), question="Et le second voyant ?")
    loaded(ticket_awaiting_customer)

    ticket_awaiting_customer.remind(by(SYSTEM, days=4 + 2), **DELAYS)

    assert happened(ticket_awaiting_customer) == [(events.ReminderSent, {"rank": 1, "closes_on": None})]


def test_another_question_delays_the_reminder(ticket_awaiting_customer):
    ticket_awaiting_customer.request_information(by(SAM, days=3), question="Et le second voyant ?")
    loaded(ticket_awaiting_customer)

    with refused(errors.TooEarly, ticket_awaiting_customer):
        ticket_awaiting_customer.remind(by(SYSTEM, days=4), **DELAYS)


def test_a_question_names_no_day_of_closing(ticket_awaiting_customer):
    ticket_awaiting_customer.remind(
        by(SYSTEM, days=LATER), information_days=2, solution_days=5, closes_on=MONDAY.date()
    )

    assert happened(ticket_awaiting_customer) == [(events.ReminderSent, {"rank": 1, "closes_on": None})]


# --- silence ----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("state", ["ticket_awaiting_customer", "resolved_ticket"])
@pytest.mark.parametrize("cause", [SilenceCause.NO_ANSWER, SilenceCause.NOT_DELIVERED])
def test_support_is_told_two_days_after_a_vain_reminder(state, cause, request):
    ticket = request.getfixturevalue(state)
    ticket.remind(by(SYSTEM, days=LATER), **DELAYS)
    loaded(ticket)

    with refused(errors.TooEarly, ticket):
        ticket.report_silence(by(SYSTEM, days=LATER + 2 - INSTANT), cause=cause)
    ticket.report_silence(by(SYSTEM, days=LATER + 2), cause=cause)

    assert happened(ticket) == [(events.SilenceReported, {"cause": cause.value})]


@pytest.mark.parametrize("state", ["ticket_awaiting_customer", "resolved_ticket"])
def test_support_is_told_at_once_of_a_closed_account(state, request):
    ticket = request.getfixturevalue(state)

    ticket.report_silence(by(SYSTEM, days=2), cause=SilenceCause.ACCOUNT_CLOSED)

    assert kinds(ticket) == [events.SilenceReported]


def test_support_is_told_once(ticket_awaiting_customer):
    ticket_awaiting_customer.report_silence(by(SYSTEM, days=2), cause=SilenceCause.ACCOUNT_CLOSED)
    loaded(ticket_awaiting_customer)

    with refused(errors.NothingChanges, ticket_awaiting_customer):
        ticket_awaiting_customer.report_silence(by(SYSTEM, days=9), cause=SilenceCause.ACCOUNT_CLOSED)


# --- a wrong clock ----------------------------------------------------------------------------------------------------


def test_a_wait_that_a_wrong_clock_dated_ahead_begins_anew():
    ticket = dated_ahead()
    ticket.restart_wait(by(SYSTEM, days=1))
    loaded(ticket)

    ticket.remind(by(SYSTEM, days=1 + 2), **DELAYS)

    assert kinds(ticket) == [events.ReminderSent]


def test_a_reminder_that_a_wrong_clock_dated_ahead_counts_no_more(resolved_ticket):
    resolved_ticket.remind(by(SYSTEM, days=12 * 365), **DELAYS, closes_on=by(SYSTEM, days=12 * 365 + 2).at.date())
    resolved_ticket.restart_wait(by(SYSTEM, days=7))
    loaded(resolved_ticket)

    with refused(errors.TooEarly, resolved_ticket):
        resolved_ticket.auto_close(by(SYSTEM, days=30), delay_days=7, today=by(SYSTEM, days=30).at.date())
    resolved_ticket.remind(by(SYSTEM, days=7 + 5), **DELAYS)

    assert happened(resolved_ticket) == [(events.ReminderSent, {"rank": 1, "closes_on": None})]
