"""The customer's ticket page: content, forms and rights."""

import re
from collections.abc import Callable
from datetime import timedelta

import pytest
from tests.cast import Cast
from tests.web.browsing import Browser, Page, text_of

from izarlink_tickets.accounts import Preferences
from izarlink_tickets.application import Portal
from izarlink_tickets.attachments import Upload
from izarlink_tickets.projections.history_queries import ENTRIES_SHOWN
from izarlink_tickets.sealing import destroy_keys

PAYLOADS = (
    "<script>alert(1)</script>",
    '"><img src=x onerror=alert(1)>',
    "<svg/onload=alert(1)>",
    "</textarea><script>alert(1)</script>",
    "javascript:alert(1) data:text/html,<b>x</b>",
    'https://x.example/"onmouseover="alert(1)',
    "{{7*7}}{% raw %}${7*7}",
)


STEPS = "Reçu Pris en charge Résolu Clôturé"


def entries(page: Page) -> list[str]:
    return [text_of(article) for article in page.tree.iter("article")]


def head(page: Page) -> dict[str, str]:
    pairs = [(element.find("dt"), element.find("dd")) for element in page.tree.findall(".//dl/div")]
    return {text_of(term): text_of(value) for term, value in pairs}


def actions(page: Page) -> set[str]:
    """List the page's forms by the last part of their address."""
    own = [form.get("action", "") for form in page.tree.findall(".//main//form")]
    return {action.rpartition("/")[2] for action in own}


# --- what it shows ----------------------------------------------------------------------------------------------------


def test_the_head_says_where_the_ticket_stands(alice: Browser, portal: Portal, cast: Cast, open_ticket):
    number = open_ticket(service_id=cast.fibre.id)

    page = alice.get(f"/tickets/{number}")

    assert page.heading == "n° 1 — Débit à 2 Mbit/s"
    assert head(page) == {
        "État": f"Nouveau depuis le 2 novembre — le support va le prendre en charge {STEPS}",
        "Pris en charge par": "personne pour l’instant",
        "Type de demande": "Incident",
        "Catégorie": "Débit",
        "Urgence": "Haute",
        "Service": "FTTO-00417 – Fibre du fournil",
        "Ouvert le": "02/11/2026 à 09:00",
        "par": "Alice Etcheverry",
    }


def test_the_state_says_who_is_awaited(alice: Browser, portal: Portal, cast: Cast, new_ticket: int):
    portal.tickets.request_information(cast.context("sam"), number=new_ticket, question="Quel débit ?")

    state = head(alice.get("/tickets/1"))["État"]
    assert state.startswith("En attente de votre réponse depuis le 2 novembre — à vous de répondre")


def test_the_head_says_whose_turn_it_is_in_four_steps(alice: Browser, portal: Portal, cast: Cast, resolved_ticket: int):
    portal.tickets.add_watcher(cast.context("sam"), number=resolved_ticket, account_id=cast["carol"].id)

    page = alice.get("/tickets/1")

    steps = page.tree.findall(".//ol[@class='steps']/li")
    assert head(page)["État"].startswith("Résolu le 2 novembre — à vous d’approuver")
    assert [text_of(step) for step in steps] == ["Reçu (fait)", "Pris en charge (fait)", "Résolu", "Clôturé"]
    assert [text_of(step) for step in steps if step.get("aria-current") == "step"] == ["Résolu"]
    assert (head(page)["Pris en charge par"], head(page)["Suivi aussi par"]) == ("Sam Iriart", "Carol Etcheverry")


def test_a_watcher_is_not_asked_to_decide(
    browser_of: Callable[[str], Browser], portal: Portal, cast: Cast, resolved_ticket: int
):
    portal.tickets.add_watcher(cast.context("sam"), number=resolved_ticket, account_id=cast["carol"].id)

    state = head(browser_of("carol").get("/tickets/1"))["État"]

    assert state.startswith("Résolu le 2 novembre — en attente d’approbation")


