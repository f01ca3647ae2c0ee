"""Answers to customers beyond the limits of an hour and the quota."""

from collections.abc import Iterator
from io import BytesIO
from uuid import uuid4

import pytest
from structlog.testing import capture_logs
from tests.cast import Cast, Clock
from tests.openings import open_incident
from tests.web.browsing import Browser, Page, signed_in, text_of

from izarlink_tickets.application import Portal, open_portal
from izarlink_tickets.config import Settings, load_keys
from izarlink_tickets.web import create_app

NEW = {"ticket_type": "INCIDENT", "category": "LENTEUR", "service": "autre", "urgency": "4", "similar": "1"}
KIB = 1024


@pytest.fixture
def strict(settings: Settings) -> Iterator[Portal]:
    """Open a portal with small limits."""
    limits = {"tickets_per_hour": 2, "follow_ups_per_hour": 1, "customer_quota_bytes": KIB}
    portal = open_portal(settings.model_copy(update=limits), load_keys(settings))
    yield portal
    portal.database.close()


@pytest.fixture
def alice(strict: Portal, cast: Cast, clock: Clock) -> Browser:
    return signed_in(create_app(strict, clock=clock), cast, "alice")


def sent(browser: Browser, path: str, fields: dict[str, object]) -> Page:
    return browser.send(path, {"command_id": str(uuid4()), "form_id": str(uuid4()), **fields})


def test_a_ticket_beyond_the_hour_s_comes_back_with_its_text_and_files(
    strict: Portal, cast: Cast, alice: Browser
) -> None:
    for _ in range(2):
        open_incident(strict, cast)
    files = [(BytesIO(b"2 Mbit/s"), "mesure.txt")]

    with capture_logs() as lines:
        page = sent(alice, "/tickets/nouveau", {**NEW, "title": "Débit", "description": "Encore lent.", "files": files})

    assert page.status == 429
    assert page.response.headers["Retry-After"] == "3599"
    sentence = "Vous avez créé 2 tickets en une heure, le maximum. Votre saisie est conservée : envoyez-la de nouveau"
    assert page.errors == [f"{sentence} dans 60 minutes."]
    assert (page.value("title"), text_of(page.field("description"))) == ("Débit", "Encore lent.")
    assert "mesure.txt" in page.words
    assert [(line["reason"], line["detail"], line["account"]) for line in lines if line["event"] == "security"] == [
        ("hourly_limit", "TooManyTickets", cast["alice"].id)
    ]


def test_a_follow_up_beyond_the_hour_s_comes_back(strict: Portal, cast: Cast, alice: Browser) -> None:
    number = open_incident(strict, cast)
    sent(alice, f"/tickets/{number}/suivi", {"comment": "Toujours lent."})

    page = sent(alice, f"/tickets/{number}/suivi", {"comment": "Et encore."})

    assert (page.status, text_of(page.field("comment"))) == (429, "Et encore.")
    assert "messages ou décisions en une heure" in page.errors[0]


def test_a_file_beyond_the_quota_is_refused_at_its_field(strict: Portal, cast: Cast, alice: Browser) -> None:
    number = open_incident(strict, cast)
    files = [(BytesIO(b"x" * 2 * KIB), "mesure.txt")]

    page = sent(alice, f"/tickets/{number}/suivi", {"comment": "Voici.", "files": files})

    assert (page.status, text_of(page.field("comment"))) == (413, "Voici.")
    assert page.error_at("suivi-files") == (
        "Quota atteint : les fichiers de votre société occupent déjà 0 octet sur 1 Ko. Envoyez sans fichier,"
        " ou demandez au support d’augmenter ce quota."
    )


def test_an_administrator_sees_the_files_of_a_customer(strict: Portal, cast: Cast, clock: Clock) -> None:
    root = signed_in(create_app(strict, clock=clock), cast, "root")

    page = root.get(f"/bureau/clients/{cast['alice'].organisation_id}")

    assert "0 octet sur 1 Ko" in page.words
