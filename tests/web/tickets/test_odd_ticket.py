"""« Créer un ticket ».

Odd values, refused or recorded as they are.
"""

from collections.abc import Callable

import pytest
from tests.cast import Cast
from tests.web.browsing import Browser
from tests.web.tickets.filling import ticket, typed
from werkzeug.datastructures import MultiDict

from izarlink_tickets.application import Portal
from izarlink_tickets.directory import close_service
from izarlink_tickets.domain.vocabulary import Actor
from izarlink_tickets.projections.history_queries import one_entry

UNKNOWN = "Choix inconnu. Choisissez une des valeurs proposées."


def description(portal: Portal, viewer: Actor) -> str | None:
    with portal.database.query() as connection:
        return one_entry(connection, viewer, number=1, entry=1).entries[0].words


# --- what is refused --------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("changes", "field", "sentence"),
    [
        ({"ticket_type": None}, "ticket_type", "Choisissez un type de demande."),
        ({"ticket_type": ""}, "ticket_type", "Choisissez un type de demande."),
        ({"ticket_type": "Autre"}, "ticket_type", UNKNOWN),
        ({"service": None}, "service", "Choisissez le service concerné."),
        ({"service": ""}, "service", "Choisissez le service concerné."),
        ({"service": "9" * 30}, "service", "Service inconnu. Choisissez un des services proposés."),
        ({"category": None}, "incident", "Choisissez une catégorie."),
        ({"category": ""}, "incident", "Choisissez une catégorie."),
        ({"category": "AUTRE"}, "incident", UNKNOWN),
        ({"category": "FACTURATION"}, "incident", "Choisissez une catégorie de ce type de demande."),
        (
            {"ticket_type": "DEMANDE", "urgency": None},
            "request",
            "Choisissez une catégorie de ce type de demande.",
        ),
        ({"urgency": None}, "urgency", "Indiquez l’urgence."),
        ({"urgency": ""}, "urgency", "Indiquez l’urgence."),
        ({"urgency": "5"}, "urgency", UNKNOWN),
        ({"urgency": "Haute;Moyenne"}, "urgency", UNKNOWN),
        (
            {"ticket_type": "DEMANDE", "category": "TECHNIQUE", "urgency": "4"},
            "urgency",
            "Une demande n’a pas d’urgence : ce choix a été effacé. Envoyez de nouveau si tout le reste convient.",
        ),
        ({"title": None}, "title", "Saisissez un titre."),
        ({"title": ""}, "title", "Saisissez un titre."),
        ({"title": " \u00a0\u200b "}, "title", "Saisissez un titre."),
        ({"title": "\x00"}, "title", "Saisissez un titre."),
        ({"title": "ab"}, "title", "Saisissez un titre de 3 caractères au moins."),
        ({"title": "t" * 212}, "title", "Raccourcissez le titre : 150 caractères au plus (vous en avez 212)."),
        ({"description": None}, "description", "Décrivez votre demande."),
        ({"description": " \n\u2800 "}, "description", "Décrivez votre demande."),
        (
            {"description": "d" * 20_001},
            "description",
            "Raccourcissez la description : 20 000 caractères au plus (vous en avez 20 001).",
        ),
    ],
)
def test_an_odd_value_is_refused_at_its_field_and_nothing_is_lost(
    alice: Browser, stored: Callable[[], int], changes: dict[str, str | None], field: str, sentence: str
):
    before = stored()
    form = typed(**changes)

    page = alice.send("/tickets/nouveau", form)

    assert page.status == 422
    assert page.title.startswith("Erreur : Créer un ticket")
    assert page.error_at(field) == sentence.replace("\u00a0", " ")
    assert page.errors == [page.error_at(field)]
    assert "Le formulaire contient 1 erreur" in page.words
    assert page.value("title") == (form.get("title") or "").strip(" \u00a0\x00")
    assert (form.get("description") or "").strip() in page.html
    assert stored() == before


def test_all_errors_are_told_at_once(alice: Browser):
    page = alice.send("/tickets/nouveau", typed(title="", description="", category=None, urgency=None))

    assert "Le formulaire contient 4 erreurs" in page.words
    assert page.errors == [
        "Choisissez une catégorie.",
        "Indiquez l’urgence.",
        "Saisissez un titre.",
        "Décrivez votre demande.",
    ]


