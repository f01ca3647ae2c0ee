"""What is internal never leaves the desk, and an act is that of who is signed in."""

from collections.abc import Callable

from tests.cast import Cast
from tests.web.browsing import Browser
from tests.web.desk.pressing import address, press, send

from izarlink_tickets.application import Portal

CANARY = "CANARI-INTERNE-7f3a"


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


def test_the_author_of_an_act_is_who_is_signed_in(sam: Browser, cast: Cast, new_ticket: int):
    send(sam, new_ticket, "note", note="À voir.", actor_id=cast["nora"].id, author_id=cast["nora"].id, role="auditor")

    page = sam.get(address(new_ticket))
    assert "Sam Iriart (Support IzarLink) a ajouté une note interne" in page.words
