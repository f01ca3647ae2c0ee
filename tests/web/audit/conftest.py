"""A closed ticket of thirteen versions, and the auditor."""

from collections.abc import Callable

import pytest
from tests.cast import Cast
from tests.openings import open_incident
from tests.web.browsing import Browser

from izarlink_tickets.application import Portal
from izarlink_tickets.attachments import Upload
from izarlink_tickets.domain.vocabulary import CommandContext

NOTE = "Optique du noeud à changer."


@pytest.fixture
def ada(browser_of: Callable[[str], Browser]) -> Browser:
    return browser_of("ada")


@pytest.fixture
def recorded_ticket(portal: Portal, cast: Cast) -> int:
    """Create a closed ticket of thirteen versions, a minute apart."""
    tickets = portal.tickets
    number = open_incident(portal, cast, uploads=[Upload("mesure.txt", b"2 Mbit/s")])  # 1, 2

    def later(name: str) -> CommandContext:
        cast.clock.advance(minutes=1)
        return cast.context(name)

    tickets.assign(later("sam"), number=number, assignee_id=cast["sam"].id)  # 3
    tickets.add_watcher(later("sam"), number=number, account_id=cast["carol"].id)  # 4
    tickets.requalify(
        later("sam"),
        number=number,
        ticket_type="INCIDENT",
        category="LENTEUR",
        service_id=cast.fibre.id,
        urgency=3,
        impact=2,
        reason="Ce n’est pas une coupure.",
    )  # 5
    tickets.add_internal_note(later("sam"), number=number, text=NOTE)  # 6
    tickets.request_information(later("sam"), number=number, question="Depuis quand ?")  # 7
    tickets.add_follow_up(later("alice"), number=number, text="Depuis hier.")  # 8, 9
    tickets.resolve(later("sam"), number=number, solution="Optique remplacée.")  # 10
    tickets.refuse_solution(later("alice"), number=number, solution_version=1, reason="Toujours lent.")  # 11
    tickets.resolve(later("nora"), number=number, solution="Port changé.")  # 12
    tickets.approve_solution(later("alice"), number=number, solution_version=2, comment="Merci.")  # 13
    return number
