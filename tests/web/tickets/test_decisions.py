"""Approving and refusing a solution, and the refusals of both."""

from collections.abc import Callable

import pytest
from tests.cast import Cast
from tests.web.browsing import Browser, text_of
from tests.web.tickets.filling import a_file, entry, form, ticket

from izarlink_tickets.application import Portal

# --- the solution -----------------------------------------------------------------------------------------------------


def test_approving_closes_the_ticket(alice: Browser, portal: Portal, cast: Cast, resolved_ticket: int):
    answer = alice.send("/tickets/1/solution/approuver", form(solution_version="1", comment="Merci."))

    page = alice.get("/tickets/1")
    assert answer.status == 303
    assert ticket(portal, cast["sam"].actor).state == "CLOTURE"
    assert page.announcements == ["Merci. La solution est approuvée et le ticket est clôturé."]
    assert "Merci." in entry(page, 4)
    assert "État : Résolu → Clôturé" in entry(page, 4)


def test_approving_twice_is_approving_once(alice: Browser, resolved_ticket: int, stored: Callable[[], int]):
    fields = form(solution_version="1")
    first = alice.send("/tickets/1/solution/approuver", fields)
    after_one = stored()

    second = alice.send("/tickets/1/solution/approuver", fields)

    assert (second.status, second.location) == (303, first.location)
    assert stored() == after_one


def test_approving_a_closed_ticket_says_since_when(alice: Browser, closed_ticket: int):
    page = alice.send("/tickets/1/solution/approuver", form(solution_version="1", comment="Encore"))

    assert page.status == 409
    assert page.errors == ["Ce ticket est déjà clôturé, depuis le 02/11/2026."]
    assert "Encore" in page.words


def test_refusing_sends_the_ticket_back_to_work(alice: Browser, portal: Portal, cast: Cast, resolved_ticket: int):
    fields = form(solution_version="1", reason="Toujours 2 Mbit/s.", files=[a_file()])

    answer = alice.send("/tickets/1/solution/refuser", fields)

    assert answer.status == 303
    assert ticket(portal, cast["sam"].actor).state == "EN_COURS"
    assert "Toujours 2 Mbit/s." in entry(alice.get("/tickets/1"), 4)
    assert "mesure.txt" in entry(alice.get("/tickets/1"), 4)


def test_refusing_needs_a_reason_and_the_form_stays_open(alice: Browser, resolved_ticket: int):
    page = alice.send("/tickets/1/solution/refuser", form(solution_version="1", reason=" "))

    opened = [element for element in page.tree.iter("details") if element.get("open") is not None]
    assert (page.status, page.error_at("refuser-reason")) == (
        422,
        "Indiquez ce qui ne va pas encore, pour que le support sache quoi reprendre.",
    )
    assert [text_of(details.find("summary")) for details in opened] == ["Le problème persiste"]


@pytest.fixture
def revised_ticket(portal: Portal, cast: Cast, resolved_ticket: int) -> int:
    portal.tickets.revise_solution(cast.context("sam"), number=resolved_ticket, solution="Le routeur aussi.")
    return resolved_ticket


@pytest.mark.parametrize("action", ["approuver", "refuser"])
@pytest.mark.parametrize("version", ["1", "", "x", "-1", "9" * 30, "٣"])
def test_a_decision_on_another_solution_shows_what_is_new(
    alice: Browser, revised_ticket: int, stored: Callable[[], int], action: str, version: str
):
    fields = form(solution_version=version, comment="Parfait", reason="Parfait", seen="3")
    before = stored()

    page = alice.send(f"/tickets/1/solution/{action}", fields)

    assert page.status == 409
    assert page.errors == ["La solution a changé entre-temps. Lisez la nouvelle version, puis décidez de nouveau."]
    assert "Parfait" in page.words
    assert page.value("solution_version") == "2"
    assert "Nouveau" in entry(page, 4)
    assert stored() == before


def test_the_new_solution_can_be_approved_from_there(alice: Browser, portal: Portal, cast: Cast, revised_ticket: int):
    page = alice.send("/tickets/1/solution/approuver", form(solution_version="1"))

    alice.send("/tickets/1/solution/approuver", form(solution_version=page.value("solution_version")))

    assert ticket(portal, cast["sam"].actor).state == "CLOTURE"


def test_a_decision_after_the_solution_was_withdrawn_keeps_the_text(
    alice: Browser, portal: Portal, cast: Cast, resolved_ticket: int
):
    portal.tickets.withdraw_solution(cast.context("sam"), number=1, reason="Erreur.")

    page = alice.send("/tickets/1/solution/refuser", form(solution_version="1", reason="Rien ne va"))

    assert page.status == 409
    assert page.errors == ["Aucune solution n’attend d’approbation."]
    assert "Rien ne va" in page.words


def test_a_colleague_with_the_company_role_approves(bob: Browser, portal: Portal, cast: Cast, resolved_ticket: int):
    bob.send("/tickets/1/solution/approuver", form(solution_version="1"))

    assert ticket(portal, cast["sam"].actor).state == "CLOTURE"
