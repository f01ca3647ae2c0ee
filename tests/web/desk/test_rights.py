"""Internal content stays at the desk; the actor is the signed-in person."""

import pytest
from tests.cast import Cast
from tests.web.browsing import Browser
from tests.web.desk.pressing import address, press, send

from izarlink_tickets.application import Portal

CANARY = "CANARI-INTERNE-7f3a"


def test_the_list_of_a_customer_does_not_move_for_an_internal_note(
    alice: Browser, sam: Browser, portal: Portal, cast: Cast, taken_ticket: int
):
    before = alice.get("/tickets").words
    cast.clock.advance(minutes=5)

    press(sam, taken_ticket, "note", note=CANARY)

    assert alice.get("/tickets").words == before.replace("à l’instant", "il y a 5 minutes")


@pytest.mark.cve("CVE-2020-1767")
def test_the_author_of_an_act_is_who_is_signed_in(sam: Browser, cast: Cast, new_ticket: int):
    send(sam, new_ticket, "note", note="À voir.", actor_id=cast["nora"].id, author_id=cast["nora"].id, role="auditor")

    page = sam.get(address(new_ticket))
    assert "Sam Iriart (support IzarLink) a ajouté une note interne" in page.words
