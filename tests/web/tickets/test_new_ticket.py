"""« Créer un ticket »: the form, the recorded ticket, the requester."""

from collections.abc import Callable
from uuid import uuid4

import pytest
from tests.cast import Cast, new_service
from tests.web.browsing import Browser, Page, text_of
from tests.web.tickets.filling import a_file, entry, ticket, typed

from izarlink_tickets.application import Portal

UNKNOWN = "Choix inconnu. Choisissez une des valeurs proposées."


def labels(page: Page) -> list[str]:
    inside = [text_of(element) for element in page.tree.iter() if element.tag in {"label", "legend"}]
    return list(dict.fromkeys(inside))


# --- the form ---------------------------------------------------------------------------------------------------------


def test_the_form_asks_what_the_guide_says_in_its_words(alice: Browser):
    page = alice.get("/tickets/nouveau")

    assert page.heading == "Créer un ticket"
    assert labels(page) == [
        "Type de demande",
        "Incident",
        "Demande",
        "Service IzarLink concerné",
        "Catégorie",
        "Coupure totale",
        "Lenteur",
        "Perte de Paquets",
        "Débit",
        "Urgence",
        "Haute",
        "Moyenne",
        "Technique",
        "Facturation",
        "Information",
        "Modification",
        "Titre",
        "Description",
        "Fichier (facultatif)",
    ]
    assert "5 fichiers au plus, 2 Mo chacun" in page.words


def test_no_type_is_chosen_and_the_urgency_is_preset(alice: Browser):
    page = alice.get("/tickets/nouveau")

    chosen = [element.get("value") for element in page.tree.iter("input") if element.get("checked") is not None]
    assert chosen == ["3"]


def test_the_only_service_is_preselected(alice: Browser, cast: Cast):
    page = alice.get("/tickets/nouveau")

    options = [(text_of(element), "selected" in element.attrib) for element in page.field("service").iter("option")]
    assert options == [("FTTO-00417 – Fibre du fournil", True), ("Autre / je ne sais pas", False)]


def test_with_two_services_one_has_to_be_chosen(portal: Portal, cast: Cast, alice: Browser):
    new_service(portal, cast.clock(), reference="SDSL-00112", organisation_name="Boulangerie Etxea", label="Boutique")

    page = alice.get("/tickets/nouveau")

    options = [text_of(element) for element in page.field("service").iter("option")]
    assert options == [
        "Choisissez un service",
        "FTTO-00417 – Fibre du fournil",
        "SDSL-00112 – Boutique",
        "Autre / je ne sais pas",
    ]


# --- what is recorded -------------------------------------------------------------------------------------------------


def test_an_incident_is_recorded_and_shown(alice: Browser, portal: Portal, cast: Cast):
    answer = alice.send("/tickets/nouveau", typed(service=cast.fibre.id))

    recorded = ticket(portal, cast["alice"].actor)
    assert (answer.status, answer.location) == (303, "/tickets/1")
    assert alice.get("/tickets/1").announcements == [
        "Votre ticket n° 1 est enregistré.",
        "Le support le prend en charge ; un mail vous prévient à chaque étape.",
    ]
    assert (recorded.title, recorded.ticket_type, recorded.category) == ("Débit à 2 Mbit/s", "INCIDENT", "DEBIT")
    assert (recorded.urgency, recorded.service_id) == (4, cast.fibre.id)


def test_a_request_is_recorded_without_urgency(alice: Browser, portal: Portal, cast: Cast):
    alice.send("/tickets/nouveau", typed(ticket_type="DEMANDE", category="FACTURATION", urgency=None))

    assert ticket(portal, cast["alice"].actor).urgency is None


def test_a_browser_without_javascript_may_send_the_hidden_preset_along(alice: Browser, portal: Portal, cast: Cast):
    answer = alice.send("/tickets/nouveau", typed(ticket_type="DEMANDE", category="TECHNIQUE", urgency="3"))

    assert answer.status == 303
    assert ticket(portal, cast["alice"].actor).urgency is None


