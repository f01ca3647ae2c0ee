"""Invariants of a single ticket and its events."""

from collections.abc import Callable, Sequence
from itertools import pairwise

from tests.domain.model import DEMANDES, NOTICE, Model
from tests.domain.strategies import SECRET

from izarlink_tickets.domain import events
from izarlink_tickets.domain.events import TicketEvent, own_fields

Invariant = Callable[[Sequence[TicketEvent], Model], None]

CLOSINGS = (events.SolutionApproved, events.SolutionApprovedOnBehalf, events.AutoClosed)
DECISIONS = (*CLOSINGS, events.SolutionWithdrawn, events.SolutionRefused)


def versions_are_dense_and_states_and_times_follow_each_other(history: Sequence[TicketEvent], _model: Model) -> None:
    assert [event.originator_version for event in history] == list(range(1, len(history) + 1))
    assert all(after.previous_state == before.state for before, after in pairwise(history))
    assert all(after.timestamp >= before.timestamp for before, after in pairwise(history))


def nothing_happens_after_a_cancellation(history: Sequence[TicketEvent], _model: Model) -> None:
    assert not any(event.state == "ANNULE" for event in history[:-1])


def at_most_one_solution_is_pending(history: Sequence[TicketEvent], model: Model) -> None:
    pending = 0
    for event in history:
        pending += isinstance(event, events.Resolved)
        assert pending or not isinstance(event, (events.SolutionRevised, *DECISIONS))
        pending -= isinstance(event, DECISIONS)
        assert 0 <= pending <= 1
    assert (pending == 1) == (model.state == "RESOLU")


def a_closed_ticket_was_closed_once_since_its_last_resolution(history: Sequence[TicketEvent], model: Model) -> None:
    closings = 0
    for event in history:
        closings = 0 if isinstance(event, events.Resolved) else closings + isinstance(event, CLOSINGS)
    assert closings == 1 or model.state != "CLOTURE"
    assert closings <= 1


def an_automatic_closing_was_announced_in_a_silence(history: Sequence[TicketEvent], _model: Model) -> None:
    for place, event in enumerate(history):
        if isinstance(event, events.AutoClosed):
            since = max(nth for nth in range(place) if isinstance(history[nth], events.ReminderSent))
            assert isinstance(reminder := history[since], events.ReminderSent)
            assert reminder.closes_on
            assert event.timestamp - reminder.timestamp >= NOTICE
            assert not any(
                isinstance(other, events.FollowUpAdded | events.RequesterChanged) for other in history[since:place]
            )


def solutions_are_numbered(history: Sequence[TicketEvent], _model: Model) -> None:
    proposed = [e.solution_version for e in history if isinstance(e, events.Resolved | events.SolutionRevised)]
    assert proposed == list(range(1, len(proposed) + 1))


def an_urgency_is_there_unless_it_is_a_demande(history: Sequence[TicketEvent], _model: Model) -> None:
    for event in history:
        if isinstance(event, events.Opened | events.Requalified):
            assert (event.urgency is None) == (event.ticket_type == "DEMANDE") == (event.category in DEMANDES)


def the_priority_is_derived(history: Sequence[TicketEvent], model: Model) -> None:
    priorities = [event.priority for event in history if isinstance(event, events.Opened | events.Requalified)]
    assert not history or priorities[-1] == model.priority


def attachments_only_grow(history: Sequence[TicketEvent], model: Model) -> None:
    assert [event.file_id for event in history if isinstance(event, events.AttachmentAdded)] == model.files


def customers_never_hold_an_internal_event(history: Sequence[TicketEvent], _model: Model) -> None:
    assert not any(SECRET in str(own_fields(event)) for event in history if event.IS_PUBLIC)


INVARIANTS: tuple[Invariant, ...] = (
    versions_are_dense_and_states_and_times_follow_each_other,
    nothing_happens_after_a_cancellation,
    at_most_one_solution_is_pending,
    a_closed_ticket_was_closed_once_since_its_last_resolution,
    an_automatic_closing_was_announced_in_a_silence,
    solutions_are_numbered,
    an_urgency_is_there_unless_it_is_a_demande,
    the_priority_is_derived,
    attachments_only_grow,
    customers_never_hold_an_internal_event,
)
