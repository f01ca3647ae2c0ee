"""« Textes types ».

Managed by the desk, and inserted below the typed text.
"""

from uuid import uuid4

import pytest
from tests.cast import Cast
from tests.web.browsing import Browser, Page
from tests.web.desk.pressing import address, press_on, text_in

from izarlink_tickets.application import Portal
from izarlink_tickets.application.canned_responses import CannedResponseDraft

PAGE = "/bureau/textes"
BODY = "Bonjour {prénom} ({nom}, {société}),\nticket {numéro} « {titre} », service {service}.\n{technicien}"
FILLED = (
    "Bonjour Alice (Alice Etcheverry, Boulangerie Etxea),\nticket 1 « Débit à 2 Mbit/s », service concerné.\nSam Iriart"
)


@pytest.fixture
def text_id(portal: Portal, cast: Cast) -> str:
    return portal.canned_responses.create(cast.context("nora"), CannedResponseDraft("Accueil", BODY))


def fields(**changes: str) -> dict[str, str]:
    return {"command_id": str(uuid4()), "title": "Accueil", "body": "Bonjour {prénom},", "place": "", **changes}


def test_a_text_is_created_changed_withdrawn_and_put_back(sam: Browser):
    assert "Aucun texte type pour l’instant." in sam.get(PAGE).words

    created = sam.send(f"{PAGE}/nouveau", fields())
    page = sam.get(str(created.location))
    assert page.announcements == ["Le texte type est enregistré."]
    assert "Accueil Bonjour {prénom}," in page.words

    edit = next(link.get("href", "") for link in page.tree.iter("a") if "Modifier" in "".join(link.itertext()))
    changed = sam.send(edit, fields(body="Bonsoir {prénom},", revision=str(sam.get(edit).value("revision"))))
    assert "Bonsoir {prénom}," in sam.get(str(changed.location)).words

    withdrawn = sam.send(f"{edit}/retirer", {"command_id": str(uuid4()), "revision": "2"})
    assert "Accueil Retiré" in sam.get(str(withdrawn.location)).words

    back = sam.send(f"{edit}/remettre", {"command_id": str(uuid4()), "revision": "3"})
    assert "Accueil Retiré" not in sam.get(str(back.location)).words


@pytest.mark.parametrize(
    ("changes", "sentence"),
    [
        ({"title": " "}, "Saisissez un titre."),
        ({"body": ""}, "Saisissez le texte."),
        ({"body": "Bonjour {prenom},"}, "« {prenom} » ne sera remplacé par rien. Champs possibles : {prénom}, {nom},"),
        (
            {"body": "Bonjour {prenom} {ville},"},
            "« {prenom} », « {ville} » ne seront remplacés par rien.",
        ),
        ({"place": "-1"}, "Saisissez un nombre entier, de 0 à 9999."),
        ({"place": "x"}, "Saisissez un nombre entier, de 0 à 9999."),
    ],
)
def test_errors_are_shown_and_the_text_is_kept(sam: Browser, changes: dict[str, str], sentence: str):
    page = sam.send(f"{PAGE}/nouveau", fields(**changes))

    assert page.status == 422
    assert page.errors[0].startswith(sentence)
    assert [typed for typed in changes.values() if typed.strip() not in page.html] == []
    assert "Aucun texte type" in sam.get(PAGE).words


def test_of_two_people_who_change_a_text_the_second_sees_the_first(sam: Browser, nora: Browser, text_id: str):
    sam.send(f"{PAGE}/{text_id}", fields(body="De sam.", revision="1"))

    page = nora.send(f"{PAGE}/{text_id}", fields(body="De nora.", revision="1"))
    assert page.status == 409
    assert "Version actuelle : Accueil De sam." in page.words
    assert text_in(page, "body") == "De nora."

    again = nora.send(f"{PAGE}/{text_id}", fields(body="De nora.", revision=str(page.value("revision"))))
    assert "De nora." in nora.get(str(again.location)).words


def test_a_text_that_does_not_exist_is_not_put_into_a_ticket(sam: Browser, new_ticket: int):
    assert sam.get(f"{address(new_ticket)}/textes/nothing").status == 404
    assert sam.send(address(new_ticket, "inserer/nothing")).status == 404


def insert(browser: Browser, page: Page, number: int, slug: str, **typed: str) -> Page:
    """Press « Insérer » beside the text of a form."""
    hidden = page.hidden_fields(address(number, slug))
    return browser.post(address(number, f"inserer/{slug}"), {**hidden, **typed})


def test_a_text_is_inserted_below_what_is_typed_and_then_sent(sam: Browser, text_id: str, taken_ticket: int):
    page = insert(sam, sam.get(address(taken_ticket)), taken_ticket, "repondre", comment="Déjà écrit.", texte=text_id)

    assert page.status == 200
    assert text_in(page, "repondre-comment") == f"Déjà écrit.\n\n{FILLED}"
    assert "a répondu" not in page.words

    sent = press_on(page, sam, taken_ticket, "repondre", comment=text_in(page, "repondre-comment"))
    assert FILLED.replace("\n", " ") in sam.get(str(sent.location).partition("#")[0]).words


def test_without_a_text_chosen_the_page_says_so_and_keeps_what_is_typed(sam: Browser, text_id: str, taken_ticket: int):
    page = insert(sam, sam.get(address(taken_ticket)), taken_ticket, "note", note="Déjà écrit.", texte="")

    assert (page.status, page.errors) == (422, ["Choisissez un texte type."])
    assert text_in(page, "note-note") == "Déjà écrit."


def test_the_script_gets_the_text_alone(sam: Browser, text_id: str, taken_ticket: int):
    answer = sam.get(f"{address(taken_ticket)}/textes/{text_id}")

    assert answer.response.mimetype == "text/plain"
    assert answer.html == FILLED


def test_a_withdrawn_text_is_not_offered(sam: Browser, portal: Portal, cast: Cast, text_id: str, taken_ticket: int):
    assert "Accueil" in sam.get(address(taken_ticket)).words

    portal.canned_responses.withdraw(cast.context("sam"), text_id, seen_revision=1)

    assert "Accueil" not in sam.get(address(taken_ticket)).words


def test_a_text_opens_with_its_place(sam: Browser):
    page = sam.get(str(sam.send(f"{PAGE}/nouveau", fields(place="10")).location))
    edit = next(link.get("href", "") for link in page.tree.iter("a") if "Modifier" in "".join(link.itertext()))

    assert sam.get(edit).value("place") == "10"
