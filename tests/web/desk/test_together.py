"""Several people on one ticket: presence, new entries, stale pages."""

from collections.abc import Callable
from dataclasses import dataclass

import pytest
from tests.cast import Cast, Clock
from tests.web.browsing import Browser, Page
from tests.web.desk.pressing import address, press_on, text_in

from izarlink_tickets import outbox
from izarlink_tickets.accounts import Preferences
from izarlink_tickets.application import Portal
from izarlink_tickets.application.presence import Presence
from izarlink_tickets.database import DatabaseBusy, StorageFull

NEW = "Nouveau depuis que vous avez ouvert ce ticket : Alice Etcheverry a ajouté un suivi Et ceci."


def heartbeat(browser: Browser, number: int, **fields: str) -> Page:
    return browser.send(address(number, "presence"), {"version": "2", **fields})


def who_is_there(browser: Browser, number: int) -> list[str]:
    answer = heartbeat(browser, number).response.json
    assert answer is not None
    return list(answer["present"])


# --- presence ---------------------------------------------------------------------------------------------------------


def test_looking_at_a_ticket_is_seen_by_the_next(sam: Browser, nora: Browser, taken_ticket: int):
    nora.get(address(taken_ticket))

    page = sam.get(address(taken_ticket))

    assert "Nora Iriart lit ce ticket" in page.words
    assert "Sam Iriart lit ce ticket" not in page.words


def test_writing_is_seen_as_what_it_is(sam: Browser, nora: Browser, taken_ticket: int):
    heartbeat(nora, taken_ticket, ecrit="note")
    assert who_is_there(sam, taken_ticket) == ["Nora Iriart rédige une note interne"]

    heartbeat(nora, taken_ticket, ecrit="<script>")
    assert who_is_there(sam, taken_ticket) == ["Nora Iriart lit ce ticket"]


def test_presence_ends_within_a_minute(sam: Browser, nora: Browser, clock: Clock, taken_ticket: int):
    heartbeat(nora, taken_ticket)

    clock.advance(seconds=61)

    assert who_is_there(sam, taken_ticket) == []


def test_an_open_page_does_not_keep_the_session_alive(sam: Browser, clock: Clock, taken_ticket: int):
    statuses = []
    for _ in range(4):
        clock.advance(minutes=9)
        statuses.append(sam.post(address(taken_ticket, "presence"), {"version": "2"}).status)

    # Without the token: the session is checked first.
    assert statuses == [400, 400, 400, 401]


@pytest.mark.parametrize("trouble", [DatabaseBusy, StorageFull])
def test_a_ticket_stays_readable_when_presence_cannot_be_stored(
    sam: Browser, taken_ticket: int, monkeypatch: pytest.MonkeyPatch, trouble: type[Exception]
):
    def fail(*_: object, **__: object) -> None:
        raise trouble

    monkeypatch.setattr(Presence, "note", fail)

    assert sam.get(address(taken_ticket)).status == 200


def test_the_page_is_told_the_number_of_new_entries(sam: Browser, portal: Portal, cast: Cast, taken_ticket: int):
    quiet = heartbeat(sam, taken_ticket).response.json
    portal.tickets.add_follow_up(cast.context("alice"), number=taken_ticket, text="Et ceci.")
    once = heartbeat(sam, taken_ticket).response.json
    portal.tickets.add_internal_note(cast.context("nora"), number=taken_ticket, text="Vu.")
    twice = heartbeat(sam, taken_ticket).response.json

    assert [answer and answer["news"] for answer in (quiet, once, twice)] == [
        "",
        "1\xa0nouvelle entrée",
        "2\xa0nouvelles entrées",
    ]


def test_new_entries_are_highlighted(sam: Browser, portal: Portal, cast: Cast, taken_ticket: int):
    portal.tickets.add_follow_up(cast.context("alice"), number=taken_ticket, text="Et ceci.")

    page = sam.get(f"{address(taken_ticket)}?depuis=2")

    badges = {element.get("id"): element.findtext(".//strong[@class='badge']") for element in page.tree.iter("article")}
    assert badges == {"e1": None, "e2": None, "e3": "Nouveau"}
    assert [element.get("id") for element in page.tree.iter("article") if element.get("autofocus") is not None] == [
        "e3"
    ]


def test_presence_is_shown_in_each_viewer_s_language(
    sam: Browser, nora: Browser, portal: Portal, cast: Cast, taken_ticket: int
):
    portal.profiles.save_preferences(cast["sam"].id, preferences=Preferences(locale="en"))
    heartbeat(nora, taken_ticket, ecrit="note")

    page = sam.get(address(taken_ticket))

    assert "Nora Iriart is writing an internal note" in page.words
    assert "Send the reply to the customer" in page.words
    assert who_is_there(nora, taken_ticket) == ["Sam Iriart lit ce ticket"]