def test_the_same_form_sent_twice_gets_the_same_answer(alice: Browser, stored: Callable[[], int]):
    form = typed()
    first = alice.send("/tickets/nouveau", form)
    after_one = stored()

    second = alice.send("/tickets/nouveau", form)

    assert (second.status, second.location) == (303, first.location)
    assert stored() == after_one


def test_an_edited_form_sent_again_comes_back_with_its_text(alice: Browser, stored: Callable[[], int]):
    command_id = str(uuid4())
    alice.send("/tickets/nouveau", typed(command_id=command_id))
    after_one = stored()

    again = alice.send("/tickets/nouveau", typed(command_id=command_id, title="Autre chose"))

    assert again.status == 409
    assert "Ce formulaire a déjà été envoyé (ticket n° 1)" in again.errors[0].replace("\u00a0", " ")
    assert again.value("title") == "Autre chose"
    assert stored() == after_one
    renewed = typed(command_id=again.value("command_id"), similar=again.value("similar"), title="Autre chose")
    assert alice.send("/tickets/nouveau", renewed).location == "/tickets/2"


def test_fields_that_the_form_does_not_have_change_nothing(alice: Browser, portal: Portal, cast: Cast):
    foreign = {"role": "administrator", "requester_id": cast["charlie"].id, "state": "CLOTURE", "priority": "5"}

    alice.send("/tickets/nouveau", {**typed(), **foreign, "opened_at": "1970-01-01", "organisation_id": "x"})

    recorded = ticket(portal, cast["alice"].actor)
    assert (recorded.requester_id, recorded.state, recorded.priority) == (cast["alice"].id, "NOUVEAU", 4)


# --- tickets it has to do with ----------------------------------------------------------------------------------------


def test_a_related_ticket_is_named_on_the_form_which_begins_as_it_was(
    alice: Browser, portal: Portal, cast: Cast, closed_ticket: int
):
    page = alice.get(f"/tickets/nouveau?lie={closed_ticket}")
    answer = alice.send("/tickets/nouveau", typed(related_to=page.value("related_to")))

    chosen = [
        element.get("value") for element in page.tree.iter() if {"checked", "selected"}.intersection(element.keys())
    ]
    assert "Ce ticket sera lié au ticket n° 1 — Débit à 2 Mbit/s." in page.words
    assert chosen == ["INCIDENT", "autre", "DEBIT", "3"]
    assert answer.location == "/tickets/2"
    assert ticket(portal, cast["alice"].actor, 2).related_to == closed_ticket


@pytest.mark.parametrize("number", ["1", "999", "0", "-1", "٣", "9" * 30, "x"])
def test_an_invisible_ticket_is_not_linked(
    charlie: Browser, portal: Portal, cast: Cast, closed_ticket: int, number: str
):
    page = charlie.get(f"/tickets/nouveau?lie={number}")
    answer = charlie.send("/tickets/nouveau", typed(related_to=number))

    assert "sera lié" not in page.words
    assert answer.location == "/tickets/2"
    assert ticket(portal, cast["charlie"].actor, 2).related_to is None


def test_an_unfinished_ticket_is_not_linked(alice: Browser, stored: Callable[[], int], new_ticket: int):
    before = stored()

    page = alice.send("/tickets/nouveau", typed(related_to=str(new_ticket), category="LENTEUR"))

    assert page.status == 409
    assert "Le ticket n° 1 n’est pas terminé" in page.errors[0]
    assert "sera lié" not in page.words
    assert stored() == before


def test_a_similar_ticket_is_told_of_before_another_is_opened(bob: Browser, stored: Callable[[], int], new_ticket: int):
    before = stored()

    page = bob.send("/tickets/nouveau", typed(title="Débit très bas", files=[a_file()]))

    values = {name: page.value(name) for name in ("similar", "command_id", "form_id", "title")}
    assert (page.status, page.title) == (409, "Créer un ticket – Support IzarLink")
    assert "Un ticket semblable est déjà ouvert : n° 1 — Débit à 2 Mbit/s" in page.words
    assert (values["title"], "mesure.txt (8 octets)" in page.words) == ("Débit très bas", True)
    assert stored() == before
    assert bob.send("/tickets/nouveau", typed(**values)).location == "/tickets/2"


