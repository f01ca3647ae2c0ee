"""Headings, labels, links and buttons of the customers' pages, in order."""

from collections.abc import Callable, Iterator
from uuid import uuid4
from xml.etree.ElementTree import Element

import pytest
from tests.cast import ETXEA, Cast
from tests.openings import closed_incident, open_incident, resolved_incident
from tests.web.browsing import Browser, Page, text_of

from izarlink_tickets.accounts import Preferences
from izarlink_tickets.application import Portal
from izarlink_tickets.application.accounts import NewAccount
from izarlink_tickets.attachments import Upload
from izarlink_tickets.domain.vocabulary import Role

pytestmark = pytest.mark.sqlite_only("labels of forms")

WORDED = frozenset({"h1", "h2", "label", "legend", "dt", "th", "a", "button", "summary"})
TABS = ["Coordonnées", "Mot de passe", "Personnalisation", "Sessions", "Sécurité"]
CHOICE = ["Nouveau mot de passe", "Confirmer le mot de passe", "Enregistrer"]
STATE = ["État", "Pris en charge par"]
FACTS = ["Type de demande", "Catégorie", "Urgence", "Service", "Ouvert le", "par"]
FOLLOW_UP = ["Ajouter un suivi", "Commentaire", "Fichier", "Envoyer le suivi"]
STATES = ["Tous 0", "Nouveau 0", "En cours 0", "En attente 0", "Résolu 0", "Clôturé 0", "Annulé 0"]
# With several services, also the service.
FILTERS = ["Type de demande", "Catégorie", "Ouvert du", "Ouvert jusqu’au"]
APPROVAL = ["Approuver la solution", "Commentaire (facultatif)", "Confirmer : approuver et clôturer"]
REFUSAL = ["Le problème persiste", "Quel problème persiste ?", "Fichier", "Confirmer : refuser la solution"]
# Hidden until a message comes in.
NEWS = ["Afficher"]
COLLEAGUES = ["Informer un collègue", "Nom ou adresse mail d’un collègue", "Ajouter l’observateur"]
REOPENING = ["Rouvrir", "Pourquoi rouvrir ce ticket ?", "Confirmer : rouvrir le ticket"]
INITIAL = "premiere-connexion-2026"


def named(page: Page, part: str = "main") -> list[str]:
    """List the labels in a part of the page, without the timeline."""
    element = page.tree.find(f".//{part}")
    assert element is not None
    return list(_named(element))


def _named(element: Element) -> Iterator[str]:
    if element.tag in WORDED:
        yield text_of(element)
        return
    for child in element:
        if child.tag != "ol":
            yield from _named(child)


def test_around_every_page_there_are_the_same_ways(alice: Browser):
    page = alice.get("/aide")

    assert text_of(page.tree.find(".//body/a")) == "Aller au contenu"
    assert named(page, "header") == [
        "Support IzarLink",
        "Créer un ticket",
        "Tickets",
        "Mes connexions",
        "Alice Etcheverry",
        "Se déconnecter",
    ]
    assert named(page, "footer") == ["Aide", "Accessibilité", "Mentions légales", "Données personnelles"]


def test_the_sign_in_says_where_the_credentials_come_from(anonymous: Browser):
    page = anonymous.get("/connexion")

    assert named(page) == ["Connexion", "Identifiant", "Mot de passe", "Se connecter", "Mot de passe oublié ?"]
    assert "Les identifiants vous ont été communiqués par mail." in page.words


def test_the_first_login_has_two_steps(anonymous: Browser, portal: Portal, cast: Cast):
    newcomer = NewAccount("denis@etxea.example", "Denis Etcheverry", Role.CUSTOMER, ETXEA)
    portal.accounts.create_account_with_password(cast.context("system"), newcomer, password=INITIAL)
    anonymous.sign_in(newcomer.email, INITIAL)

    first = anonymous.get("/bienvenue/mot-de-passe")
    own = "quatre chevaux sans selle"
    anonymous.send("/bienvenue/mot-de-passe", {"new_password": own, "confirmation": own})
    second = anonymous.get("/bienvenue/coordonnees")

    assert named(first) == ["Choisissez votre mot de passe", *CHOICE]
    details = ["Nom", "Mail", "Téléphone", "Valider mes informations", "Plus tard"]
    assert named(second) == ["Vérifiez vos informations", *details]