def test_a_held_ticket_says_until_when(alice: Browser, portal: Portal, cast: Cast, assigned_ticket: int):
    until = cast.clock() + timedelta(days=4)
    portal.tickets.hold(cast.context("sam"), number=assigned_ticket, reason="Collecte.", until=until)

    state = head(alice.get("/tickets/1"))["État"]

    assert state.startswith("En attente d’un tiers depuis le 2 novembre — reprise prévue le 06/11/2026")


def test_a_cancelled_ticket_has_its_own_last_step(alice: Browser, portal: Portal, cast: Cast, new_ticket: int):
    portal.tickets.cancel(cast.context("alice"), number=new_ticket)

    steps = alice.get("/tickets/1").tree.findall(".//ol[@class='steps']/li")

    assert [text_of(step) for step in steps] == ["Reçu (fait)", "Annulé"]


def test_a_pending_solution_is_printed_once_where_its_mail_leads(alice: Browser, resolved_ticket: int):
    page = alice.get("/tickets/1?entree=3")

    focused = [element.get("id") for element in page.tree.iter() if element.get("autofocus") is not None]
    assert page.words.count("L’optique a été remplacée.") == 1
    assert focused == ["e3"]
    assert next(element.get("class") for element in page.tree.iter("article")) == "panel solution entry-wanted"
    assert "a proposé une solution" in entries(page)[-1]


def test_messages_are_cards_mine_are_marked_and_changes_are_lines(
    alice: Browser, bob: Browser, portal: Portal, cast: Cast, assigned_ticket: int
):
    portal.tickets.add_follow_up(cast.context("sam"), number=assigned_ticket, text="Nous regardons.")

    mine, theirs = (
        [(element.get("class") or "").split()[1:] for element in browser.get("/tickets/1").tree.iter("article")]
        for browser in (alice, bob)
    )

    assert mine == [["entry-customer", "entry-mine"], ["entry-staff", "entry-line"], ["entry-staff"]]
    assert theirs == [["entry-customer"], ["entry-staff", "entry-line"], ["entry-staff"]]


def test_a_question_is_pointed_out_until_it_is_answered(alice: Browser, portal: Portal, cast: Cast, new_ticket: int):
    portal.tickets.request_information(cast.context("sam"), number=new_ticket, question="Quel débit ?")
    page = alice.get("/tickets/1")
    portal.tickets.add_follow_up(cast.context("alice"), number=new_ticket, text="2 Mbit/s", uploads=[])

    assert "Le support attend votre réponse. Lire la question et répondre" in page.words
    assert 'href="#e2"' in page.html
    assert "Le support attend votre réponse." not in alice.get("/tickets/1").words


def test_the_timeline_tells_who_did_what_and_what_changed(alice: Browser, portal: Portal, cast: Cast, new_ticket: int):
    portal.tickets.request_information(cast.context("sam"), number=new_ticket, question="Quel débit ?")
    cast.clock.advance(minutes=3)

    articles = entries(alice.get("/tickets/1"))

    when, headline = "02/11/2026 à 09:00 · il y a 3 minutes", "Sam Iriart (support IzarLink) a demandé des informations"
    changes = "État : Nouveau → En attente de votre réponse Affecté à : Non affecté → Sam Iriart"
    mail = "✉ en attente d’envoi à a…@etxea.example"
    assert articles == [
        f"Alice Etcheverry (côté client) a ouvert le ticket {when} Depuis ce matin. {mail}",
        f"{headline} {when} Quel débit ? {changes} {mail}",
    ]


def test_times_are_in_the_viewer_s_zone(alice: Browser, portal: Portal, cast: Cast, new_ticket: int):
    portal.profiles.save_preferences(cast["alice"].id, preferences=Preferences(timezone="Pacific/Noumea"))

    assert head(alice.get("/tickets/1"))["Ouvert le"] == "02/11/2026 à 19:00"


def test_an_internal_note_never_shows(alice: Browser, portal: Portal, cast: Cast, new_ticket: int):
    portal.tickets.add_internal_note(cast.context("sam"), number=new_ticket, text="CANARI interne")

    page = alice.get("/tickets/1")

    assert "CANARI" not in page.html
    assert len(entries(page)) == 1


