"""Commands on several tickets.

Each has its own result, and no text is lost.
"""

from collections.abc import Callable
from typing import Any

import pytest
from tests.cast import Cast
from tests.openings import open_incident, open_request, resolved_incident
from tests.web.browsing import Browser, Page, text_of
from tests.web.desk.pressing import chosen_in, text_in

from izarlink_tickets.application import Portal
from izarlink_tickets.projections.ticket_queries import find_ticket

QUEUE = "/bureau?vue=a-traiter&tri=numero"
ADDRESS = "/bureau/plusieurs?vue=a-traiter&tri=numero"
TEXT = "Le nœud NRA-12 est en panne, retour prévu à 14 h."


@pytest.fixture
def three(portal: Portal, cast: Cast) -> list[int]:
    return [open_incident(portal, cast), open_request(portal, cast), open_incident(portal, cast, by="charlie")]


def sending(browser: Browser, **fields: Any) -> Callable[[], Page]:
    """Open the queue now; return a function that sends its form later."""
    page = browser.get(QUEUE)
    typed = {**page.hidden_fields(ADDRESS), **fields}
    return lambda: browser.post(ADDRESS, typed)


def send(browser: Browser, **fields: Any) -> Page:
    return sending(browser, **fields)()


def results_on(page: Page) -> list[str]:
    return [text_of(item) for item in page.tree.findall(".//*[@role='alert']//li")]


def ticked_on(page: Page) -> list[int]:
    return [int(box.get("value", "")) for box in page.tree.iter("input") if box.get("checked") is not None]


def draft_of(page: Page) -> str:
    """Return the script's name of the draft below the queue."""
    return next(name for form in page.tree.iter("form") if (name := form.get("data-draft")))


def assignees(portal: Portal, cast: Cast, numbers: list[int]) -> list[str | None]:
    with portal.database.query() as connection:
        rows = [find_ticket(connection, cast["sam"].actor, number=number) for number in numbers]
    return [row.assignee_name if row else None for row in rows]


def test_several_tickets_are_taken_and_the_queue_keeps_its_filters(
    sam: Browser, portal: Portal, cast: Cast, three: list[int]
):
    page = send(sam, ticket=three[:2], acte="prendre")

    assert (page.status, page.location) == (303, QUEUE)
    assert sam.get(QUEUE).announcements == [f"Pris en charge : n° {three[0]}, n° {three[1]}."]
    assert assignees(portal, cast, three) == ["Sam Iriart", "Sam Iriart", None]


def test_the_button_of_a_row_takes_that_ticket_alone(sam: Browser, portal: Portal, cast: Cast, three: list[int]):
    send(sam, ticket=three[:2], prendre=three[2], reply=TEXT)

    assert assignees(portal, cast, three) == [None, None, "Sam Iriart"]
    assert [row for row in sam.get(QUEUE).tree.iter("button") if row.get("value") == str(three[2])] == []


def test_several_tickets_are_assigned_to_a_colleague(sam: Browser, portal: Portal, cast: Cast, three: list[int]):
    send(sam, ticket=three, acte="affecter", person=cast["nora"].id)

    assert assignees(portal, cast, three) == ["Nora Iriart"] * 3


def test_a_reply_sent_twice_reaches_each_customer_once(sam: Browser, three: list[int], stored: Callable[[], int]):
    press = sending(sam, ticket=three, acte="repondre", reply=TEXT)
    before = stored()

    first, second = press(), press()

    assert (first.status, second.status) == (303, 303)
    assert stored() == before + len(three)


def test_each_ticket_shows_its_result_and_refused_ones_keep_the_text(
    sam: Browser, portal: Portal, cast: Cast, three: list[int]
):
    press = sending(sam, ticket=[*three, 999], acte="repondre", reply=TEXT)
    portal.tickets.cancel(cast.context("alice"), number=three[1])

    page = press()

    assert page.status == 409
    assert next(text_of(heading) for heading in page.tree.iter("h2")) == "Fait pour 2 sur 4"
    assert results_on(page) == [
        f"n° {three[0]} — c’est fait.",
        f"n° {three[1]} — Ce ticket a été annulé le 02/11/2026.",
        f"n° {three[2]} — c’est fait.",
        "n° 999 — Ce ticket n’existe pas, ou vous n’y avez pas accès.",
    ]
    assert text_in(page, "reply") == TEXT
    assert ticked_on(page) == []
    # On the device it is kept for this view, and comes up in no other.
    assert draft_of(page) == draft_of(sam.get(QUEUE))
    assert draft_of(page) != draft_of(sam.get("/bureau?vue=tous"))