@pytest.mark.parametrize(
    ("name", "category"),
    [("alice", "LENTEUR"), ("carol", "DEBIT"), ("charlie", "DEBIT")],
    ids=["another category", "a colleague who does not see it", "a stranger"],
)
def test_what_is_not_similar_or_not_seen_is_not_told_of(
    browser_of: Callable[[str], Browser], new_ticket: int, name: str, category: str
):
    assert browser_of(name).send("/tickets/nouveau", typed(category=category)).location == "/tickets/2"


def test_a_ticket_on_another_service_is_not_similar(alice: Browser, cast: Cast, new_ticket: int):
    assert alice.send("/tickets/nouveau", typed(service=cast.fibre.id)).location == "/tickets/2"


def test_a_ticket_of_yesterday_is_not_similar(browser_of: Callable[[str], Browser], cast: Cast, new_ticket: int):
    cast.clock.advance(hours=15)

    assert browser_of("alice").send("/tickets/nouveau", typed()).location == "/tickets/2"


def test_a_closed_ticket_is_similar_to_nothing(alice: Browser, closed_ticket: int):
    assert alice.send("/tickets/nouveau", typed()).location == "/tickets/2"


def test_support_opens_a_related_ticket_for_the_same_requester(sam: Browser, closed_ticket: int):
    page = sam.get(f"/tickets/nouveau?lie={closed_ticket}")

    assert "Pour Alice Etcheverry (Boulangerie Etxea)." in page.words
    assert "Ce ticket sera lié au ticket n° 1" in page.words


def test_support_is_told_of_a_similar_ticket_of_that_customer_alone(sam: Browser, cast: Cast, new_ticket: int):
    address = "/tickets/nouveau?demandeur="

    assert sam.send(address + cast["charlie"].id, typed()).location == "/tickets/2"
    assert sam.send(address + cast["carol"].id, typed()).status == 409


# --- who --------------------------------------------------------------------------------------------------------------


def test_support_opens_a_ticket_for_a_customer(sam: Browser, portal: Portal, cast: Cast):
    choice = sam.get("/tickets/nouveau?q=ÉTCHE+alice")
    address = f"/tickets/nouveau?demandeur={cast['alice'].id}"
    form = sam.get(address)

    answer = sam.send(address, typed(service=cast.fibre.id))
    written = sam.get("/bureau/tickets/1")

    recorded = ticket(portal, cast["alice"].actor)
    assert address in [link.get("href") for link in choice.tree.findall(".//tbody//a")]
    assert "bob@etxea.example" not in choice.words
    assert "Pour Alice Etcheverry (Boulangerie Etxea)." in form.words
    assert answer.location == "/tickets/1"
    assert recorded.requester_id == cast["alice"].id
    assert entry(written, 1).startswith("Sam Iriart (support IzarLink) a ouvert le ticket")


def test_support_looks_for_customers_alone_and_is_told_when_there_are_none(sam: Browser):
    all_people, no_people = sam.get("/tickets/nouveau"), sam.get("/tickets/nouveau?q=sam")

    assert all_people.words.count(".example") == 4
    assert "Aucun compte actif de client ne correspond." in no_people.words


@pytest.mark.parametrize("chosen", ["", "x", "sam", "%00"])
def test_support_has_to_choose_a_customer_first(sam: Browser, cast: Cast, stored: Callable[[], int], chosen: str):
    address = f"/tickets/nouveau?demandeur={cast['sam'].id if chosen == 'sam' else chosen}"
    before = stored()

    page = sam.send(address, typed())

    assert page.heading == "Créer un ticket pour un client"
    assert stored() == before


def test_a_customer_opens_no_ticket_for_another(alice: Browser, portal: Portal, cast: Cast):
    alice.send(f"/tickets/nouveau?demandeur={cast['bob'].id}", typed())

    assert ticket(portal, cast["alice"].actor).requester_id == cast["alice"].id


def test_a_form_without_its_token_comes_back_with_its_text(alice: Browser, stored: Callable[[], int]):
    before = stored()

    page = alice.post("/tickets/nouveau", typed(title="Ne pas perdre"))

    assert page.status == 400
    assert page.value("title") == "Ne pas perdre"
    assert stored() == before