@pytest.mark.parametrize(
    ("path", "heading", "expected"),
    [
        ("/profil", "Profil", ["Nom", "Mail", "Téléphone", "Valider mes informations"]),
        ("/profil/mot-de-passe", "Mot de passe", ["Mot de passe actuel", *CHOICE]),
        (
            "/profil/personnalisation",
            "Personnalisation",
            [
                *("Langue", "Fuseau horaire", "Thème", "Comme mon appareil", "Clair", "Sombre"),
                *("Mails pour mes propres actions", "Enregistrer", "Rétablir les valeurs par défaut"),
            ],
        ),
        ("/profil/sessions", "Sessions", ["Fermer toutes les sessions"]),
        (
            "/profil/securite",
            "Sécurité",
            [
                *("Identifiant", "Rôle", "Mot de passe", "le changer", "Double authentification", "l’activer"),
                *("Dernière connexion", "voir les sessions"),
                *("Activité récente", "Date", "Ce qui s’est passé"),
            ],
        ),
    ],
)
def test_the_profile_has_five_parts(alice: Browser, path: str, heading: str, expected: list[str]):
    assert named(alice.get(path)) == [heading, *TABS, *expected]


def test_other_sessions_can_be_closed_together(alice: Browser, browser_of: Callable[[str], Browser]):
    browser_of("alice").get("/profil")

    names = named(alice.get("/profil/sessions"))
    assert names[-2:] == ["Fermer toutes les autres sessions", "Fermer toutes les sessions"]


def test_the_form_says_that_all_is_asked_for(alice: Browser):
    page = alice.get("/tickets/nouveau")

    assert "Tous les champs sont obligatoires, sauf mention contraire." in page.words
    assert [group.get("aria-label") for group in page.tree.iter() if group.get("role") == "group"] == ["Administrative"]
    assert named(page)[-3:] == ["Description", "Fichier (facultatif)", "Envoyer"]


def test_an_empty_list_leads_to_the_form(alice: Browser, browser_of: Callable[[str], Browser]):
    mine, company = alice.get("/tickets"), browser_of("bob").get("/tickets")

    search = ["Rechercher", "Filtres", *FILTERS, "Trier par", "Rechercher"]
    assert named(mine) == ["Tickets", "Créer un ticket", *STATES, *search, "Créer un ticket"]
    assert named(company)[2:4] == ["Mes tickets", "Tous ceux de ma société"]
    assert "Votre société n’a pas encore de ticket. Créer un ticket" in company.words


def test_the_columns_of_the_list_are_in_the_reader_s_language(alice: Browser, portal: Portal, cast: Cast):
    open_incident(portal, cast)
    portal.profiles.save_preferences(cast["alice"].id, preferences=Preferences(locale="en"))

    columns = [text_of(heading) for heading in alice.get("/tickets").tree.iter("th")]

    assert columns == ["No.", "Title", "Type and category", "Urgency", "State", "Opened on", "Last activity"]


def test_a_new_ticket_can_be_added_to(alice: Browser, portal: Portal, cast: Cast):
    open_incident(portal, cast, uploads=[Upload("avant.txt", b"x"), Upload("après.txt", b"y")])

    page = alice.get("/tickets/1")

    files = ["Fichiers", "avant.txt", "après.txt"]
    withdrawal = ["Annuler le ticket", "Motif (facultatif)", "Confirmer : annuler le ticket"]
    parts = ["Suivi", "Historique", "Fichiers (2)", *NEWS, "Historique", *files, *FOLLOW_UP, *COLLEAGUES]
    assert named(page) == ["n° 1 — Débit à 2 Mbit/s", *STATE, *FACTS, *parts, *withdrawal]


