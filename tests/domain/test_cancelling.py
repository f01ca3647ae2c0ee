"""Cancelling a ticket, alone or on request."""

import pytest
from tests.domain.commands import COMMANDS
from tests.domain.people import ALICE, BOB, CHARLIE, DENIS, GARAGE_LINE, PHOTO, SAM, by
from tests.domain.tickets import happened, kinds, loaded, opened, refused

from izarlink_tickets.domain import errors, events

# --- alone ------------------------------------------------------------------------------------------------------------


def test_cancelling_keeps_the_reason(new_ticket):
    new_ticket.cancel(by(ALICE), reason=" La box était débranchée. ")

    assert happened(new_ticket) == [(events.Cancelled, {"reason": "La box était débranchée."})]


def test_cancelling_needs_no_reason(new_ticket):
    new_ticket.cancel(by(ALICE))

    assert happened(new_ticket) == [(events.Cancelled, {"reason": ""})]


def test_an_internal_note_does_not_show_in_what_the_customer_may_do(new_ticket):
    COMMANDS["add_internal_note"](new_ticket, by(SAM))
    loaded(new_ticket)

    new_ticket.cancel(by(ALICE))

    assert kinds(new_ticket) == [events.Cancelled]


@pytest.mark.parametrize("command", ["add_watcher", "add_follow_up", "requalify"])
def test_a_new_ticket_that_staff_has_touched_is_not_cancelled_alone(command, new_ticket):
    COMMANDS[command](new_ticket, by(SAM))
    loaded(new_ticket)

    with refused(errors.StaffHasActed, new_ticket):
        new_ticket.cancel(by(ALICE))


def test_a_follow_up_of_the_customer_is_no_staff_action(new_ticket):
    new_ticket.add_follow_up(by(ALICE), text="Et le téléphone.", files=[PHOTO])
    loaded(new_ticket)

    new_ticket.cancel(by(ALICE))

    assert kinds(new_ticket) == [events.Cancelled]


@pytest.mark.parametrize("files", [[], [PHOTO]], ids=["without a file", "with a file"])
def test_a_ticket_that_staff_opened_for_the_customer_can_be_cancelled_alone(files):
    ticket = loaded(opened(by(SAM), files=files))

    ticket.cancel(by(ALICE))

    assert kinds(ticket) == [events.Cancelled]


def test_the_company_role_cancels_tickets_of_its_own():
    ticket = loaded(opened(by(CHARLIE), requester=CHARLIE, service=GARAGE_LINE))

    ticket.cancel(by(CHARLIE))

    assert kinds(ticket) == [events.Cancelled]


def test_the_current_requester_cancels_not_the_former(new_ticket):
    new_ticket.change_requester(by(SAM), requester=DENIS)
    loaded(new_ticket)

    with refused(errors.NotAllowed, new_ticket):
        new_ticket.cancel(by(ALICE))


# --- by request -------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("person", [ALICE, BOB], ids=["the requester", "the company role"])
def test_asking_to_cancel_keeps_the_reason(person, ticket_being_worked_on):
    ticket_being_worked_on.request_cancellation(by(person), reason="Résilié.")

    assert happened(ticket_being_worked_on) == [(events.CancellationRequested, {"reason": "Résilié."})]


@pytest.mark.parametrize("answer", ["confirm_cancellation", "decline_cancellation"])
def test_a_new_ticket_that_staff_has_touched_is_cancelled_by_request(answer, new_ticket):
    COMMANDS["add_follow_up"](new_ticket, by(SAM))
    loaded(new_ticket)

    new_ticket.request_cancellation(by(ALICE))
    COMMANDS[answer](new_ticket, by(SAM, days=3))

    assert kinds(new_ticket)[0] is events.CancellationRequested
    assert new_ticket.state == {"confirm_cancellation": "ANNULE", "decline_cancellation": "NOUVEAU"}[answer]


def test_a_new_ticket_that_nobody_has_touched_needs_no_request(new_ticket):
    with refused(errors.WrongState, new_ticket):
        new_ticket.request_cancellation(by(ALICE))


def test_asking_twice_is_refused(ticket_with_cancellation_request):
    with refused(errors.CancellationAlreadyRequested, ticket_with_cancellation_request):
        ticket_with_cancellation_request.request_cancellation(by(BOB, days=3))


@pytest.mark.parametrize("person", [ALICE, BOB], ids=["the requester", "the company role"])
def test_a_request_to_cancel_can_be_taken_back(person, ticket_with_cancellation_request):
    ticket_with_cancellation_request.withdraw_cancellation_request(by(person, days=3))

    assert happened(ticket_with_cancellation_request) == [(events.CancellationRequestWithdrawn, {})]
    with refused(errors.NoCancellationRequested, ticket_with_cancellation_request):
        ticket_with_cancellation_request.confirm_cancellation(by(SAM, days=3))


def test_confirming_cancels(ticket_with_cancellation_request):
    ticket_with_cancellation_request.confirm_cancellation(by(SAM, days=3))

    assert (happened(ticket_with_cancellation_request), ticket_with_cancellation_request.state) == (
        [(events.Cancelled, {"reason": ""})],
        "ANNULE",
    )


def test_declining_records_the_reason(ticket_with_cancellation_request):
    ticket_with_cancellation_request.decline_cancellation(by(SAM, days=3), reason="La ligne doit être réparée.")

    assert happened(ticket_with_cancellation_request) == [
        (events.CancellationDeclined, {"reason": "La ligne doit être réparée."})
    ]
    assert ticket_with_cancellation_request.state == "EN_COURS"


def test_declining_without_a_reason_is_refused(ticket_with_cancellation_request):
    with refused(errors.TextMissing, ticket_with_cancellation_request):
        ticket_with_cancellation_request.decline_cancellation(by(SAM, days=3), reason="")


@pytest.mark.parametrize("command", ["confirm_cancellation", "decline_cancellation"])
def test_a_declined_cancellation_request_is_closed(command, ticket_with_cancellation_request):
    ticket_with_cancellation_request.decline_cancellation(by(SAM, days=3), reason="La ligne doit être réparée.")
    loaded(ticket_with_cancellation_request)

    with refused(errors.NoCancellationRequested, ticket_with_cancellation_request):
        COMMANDS[command](ticket_with_cancellation_request, by(SAM, days=3))


def test_a_declined_cancellation_can_be_requested_again(ticket_with_cancellation_request):
    ticket_with_cancellation_request.decline_cancellation(by(SAM, days=3), reason="La ligne doit être réparée.")
    loaded(ticket_with_cancellation_request)

    ticket_with_cancellation_request.request_cancellation(by(ALICE, days=4))

    assert kinds(ticket_with_cancellation_request) == [events.CancellationRequested]


def test_a_solution_closes_the_cancellation_request(ticket_with_cancellation_request):
    ticket_with_cancellation_request.resolve(by(SAM, days=3), solution="Réparé.")
    ticket_with_cancellation_request.refuse_solution(by(ALICE, days=3), solution_version=1, reason="Toujours coupé.")
    loaded(ticket_with_cancellation_request)

    with refused(errors.NoCancellationRequested, ticket_with_cancellation_request):
        ticket_with_cancellation_request.confirm_cancellation(by(SAM, days=3))


def test_a_cancellation_request_survives_other_commands(ticket_with_cancellation_request):
    ticket_with_cancellation_request.request_information(by(SAM, days=3), question="Vraiment ?")
    loaded(ticket_with_cancellation_request)

    ticket_with_cancellation_request.confirm_cancellation(by(SAM, days=3))

    assert kinds(ticket_with_cancellation_request) == [events.Cancelled]
