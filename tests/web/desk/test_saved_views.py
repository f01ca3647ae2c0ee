"""Saved views of the queue: created, renamed, deleted, private."""

from collections.abc import Callable
from uuid import uuid4

import pytest
from tests.cast import Cast
from tests.openings import open_incident, open_request
from tests.web.browsing import Browser, Page, text_of

from izarlink_tickets.application import Portal
from izarlink_tickets.application.saved_views import MAX_VIEWS, SavedViewNotFound

NARROWED = "vue=a-traiter&type=DEMANDE&tri=numero"


def save(browser: Browser, name: str, query: str = NARROWED) -> Page:
    return browser.send(f"/bureau/vues?{query}", {"command_id": str(uuid4()), "name": name})


def tabs_of(page: Page) -> dict[str, str]:
    """Return the URLs of the saved views' tabs, by label."""
    links = page.tree.findall(".//nav[@aria-label='Vues']//a")[7:]
    return {text_of(link): link.get("href", "") for link in links}


def current_on(page: Page) -> list[str]:
    return [text_of(link) for link in page.tree.findall(".//nav[@aria-label='Vues']//a[@aria-current]")]


def id_of(browser: Browser, name: str) -> str:
    """Return the id of the view, from the URL of its form."""
    forms = [form for form in browser.get("/bureau/vues").tree.iter("form") if "renommer" in form.get("action", "")]
    matching = [form for form in forms if form.findall(f".//input[@value='{name}']")]
    return matching[0].get("action", "").split("/")[3]


def test_a_saved_view_is_a_tab_with_a_count(sam: Browser, portal: Portal, cast: Cast):
    open_request(portal, cast)
    open_incident(portal, cast)
    assert "Enregistrer cette vue" in sam.get(f"/bureau?{NARROWED}").words

    answer = save(sam, "Les  demandes")

    page = sam.get(f"/bureau?{NARROWED}")
    assert (answer.status, answer.location) == (303, f"/bureau?{NARROWED}")
    assert tabs_of(page) == {"Les demandes 1": f"/bureau?{NARROWED}"}
    assert current_on(page) == ["Les demandes 1"]
    assert current_on(sam.get("/bureau")) == ["À traiter 2"]
    assert "Gérer mes vues" in page.words


def test_a_view_that_is_slow_to_count_has_no_count(sam: Browser):
    save(sam, "Tout", "vue=tous&categorie=DEBIT")
    save(sam, "Fibre", "vue=a-moi&q=fibre")

    assert list(tabs_of(sam.get("/bureau"))) == ["Fibre", "Tout"]


def test_only_known_parameters_are_saved(sam: Browser):
    save(sam, "Odd", "vue=nimporte&type=x&urgence=4&apres=abc&tri=__class__&nimporte=%3Cscript%3E")

    assert list(tabs_of(sam.get("/bureau")).values()) == ["/bureau?vue=a-traiter&urgence=4"]


def test_a_view_with_a_filter_that_no_longer_exists_still_opens(sam: Browser, portal: Portal, cast: Cast):
    portal.saved_views.create(cast.context("sam"), name="Ancienne", query="vue=disparue&type=PANNE&organisation=x")

    page = sam.get(tabs_of(sam.get("/bureau"))["Ancienne 0"])

    assert (page.status, current_on(page)) == (200, ["Ancienne 0"])


def test_a_view_is_renamed_and_deleted(sam: Browser):
    save(sam, "Demandes")
    address = f"/bureau/vues/{id_of(sam, 'Demandes')}"

    sam.post(f"{address}/renommer", {**sam.get("/bureau/vues").hidden_fields(f"{address}/renommer"), "name": "D"})
    renamed = tabs_of(sam.get("/bureau"))
    sam.post(f"{address}/supprimer", sam.get("/bureau/vues").hidden_fields(f"{address}/supprimer"))

    assert list(renamed) == ["D 0"]
    assert tabs_of(sam.get("/bureau")) == {}


