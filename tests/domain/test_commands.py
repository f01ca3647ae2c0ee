"""The list of commands that the other tests of the domain walk."""

from inspect import signature

from tests.domain.commands import COMMANDS

from izarlink_tickets.domain.ticket import Ticket

# They take a command's context and are steps of commands.
STEPS = {"attach", "sealing_account"}


def test_no_command_of_a_ticket_is_left_out() -> None:
    methods = {
        name
        for name, method in vars(Ticket).items()
        if callable(method) and not name.startswith("_") and "context" in signature(method).parameters
    }

    assert methods - STEPS == set(COMMANDS)