def test_a_ticket_that_a_colleague_took_meanwhile_stays_with_them(
    sam: Browser, portal: Portal, cast: Cast, three: list[int]
):
    press = sending(sam, ticket=three[:2], acte="prendre")
    portal.tickets.assign(cast.context("nora"), number=three[0], assignee_id=cast["nora"].id)

    page = press()
    again = sam.post(ADDRESS, {**page.hidden_fields(ADDRESS), "ticket": ticked_on(page), "acte": "prendre"})

    assert results_on(page) == [
        f"n° {three[0]} — Nora Iriart a pris ce ticket entre-temps.",
        f"n° {three[1]} — c’est fait.",
    ]
    assert ticked_on(page) == [three[0]]
    assert again.status == 303
    assert assignees(portal, cast, three[:2]) == ["Sam Iriart", "Sam Iriart"]


def test_taking_your_own_ticket_is_refused_with_a_reason(sam: Browser, portal: Portal, cast: Cast, three: list[int]):
    portal.tickets.assign(cast.context("sam"), number=three[0], assignee_id=cast["sam"].id)

    page = send(sam, ticket=three[:2], acte="prendre")

    assert results_on(page) == [
        f"n° {three[0]} — Ce ticket est déjà affecté à cette personne.",
        f"n° {three[1]} — c’est fait.",
    ]


@pytest.mark.parametrize(
    ("fields", "error"),
    [
        ({"acte": "prendre"}, "Choisissez de 1 à 50 tickets."),
        ({"acte": "prendre", "ticket": ["", "-1", "x"]}, "Choisissez de 1 à 50 tickets."),
        ({"acte": "prendre", "ticket": list(range(1, 52))}, "Choisissez de 1 à 50 tickets."),
        ({"ticket": ["1"]}, "Choisissez ce qu’il faut faire."),
        ({"acte": "__class__", "ticket": ["1"]}, "Choisissez ce qu’il faut faire."),
        ({"acte": "affecter", "ticket": ["1"]}, "Choisissez une personne."),
        ({"acte": "affecter", "ticket": ["1"], "person": "x"}, "Choix inconnu. Choisissez une des valeurs proposées."),
        ({"acte": "repondre", "ticket": ["1"], "reply": "  "}, "Saisissez votre réponse."),
    ],
)
@pytest.mark.usefixtures("three")
def test_an_incomplete_form_comes_back(sam: Browser, stored: Callable[[], int], fields: dict[str, Any], error: str):
    before = stored()

    page = send(sam, **fields)

    assert (page.status, page.errors, stored()) == (422, [error], before)


def test_the_same_form_with_another_text_says_so_at_each_ticket(sam: Browser, three: list[int]):
    fields = {**sam.get(QUEUE).hidden_fields(ADDRESS), "ticket": three[:1], "acte": "repondre"}
    sam.post(ADDRESS, {**fields, "reply": TEXT})

    page = sam.post(ADDRESS, {**fields, "reply": "Autre chose."})

    (result,) = results_on(page)
    assert result.startswith(f"n° {three[0]} — Ce formulaire a déjà été envoyé (ticket n° {three[0]}).")
    assert (text_in(page, "reply"), ticked_on(page)) == ("Autre chose.", three[:1])


def test_a_closed_ticket_has_no_take_button(sam: Browser, portal: Portal, cast: Cast):
    mine, free = resolved_incident(portal, cast), open_request(portal, cast)

    page = sam.get("/bureau?vue=tous")

    assert [element.get("value") for element in page.tree.iter("button") if element.get("name") == "prendre"] == [
        str(free)
    ]
    assert mine != free
    assert chosen_in(page, "person") is None
