"""A shift at the desk by keyboard alone."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from uuid import uuid4

import pytest
from playwright.sync_api import Browser, Locator, Page, expect
from tests.browser.mailbox import Mailbox
from tests.browser.page_loads import arrive_at, see
from tests.browser.served import Served, serving
from tests.browser.test_every_page import Findings, examine
from tests.cast import PASSWORD, Cast
from tests.openings import open_incident, open_request
from tests.stage import Stage

from izarlink_tickets.accounts import Preferences
from izarlink_tickets.application import Portal, open_portal
from izarlink_tickets.application.canned_responses import CannedResponseDraft
from izarlink_tickets.config import load_keys
from izarlink_tickets.domain.vocabulary import Channel, CommandContext

QUESTION, ANSWER, NOTE = "De quelle couleur est le voyant ?", "Il est rouge.", "Optique du nœud NRA-12 à changer."
DRAFT = "À dire à Nora."
SOLUTION, REASON, SECOND = "L’optique a été remplacée.", "Toujours 2 Mbit/s.", "Le port a été changé."


@dataclass(frozen=True)
class Shift:
    """A served portal, with the same portal here for the customer."""

    served: Served
    portal: Portal
    cast: Cast
    mails: Mailbox
    browser: Browser

    def context(self, name: str) -> CommandContext:
        """Build the context of a command at the real time."""
        return CommandContext(self.cast[name].actor, datetime.now(UTC), Channel.WEB, str(uuid4()))


@pytest.fixture
def shift(sqlite_stage: Stage, tmp_path: Path, mails: Mailbox, browser: Browser, cast: Cast) -> Iterator[Shift]:
    settings = sqlite_stage.settings(tmp_path)
    portal = open_portal(settings, load_keys(settings))
    with serving(tmp_path, database_url=f"sqlite:///{tmp_path / 'izarlink.db'}", smtp_port=mails.port) as served:
        yield Shift(served, portal, cast, mails, browser)
    portal.database.close()


@pytest.fixture
def stage(sqlite_stage: Stage) -> Stage:
    return sqlite_stage


# --- at the keyboard --------------------------------------------------------------------------------------------------


def sit_down(shift: Shift, name: str, path: str) -> Page:
    """Sign somebody in, without a mouse."""
    page = shift.browser.new_context(locale="fr-FR", viewport={"width": 1280, "height": 800}).new_page()
    page.clock.install()
    page.goto(f"{shift.served.address}{path}")
    reach(page, page.get_by_label("Identifiant"))
    page.keyboard.type(shift.cast[name].email)
    page.keyboard.press("Tab")
    page.keyboard.type(PASSWORD)
    page.keyboard.press("Enter")
    page.wait_for_url(f"**{path}")
    return page


def reach(page: Page, target: Locator) -> None:
    """Press Tab until the target has the focus."""
    for _ in range(80):
        if target.evaluate("element => element === document.activeElement"):
            return
        page.keyboard.press("Tab")
    raise AssertionError("the keyboard can't reach it")


def press(page: Page, *keys: str) -> None:
    page.wait_for_load_state()  # the script that handles keys may still be loading
    for key in keys:
        page.keyboard.press(key)


def text_of(page: Page, slug: str) -> Locator:
    return page.locator(f".composer-{slug} textarea")


def write(page: Page, key: str, slug: str, words: str) -> None:
    """Open a part of the composer by its key and type."""
    press(page, key)
    expect(text_of(page, slug)).to_be_focused()
    page.keyboard.type(words)


def confirmed(page: Page, words: str | re.Pattern[str]) -> None:
    """Wait for the confirmation, which comes before a draft's status."""
    see(page.get_by_role("status").first, words)


# --- the story --------------------------------------------------------------------------------------------------------


def take(sam: Page) -> None:
    arrive_at(sam, "Bureau")
    press(sam, "j", "o")
    arrive_at(sam, "Débit à 2 Mbit/s")
    press(sam, "a")
    confirmed(sam, "Vous avez pris le ticket en charge.")


