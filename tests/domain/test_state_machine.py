"""Thousands of random commands on random tickets, each held against a model."""

from collections import Counter
from dataclasses import astuple, replace
from datetime import timedelta
from typing import Any, ClassVar

from hypothesis import HealthCheck, Phase, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule, run_state_machine_as_test
from tests.domain.commands import COMMANDS
from tests.domain.invariants import PROMISES
from tests.domain.model import DECISIONS, Model
from tests.domain.people import MONDAY
from tests.domain.strategies import OPENINGS, ORDERS_IN, SEEN
from tests.domain.tickets import collected

from izarlink_tickets.domain.errors import Refusal
from izarlink_tickets.domain.events import TicketEvent
from izarlink_tickets.domain.ticket import Ticket
from izarlink_tickets.domain.vocabulary import Actor, Channel, CommandContext

COMMANDS_WANTED = 10_000
# Of every kind, so that none of them is only ever refused, or never.
ACCEPTED_WANTED = REFUSED_WANTED = 5
# The same commands in every run. A failure tells its story whole: add Phase.shrink to wait minutes for a shorter one.
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
    """Gives commands to a ticket and to its model, and compares what both make of them."""

    accepted: ClassVar[Counter[str]] = Counter()
    refused: ClassVar[Counter[str]] = Counter()

    def __init__(self) -> None:
        super().__init__()
        self.now = MONDAY
        self.number = 0
        self.model = Model()
        self.ticket: Ticket | None = None
        self.story: list[TicketEvent] = []

    @precondition(lambda self: self.model.state in ("", "ANNULE"))
    @rule(opening=OPENINGS)
    def open(self, opening: tuple[Actor, dict[str, Any]]) -> None:
        actor, form = opening
        model = Model()
        expected = model.open(actor, self.now, **form)
        try:
            ticket = Ticket.open(self._act(actor), number=self.number + 1, **form)
        except Refusal:
            self._note("open", expected, None)
            return
        self.number, self.model, self.ticket, self.story = self.number + 1, model, ticket, []
        self._note("open", expected, ticket)

    @precondition(lambda self: self.ticket is not None)
    @rule(data=st.data(), days=st.sampled_from([0, 0, 0.5, 1, 2, 3, 15]))
    def give(self, data: st.DataObject, days: float) -> None:
        assert self.ticket is not None
        self.now += timedelta(days=days)
        command, actor, arguments = data.draw(ORDERS_IN[self.model.state])
        seen = data.draw(SEEN)
        arguments = self._made_absolute(arguments)
        is_stale = seen == -1 and command in DECISIONS
        expected = None if is_stale else getattr(self.model, command)(actor, self.now, **arguments)
        before = repr(self.ticket)
        seen_version = None if seen is None else self.ticket.version + seen
        try:
            getattr(self.ticket, command)(replace(self._act(actor), seen_version=seen_version), **arguments)
        except Refusal:
            assert (self.ticket.pending_events, repr(self.ticket)) == ([], before)
            self._note(command, expected, None)
            return
        self._note(command, expected, self.ticket)

    def _act(self, actor: Actor) -> CommandContext:
        return CommandContext(actor, self.now, Channel.WEB, f"c0000000-0000-4000-8000-{len(self.story):012}")

    def _made_absolute(self, arguments: dict[str, Any]) -> dict[str, Any]:
        absolute: dict[str, Any] = {}
        if "solution_version" in arguments:
            absolute["solution_version"] = self.model.solution + arguments["solution_version"]
        if "until" in arguments:
            absolute["until"] = self.now + timedelta(days=arguments["until"])
        return arguments | absolute

    def _note(self, command: str, expected: list[str] | None, ticket: Ticket | None) -> None:
        """Compare what happened with what the model expects, and count. ticket: None where it was refused."""
        left = None if ticket is None else collected(ticket)
        names = None if left is None else [type(event).__name__ for event in left]
        assert names == expected, command
        (self.refused if left is None else self.accepted)[command] += 1
        self.story += left or []

    @invariant()
    def the_ticket_is_what_the_model_and_a_replay_say_and_keeps_its_promises(self) -> None:
        replayed: Ticket | None = None
        for event in self.story:
            replayed = event.mutate(replayed)
        assert replayed == self.ticket
        if self.ticket is not None:
            compare(self.ticket, self.model)
        for promise in PROMISES:
            promise(self.story, self.model)


def compare(ticket: Ticket, model: Model) -> None:
    assert (ticket.state, ticket.awaiting, ticket.version) == (model.state, model.awaiting, model.version)
    assert (ticket.requester_id, ticket.watcher_ids) == (model.requester, model.watchers)
    assert (ticket.assignee_id, ticket.solution_version) == (model.assignee, model.solution)
    assert astuple(ticket.qualification)[1:] == model.qualification


def test_thousands_of_random_commands_do_what_the_model_says():
    run_state_machine_as_test(TicketMachine, settings=PROFILE)

    assert TicketMachine.accepted.total() + TicketMachine.refused.total() >= COMMANDS_WANTED
    assert set(TicketMachine.accepted) == set(TicketMachine.refused) == {*COMMANDS, "open"}
    assert min(TicketMachine.accepted.values()) >= ACCEPTED_WANTED
    assert min(TicketMachine.refused.values()) >= REFUSED_WANTED