def test_a_choice_sent_twice_is_refused(alice: Browser, stored: Callable[[], int]):
    before = stored()

    page = alice.post("/tickets/nouveau", MultiDict([*typed(csrf_token=alice.token()).items(), ("urgency", "3")]))

    assert (page.status, page.error_at("urgency")) == (422, UNKNOWN)
    assert stored() == before


def test_another_company_s_service_is_unknown(alice: Browser, cast: Cast, stored: Callable[[], int]):
    before = stored()

    page = alice.send("/tickets/nouveau", typed(service=cast.line_of_mendi.id))

    assert page.error_at("service") == "Service inconnu. Choisissez un des services proposés."
    assert stored() == before


def test_a_closed_service_is_unknown(alice: Browser, portal: Portal, cast: Cast):
    with portal.database.command() as connection:
        close_service(connection, service_id=cast.fibre.id)

    page = alice.send("/tickets/nouveau", typed(service=cast.fibre.id))

    assert page.error_at("service") == "Service inconnu. Choisissez un des services proposés."


def test_a_refused_urgency_is_preset_again(alice: Browser):
    page = alice.send("/tickets/nouveau", typed(ticket_type="DEMANDE", category="TECHNIQUE", urgency="4"))

    chosen = [element.get("value") for element in page.tree.iter("input") if element.get("checked") is not None]
    assert chosen == ["DEMANDE", "3", "TECHNIQUE"]


def test_the_error_of_a_category_leads_to_one_of_the_chosen_type(alice: Browser):
    page = alice.send("/tickets/nouveau", typed(ticket_type="DEMANDE", category=None, urgency=None))

    link = next(element for element in page.tree.findall(".//*[@role='alert']//a"))
    target = page.tree.find(f".//*[@id='{link.get('href', '')[1:]}']")
    assert target is not None
    assert target.get("value") == "TECHNIQUE"


@pytest.mark.parametrize(
    ("title", "recorded"),
    [
        ("t" * 150, "t" * 150),
        ("De\u0301bit\u2028perdu\x00", "Débit perdu"),
        ("\u202eexe.fdp", "exe.fdp"),
        ("<script>alert(1)</script>", "<script>alert(1)</script>"),
        ("{{7*7}} %s {0.__class__}", "{{7*7}} %s {0.__class__}"),
        ("=?utf-8?q?=0D=0ABcc:_evil@x.fr?=", "=?utf-8?q?=0D=0ABcc:_evil@x.fr?="),
        ("'; DROP TABLE events;--", "'; DROP TABLE events;--"),
        ("Réseau 📡", "Réseau 📡"),
    ],
)
def test_a_title_is_data(alice: Browser, portal: Portal, cast: Cast, title: str, recorded: str):
    alice.send("/tickets/nouveau", typed(title=title))

    page = alice.get("/tickets/1")

    assert ticket(portal, cast["alice"].actor).title == recorded
    assert page.heading == f"n° 1 — {' '.join(recorded.split())}"
    assert not page.tree.findall(".//main//script")


@pytest.mark.parametrize(
    "raw", [b"\xed\xa0\x80abc", b"\xff\xfeabc", b"\xc3abc"], ids=["surrogate", "utf-16", "latin-1"]
)
def test_bytes_that_are_no_text_become_replacement_signs(alice: Browser, portal: Portal, cast: Cast, raw: bytes):
    fields = {name: value.encode() for name, value in typed(csrf_token=alice.token()).items()} | {"title": raw}
    part = b'--x\r\nContent-Disposition: form-data; name="%s"\r\n\r\n%s\r\n'
    body = b"".join(part % (name.encode(), value) for name, value in fields.items()) + b"--x--\r\n"

    answer = alice.ask("POST", "/tickets/nouveau", data=body, content_type="multipart/form-data; boundary=x")

    recorded = ticket(portal, cast["alice"].actor).title or ""
    assert answer.location == "/tickets/1"
    assert recorded.strip("\ufffd") == "abc"


def test_the_longest_description_is_kept_whole(alice: Browser, portal: Portal, cast: Cast):
    text = "é" * 20_000

    alice.send("/tickets/nouveau", typed(description=text))

    assert description(portal, cast["alice"].actor) == text


def test_line_ends_count_once(alice: Browser, portal: Portal, cast: Cast):
    alice.send("/tickets/nouveau", typed(description="un\r\ndeux\rtrois\nquatre"))

    assert description(portal, cast["alice"].actor) == "un\ndeux\ntrois\nquatre"