def ask(sam: Page, nora: Page) -> None:
    """Ask the customer by keyboard, while nora writes a note.

    sam's own note stays as a draft.
    """
    with nora.expect_response("**/presence"):
        write(nora, "n", "note", NOTE[:10])
    write(sam, "n", "note", DRAFT)
    press(sam, "Escape")
    write(sam, "r", "repondre", "")
    press(sam, "Shift+Tab", "ArrowRight", "ArrowRight", "Tab")
    expect(text_of(sam, "demander")).to_be_focused()
    sam.keyboard.type(QUESTION)
    expect(sam.locator(".here")).to_contain_text("Nora Iriart rédige une note interne")
    press(sam, "Control+Enter")
    confirmed(sam, "Votre question est envoyée. Le ticket attend la réponse du client.")
    expect(text_of(sam, "note")).to_be_visible()
    expect(text_of(sam, "note")).to_have_value(DRAFT)
    press(sam, "n", "Control+a", "Delete", "Escape")


def answer(shift: Shift, number: int, nora: Page) -> None:
    """Let the customer answer; nora reads it and keeps her note."""
    shift.portal.tickets.add_follow_up(shift.context("alice"), number=number, text=ANSWER)
    nora.clock.fast_forward("00:21")
    expect(nora.locator(".here")).to_contain_text(re.compile(r"3\snouvelles entrées — Afficher"))
    expect(nora.get_by_text(ANSWER)).to_be_hidden()
    press(nora, "Shift+Tab", "Shift+Tab")
    expect(nora.get_by_role("link", name="Afficher")).to_be_focused()
    press(nora, "Enter")
    expect(nora.get_by_text(ANSWER)).to_be_visible()
    write(nora, "n", "note", NOTE[10:])
    press(nora, "Control+Enter")
    confirmed(nora, "La note interne est enregistrée. Le client ne la voit pas.")


def resolve(shift: Shift, number: int, sam: Page) -> None:
    """Resolve from an old page: the news comes back with the text."""
    shift.portal.tickets.add_follow_up(shift.context("alice"), number=number, text="Et il clignote.")
    write(sam, "s", "resoudre", SOLUTION)
    press(sam, "Control+Enter")
    meanwhile = sam.locator(".composer-resoudre .note")
    expect(meanwhile).to_contain_text(ANSWER)
    expect(meanwhile).to_contain_text(NOTE)
    expect(text_of(sam, "resoudre")).to_have_value(SOLUTION)
    press(sam, "s")
    press(sam, "Control+Enter")
    confirmed(sam, "La solution est proposée au client, qui doit l’approuver.")
    # A text that was sent is no draft.
    expect(sam.get_by_text("Brouillon restauré")).to_have_count(0)


def resolve_again(shift: Shift, number: int, sam: Page) -> None:
    """Resolve a refused ticket with a canned response, sent twice."""
    shift.portal.tickets.refuse_solution(shift.context("alice"), number=number, solution_version=1, reason=REASON)
    sam.reload()
    expect(sam.get_by_text(REASON)).to_be_visible()
    press(sam, "s", "Tab")
    sam.keyboard.type("Accueil")
    press(sam, "Tab", "Enter")
    expect(text_of(sam, "resoudre")).to_have_value("Bonjour Alice,")
    sam.keyboard.type(f" {SECOND}")
    press(sam, "Control+Enter", "Control+Enter")
    confirmed(sam, "La solution est proposée au client, qui doit l’approuver.")
    shift.portal.tickets.approve_solution(shift.context("alice"), number=number, solution_version=2)
    sam.reload()
    expect(sam.locator(".desk-head")).to_contain_text("Clôturé")


def look_up_keys(sam: Page) -> None:
    dialog = sam.get_by_role("dialog", name="Raccourcis clavier")
    press(sam, "?")
    expect(dialog).to_contain_text("Répondre au client")
    press(sam, "Escape")
    expect(dialog).to_be_hidden()


def switch_keys_off(shift: Shift, nora: Page) -> None:
    shift.portal.profiles.save_preferences(shift.cast["nora"].id, preferences=Preferences(single_keys=False))
    nora.reload()
    press(nora, "n", "?")
    expect(text_of(nora, "note")).not_to_be_focused()
    expect(nora.get_by_role("dialog")).to_be_hidden()


