"""Customers and auditors get nothing from the desk, and what is internal never leaves it."""

import re
from collections.abc import Callable

import pytest
from flask import Flask
from tests.cast import Cast
from tests.web.browsing import Browser
from tests.web.desk.pressing import address, press, send

from izarlink_tickets.application import Portal

RECORD, MISSING = re.compile("<record:[a-z_]+>"), "00000000-0000-4000-8000-000000000000"
CANARY = "CANARI-INTERNE-7f3a"


def desk_addresses(app: Flask, method: str) -> list[str]:
    rules = [
        rule for rule in app.url_map.iter_rules() if rule.rule.startswith("/bureau") and method in (rule.methods or ())
    ]
    return [
        RECORD.sub(MISSING, rule.rule.replace("<ticket:number>", "1").replace("<code:code>", "X")) for rule in rules
    ]


@pytest.mark.parametrize("name", ["alice", "bob", "charlie", "ada"])
def test_the_desk_is_closed_to_customers_and_auditors(
    app: Flask, browser_of: Callable[[str], Browser], stored: Callable[[], int], resolved_ticket: int, name: str
):
    browser, before = browser_of(name), stored()

    seen = {path: browser.get(path).status for path in desk_addresses(app, "GET")}
    done = {path: browser.send(path, {"solution": "x", "note": "x"}).status for path in desk_addresses(app, "POST")}

    assert resolved_ticket == 1
    assert len(seen) > 5
    assert len(done) > 20
    assert set(seen.values()) | set(done.values()) == {403}
    assert stored() == before


def test_a_stranger_is_asked_to_sign_in(anonymous: Browser, new_ticket: int):
    assert anonymous.get(address(new_ticket)).location == f"/connexion?next=/bureau/tickets/{new_ticket}"
    assert anonymous.post(address(new_ticket, "note"), {"note": "x"}).status == 401


def test_an_administrator_works_at_the_desk(browser_of: Callable[[str], Browser], new_ticket: int):
    assert press(browser_of("root"), new_ticket, "prendre").status == 303


def test_an_internal_note_is_on_no_page_of_a_customer(
    browser_of: Callable[[str], Browser], sam: Browser, cast: Cast, portal: Portal, taken_ticket: int
):
    portal.tickets.add_watcher(cast.act("sam"), number=taken_ticket, account_id=cast["carol"].id)
    press(sam, taken_ticket, "note", note=f"{CANARY} optique à changer")
    paths = ["/tickets", f"/tickets/{taken_ticket}", f"/tickets/{taken_ticket}?entree=4", f"/tickets?q={CANARY}"]

    pages = [browser_of(name).get(path) for name in ("alice", "bob", "carol", "charlie") for path in paths]

    assert CANARY in sam.get(address(taken_ticket)).html
    assert [page.response.request.path for page in pages if "optique" in page.html or "note interne" in page.html] == []


def test_the_list_of_a_customer_does_not_move_for_an_internal_note(
    alice: Browser, sam: Browser, portal: Portal, cast: Cast, taken_ticket: int
):
    before = alice.get("/tickets").words
    cast.clock.advance(minutes=5)

    press(sam, taken_ticket, "note", note=CANARY)

    assert alice.get("/tickets").words == before.replace("à l’instant", "il y a 5 minutes")


def test_staff_can_not_speak_for_the_customer(sam: Browser, stored: Callable[[], int], resolved_ticket: int):
    before = stored()

    answer = sam.send(f"/tickets/{resolved_ticket}/solution/approuver", {"solution_version": "1"})

    assert answer.status in {303, 403, 404}
    assert stored() == before


def test_the_author_of_an_act_is_who_is_signed_in(sam: Browser, cast: Cast, new_ticket: int):
    send(sam, new_ticket, "note", note="À voir.", actor_id=cast["nora"].id, author_id=cast["nora"].id, role="auditor")

    page = sam.get(address(new_ticket))
    assert "Sam Iriart (Support IzarLink) a ajouté une note interne" in page.words
