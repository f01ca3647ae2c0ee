"""Following up, reopening, cancelling, and their refusals."""

from collections.abc import Callable

import pytest
from tests.cast import Cast
from tests.web.browsing import Browser
from tests.web.tickets.filling import MAX_BYTES, a_file, entry, form, ticket, typed_in, ways_to_the_text

from izarlink_tickets.application import Portal

# --- « Suivi » --------------------------------------------------------------------------------------------------------


def test_a_follow_up_is_shown_where_the_answer_leads(alice: Browser, new_ticket: int):
    answer = alice.send("/tickets/1/suivi", form(comment="Toujours rien.", files=[a_file()]))

    page = alice.get("/tickets/1")
    assert (answer.status, answer.location) == (303, "/tickets/1#e2")
    assert page.announcements == ["Votre suivi est enregistré."]
    assert "Votre suivi est enregistré." in entry(page, 2)
    assert "Toujours rien." in entry(page, 2)
    assert "mesure.txt (8 octets)" in entry(page, 2)


def test_a_file_alone_is_a_follow_up(alice: Browser, new_ticket: int):
    answer = alice.send("/tickets/1/suivi", form(files=[a_file()]))

    assert answer.location == "/tickets/1#e2"
    assert "a ajouté 1 fichier" in entry(alice.get("/tickets/1"), 2)


def test_the_answer_to_a_question_resumes_the_ticket(alice: Browser, portal: Portal, cast: Cast, new_ticket: int):
    portal.tickets.request_information(cast.context("sam"), number=new_ticket, question="Quel débit ?")

    alice.send("/tickets/1/suivi", form(comment="2 Mbit/s"))

    assert ticket(portal, cast["sam"].actor).state == "EN_COURS"


@pytest.mark.parametrize(
    ("fields", "expected"),
    [
        ({}, ("comment", 422, "Saisissez un commentaire ou joignez un fichier.")),
        ({"comment": " \u200b\u00a0\x00"}, ("comment", 422, "Saisissez un commentaire ou joignez un fichier.")),
        (
            {"comment": "c" * 20_001},
            ("comment", 422, "Raccourcissez le commentaire : 20 000 caractères au plus (vous en avez 20 001)."),
        ),
        ({"comment": "Gardé", "files": "large"}, ("files", 413, "« gros.log » doit peser 2 Mo au plus")),
        ({"comment": "Gardé", "files": "six"}, ("files", 413, "Joignez 5 fichiers au plus. En trop : « 5.txt ».")),
    ],
    ids=["nothing", "invisible", "too long", "too large", "six files"],
)
def test_an_odd_follow_up_comes_back(
    alice: Browser, new_ticket: int, stored: Callable[[], int], fields: dict[str, str], expected: tuple[str, int, str]
):
    files = {"large": [a_file("gros.log", b"a" * (MAX_BYTES + 1))], "six": [a_file(f"{nth}.txt") for nth in range(6)]}
    field, status, sentence = expected
    before = stored()

    page = alice.send("/tickets/1/suivi", form(**{**fields, "files": files.get(fields.get("files", ""), [])}))

    assert page.status == status
    assert page.title == "Erreur : n° 1 — Débit à 2 Mbit/s – Support IzarLink"
    assert sentence in (page.error_at(f"suivi-{field}") or "")
    assert page.errors == [page.error_at(f"suivi-{field}")]
    assert (fields.get("comment") or "").strip(" \u00a0\x00") in typed_in(page, "comment")
    assert stored() == before


def test_the_files_of_a_refused_follow_up_are_kept(alice: Browser, new_ticket: int):
    page = alice.send("/tickets/1/suivi", form(comment="c" * 20_001, files=[a_file("mesure.txt")]))

    answer = alice.send("/tickets/1/suivi", form(comment="Court.", form_id=page.value("form_id")))

    assert answer.location == "/tickets/1#e2"
    assert "mesure.txt" in entry(alice.get("/tickets/1"), 2)


@pytest.mark.fault(43)
def test_a_follow_up_sent_twice_is_recorded_once(alice: Browser, new_ticket: int, stored: Callable[[], int]):
    fields = form(comment="Une fois.")
    alice.send("/tickets/1/suivi", fields)
    after_one = stored()

    again = alice.send("/tickets/1/suivi", fields)

    assert again.location == "/tickets/1#e2"
    assert stored() == after_one


@pytest.mark.fault(43)
def test_an_edited_follow_up_comes_back_under_a_new_id(alice: Browser, new_ticket: int):
    fields = form(comment="Une fois.")
    alice.send("/tickets/1/suivi", fields)

    page = alice.send("/tickets/1/suivi", {**fields, "comment": "Autre chose."})

    assert page.status == 409
    assert "Ce formulaire a déjà été envoyé (ticket n° 1)" in page.errors[0]
    assert ways_to_the_text(page) == ["#suivi-comment"]
    assert typed_in(page, "comment") == "Autre chose."
    assert page.value("command_id") != fields["command_id"]


def test_a_text_that_comes_back_after_a_sign_in_is_one_step_away(
    alice: Browser, new_ticket: int, stored: Callable[[], int]
):
    before = stored()

    page = alice.send("/tickets/1/suivi", form(comment="Voici la suite.", reprise="1"))

    assert "Voici votre texte ; il n’est pas encore envoyé." in page.words
    assert ways_to_the_text(page) == ["#suivi-comment"]
    assert typed_in(page, "comment") == "Voici la suite."
    assert stored() == before


