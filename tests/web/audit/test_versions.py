"""The ticket at each version and date, beside its recorded events."""

from xml.etree.ElementTree import Element

from tests.cast import Cast
from tests.web.audit.conftest import NOTE
from tests.web.browsing import Browser, Page, text_of

from izarlink_tickets import outbox
from izarlink_tickets.application import Portal
from izarlink_tickets.outbox import MailStatus
from izarlink_tickets.sealing import destroy_keys
from izarlink_tickets.web.audit.event_labels import event_label
from izarlink_tickets.wording import category_label, reader_state_label

LAST = 13
NOT_YET = "Le ticket n’existait pas encore à cette date : il a été ouvert le"
NO_DATE = "n’est pas une date. Écrivez par exemple 03/11/2026 à 10:00."


def url_of(number: int, query: str = "") -> str:
    return f"/audit/tickets/{number}" + (f"?{query}" if query else "")


def snapshot_on(page: Page) -> dict[str, str]:
    """Return the left side of the page, by label."""
    side = page.tree.find(".//section[@aria-labelledby='ticket']")
    assert side is not None
    labels = [text_of(label) for label in side.findall(".//dt")]
    values = [text_of(value) for value in side.findall(".//dd")]
    return {**dict(zip(labels, values, strict=True)), "words": text_of(side)}


def state_in(snapshot: dict[str, str]) -> str:
    """Return the state, which stands between the title and the facts."""
    return snapshot["words"].partition("Débit à 2 Mbit/s ")[2].partition(" Depuis le ")[0]


def events_on(page: Page) -> list[Element]:
    return page.tree.findall(".//article")


def test_a_version_shows_the_ticket_as_it_was(ada: Browser, recorded_ticket: int):
    versions = {
        1: ("Nouveau", {"Affecté à": "Non affecté", "Catégorie": "Débit", "Fichiers": "Aucun"}),
        2: ("Nouveau", {"Fichiers": "mesure.txt", "Observateurs": "Aucun"}),
        3: ("En cours", {"Affecté à": "Sam Iriart", "Priorité": "Haute"}),
        4: ("En cours", {"Observateurs": "Carol Etcheverry", "Service": "Autre / je ne sais pas"}),
        5: ("En cours", {"Catégorie": "Lenteur", "Service": "FTTO-00417 – Fibre du fournil", "Urgence": "Moyenne"}),
        7: ("En attente du client", {"Demandeur": "Alice Etcheverry", "Priorité": "Basse"}),
        9: ("En cours", {"Client": "Boulangerie Etxea"}),
        10: ("Résolu", {"Ouvert par": "Alice Etcheverry"}),
        13: ("Clôturé", {"Ouvert le": "02/11/2026 à 09:00:01"}),
    }

    snapshots = {version: snapshot_on(ada.get(url_of(recorded_ticket, f"version={version}"))) for version in versions}

    assert {
        version: (state_in(snapshot), {label: snapshot[label] for label in versions[version][1]})
        for version, snapshot in snapshots.items()
    } == versions


def test_a_version_shows_the_solution_as_it_was(ada: Browser, recorded_ticket: int):
    solutions = {
        9: "",
        10: "Solution, version 1 En attente d’approbation Optique remplacée.",
        11: "Solution, version 1 Refusée par le client Optique remplacée.",
        12: "Solution, version 2 En attente d’approbation Port changé.",
        13: "Solution, version 2 Approuvée par le client Port changé.",
    }

    pages = {version: ada.get(url_of(recorded_ticket, f"version={version}")) for version in solutions}

    words = {version: snapshot_on(page)["words"].partition("Solution, ") for version, page in pages.items()}
    assert {version: mark + text for version, (_, mark, text) in words.items()} == solutions


def test_each_version_shows_the_fold_of_its_events(portal: Portal, cast: Cast, ada: Browser, recorded_ticket: int):
    versions = range(1, LAST + 1)
    folded = [
        portal.audit.replay(cast["ada"].actor, number=recorded_ticket, version=version).ticket for version in versions
    ]
    expected = [
        (
            reader_state_label(ticket.state.value, ticket.awaiting and ticket.awaiting.value, cast["ada"]),
            category_label(ticket.qualification.category),
        )
        for ticket in folded
    ]

    snapshots = [snapshot_on(ada.get(url_of(recorded_ticket, f"version={version}"))) for version in versions]

    assert [(state_in(snapshot), snapshot["Catégorie"]) for snapshot in snapshots] == expected


def test_every_event_is_there_whole(portal: Portal, cast: Cast, ada: Browser, recorded_ticket: int):
    recorded = portal.audit.replay(cast["ada"].actor, number=recorded_ticket).events

    texts = [text_of(article) for article in events_on(ada.get(url_of(recorded_ticket)))]

    heads = [
        f"{event_label(event.event)} {event.event} Version {event.version}, position {event.position}"
        for event in recorded
    ]
    assert [text[: len(head)] for head, text in zip(heads, texts, strict=True)] == heads
    parts = [
        [event.actor, event.command_id, *(f" {code} " for code in event.data if code != "previous")]
        for event in recorded
    ]
    assert [[part for part in of_event if part not in text] for of_event, text in zip(parts, texts, strict=True)] == [
        [] for _ in recorded
    ]


