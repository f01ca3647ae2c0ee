"""Two people who decide about one ticket at the same moment.

One succeeds; the other gets the page back with the typed text and what is new.
"""

from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from functools import cache
from threading import Barrier

import pytest
from flask import Flask
from tests.cast import Cast
from tests.faults.children import WAIT_SECONDS
from tests.openings import closed_incident, open_incident, resolved_incident
from tests.web.applications import application
from tests.web.browsing import Browser, Page, signed_in

from izarlink_tickets.application import Portal

# In the suite, and in a long run.
RACES = (3, 200)
SEE_OTHER, CONFLICT = 303, 409

State = Callable[[Portal, Cast], int]


@dataclass(frozen=True)
class Move:
    """A form that somebody sends.

    page: the page of the form. field, text: the typed text. {} stands for the ticket's number.
    """

    who: str
    page: str
    action: str
    field: str
    text: str

    def prepare(self, browser: Browser, number: int) -> "CompletedForm":
        """Open the page and fill in its form."""
        page, action = self.page.format(number), f"{self.page.format(number)}/{self.action}"
        hidden = browser.get(page).hidden_fields(action)
        return CompletedForm(self, browser, action, {**hidden, self.field: self.text.format(number)})


@dataclass(frozen=True)
class CompletedForm:
    """A completed form."""

    move: Move
    browser: Browser
    action: str
    fields: dict[str, str]


@dataclass(frozen=True)
class FormAnswer:
    """The answer to a form."""

    move: Move
    page: Page

    @property
    def status(self) -> int:
        return self.page.status

    def shows(self, texts: Sequence[str]) -> bool:
        return all(text in self.page.html for text in texts)


TAKE = Move("sam", "/bureau", "plusieurs?vue=a-traiter", "prendre", "{}")
TAKE_TOO = Move("nora", "/bureau", "plusieurs?vue=a-traiter", "prendre", "{}")
RESOLVE = Move("sam", "/bureau/tickets/{}", "resoudre", "solution", "L’optique a été remplacée.")
RESOLVE_TOO = Move("nora", "/bureau/tickets/{}", "resoudre", "solution", "Le routeur a été redémarré.")
WITHDRAW = Move("sam", "/bureau/tickets/{}", "retirer", "reason", "Ce n’était pas cela.")
REOPEN = Move("sam", "/bureau/tickets/{}", "rouvrir", "reason", "Le défaut est revenu.")
APPROVE = Move("alice", "/tickets/{}", "solution/approuver", "comment", "Merci beaucoup.")
REFUSE = Move("bob", "/tickets/{}", "solution/refuser", "reason", "Toujours 2 Mbit/s.")
REOPEN_TOO = Move("alice", "/tickets/{}", "rouvrir", "reason", "C’est encore lent.")
FOLLOW_UP = Move("bob", "/tickets/{}", "suivi", "comment", "Et le second poste ?")


@pytest.fixture
def app(portal: Portal, cast: Cast) -> Flask:
    return application(portal, cast.clock)


# The initial ticket of each race, and the two moves.
RACES_FOR_ONE = {
    "two resolve": (open_incident, (RESOLVE, RESOLVE_TOO)),
    "approve and withdraw": (resolved_incident, (APPROVE, WITHDRAW)),
    "approve and refuse": (resolved_incident, (APPROVE, REFUSE)),
    "two reopen": (closed_incident, (REOPEN, REOPEN_TOO)),
}


@pytest.fixture
def race(app: Flask, portal: Portal, cast: Cast) -> Callable[[State, Sequence[Move]], list[FormAnswer]]:
    """Return a function that runs a race on a new ticket.

    Both open the page, then send their forms at once; it returns their answers.
    """

    def run(state: State, moves: Sequence[Move]) -> list[FormAnswer]:
        browsers = [browser_of(move.who) for move in moves]
        number = state(portal, cast)
        return at_once([move.prepare(browser, number) for move, browser in zip(moves, browsers, strict=True)])

    @cache
    def browser_of(name: str) -> Browser:
        return signed_in(app, cast, name)

    return run


@pytest.mark.fault(44)
@pytest.mark.parametrize("case", RACES_FOR_ONE)
def test_of_two_decisions_one_succeeds_and_the_other_keeps_its_text(race, rounds, case):
    races = [race(*RACES_FOR_ONE[case]) for _ in range(rounds(*RACES))]

    assert [sorted(answer.status for answer in answers) for answers in races] == [[SEE_OTHER, CONFLICT]] * len(races)
    assert [page for answers in races for page in incomplete_pages(answers)] == []


@pytest.mark.fault(44)
def test_of_two_who_take_a_ticket_one_gets_it_and_the_other_sees_who(race, rounds):
    races = [race(open_incident, (TAKE, TAKE_TOO)) for _ in range(rounds(*RACES))]

    assert [sorted(answer.status for answer in answers) for answers in races] == [[SEE_OTHER, CONFLICT]] * len(races)
    refusals = [answer.page.words for answers in races for answer in answers if answer.status == CONFLICT]
    assert [words for words in refusals if "a pris ce ticket entre-temps." not in words] == []


@pytest.mark.fault(44)
def test_a_message_sent_while_the_ticket_closes_is_stored_or_comes_back(race, rounds):
    races = [race(resolved_incident, (APPROVE, FOLLOW_UP)) for _ in range(rounds(*RACES))]

    assert {approval.status for approval, _ in races} == {SEE_OTHER}
    assert {follow_up.status for _, follow_up in races} <= {SEE_OTHER, CONFLICT}
    assert [page for answers in races for page in incomplete_pages(answers)] == []


def at_once(forms: Sequence[CompletedForm]) -> list[FormAnswer]:
    start = Barrier(len(forms))

    def send(form: CompletedForm) -> FormAnswer:
        start.wait(WAIT_SECONDS)
        return FormAnswer(form.move, form.browser.post(form.action, form.fields))

    with ThreadPoolExecutor(len(forms)) as pool:
        return list(pool.map(send, forms))


def incomplete_pages(answers: Sequence[FormAnswer]) -> list[str]:
    """Find refused pages without the typed text, the reason or the news."""
    news = [answer.move.text for answer in answers if answer.status == SEE_OTHER]
    refused = [answer for answer in answers if answer.status == CONFLICT]
    return [
        answer.page.words for answer in refused if not (answer.page.errors and answer.shows([answer.move.text, *news]))
    ]