def test_a_shift_by_keyboard_loses_no_text_and_does_nothing_twice(shift: Shift) -> None:
    shift.portal.canned_responses.create(shift.context("nora"), CannedResponseDraft("Accueil", "Bonjour {prénom},"))
    number = open_incident(shift.portal, shift.cast)
    sam, nora = sit_down(shift, "sam", "/bureau"), sit_down(shift, "nora", f"/bureau/tickets/{number}")

    take(sam)
    ask(sam, nora)
    answer(shift, number, nora)
    resolve(shift, number, sam)
    resolve_again(shift, number, sam)
    look_up_keys(sam)
    switch_keys_off(shift, nora)

    replayed = shift.portal.audit.replay(shift.cast["ada"].actor, number=number)
    assert [event.event for event in replayed.events] == [
        *("Opened", "Assigned", "InformationRequested", "FollowUpAdded", "Resumed", "InternalNoteAdded"),
        *("FollowUpAdded", "Resolved", "SolutionRefused", "Resolved", "SolutionApproved"),
    ]
    texts = [event.data.get(name) for event in replayed.events for name in ("question", "text", "solution")]
    assert [QUESTION, ANSWER, NOTE, "Et il clignote.", SOLUTION, f"Bonjour Alice, {SECOND}"] == [*filter(None, texts)]
    shift.mails.wait_for("alice@etxea.example", saying=SECOND)


# --- the queue --------------------------------------------------------------------------------------------------------


def rows_of(page: Page) -> list[str]:
    return page.locator(".queue tbody tr .pick").all_inner_texts()


def answer_two(sam: Page) -> None:
    """Select the first two rows and answer both at once."""
    press(sam, "j", "x", "j", "x", "r")
    expect(sam.get_by_label("Répondre à chacun")).to_be_focused()
    expect(sam.get_by_role("group", name="Tickets cochés")).to_contain_text(re.compile(r"Tickets cochés\s: 2"))
    sam.keyboard.type(ANSWER)
    press(sam, "Control+Enter", "Control+Enter")
    confirmed(sam, re.compile(r"Réponse envoyée au client\s: n°\s\d, n°\s\d\."))


def receive_news(shift: Shift, number: int, sam: Page) -> None:
    """Let others act: the queue announces it and keeps text and rows."""
    press(sam, "j", "x", "r")
    sam.keyboard.type(NOTE)
    before = rows_of(sam)
    shift.portal.tickets.add_follow_up(shift.context("alice"), number=number, text=ANSWER)
    shift.portal.tickets.resolve(shift.context("nora"), number=int(before[1]), solution=SOLUTION)
    sam.clock.fast_forward("00:21")
    expect(sam.locator(".queue-news")).to_contain_text(re.compile(r"1\snouveau — Actualiser"))
    expect(sam.get_by_role("link", name="Résolus non approuvés")).to_have_text("Résolus non approuvés 1")
    assert rows_of(sam) == before
    findings = Findings()
    examine(sam, "the queue with news", findings)
    assert findings.wrong == []
    sam.get_by_role("link", name="Actualiser").press("Enter")
    expect(sam.locator(".queue-news p")).to_be_hidden()
    assert rows_of(sam) != before
    press(sam, "j", "x")
    expect(sam.get_by_label("Répondre à chacun")).to_have_value(NOTE)


def save_a_view(sam: Page) -> None:
    press(sam, "/")
    sam.keyboard.type("facture")
    press(sam, "Enter")
    reach(sam, sam.get_by_role("link", name="Enregistrer cette vue"))
    press(sam, "Enter")
    reach(sam, sam.get_by_label("Nom de la vue"))
    sam.keyboard.type("Les factures")
    press(sam, "Enter")
    confirmed(sam, "La vue est enregistrée.")
    expect(sam.get_by_role("link", name="Les factures")).to_have_attribute("aria-current", "page")


def test_a_queue_is_worked_through_by_keyboard_alone(shift: Shift) -> None:
    numbers = [open_request(shift.portal, shift.cast) for _ in range(4)]
    sam = sit_down(shift, "sam", "/bureau")
    arrive_at(sam, "Bureau")

    press(sam, "j", "a")
    confirmed(sam, re.compile(rf"Pris en charge\s: n°\s{numbers[0]}\."))
    answer_two(sam)
    receive_news(shift, numbers[0], sam)
    save_a_view(sam)

    ada = shift.cast["ada"].actor
    events = [[event.event for event in shift.portal.audit.replay(ada, number=number).events] for number in numbers]
    assert events == [
        ["Opened", "Assigned", "FollowUpAdded", "FollowUpAdded"],
        ["Opened", "FollowUpAdded"],
        ["Opened"],
        ["Opened", "Assigned", "Resolved"],
    ]