# --- decisions on an old page -----------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Case:
    """A decision.

    state: the fixture of its ticket. button: of the returned form.
    """

    state: str
    action: str
    typed: dict[str, str]
    button: str = "Envoyer quand même"

    def __str__(self) -> str:
        return self.action


CASES = (
    Case("taken_ticket", "resoudre", {"solution": "Optique remplacée."}),
    Case("taken_ticket", "demander", {"question": "Quel voyant ?"}),
    Case("taken_ticket", "attente", {"reason": "Orange.", "until": "2026-11-09"}),
    Case("resolved_ticket", "reviser", {"solution": "Mieux dit."}),
    Case("resolved_ticket", "retirer", {"reason": "Mauvais ticket."}),
    Case("resolved_ticket", "approbation", {"note": "Alice, au téléphone."}),
    Case(
        "taken_ticket",
        "requalifier",
        {"category": "LENTEUR", "service": "autre", "urgency": "4", "impact": "3"},
        "Requalifier quand même",
    ),
    Case(
        "ticket_with_cancellation_request",
        "annulation",
        {"decision": "refuser", "reason": "Réparé demain."},
        "Poursuivre le ticket et prévenir le client quand même",
    ),
)


@pytest.mark.parametrize("case", CASES, ids=str)
def test_a_decision_on_an_old_page_comes_back_with_what_is_new(
    request: pytest.FixtureRequest, sam: Browser, portal: Portal, cast: Cast, case: Case
):
    number = request.getfixturevalue(case.state)
    old = sam.get(address(number))
    portal.tickets.add_follow_up(cast.context("alice"), number=number, text="Et ceci.")

    page = press_on(old, sam, number, case.action, **case.typed)
    assert page.status == 409
    assert NEW in page.words
    assert case.button in page.words
    assert [text for text in case.typed.values() if text not in page.html] == []

    assert press_on(page, sam, number, case.action, **case.typed).status == 303


def test_of_two_who_take_a_ticket_the_second_learns_of_the_first(sam: Browser, nora: Browser, new_ticket: int):
    old = sam.get(address(new_ticket))
    press_on(nora.get(address(new_ticket)), nora, new_ticket, "prendre")

    page = press_on(old, sam, new_ticket, "prendre")

    assert page.status == 409
    assert "Nora Iriart a pris le ticket en charge" in page.words
    assert "Prendre en charge quand même" in page.words


def test_two_replies_at_once_both_arrive(sam: Browser, nora: Browser, taken_ticket: int):
    pages = {browser: browser.get(address(taken_ticket)) for browser in (sam, nora)}

    sent = [press_on(page, browser, taken_ticket, "repondre", comment="Voici.") for browser, page in pages.items()]

    assert [answer.status for answer in sent] == [303, 303]
    assert sam.get(address(taken_ticket)).words.count("Voici.") == 2


def test_a_solution_for_a_ticket_that_a_colleague_resolved_keeps_its_text(
    sam: Browser, nora: Browser, taken_ticket: int
):
    old = sam.get(address(taken_ticket))
    press_on(nora.get(address(taken_ticket)), nora, taken_ticket, "resoudre", solution="Le port a été changé.")

    page = press_on(old, sam, taken_ticket, "resoudre", solution="L’optique a été remplacée.")

    assert page.status == 409
    assert "Nora Iriart a proposé une solution Le port a été changé." in page.words
    assert text_in(page, "resoudre-solution") == "L’optique a été remplacée."


# --- mentions ---------------------------------------------------------------------------------------------------------


def notified(portal: Portal) -> list[str]:
    """List the accounts that get a mail."""
    with portal.database.query() as connection:
        return [letter.account_id for letter in outbox.list_messages(connection)]


def test_a_note_is_mailed_to_the_mentioned_people_only(sam: Browser, portal: Portal, cast: Cast, taken_ticket: int):
    before = len(notified(portal))

    done = press_on(
        sam.get(address(taken_ticket)), sam, taken_ticket, "note", note="À voir.", mentioned=[cast["nora"].id]
    )

    page = sam.get(str(done.location).partition("#")[0])
    assert "Notifiés : Nora Iriart" in page.words
    assert len(notified(portal)) == before + 1
    assert cast["nora"].id in notified(portal)


def test_a_mentioned_person_must_be_staff(sam: Browser, cast: Cast, stored: Callable[[], int], taken_ticket: int):
    before = stored()

    page = press_on(
        sam.get(address(taken_ticket)), sam, taken_ticket, "note", note="À voir.", mentioned=[cast["alice"].id]
    )

    assert (page.status, stored()) == (422, before)
    assert text_in(page, "note-note") == "À voir."