def test_files_are_links_with_their_size(alice: Browser, open_ticket):
    number = open_ticket(uploads=(Upload("mesure 1.txt", b"x" * 2048),))

    page = alice.get(f"/tickets/{number}")

    links = page.tree.findall(".//ul[@class='files']/li/a")
    assert [text_of(link) for link in links] == ["mesure 1.txt", "mesure 1.txt"]
    assert re.fullmatch(r"/tickets/1/pieces/[0-9a-f-]{36}/mesure%201\.txt", links[0].get("href", ""))
    assert "(2 Ko)" in page.words
    assert "Fichiers (1)" in page.words


def test_addresses_become_links_and_white_space_stays(alice: Browser, open_ticket):
    open_ticket(description="Voir :\n\n  https://izarlink.example/a?b=1.\nftp://x javascript:alert(1)")

    page = alice.get("/tickets/1")

    words = page.tree.find(".//div[@class='words']")
    assert words is not None
    assert "".join(words.itertext()) == "Voir :\n\n  https://izarlink.example/a?b=1.\nftp://x javascript:alert(1)"
    assert [(element.get("href"), element.get("rel")) for element in words.iter("a")] == [
        ("https://izarlink.example/a?b=1", "noopener nofollow")
    ]


@pytest.mark.parametrize("payload", PAYLOADS)
def test_what_was_typed_is_never_markup(alice: Browser, portal: Portal, cast: Cast, open_ticket, payload: str):
    plain = alice.get(f"/tickets/{open_ticket()}")
    number = open_ticket(title=payload, description=payload, uploads=(Upload(f"{payload}.txt".replace("/", ""), b"x"),))
    portal.tickets.resolve(cast.context("sam"), number=number, solution=payload)

    pages = [alice.get(f"/tickets/{number}"), alice.get("/tickets")]

    assert payload in "".join(pages[0].tree.itertext())
    assert not [
        element
        for page in pages
        for element in page.tree.iter()
        if element.tag in {"img", "b"} or element.get("onload")
    ]
    assert len(list(pages[0].tree.iter("script"))) == len(list(plain.tree.iter("script")))
    assert not [
        element
        for page in pages
        for element in page.tree.iter()
        if any(name.startswith("on") for name in element.attrib)
    ]


def test_what_was_erased_says_so(alice: Browser, bob: Browser, portal: Portal, cast: Cast, open_ticket):
    open_ticket(uploads=(Upload("mesure.txt", b"x"),))
    with portal.database.command() as connection:
        destroy_keys(connection, cast["alice"].id, now=cast.clock())
    portal.read_models.rebuild()

    page, listed = bob.get("/tickets/1"), bob.get("/tickets")

    assert page.heading == "n° 1 — [contenu effacé]"
    assert entries(page)[0].count("[contenu effacé]") == 2
    assert not page.tree.findall(".//ul[@class='files']//a")
    assert "[contenu effacé]" in listed.words


# --- the entry that a mail leads to -----------------------------------------------------------------------------------


def test_the_entry_of_a_mail_is_pointed_out(alice: Browser, assigned_ticket: int):
    page = alice.get(f"/tickets/{assigned_ticket}?entree=2")

    focused = [element.get("id") for element in page.tree.iter("article") if element.get("autofocus") is not None]
    assert focused == ["e2"]


@pytest.mark.parametrize("entry", ["0", "-1", "x", "999", "9" * 30, "٣", ""])
def test_an_odd_entry_points_nothing_out(alice: Browser, new_ticket: int, entry: str):
    page = alice.get(f"/tickets/{new_ticket}?entree={entry}&avant={entry}x")

    assert page.status == 200
    assert len(entries(page)) == 1


def test_a_long_history_begins_with_the_last_hundred(alice: Browser, portal: Portal, cast: Cast, new_ticket: int):
    for nth in range(ENTRIES_SHOWN + 4):
        portal.tickets.add_follow_up(cast.context("alice"), number=new_ticket, text=f"suivi {nth}")

    latest = alice.get("/tickets/1")
    link = next(
        element.get("href", "") for element in latest.tree.iter("a") if text_of(element) == "Entrées précédentes"
    )
    earlier = alice.get(f"/tickets/1{link}")
    mailed = alice.get("/tickets/1?entree=2")
    whole = alice.get("/tickets/1?tout=1")

    assert (len(entries(latest)), len(entries(earlier))) == (100, 5)
    assert (len(entries(whole)), "Les entrées plus anciennes" in whole.words) == (105, False)
    assert "Dernières entrées" in earlier.words
    assert "Entrées précédentes" not in earlier.words
    assert [element.get("id") for element in mailed.tree.iter("article")] == ["e1", "e2"]


