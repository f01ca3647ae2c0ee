"""The content and the forms of the desk's ticket page."""

import pytest
from tests.cast import Cast
from tests.openings import open_incident, open_request
from tests.web.browsing import Browser, text_of
from tests.web.desk.pressing import actions_on, address, chosen_in, text_in

from izarlink_tickets.application import Portal
from izarlink_tickets.attachments import Upload

ALWAYS = {"note", "observateurs", "demandeur"}
UNRESOLVED = ALWAYS | {"affecter", "requalifier", "repondre", "demander", "resoudre"}


@pytest.mark.parametrize(
    ("state", "offered"),
    [
        ("new_ticket", UNRESOLVED | {"prendre", "attente"}),
        ("taken_ticket", UNRESOLVED | {"attente"}),
        ("pending_ticket", UNRESOLVED | {"reprendre"}),
        ("ticket_with_cancellation_request", UNRESOLVED | {"attente", "annulation"}),
        ("resolved_ticket", ALWAYS | {"affecter", "repondre", "reviser", "retirer", "approbation"}),
        ("closed_ticket", ALWAYS | {"rouvrir"}),
        ("cancelled_ticket", set()),
    ],
)
def test_a_ticket_offers_what_its_state_allows(
    request: pytest.FixtureRequest, sam: Browser, state: str, offered: set[str]
):
    number = request.getfixturevalue(state)

    assert actions_on(sam.get(address(number))) == offered


def test_the_card_of_the_customer_stands_beside(portal: Portal, cast: Cast, sam: Browser, new_ticket: int):
    other = open_request(portal, cast, by="bob", title="Facture en double")
    foreign = open_incident(portal, cast, by="charlie", title="Coupure de l’atelier")
    done = open_incident(portal, cast, by="bob", title="Vieille panne")
    portal.tickets.cancel(cast.context("bob"), number=done)

    page = sam.get(address(new_ticket))

    for_sam = page.words
    assert "Boulangerie Etxea" in for_sam
    assert "Mail alice@etxea.example" in for_sam
    assert "Téléphone 05 59 00 00 01" in for_sam
    assert "FTTO-00417 Fibre du fournil" in for_sam
    assert f"n° {other} — Facture en double (Nouveau)" in for_sam
    assert [hidden for hidden in (f"n° {foreign}", f"n° {done}", "FTTH-00981") if hidden in for_sam] == []


@pytest.mark.parametrize("query", ["", "?entree=3", "?depuis=2"])
def test_a_solution_that_waits_is_shown_once(sam: Browser, resolved_ticket: int, query: str):
    page = sam.get(address(resolved_ticket) + query)

    # Besides the text to revise.
    (panel,) = page.tree.findall(".//*[@id='e3']")
    texts = [text_of(text) for text in page.tree.findall(".//*[@class='words']")]
    assert texts.count("L’optique a été remplacée.") == 1
    assert "L’optique a été remplacée." in text_of(panel)
    assert ("entry-wanted" in panel.get("class", "")) is bool(query)


def test_a_replaced_solution_stays_in_the_timeline(portal: Portal, cast: Cast, sam: Browser, resolved_ticket: int):
    portal.tickets.revise_solution(cast.context("sam"), number=resolved_ticket, solution="Le câble aussi.")

    page = sam.get(address(resolved_ticket))

    texts = [text_of(text) for text in page.tree.findall(".//*[@class='words']")]
    assert [texts.count(text) for text in ("L’optique a été remplacée.", "Le câble aussi.")] == [1, 1]


def test_the_forms_begin_with_what_the_ticket_is(sam: Browser, resolved_ticket: int):
    page = sam.get(address(resolved_ticket))

    assert text_in(page, "reviser-solution") == "L’optique a été remplacée."


def test_a_requalification_begins_with_the_present_values(sam: Browser, new_ticket: int):
    page = sam.get(address(new_ticket))

    fields = ("category", "service", "urgency", "impact")
    assert [chosen_in(page, f"requalifier-{field}") for field in fields] == ["DEBIT", "autre", "4", "3"]


def test_a_file_is_on_the_timeline(portal: Portal, cast: Cast, sam: Browser):
    number = open_incident(portal, cast, uploads=[Upload("mesure.txt", b"2 Mbit/s")])

    page = sam.get(address(number))

    links = [link.get("href", "") for link in page.tree.iter("a") if link.text == "mesure.txt"]
    files = [link.get("href", "") for link in page.tree.findall(".//ul[@class='files']//a")]
    assert len(links or files) == 1
    assert sam.client.get((links or files)[0], base_url="http://127.0.0.1:8000").data == b"2 Mbit/s"


def test_a_mail_leads_to_its_entry(sam: Browser, taken_ticket: int):
    seen = sam.get(f"/tickets/{taken_ticket}?entree=2")
    page = sam.get(str(seen.location))

    assert seen.location == f"/bureau/tickets/{taken_ticket}?entree=2"
    assert [element.get("id") for element in page.tree.iter("article") if element.get("autofocus") is not None] == [
        "e2"
    ]


def test_a_long_timeline_shows_its_end_and_leads_back(portal: Portal, cast: Cast, sam: Browser, new_ticket: int):
    notes = [f"Note n° {nth}." for nth in range(2, 104)]
    acts = [(cast.context("sam"), note) for note in notes]
    answers = [portal.tickets.add_internal_note(context, number=new_ticket, text=note) for context, note in acts]

    page = sam.get(address(new_ticket))
    earlier = sam.get(f"{address(new_ticket)}?avant=4")

    assert answers[-1].entry == 103
    assert ("a ouvert le ticket" in page.words, "Note n° 103." in page.words) == (False, True)
    assert "Entrées précédentes" in page.words
    assert ("a ouvert le ticket" in earlier.words, "Dernières entrées" in earlier.words) == (True, True)
    assert "a ouvert le ticket" in sam.get(f"{address(new_ticket)}?entree=1").words


def test_markup_in_a_title_stays_text(portal: Portal, cast: Cast, sam: Browser):
    number = open_incident(portal, cast, title="<script>alert(1)</script> {{7*7}}")

    pages = [sam.get("/bureau"), sam.get(address(number))]

    assert ["<script>alert(1)</script> {{7*7}}" in page.words for page in pages] == [True, True]