@pytest.mark.parametrize(
    ("name", "error"),
    [
        (" ", "Saisissez un nom."),
        ("x" * 41, "Raccourcissez le nom : 40 caractères au plus (vous en avez 41)."),
        ("DEMANDES ", "Une autre de vos vues porte déjà ce nom."),
    ],
)
def test_a_refused_name_comes_back(sam: Browser, name: str, error: str):
    save(sam, "Demandés")

    page = save(sam, name)

    assert page.status == 422
    assert error in str(page.error_at("name"))
    assert page.value("name") == " ".join(name.split())


def test_a_form_sent_twice_saves_one_view(sam: Browser):
    path = f"/bureau/vues?{NARROWED}"
    fields = {**sam.get(path).hidden_fields(path), "name": "Demandes"}

    statuses = [sam.post(path, fields).status for _ in range(2)]

    assert (statuses, len(tabs_of(sam.get("/bureau")))) == ([303, 303], 1)


def test_a_view_can_be_deleted_from_a_page_that_has_renamed_it(sam: Browser):
    save(sam, "Demandes")
    address = f"/bureau/vues/{id_of(sam, 'Demandes')}"
    fields = sam.get("/bureau/vues").hidden_fields(f"{address}/renommer")
    sam.post(f"{address}/renommer", {**fields, "name": "D"})

    refused = sam.post(f"{address}/supprimer", fields)
    again = sam.post(f"{address}/supprimer", refused.hidden_fields(f"{address}/supprimer"))

    assert (refused.status, again.status, tabs_of(sam.get("/bureau"))) == (409, 303, {})


@pytest.mark.parametrize("name", ["sam", "nora"])
def test_a_form_sent_before_comes_back_with_another_id(sam: Browser, browser_of: Callable[[str], Browser], name: str):
    fields = {"command_id": str(uuid4()), "name": "Demandes"}
    sam.send("/bureau/vues?vue=tous", fields)
    person = browser_of(name)

    back = person.send("/bureau/vues?vue=tous", {**fields, "name": "Autres"})

    sentence = "Ce formulaire a déjà été envoyé. Envoyez-le de nouveau si c’est bien une autre demande."
    assert (back.status, back.errors, back.value("name")) == (409, [sentence], "Autres")
    assert back.hidden_fields("/bureau/vues?vue=tous")["command_id"] != fields["command_id"]
    assert "Autres 0" not in tabs_of(person.get("/bureau"))


def test_the_number_of_views_is_limited(sam: Browser, portal: Portal, cast: Cast):
    for number in range(MAX_VIEWS):
        portal.saved_views.create(cast.context("sam"), name=f"Vue {number}", query="vue=tous")

    page = save(sam, "Une de trop")

    assert (page.status, page.errors) == (409, ["Vous avez déjà 20 vues. Supprimez-en une d’abord."])


def test_a_view_is_private(sam: Browser, browser_of: Callable[[str], Browser]):
    save(sam, "Demandes")
    nora, address = browser_of("nora"), f"/bureau/vues/{id_of(sam, 'Demandes')}"

    statuses = [nora.send(f"{address}/{what}", {"name": "Prise"}).status for what in ("renommer", "supprimer")]

    assert statuses == [404, 404]
    assert tabs_of(nora.get("/bureau")) == {}
    assert list(tabs_of(sam.get("/bureau"))) == ["Demandes 0"]
    save(nora, "Demandes")
    assert list(tabs_of(nora.get("/bureau"))) == ["Demandes 0"]


def test_the_use_case_refuses_to_delete_a_colleagues_view(portal: Portal, cast: Cast):
    context = cast.context("sam")
    portal.saved_views.create(context, name="Demandes", query=NARROWED)

    with pytest.raises(SavedViewNotFound):
        portal.saved_views.delete(cast.context("nora"), context.command_id)
