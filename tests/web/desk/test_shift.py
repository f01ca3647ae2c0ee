"""A shift at the desk, from taking a ticket to its approval."""

from collections.abc import Callable
from io import BytesIO

from tests.cast import Cast
from tests.web.browsing import Browser, Page
from tests.web.desk.pressing import address, press, remove_watcher

from izarlink_tickets.application import Portal


def followed(browser: Browser, answer: Page) -> Page:
    """Follow the redirect."""
    assert answer.status == 303, answer.errors
    return browser.get(str(answer.location).partition("#")[0])


def test_a_shift_at_the_desk(portal: Portal, cast: Cast, sam: Browser, nora: Browser, new_ticket: int):
    assert "Débit à 2 Mbit/s" in sam.get("/bureau").words

    page = followed(sam, press(sam, new_ticket, "prendre"))
    assert page.announcements == ["Vous avez pris le ticket en charge."]
    assert "En cours" in page.words

    page = followed(sam, press(sam, new_ticket, "demander", question="De quelle couleur est le voyant ?"))
    assert page.announcements == ["Votre question est envoyée. Le ticket attend la réponse du client."]
    assert "En attente du client" in page.words

    portal.tickets.add_follow_up(cast.context("alice"), number=new_ticket, text="Il est rouge.")
    page = sam.get(address(new_ticket))
    assert "Il est rouge." in page.words
    assert "En cours" in page.words

    page = followed(nora, press(nora, new_ticket, "note", note="Optique du noeud NRA-12 à changer."))
    assert "Interne — invisible du client" in page.words

    page = followed(sam, press(sam, new_ticket, "resoudre", solution="L’optique a été remplacée."))
    assert page.announcements == ["La solution est proposée au client, qui doit l’approuver."]
    assert "Résolu" in page.words

    portal.tickets.refuse_solution(
        cast.context("alice"), number=new_ticket, solution_version=1, reason="Toujours 2 Mbit/s."
    )
    assert "Toujours 2 Mbit/s." in sam.get(address(new_ticket)).words

    followed(sam, press(sam, new_ticket, "resoudre", solution="Le port a été changé."))
    portal.tickets.approve_solution(cast.context("alice"), number=new_ticket, solution_version=2)
    page = sam.get(address(new_ticket))
    assert "Clôturé" in page.words
    assert "Aucun ticket ne vous est affecté." in sam.get("/bureau?vue=a-moi").words


def test_an_action_leads_to_what_it_left_on_the_timeline(sam: Browser, new_ticket: int):
    answer = press(sam, new_ticket, "note", note="À voir demain.")

    assert answer.location == f"{address(new_ticket)}#e2"


def test_a_reply_with_a_file_reaches_the_customer(sam: Browser, alice: Browser, taken_ticket: int):
    followed(
        sam, press(sam, taken_ticket, "repondre", comment="Voici la mesure.", files=(BytesIO(b"ok"), "mesure.txt"))
    )

    page = alice.get(f"/tickets/{taken_ticket}")
    assert "Voici la mesure." in page.words
    assert "mesure.txt" in page.words


def test_a_ticket_goes_to_a_colleague(sam: Browser, cast: Cast, taken_ticket: int):
    page = followed(sam, press(sam, taken_ticket, "affecter", person=cast["nora"].id))

    assert "Affecté à Nora Iriart" in page.words


def test_a_ticket_is_requalified(sam: Browser, cast: Cast, taken_ticket: int):
    answer = press(
        sam,
        taken_ticket,
        "requalifier",
        category="TECHNIQUE",
        service=cast.fibre.id,
        urgency="",
        impact="2",
        reason="Une demande de réglage.",
    )

    page = followed(sam, answer)
    assert "Type de demande : Incident → Demande" in page.words
    assert "Service : Autre / je ne sais pas → FTTO-00417" in page.words


def test_a_wait_for_a_third_party_ends_by_hand(sam: Browser, taken_ticket: int):
    page = followed(sam, press(sam, taken_ticket, "attente", reason="Orange intervient.", until="2026-11-09"))
    assert "En attente d’un tiers" in page.words
    assert "Reprise prévue : 09/11/2026" in page.words

    page = followed(sam, press(sam, taken_ticket, "reprendre"))
    assert page.announcements == ["Le ticket est de nouveau en cours."]


def test_a_solution_is_replaced_and_withdrawn(sam: Browser, resolved_ticket: int):
    page = followed(sam, press(sam, resolved_ticket, "reviser", solution="L’optique et le cordon."))
    assert "Version 2" in page.words

    page = followed(sam, press(sam, resolved_ticket, "retirer", reason="Mauvais ticket."))
    assert "En cours" in page.words


def test_an_approval_by_phone_closes_the_ticket_until_it_is_reopened(sam: Browser, resolved_ticket: int):
    page = followed(sam, press(sam, resolved_ticket, "approbation", note="Alice, au téléphone, à 10 h."))
    assert "Clôturé" in page.words

    page = followed(sam, press(sam, resolved_ticket, "rouvrir", reason="Elle rappelle : c’est revenu."))
    assert "En cours" in page.words


def test_a_requested_cancellation_is_confirmed(sam: Browser, ticket_with_cancellation_request: int):
    assert "Le client demande l’annulation" in sam.get(address(ticket_with_cancellation_request)).words

    page = followed(sam, press(sam, ticket_with_cancellation_request, "annulation"))

    assert "Annulé" in page.words


def test_a_requested_cancellation_is_declined_with_a_reason(sam: Browser, ticket_with_cancellation_request: int):
    answer = press(
        sam, ticket_with_cancellation_request, "annulation", decision="refuser", reason="Le défaut touche vos voisins."
    )

    page = followed(sam, answer)
    assert "Le défaut touche vos voisins." in page.words
    assert "Le client demande l’annulation" not in page.words


def test_a_watcher_is_added_and_removed(
    sam: Browser, cast: Cast, browser_of: Callable[[str], Browser], taken_ticket: int
):
    carol = browser_of("carol")
    page = followed(sam, press(sam, taken_ticket, "observateurs", operation="ajouter", person=cast["carol"].id))
    assert "Retirer Carol Etcheverry" in page.words
    assert carol.get(f"/tickets/{taken_ticket}").status == 200

    page = followed(sam, remove_watcher(sam, taken_ticket))
    assert page.announcements == ["L’observateur est retiré."]
    assert carol.get(f"/tickets/{taken_ticket}").status == 404


def test_the_requester_is_changed_to_a_colleague(sam: Browser, cast: Cast, taken_ticket: int):
    page = followed(sam, press(sam, taken_ticket, "demandeur", person=cast["bob"].id))

    assert "Demandeur : Alice Etcheverry → Bob Etcheverry" in page.words