def test_a_follow_up_on_a_closed_ticket_is_refused_and_its_text_kept(
    alice: Browser, closed_ticket: int, stored: Callable[[], int]
):
    before = stored()

    page = alice.send("/tickets/1/suivi", form(comment="Trop tard ?"))

    assert page.status == 409
    assert page.errors == ["Ce ticket est déjà clôturé, depuis le 02/11/2026."]
    assert "Votre texte n’a pas été enregistré" in page.words
    assert ways_to_the_text(page) == ["#unsent-text"]
    assert "Trop tard ?" in page.words
    assert stored() == before


def test_a_watcher_s_follow_up_is_refused_and_its_text_kept(
    browser_of: Callable[[str], Browser], portal: Portal, cast: Cast, new_ticket: int
):
    portal.tickets.add_watcher(cast.context("sam"), number=new_ticket, account_id=cast["carol"].id)

    page = browser_of("carol").send("/tickets/1/suivi", form(comment="Moi aussi"))

    assert page.status == 403
    assert "seule la personne qui l’a demandé" in page.errors[0]
    assert "Moi aussi" in page.words


def test_a_form_without_its_token_comes_back_in_its_place(alice: Browser, new_ticket: int, stored: Callable[[], int]):
    before = stored()

    page = alice.post("/tickets/1/suivi", form(comment="Ne pas perdre"))

    assert page.status == 400
    assert typed_in(page, "comment") == "Ne pas perdre"
    assert stored() == before


# --- coming back, withdrawing -----------------------------------------------------------------------------------------


def test_a_closed_ticket_is_reopened_with_a_reason(alice: Browser, portal: Portal, cast: Cast, closed_ticket: int):
    refused = alice.send("/tickets/1/rouvrir", form(reason=""))
    answer = alice.send("/tickets/1/rouvrir", form(reason="Cela recommence."))

    assert (refused.status, refused.error_at("rouvrir-reason")) == (422, "Indiquez le motif.")
    # At the top: there the confirmation and the new state are seen.
    assert (answer.status, answer.location) == (303, "/tickets/1")
    assert ticket(portal, cast["sam"].actor).state == "EN_COURS"


def test_a_closed_ticket_says_until_when_it_can_be_reopened(alice: Browser, closed_ticket: int):
    assert "Vous pouvez le rouvrir jusqu’au 16/11/2026 à 09:00." in alice.get("/tickets/1").words


def test_after_the_window_reopening_is_refused_and_the_text_kept(
    browser_of: Callable[[str], Browser], cast: Cast, closed_ticket: int
):
    cast.clock.advance(days=15)

    page = browser_of("alice").send("/tickets/1/rouvrir", form(reason="Cela recommence."))

    assert page.status == 409
    assert "Un ticket peut être rouvert pendant 14 jours après sa clôture." in page.errors[0]
    assert "Cela recommence." in page.words


def test_an_untouched_ticket_is_cancelled(alice: Browser, portal: Portal, cast: Cast, new_ticket: int):
    wish = alice.get("/tickets/1").value("wish")

    alice.send("/tickets/1/annuler", form(wish=wish, reason="Réglé."))

    page = alice.get("/tickets/1")
    assert ticket(portal, cast["sam"].actor).state == "ANNULE"
    assert page.announcements == ["Le ticket est annulé."]
    assert "Alice Etcheverry a annulé le ticket." in page.words


def test_a_ticket_under_way_is_cancelled_by_support(alice: Browser, portal: Portal, cast: Cast, assigned_ticket: int):
    wish = alice.get("/tickets/1").value("wish")

    alice.send("/tickets/1/annuler", form(wish=wish, reason="Réglé."))

    page = alice.get("/tickets/1")
    assert ticket(portal, cast["sam"].actor).state == "EN_COURS"
    assert page.announcements == ["Le support a reçu votre demande."]
    assert "Demander l’annulation" not in page.words


def test_a_new_ticket_that_support_has_answered_is_cancelled_by_support(
    alice: Browser, portal: Portal, cast: Cast, new_ticket: int
):
    portal.tickets.add_follow_up(cast.context("nora"), number=new_ticket, text="Nous regardons.")
    wish = alice.get("/tickets/1").value("wish")

    alice.send("/tickets/1/annuler", form(wish=wish, reason="Réglé."))

    assert alice.get("/tickets/1").announcements == ["Le support a reçu votre demande."]
    portal.tickets.confirm_cancellation(cast.context("sam"), number=new_ticket)
    assert ticket(portal, cast["sam"].actor).state == "ANNULE"


def test_cancelling_what_support_has_taken_meanwhile_is_refused(
    alice: Browser, portal: Portal, cast: Cast, assigned_ticket: int
):
    page = alice.send("/tickets/1/annuler", form(wish="annuler", reason="Réglé."))

    assert page.status == 409
    assert "Demandez son annulation" in page.errors[0]
    assert typed_in(page, "reason") == "Réglé."
    assert page.value("wish") == "demander"
    assert ticket(portal, cast["sam"].actor).state == "EN_COURS"
