"""A refused form comes back with its text and stores nothing."""

from collections.abc import Callable
from dataclasses import dataclass
from io import BytesIO

import pytest
from tests.cast import Cast, Clock
from tests.web.browsing import Browser
from tests.web.desk.pressing import address, chosen_in, press, press_on, send, text_in

from izarlink_tickets.application import Portal

RESOLVED = "Ce ticket est déjà résolu, depuis le 02/11/2026."
CLOSED = "Ce ticket est déjà clôturé, depuis le 02/11/2026."
CANCELLED = "Ce ticket a été annulé le 02/11/2026."
NO_DAY = "Saisissez une date valide, par exemple 22/11/2026."
UNKNOWN = "Choix inconnu. Choisissez une des valeurs proposées."


@dataclass(frozen=True)
class Case:
    """A refused form. state: the fixture of its ticket."""

    state: str
    action: str
    fields: dict[str, str]
    status: int
    sentence: str

    def __str__(self) -> str:
        return f"{self.action} {' '.join(self.fields.values())} on a {self.state}"


CASES = (
    Case("new_ticket", "repondre", {"comment": " "}, 422, "Saisissez un commentaire ou joignez un fichier."),
    Case("closed_ticket", "repondre", {"comment": "Et ceci."}, 409, CLOSED),
    Case("new_ticket", "note", {"note": ""}, 422, "Saisissez une note."),
    Case("cancelled_ticket", "note", {"note": "Pour mémoire."}, 409, CANCELLED),
    Case("new_ticket", "demander", {"question": ""}, 422, "Saisissez votre question."),
    Case("resolved_ticket", "demander", {"question": "Et le voyant ?"}, 409, RESOLVED),
    Case("taken_ticket", "resoudre", {"version": "2", "solution": "\u200b"}, 422, "Décrivez la solution."),
    Case("resolved_ticket", "resoudre", {"version": "3", "solution": "Réparé."}, 409, RESOLVED),
    Case("taken_ticket", "prendre", {}, 422, "Ce ticket est déjà affecté à cette personne."),
    Case("closed_ticket", "prendre", {}, 409, CLOSED),
    Case("taken_ticket", "affecter", {"person": ""}, 422, "Choisissez une personne."),
    Case("resolved_ticket", "requalifier", {"category": "LENTEUR", "reason": "Lent."}, 409, RESOLVED),
    Case("taken_ticket", "attente", {"reason": "Orange.", "until": "2026-11-02"}, 422, "Choisissez une date à venir."),
    Case("taken_ticket", "attente", {"reason": "Orange.", "until": ""}, 422, "Choisissez une date à venir."),
    Case("taken_ticket", "attente", {"reason": "Orange.", "until": "02/11/2026"}, 422, "Choisissez une date à venir."),
    Case("taken_ticket", "attente", {"reason": "Orange.", "until": "demain"}, 422, NO_DAY),
    Case("taken_ticket", "attente", {"reason": "Orange.", "until": "2026-W50-1"}, 422, NO_DAY),
    Case("taken_ticket", "attente", {"reason": "", "until": "2026-11-09"}, 422, "Indiquez le motif."),
    Case("resolved_ticket", "reprendre", {}, 409, RESOLVED),
    Case("resolved_ticket", "reviser", {"solution": ""}, 422, "Décrivez la solution."),
    Case("taken_ticket", "reviser", {"solution": "Mieux."}, 409, "Aucune solution n’attend d’approbation."),
    Case("resolved_ticket", "retirer", {"reason": ""}, 422, "Indiquez le motif."),
    Case("closed_ticket", "retirer", {"reason": "Erreur."}, 409, CLOSED),
    Case("resolved_ticket", "approbation", {"note": ""}, 422, "Saisissez une note."),
    Case("taken_ticket", "approbation", {"note": "Alice."}, 409, "Aucune solution n’attend d’approbation."),
    Case("closed_ticket", "rouvrir", {"reason": ""}, 422, "Indiquez le motif."),
    Case("cancelled_ticket", "rouvrir", {"reason": "Encore."}, 409, CANCELLED),
    Case(
        "ticket_with_cancellation_request",
        "annulation",
        {"decision": "refuser", "reason": ""},
        422,
        "Indiquez le motif.",
    ),
    Case("taken_ticket", "annulation", {"decision": "confirmer"}, 409, "Aucune demande d’annulation n’est en attente."),
    Case(
        "taken_ticket",
        "observateurs",
        {"operation": "ajouter", "person": ""},
        422,
        "Choisissez une personne.",
    ),
    Case("taken_ticket", "demandeur", {"person": ""}, 422, "Choisissez une personne."),
)


@pytest.mark.parametrize("case", CASES, ids=str)
def test_a_refused_form_comes_back_with_its_reason_and_its_text(
    request: pytest.FixtureRequest, sam: Browser, stored: Callable[[], int], case: Case
):
    number = request.getfixturevalue(case.state)
    before = stored()

    page = send(sam, number, case.action, **case.fields)

    assert (page.status, page.errors) == (case.status, [case.sentence])
    assert page.title.startswith(f"Erreur : n° {number} — ")
    assert page.words.count(case.sentence) > 1, "it is said at the form, too"
    assert [text for text in case.fields.values() if text not in page.html] == []
    assert stored() == before


