"""Two people decide about one ticket at the same moment: one of them wins, the other is shown what is new.

Whoever loses finds all that was typed on the page that comes back.
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
    """What is sent. page: where its form stands; field, text: what is typed into it. {} is the ticket's number."""

    who: str
    page: str
    action: str
    field: str
    text: str

    def prepared(self, browser: Browser, number: int) -> "Prepared":
        """Look at the ticket and fill in the form."""
        page, action = self.page.format(number), f"{self.page.format(number)}/{self.action}"
        hidden = browser.get(page).hidden_fields(action)
        return Prepared(self, browser, action, {**hidden, self.field: self.text.format(number)})


@dataclass(frozen=True)
class Prepared:
    """A form that is filled in."""

    move: Move
    browser: Browser
    action: str
    fields: dict[str, str]


@dataclass(frozen=True)
class Answered:
    """What came of a form."""

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


# Who begins with which ticket, and what they do with it.
RACES_FOR_ONE = {
    "two resolve": (open_incident, (RESOLVE, RESOLVE_TOO)),
    "approve and withdraw": (resolved_incident, (APPROVE, WITHDRAW)),
    "approve and refuse": (resolved_incident, (APPROVE, REFUSE)),
    "two reopen": (closed_incident, (REOPEN, REOPEN_TOO)),
}


@pytest.fixture
def race(app: Flask, portal: Portal, cast: Cast) -> Callable[[State, Sequence[Move]], list[Answered]]:
    """Let two people look at a new ticket and then send their forms at once; give their answers."""

    def run(state: State, moves: Sequence[Move]) -> list[Answered]:
        browsers = [browser_of(move.who) for move in moves]
        number = state(portal, cast)
        return at_once([move.prepared(browser, number) for move, browser in zip(moves, browsers, strict=True)])

    @cache
    def browser_of(name: str) -> Browser:
        return signed_in(app, cast, name)

    return run


@pytest.mark.fault(44)
@pytest.mark.parametrize("case", RACES_FOR_ONE)
def test_of_two_who_decide_one_wins_and_the_other_loses_no_text(race, rounds, case):
    races = [race(*RACES_FOR_ONE[case]) for _ in range(rounds(*RACES))]

    assert [sorted(one.status for one in answers) for answers in races] == [[SEE_OTHER, CONFLICT]] * len(races)
    assert [page for answers in races for page in poor_pages(answers)] == []


@pytest.mark.fault(44)
def test_of_two_who_take_a_ticket_from_the_queue_one_has_it_and_the_other_is_told_who(race, rounds):
    races = [race(open_incident, (TAKE, TAKE_TOO)) for _ in range(rounds(*RACES))]

    assert [sorted(one.status for one in answers) for answers in races] == [[SEE_OTHER, CONFLICT]] * len(races)
    told = [one.page.words for answers in races for one in answers if one.status == CONFLICT]
    assert [words for words in told if "a pris ce ticket entre-temps." not in words] == []


@pytest.mark.fault(44)
def test_a_message_sent_while_the_ticket_is_closed_is_taken_or_comes_back(race, rounds):
    races = [race(resolved_incident, (APPROVE, FOLLOW_UP)) for _ in range(rounds(*RACES))]

    assert {approval.status for approval, _ in races} == {SEE_OTHER}
    assert {follow_up.status for _, follow_up in races} <= {SEE_OTHER, CONFLICT}
    assert [page for answers in races for page in poor_pages(answers)] == []


def at_once(forms: Sequence[Prepared]) -> list[Answered]:
    line = Barrier(len(forms))

    def send(form: Prepared) -> Answered:
        line.wait(WAIT_SECONDS)
        return Answered(form.move, form.browser.post(form.action, form.fields))

    with ThreadPoolExecutor(len(forms)) as pool:
        return list(pool.map(send, forms))


def poor_pages(answers: Sequence[Answered]) -> list[str]:
    """Find the refused pages that don't show what was typed, why it was refused, and what the other has done."""
    done = [one.move.text for one in answers if one.status == SEE_OTHER]
    refused = [one for one in answers if one.status == CONFLICT]
    return [one.page.words for one in refused if not (one.page.errors and one.shows([one.move.text, *done]))]
