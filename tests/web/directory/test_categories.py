"""« Catégories »: administrators change what customers can choose."""

from tests.cast import Cast
from tests.openings import open_incident
from tests.web.browsing import Browser, Page, text_of
from tests.web.directory.filling import fill, followed

from izarlink_tickets.application import Portal

HERE = "/bureau/categories"


def offered(page: Page) -> list[str]:
    """List the labels of the categories in « Créer un ticket »."""
    radios = [element.get("id") for element in page.tree.iter("input") if element.get("name") == "category"]
    labels = {element.get("for"): text_of(element) for element in page.tree.iter("label")}
    return [labels[radio] for radio in radios]


def test_a_category_is_added_ordered_and_offered(root: Browser, alice: Browser):
    page = root.get(HERE)
    typed = {"ticket_type": "DEMANDE", "label": "Voix sur IP", "group_label": "Téléphonie", "default_impact": "4"}

    page = followed(root, fill(root, page, f"{HERE}/nouvelle", **typed))
    page = followed(root, fill(root, page, f"{HERE}/VOIX_SUR_IP/monter"))
    page = followed(root, fill(root, page, f"{HERE}/LENTEUR/monter"))

    assert offered(alice.get("/tickets/nouveau"))[:2] == ["Lenteur", "Coupure totale"]
    assert "Voix sur IP" in offered(alice.get("/tickets/nouveau"))
    assert "Téléphonie > Voix sur IP Impact de départ : Haut" in page.words


def test_a_renamed_category_leaves_old_tickets_alone(portal: Portal, cast: Cast, root: Browser, alice: Browser):
    number = open_incident(portal, cast)

    fill(root, root.get(f"{HERE}/DEBIT"), f"{HERE}/DEBIT/renommer", label="Débit insuffisant", group_label="")

    assert "Débit insuffisant" in offered(alice.get("/tickets/nouveau"))
    assert "Débit insuffisant" not in alice.get(f"/tickets/{number}").words
    assert "Débit insuffisant" in root.get(f"/bureau/tickets/{number}").words
    assert "Débit" in root.get(HERE).words.partition("Plus proposées")[2]


def test_a_withdrawn_category_is_gone_from_the_form_and_comes_back(root: Browser, alice: Browser):
    page = followed(root, fill(root, root.get(f"{HERE}/LENTEUR"), f"{HERE}/LENTEUR/retirer"))
    assert "Lenteur" not in offered(alice.get("/tickets/nouveau"))

    page = followed(root, fill(root, page, f"{HERE}/LENTEUR/remettre"))

    assert page.announcements == ["La catégorie est de nouveau proposée."]
    assert "Lenteur" in offered(alice.get("/tickets/nouveau"))


def test_an_invalid_category_is_refused_at_its_field(root: Browser):
    whole, form = {"ticket_type": "INCIDENT", "label": "Voix", "group_label": "", "default_impact": "3"}, root.get(HERE)

    answers = [
        fill(root, form, f"{HERE}/nouvelle", **(whole | typed))
        for typed in ({"label": ""}, {"label": "debit"}, {"default_impact": "9"})
    ]

    assert [page.status for page in answers] == [422] * 3
    assert [page.errors for page in answers] == [
        ["Saisissez un libellé."],
        ["Une autre catégorie de ce type porte déjà ce nom."],
        ["Choix inconnu. Choisissez une des valeurs proposées."],
    ]


def test_an_impact_that_somebody_else_changed_is_shown(portal: Portal, cast: Cast, root: Browser):
    form = root.get(f"{HERE}/DEBIT")
    portal.categories.change_impact(cast.context("system"), code="DEBIT", default_impact=1)

    refused = fill(root, form, f"{HERE}/DEBIT/impact", default_impact="5")
    saved = fill(root, refused, f"{HERE}/DEBIT/impact", default_impact="5")

    assert refused.status == 409
    assert "Impact de départ : « Moyen » → « Très bas »" in refused.words
    assert saved.status == 303