def test_a_requalification_that_makes_no_sense_comes_back(sam: Browser, taken_ticket: int):
    present = {"category": "DEBIT", "service": "autre", "urgency": "4", "impact": "3", "reason": ""}
    refusals = {
        (): "Rien ne change : modifiez au moins une valeur.",
        (("category", "TECHNIQUE"), ("urgency", "")): "Indiquez le motif.",
        (("category", "TECHNIQUE"),): "Cette urgence n’est pas possible pour ce ticket.",
        (("category", "LENTEUR"), ("urgency", "")): "Indiquez l’urgence.",
        (("category", ""),): UNKNOWN,
        (("impact", ""),): UNKNOWN,
        (("impact", "9"),): UNKNOWN,
        (("service", "of charlie"),): UNKNOWN,
    }

    pages = {changes: press(sam, taken_ticket, "requalifier", **present | dict(changes)) for changes in refusals}

    assert {changes: " ".join(page.errors) for changes, page in pages.items()} == refusals
    assert chosen_in(pages[("category", "LENTEUR"), ("urgency", "")], "requalifier-category") == "LENTEUR"


def test_a_reopening_after_the_window_is_refused(sam: Browser, clock: Clock, closed_ticket: int):
    page = sam.get(address(closed_ticket))
    assert page.hidden_fields(address(closed_ticket, "rouvrir"))

    clock.advance(days=14, hours=1)
    sam.sign_in("sam@izarlink.example")
    refused = send(sam, closed_ticket, "rouvrir", reason="Encore.")

    assert refused.status == 409
    assert "Un ticket peut être rouvert pendant 14 jours après sa clôture." in refused.errors[0]


def test_a_person_who_is_not_offered_is_refused(sam: Browser, cast: Cast, taken_ticket: int):
    assignee = press(sam, taken_ticket, "affecter", person=cast["charlie"].id)
    watcher = press(sam, taken_ticket, "observateurs", operation="ajouter", person=cast["charlie"].id)
    requester = press(sam, taken_ticket, "demandeur", person=cast["charlie"].id)

    assert (assignee.errors, watcher.errors, requester.errors) == ([UNKNOWN], [UNKNOWN], [UNKNOWN])
    assert "Charlie" not in assignee.words + watcher.words + requester.words


def test_a_refused_file_keeps_the_text_and_the_other_file(sam: Browser, taken_ticket: int):
    files = [(BytesIO(b"ok"), "mesure.txt"), (BytesIO(b"MZ"), "outil.exe")]

    page = press(sam, taken_ticket, "repondre", comment="Voici.", files=files)

    assert page.status == 415
    assert text_in(page, "repondre-comment") == "Voici."
    assert "Fichiers déjà reçus mesure.txt" in page.words

    done = press_on(page, sam, taken_ticket, "repondre", comment="Voici.")
    assert "mesure.txt" in sam.get(str(done.location).partition("#")[0]).words


def test_a_form_without_its_token_comes_back_with_its_text(sam: Browser, stored: Callable[[], int], taken_ticket: int):
    before = stored()

    page = sam.post(address(taken_ticket, "note"), {"note": "Optique à changer."})

    assert page.status == 400
    assert text_in(page, "note-note") == "Optique à changer."
    assert stored() == before


# --- meanwhile --------------------------------------------------------------------------------------------------------


def test_a_solution_written_on_an_old_page_shows_what_came_in(
    portal: Portal, cast: Cast, sam: Browser, stored: Callable[[], int], taken_ticket: int
):
    old = sam.get(address(taken_ticket))
    portal.tickets.add_follow_up(cast.context("alice"), number=taken_ticket, text="C’est revenu tout seul.")
    before = stored()

    page = press_on(old, sam, taken_ticket, "resoudre", solution="Optique remplacée.")

    assert (page.status, stored()) == (409, before)
    assert text_in(page, "resoudre-solution") == "Optique remplacée."
    assert "Nouveau depuis que vous avez ouvert ce ticket : Alice Etcheverry a ajouté un suivi" in page.words
    assert "Envoyer quand même" in page.words

    again = press_on(page, sam, taken_ticket, "resoudre", solution="Optique remplacée.")
    assert again.status == 303


def test_a_solution_without_a_version_is_refused(sam: Browser, taken_ticket: int):
    versions = ["", "x", "-1", "٣", "9" * 40]

    pages = [press(sam, taken_ticket, "resoudre", solution="Réparé.", version=version) for version in versions]

    assert [page.status for page in pages] == [409] * len(versions)


# --- twice ------------------------------------------------------------------------------------------------------------


def test_a_form_sent_twice_is_executed_once(sam: Browser, stored: Callable[[], int], taken_ticket: int):
    page = sam.get(address(taken_ticket))

    first = press_on(page, sam, taken_ticket, "resoudre", solution="Optique remplacée.")
    count = stored()
    second = press_on(page, sam, taken_ticket, "resoudre", solution="Optique remplacée.")

    assert (second.status, second.location) == (303, first.location)
    assert stored() == count


def test_a_form_changed_and_sent_again_comes_back_under_a_new_id(sam: Browser, taken_ticket: int):
    page = sam.get(address(taken_ticket))
    press_on(page, sam, taken_ticket, "note", note="Optique à changer.")

    again = press_on(page, sam, taken_ticket, "note", note="Optique et cordon à changer.")

    assert again.status == 409
    assert "Ce formulaire a déjà été envoyé" in again.errors[0]
    assert text_in(again, "note-note") == "Optique et cordon à changer."
    assert press_on(again, sam, taken_ticket, "note", note="Optique et cordon à changer.").status == 303
