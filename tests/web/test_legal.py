"""The operator's texts, and the hotline on every page."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from flask import Flask
from tests.cast import Cast, Clock
from tests.openings import closed_incident, open_incident
from tests.stage import Stage
from tests.web.browsing import Browser, signed_in, text_of

from izarlink_tickets.application import Portal, open_portal
from izarlink_tickets.config import Settings, load_keys
from izarlink_tickets.web import create_app

pytestmark = pytest.mark.sqlite_only("static texts")

NOTICE = "IzarLink SAS, Bayonne.\nCapital : 10 000 €\n\nHébergeur : https://hote.example/"
SETTINGS = {
    "IZARLINK_SUPPORT_PHONE": "05 59 00 00 00",
    "IZARLINK_SUPPORT_HOURS": "du lundi au vendredi, de 8 h à 18 h",
    "IZARLINK_REPLY_HOURS": "4",
    "IZARLINK_LEGAL_NOTICE": NOTICE,
    "IZARLINK_PRIVACY_NOTICE": "<b>Vos droits</b>",
}
FOOT = "Support par téléphone : 05 59 00 00 00 du lundi au vendredi, de 8 h à 18 h"


@pytest.fixture
def told_portal(tmp_path: Path, stage: Stage) -> Iterator[Portal]:
    """Return a portal with all these settings."""
    stage.settings(tmp_path / "told")
    settings = Settings.read({"IZARLINK_DATA_DIR": str(tmp_path / "told"), **SETTINGS})
    portal = open_portal(settings, load_keys(settings))
    yield portal
    portal.database.close()


@pytest.fixture
def told_app(told_portal: Portal, clock: Clock) -> Flask:
    return create_app(told_portal, clock=clock)


@pytest.fixture
def told(told_app: Flask) -> Browser:
    return Browser(told_app)


def test_the_operator_s_texts_are_shown_as_they_are(told: Browser):
    legal, privacy = told.get("/mentions-legales"), told.get("/donnees-personnelles")

    paragraphs = [text_of(paragraph) for paragraph in legal.tree.findall(".//main/p")]
    assert paragraphs == ["IzarLink SAS, Bayonne. Capital : 10 000 €", "Hébergeur : https://hote.example/"]
    assert "<b>Vos droits</b>" in privacy.words


@pytest.mark.parametrize(
    ("path", "heading"), [("/mentions-legales", "Mentions légales"), ("/donnees-personnelles", "Données personnelles")]
)
def test_without_a_text_the_page_says_something_sensible(anonymous: Browser, path: str, heading: str):
    page = anonymous.get(path)

    assert (page.status, page.heading) == (200, heading)
    assert len(page.tree.findall(".//main/p")) >= 1


@pytest.mark.parametrize("path", ["/connexion", "/aide", "/nulle-part"])
def test_every_page_ends_with_the_hotline(told: Browser, path: str):
    foot = told.get(path).tree.find(".//footer")

    assert foot is not None
    assert FOOT in text_of(foot)
    assert [link.get("href") for link in foot.iter("a")][-1] == "tel:0559000000"


def test_a_failed_sign_in_says_whom_to_call(told: Browser):
    page = told.send("/connexion", {"identifier": "alice@etxea.example", "password": "faux"})

    assert "Vous n’y arrivez pas ? Appelez le 05 59 00 00 00." in page.words


def test_a_new_ticket_says_what_comes_next(told_app: Flask, cast: Cast):
    alice = signed_in(told_app, cast, "alice")
    alice.send(
        "/tickets/nouveau",
        {
            "ticket_type": "DEMANDE",
            "service": "autre",
            "category": "FACTURATION",
            "title": "Facture",
            "description": "Copie.",
        },
    )

    assert alice.get("/tickets/1").announcements == [
        "Votre ticket n° 1 est enregistré.",
        "Le support vous répond sous 4 heures ouvrées ; un mail vous prévient à chaque étape.",
    ]


def test_beside_the_form_are_open_tickets_and_the_hotline(told_app: Flask, told_portal: Portal, cast: Cast):
    open_incident(told_portal, cast)
    closed_incident(told_portal, cast)

    aside = signed_in(told_app, cast, "alice").get("/tickets/nouveau").tree.find(".//main//aside")

    words = text_of(aside)
    assert words.startswith("Vos tickets ouverts n° 1 — Débit à 2 Mbit/s Nouveau Tous vos tickets")
    assert words.endswith("Par téléphone 05 59 00 00 00 du lundi au vendredi, de 8 h à 18 h")