def test_on_paper_the_ticket_says_whose_it_is_and_where(alice: Browser, new_ticket: int):
    printed = alice.get("/tickets/1").tree.find(".//p[@class='printed']")

    words = "Dossier du ticket n° 1 — Boulangerie Etxea — imprimé le 02/11/2026 à 09:00"
    assert text_of(printed) == f"{words}http://127.0.0.1:8000/tickets/1"


# --- what it offers ---------------------------------------------------------------------------------------------------


def test_a_new_ticket_can_be_answered_or_cancelled(alice: Browser, new_ticket: int):
    page = alice.get("/tickets/1")

    assert actions(page) == {"suivi", "annuler", "observateurs"}
    assert "Annuler le ticket" in page.words


def test_a_ticket_under_way_can_be_answered_and_cancelled_by_support(alice: Browser, assigned_ticket: int):
    page = alice.get("/tickets/1")

    assert actions(page) == {"suivi", "annuler", "observateurs"}
    assert "Demander l’annulation" in page.words


def test_a_resolved_ticket_asks_for_a_decision_first(alice: Browser, resolved_ticket: int):
    page = alice.get("/tickets/1")

    assert actions(page) == {"approuver", "refuser", "suivi", "observateurs"}
    headings = [text_of(element) for element in page.tree.findall(".//main//h2")]
    assert headings == ["Solution proposée", "Historique", "Ajouter un suivi"]
    assert [text_of(element) for element in page.tree.iter("summary")] == [
        "Approuver la solution",
        "Le problème persiste",
        "Écrire sans décider",
        "Informer un collègue",
    ]
    assert "L’optique a été remplacée. Sam Iriart (support IzarLink), le 02/11/2026 à 09:00" in page.words


def test_a_closed_ticket_can_be_reopened_within_the_window(alice: Browser, closed_ticket: int):
    page = alice.get("/tickets/1")

    assert actions(page) == {"rouvrir"}
    assert "Le 02/11/2026 à 09:00, Alice Etcheverry a approuvé la solution : le ticket est clôturé." in page.words
    assert "Créer un ticket lié" in page.words


def test_after_the_window_there_is_the_related_ticket(
    browser_of: Callable[[str], Browser], cast: Cast, closed_ticket: int
):
    cast.clock.advance(days=15)

    page = browser_of("alice").get("/tickets/1")

    assert actions(page) == set()
    assert "/tickets/nouveau?lie=1" in page.html


def test_a_watcher_reads_and_decides_nothing(
    browser_of: Callable[[str], Browser], portal: Portal, cast: Cast, resolved_ticket: int
):
    portal.tickets.add_watcher(cast.context("sam"), number=resolved_ticket, account_id=cast["carol"].id)

    page = browser_of("carol").get("/tickets/1")

    assert page.heading == "n° 1 — Débit à 2 Mbit/s"
    assert actions(page) == set()
    assert "comme observateur" in page.words


def test_the_company_role_decides_for_a_colleague(bob: Browser, resolved_ticket: int):
    assert actions(bob.get("/tickets/1")) == {"approuver", "refuser", "suivi", "observateurs"}


# --- whose it is ------------------------------------------------------------------------------------------------------


ODD_NUMBERS = ("999", "0", "-1", "00001", "٣", "9" * 30, "9" * 1_500, "%00", "1;x", "1.0")


@pytest.mark.parametrize(
    ("name", "place"), [("sam", "/bureau/tickets/1?entree=7"), ("ada", "/audit/tickets/1?entree=7")]
)
def test_staff_and_auditors_are_redirected_to_their_own_page(
    browser_of: Callable[[str], Browser], new_ticket: int, name: str, place: str
):
    assert browser_of(name).get("/tickets/1?entree=7").location == place