def test_an_event_says_who_how_and_when(ada: Browser, recorded_ticket: int):
    note = text_of(events_on(ada.get(url_of(recorded_ticket)))[5])

    assert "Note interne ajoutée InternalNoteAdded" in note
    assert "02/11/2026 à 09:04:05 2026-11-02 08:04:05.000000 UTC" in note
    assert "Sam Iriart (support IzarLink), via le portail" in note
    assert f"Texte text {NOTE}" in note


def test_an_event_says_which_mail_went_to_whom_and_what_the_server_answered(
    portal: Portal, cast: Cast, ada: Browser, recorded_ticket: int
):
    with portal.database.command() as connection:
        rows = outbox.list_messages(connection, outbox.outbox.c.number == recorded_ticket, outbox.outbox.c.entry == 1)
        messages = {message.account_id: message for message in rows}
        for name, status, answer in (
            ("alice", MailStatus.SENT, "250 2.0.0 queued"),
            ("nora", MailStatus.FAILED, "550 nobody"),
        ):
            message = messages[cast[name].id]
            outbox.finish(connection, message, status=status, now=cast.clock.now, answer=answer)

    opened, attached, *_ = (text_of(article) for article in events_on(ada.get(url_of(recorded_ticket))))

    assert opened.endswith(
        "✉ 3 mails"
        " ✉ Alice Etcheverry : remis au serveur de a…@etxea.example à 09:10:11 · 1 essai"
        " · réponse du serveur : 250 2.0.0 queued"
        " ✉ Nora Iriart : adresse refusée : n…@izarlink.example · 1 essai · réponse du serveur : 550 nobody"
        " ✉ Sam Iriart : en attente d’envoi à s…@izarlink.example"
    )
    assert "✉" not in attached


def test_a_requalification_shows_before_and_after(ada: Browser, recorded_ticket: int):
    event = text_of(events_on(ada.get(url_of(recorded_ticket)))[4])

    assert "Catégorie (avant) previous.category Débit DEBIT" in event
    assert "Service (avant) previous.service_id Aucun" in event
    assert "Motif reason Ce n’est pas une coupure." in event


def test_the_steps_lead_to_the_neighbours(ada: Browser, recorded_ticket: int):
    page = ada.get(url_of(recorded_ticket, "version=7"))

    links = {text_of(link): link.get("href") for link in page.tree.findall(".//nav[@aria-label='Versions']//a")}
    assert links == {
        "Première": url_of(recorded_ticket, "version=1"),
        "Précédente": url_of(recorded_ticket, "version=6"),
        "Suivante": url_of(recorded_ticket, "version=8"),
        "Dernière": url_of(recorded_ticket, "version=13"),
    }


def test_a_date_is_in_the_auditor_s_time_zone(ada: Browser, recorded_ticket: int):
    dates = {
        "2026-11-02T09:00:02": 2,
        "2026-11-02T09:01:01": 2,
        "2026-11-02T09:01:02": 3,
        "2026-11-02T08:01:02Z": 3,
        "2026-11-02T09:30": 13,
        "02/11/2026 à 09:01:01": 2,
        "02/11/2026 à 09:01:02": 3,
        "2/11/2026 9h30": 13,
        "01/01/2027": 13,
        "2027-01-01": 13,
        "9999-12-31T23:59": 13,
    }

    pages = {date: ada.get(url_of(recorded_ticket), query_string={"au": date}) for date in dates}

    assert [date for date, page in pages.items() if f"Version {dates[date]} sur {LAST}" not in page.words] == []


def test_an_invalid_version_or_date_is_explained(ada: Browser, recorded_ticket: int):
    queries = {
        ("version", "14"): (404, "Ce ticket n’a pas de version 14 : choisissez-en une de 1 à 13."),
        ("version", "0"): (404, "Ce ticket n’a pas de version 0 : choisissez-en une de 1 à 13."),
        ("version", "-1"): (422, "« -1 » n’est pas un numéro de version."),
        ("version", "sept"): (422, "« sept » n’est pas un numéro de version."),
        ("version", "9" * 40): (422, f"« {'9' * 40} » n’est pas un numéro de version."),
        ("au", "hier"): (422, f"« hier » {NO_DATE}"),
        ("au", "2026-W48-1"): (422, f"« 2026-W48-1 » {NO_DATE}"),
        ("au", "20261103"): (422, f"« 20261103 » {NO_DATE}"),
        ("au", "2026-13-40T10:00"): (422, f"« 2026-13-40T10:00 » {NO_DATE}"),
        ("au", "0001-01-01T00:00"): (422, f"« 0001-01-01T00:00 » {NO_DATE}"),
        ("au", "2026-11-02T08:59"): (404, f"{NOT_YET} 02/11/2026 à 09:00:01."),
    }

    pages = {query: ada.get(url_of(recorded_ticket), query_string=[query]) for query in queries}

    assert {query: (page.status, " ".join(page.errors)) for query, page in pages.items()} == queries
    assert {page.title.partition(":")[0] for page in pages.values()} == {"Erreur "}


def test_erased_content_is_marked(portal: Portal, cast: Cast, ada: Browser, recorded_ticket: int):
    with portal.database.command() as connection:
        destroy_keys(connection, cast["alice"].id, now=cast.clock())

    page = ada.get(url_of(recorded_ticket, "version=2"))

    events = [text_of(article) for article in events_on(page)]
    assert "Titre title [contenu effacé] Description description [contenu effacé]" in events[0]
    assert "Fichiers [contenu effacé]" in snapshot_on(page)["words"]
    assert "Débit à 2 Mbit/s" not in page.words
