"""Thousands of random commands on random tickets, each compared with a model."""

from collections import Counter
from dataclasses import astuple, replace
from datetime import UTC, datetime, time, timedelta
from typing import Any, ClassVar

from hypothesis import HealthCheck, Phase, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule, run_state_machine_as_test
from tests.domain.commands import COMMANDS
from tests.domain.invariants import INVARIANTS
from tests.domain.model import DECISIONS, NOTICE, Model
from tests.domain.people import MONDAY
from tests.domain.strategies import COMMANDS_IN, OPENINGS, SEEN
from tests.domain.tickets import collected

from izarlink_tickets.domain.errors import Refusal
from izarlink_tickets.domain.events import TicketEvent
from izarlink_tickets.domain.ticket import Ticket
from izarlink_tickets.domain.vocabulary import SYSTEM, Actor, Channel, CommandContext

COMMANDS_RUN = 10_000
# Of each command, so that each one is both accepted and refused.
ACCEPTED_MINIMUM = REFUSED_MINIMUM = 5
# The same commands in every run. A failure shows its whole history; Phase.shrink would shorten it, in minutes.
PROFILE = settings(
    phases=[Phase.generate],
    max_examples=220,
    stateful_step_count=60,
    derandomize=True,
    database=None,
    deadline=None,
    suppress_health_check=list(HealthCheck),
)


class TicketMachine(RuleBasedStateMachine):
    """Compare a ticket with its model after the same commands."""

    accepted: ClassVar[Counter[str]] = Counter()
    refused: ClassVar[Counter[str]] = Counter()

    def __init__(self) -> None:
        super().__init__()
        self.now = MONDAY
        self.number = 0
        self.model = Model()
        self.ticket: Ticket | None = None
        self.history: list[TicketEvent] = []

    @precondition(lambda self: self.model.state in ("", "ANNULE"))
    @rule(opening=OPENINGS)
    def open(self, opening: tuple[Actor, dict[str, Any]]) -> None:
        actor, form = opening
        model = Model()
        expected = model.open(actor, self.now, **form)
        try:
            ticket = Ticket.open(self._context(actor), number=self.number + 1, **form)
        except Refusal:
            self._compare("open", expected, None)
            return
        self.number, self.model, self.ticket, self.history = self.number + 1, model, ticket, []
        self._compare("open", expected, ticket)

    @precondition(lambda self: self.ticket is not None)
    @rule(data=st.data(), days=st.sampled_from([0, 0, 0.5, 1, 2, 3, 15]))
    def give(self, data: st.DataObject, days: float) -> None:
        assert self.ticket is not None
        self.now += timedelta(days=days)
        command, actor, arguments = data.draw(COMMANDS_IN[self.model.state])
        self._send(command, actor, self._absolute(arguments), seen=data.draw(SEEN))

    # Drawn days and times seldom meet the one promised.
    @precondition(lambda self: self.model.state == "RESOLU" and self.model.closes_on is not None)
    @rule()
    def close_on_the_promised_day(self) -> None:
        assert self.model.closes_on is not None
        self.now = max(self.now + NOTICE, datetime.combine(self.model.closes_on, time(12), UTC))
        self._send("auto_close", SYSTEM, {"delay_days": 2, "today": self.now.date()}, seen=None)

    def _send(self, command: str, actor: Actor, arguments: dict[str, Any], *, seen: int | None) -> None:
        """Send the command to ticket and model.

        seen: relative to the ticket's version.
        """
        assert self.ticket is not None
        is_stale = seen == -1 and command in DECISIONS
        expected = None if is_stale else getattr(self.model, command)(actor, self.now, **arguments)
        before = repr(self.ticket)
        seen_version = None if seen is None else self.ticket.version + seen
        try:
            getattr(self.ticket, command)(replace(self._context(actor), seen_version=seen_version), **arguments)
        except Refusal:
            assert (self.ticket.pending_events, repr(self.ticket)) == ([], before)
            self._compare(command, expected, None)
            return
        self._compare(command, expected, self.ticket)

    def _context(self, actor: Actor) -> CommandContext:
        return CommandContext(actor, self.now, Channel.WEB, f"c0000000-0000-4000-8000-{len(self.history):012}")

    def _absolute(self, arguments: dict[str, Any]) -> dict[str, Any]:
        absolute: dict[str, Any] = {}
        if "solution_version" in arguments:
            absolute["solution_version"] = self.model.solution + arguments["solution_version"]
        for name in ("closes_on", "today"):
            if arguments.get(name) is not None:
                absolute[name] = (self.now + timedelta(days=arguments[name])).date()
        if "until" in arguments:
            absolute["until"] = self.now + timedelta(days=arguments["until"])
        return arguments | absolute

    def _compare(self, command: str, expected: list[str] | None, ticket: Ticket | None) -> None:
        """Compare the recorded events with the model's. ticket: None if it refused."""
        recorded = None if ticket is None else collected(ticket)
        names = None if recorded is None else [type(event).__name__ for event in recorded]
        assert names == expected, command
        (self.refused if recorded is None else self.accepted)[command] += 1
        self.history += recorded or []

    @invariant()
    def the_ticket_equals_its_model_and_its_replay_and_keeps_the_invariants(self) -> None:
        replayed: Ticket | None = None
        for event in self.history:
            replayed = event.mutate(replayed)
        assert replayed == self.ticket
        if self.ticket is not None:
            compare(self.ticket, self.model)
        for invariant_holds in INVARIANTS:
            invariant_holds(self.history, self.model)


def compare(ticket: Ticket, model: Model) -> None:
    assert (ticket.state, ticket.awaiting, ticket.version) == (model.state, model.awaiting, model.version)
    assert (ticket.requester_id, ticket.watcher_ids) == (model.requester, model.watchers)
    assert (ticket.assignee_id, ticket.solution_version) == (model.assignee, model.solution)
    assert astuple(ticket.qualification)[1:] == model.qualification


def test_thousands_of_random_commands_do_what_the_model_says():
    run_state_machine_as_test(TicketMachine, settings=PROFILE)

    assert TicketMachine.accepted.total() + TicketMachine.refused.total() >= COMMANDS_RUN
    assert set(TicketMachine.refused) == {*COMMANDS, "open"}
    # No clock goes back here, so no wait is dated ahead.
    assert set(TicketMachine.accepted) == set(TicketMachine.refused) - {"restart_wait"}
    assert min(TicketMachine.accepted.values()) >= ACCEPTED_MINIMUM
    assert min(TicketMachine.refused.values()) >= REFUSED_MINIMUM