def test_a_resolved_ticket_shows_the_approval_first(alice: Browser, portal: Portal, cast: Cast):
    resolved_incident(portal, cast)

    page = alice.get("/tickets/1")

    decision = ["Solution proposée", *APPROVAL, *REFUSAL]
    folded = [FOLLOW_UP[0], "Écrire sans décider", *FOLLOW_UP[1:]]
    rest = [*FACTS, "Suivi", "Historique", *NEWS, "Historique", *folded, *COLLEAGUES]
    assert named(page) == ["n° 1 — Débit à 2 Mbit/s", *STATE, *decision, *rest]


def test_a_closed_ticket_shows_what_can_follow(alice: Browser, portal: Portal, cast: Cast):
    closed_incident(portal, cast)

    page = alice.get("/tickets/1")

    rest = ["Suivi", "Historique", *NEWS, "Historique", "Suivi", *REOPENING, "Créer un ticket lié"]
    assert named(page) == ["n° 1 — Débit à 2 Mbit/s", *STATE, *FACTS, *rest]


def test_every_page_says_how_many_tickets_wait_for_the_viewer(
    alice: Browser, browser_of: Callable[[str], Browser], portal: Portal, cast: Cast
):
    resolved_incident(portal, cast)
    one = alice.get("/aide")
    asked = open_incident(portal, cast)
    portal.tickets.request_information(cast.context("sam"), number=asked, question="Quel débit ?")
    two, company = alice.get("/aide"), browser_of("bob").get("/aide")

    assert "1 ticket attend votre action — n° 1" in one.words
    assert one.title == "(1) Aide – Support IzarLink"
    assert [("2 tickets attendent votre action" in page.words, page.title[:4]) for page in (two, company)] == [
        (True, "(2) "),
        (True, "(2) "),
    ]
    banners = [page.tree.find(".//p[@class='to-do-banner']/a") for page in (one, two)]
    assert [link.get("href") for link in banners if link is not None] == ["/tickets/1", "/tickets?afaire=1"]
    assert "votre action" not in browser_of("charlie").get("/aide").words


def test_the_first_tab_lists_what_waits_for_the_viewer(
    alice: Browser, browser_of: Callable[[str], Browser], portal: Portal, cast: Cast
):
    resolved_incident(portal, cast)
    resolved_incident(portal, cast, by="carol")
    open_incident(portal, cast)

    mine, company = alice.get("/tickets?afaire=1"), browser_of("bob").get("/tickets?afaire=1")

    assert named(mine)[3:5] == ["À faire de mon côté 1", "Tous 2"]
    assert named(company)[5:7] == ["À faire de mon côté 2", "Tous 3"]
    current = [text_of(link) for link in mine.tree.iter("a") if link.get("aria-current") == "page"]
    assert current == ["Tickets", "À faire de mon côté 1"]
    assert len(mine.tree.findall(".//tbody/tr")) == 1
    assert len(company.tree.findall(".//tbody/tr")) == 2


def test_a_ticket_s_own_page_counts_the_others(alice: Browser, portal: Portal, cast: Cast):
    resolved_incident(portal, cast)
    alone = alice.get("/tickets/1").words
    resolved_incident(portal, cast)

    assert "votre action" not in alone
    assert "1 autre ticket attend votre action" in alice.get("/tickets/1").words


def test_a_request_to_cancel_is_shown_and_can_be_taken_back(alice: Browser, portal: Portal, cast: Cast):
    number = open_incident(portal, cast)
    portal.tickets.assign(cast.context("sam"), number=number, assignee_id=cast["sam"].id)
    portal.tickets.request_cancellation(cast.context("alice"), number=number, reason="Finalement non.")
    asked = alice.get("/tickets/1")

    answer = alice.send("/tickets/1/annulation/retirer", {"command_id": str(uuid4())})

    taken_back = alice.get("/tickets/1")
    assert "demandée, en attente de la décision du support" in asked.words
    assert "Retirer la demande d’annulation" in named(asked)
    assert answer.status == 303
    assert taken_back.announcements == ["Votre demande d’annulation est retirée. Le support continue."]
    assert "Demander l’annulation" in named(taken_back)
    assert "a retiré la demande d’annulation" in taken_back.words
