"""The headlines and changes of timeline entries."""

import re
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from tests.domain.people import ALICE, DENIS, FIBRE, NORA, SAM
from tests.mailer.builders import ACCOUNT, ENTRY, FILE

from izarlink_tickets import wording
from izarlink_tickets.domain.events import TICKET_EVENTS
from izarlink_tickets.domain.vocabulary import SYSTEM, Role
from izarlink_tickets.i18n import use_language
from izarlink_tickets.mailer.rendering import TEMPLATES
from izarlink_tickets.projections.history_queries import Entry, HistoryStep

NAMES = {
    ALICE.account_id: "Alice Etcheverry",
    DENIS.account_id: "Denis Etcheverry",
    NORA.account_id: "Nora Iriart",
    SAM.account_id: "Sam Iriart",
    FIBRE.service_id: "FTTO-00417",
}
STAFF = replace(ACCOUNT, role=Role.SUPPORT, organisation_id=None)
GENERAL_HEADLINE = "a modifié le ticket"


def entry(*events: str, words: str | None = "", **changes: Any) -> Entry:
    """Return an entry of nora's with these events. facts: of the first."""
    facts = changes.pop("facts", {})
    steps = tuple(HistoryStep(event, 14 + nth, words if nth == 0 else "", facts) for nth, event in enumerate(events))
    return replace(ENTRY, steps=steps, **changes)


def by_alice(*events: str, **changes: Any) -> Entry:
    return entry(*events, actor_id=ALICE.account_id, actor_name="Alice Etcheverry", role="customer", **changes)


def by_portal(*events: str, **changes: Any) -> Entry:
    return entry(*events, actor_id=SYSTEM.account_id, actor_name=None, role="system", **changes)


@pytest.mark.parametrize("event", [event.__name__ for event in TICKET_EVENTS])
def test_every_event_has_a_sentence(event: str) -> None:
    assert wording.headline(entry(event), NAMES) != GENERAL_HEADLINE


def test_an_event_of_a_newer_release_has_a_general_headline() -> None:
    assert wording.headline(entry("Teleported")) == GENERAL_HEADLINE


@pytest.mark.parametrize(
    ("timeline_entry", "expected"),
    [
        (by_alice("Opened", facts={"requester_id": ALICE.account_id}), "a ouvert le ticket"),
        (entry("Opened", facts={"requester_id": ALICE.account_id}), "a ouvert le ticket pour Alice Etcheverry"),
        (entry("Opened", facts={"requester_id": "gone"}), "a ouvert le ticket pour un compte effacé"),
        (entry("FollowUpAdded", words="Bonjour"), "a répondu"),
        (entry("FollowUpAdded", words=None), "a répondu"),
        (by_alice("FollowUpAdded", words="Bonjour"), "a ajouté un suivi"),
        (by_alice("FollowUpAdded", "Resumed", words="Rouge"), "a répondu à la demande d’informations"),
        (by_alice("FollowUpAdded", "AttachmentAdded", files=(FILE,)), "a ajouté 1\xa0fichier"),
        (by_alice("FollowUpAdded", files=(FILE, FILE)), "a ajouté 2\xa0fichiers"),
        (entry("Assigned", facts={"assignee_id": NORA.account_id}), "a pris le ticket en charge"),
        (entry("Assigned", facts={"assignee_id": SAM.account_id}), "a affecté le ticket à Sam Iriart"),
        (entry("Assigned", "InformationRequested"), "a demandé des informations"),
        (entry("Assigned", "Held"), "a mis le ticket en attente d’un tiers"),
        (entry("Assigned", "Resolved"), "a proposé une solution"),
        (entry("Resumed"), "a repris le ticket"),
        (by_portal("Resumed"), "a remis le ticket en cours\xa0: l’attente est terminée"),
        (
            by_portal("ReminderSent", facts={"rank": 1}, state="EN_ATTENTE"),
            "a envoyé un rappel\xa0: une réponse est attendue",
        ),
        (
            by_portal("ReminderSent", facts={"rank": 2}, state="RESOLU"),
            "a envoyé un second rappel\xa0: la solution proposée attend une approbation",
        ),
        (by_alice("SolutionApproved"), "a approuvé la solution\xa0: le ticket est clôturé"),
        (by_alice("SolutionRefused", "AttachmentAdded"), "a refusé la solution\xa0: le problème persiste"),
        (
            by_portal("AutoClosed", facts={"delay_days": 7}),
            "a clôturé le ticket\xa0: la solution est restée 7\xa0jours sans réponse",
        ),
        (by_alice("Cancelled"), "a annulé le ticket"),
        (entry("Cancelled"), "a annulé le ticket à la demande du client"),
        (entry("WatcherAdded", facts={"watcher_id": DENIS.account_id}), "a ajouté Denis Etcheverry aux observateurs"),
        (
            entry("RequesterChanged", facts={"requester_id": DENIS.account_id}),
            "a mis le ticket au nom de Denis Etcheverry",
        ),
    ],
)
def test_a_headline_says_what_was_done(timeline_entry: Entry, expected: str) -> None:
    assert wording.headline(timeline_entry, NAMES) == expected


@pytest.mark.parametrize(
    ("timeline_entry", "expected"),
    [
        (entry("Resolved"), "Nora Iriart (support IzarLink)"),
        (by_alice("FollowUpAdded"), "Alice Etcheverry (côté client)"),
        (by_alice("FollowUpAdded", channel="phone"), "Alice Etcheverry (côté client)"),
        (by_portal("AutoClosed"), "Le portail IzarLink"),
        (replace(by_alice("FollowUpAdded"), actor_name=None), "Compte effacé (côté client)"),
    ],
)
def test_the_speaker_has_a_name_and_a_role(timeline_entry: Entry, expected: str) -> None:
    assert wording.speaker(timeline_entry) == expected


def test_a_name_keeps_its_capital_within_a_sentence() -> None:
    with use_language("en"):
        speakers = wording.speaker(entry("Resolved")), wording.speaker(by_portal("AutoClosed"))

    assert speakers == ("Nora Iriart (IzarLink support)", "The IzarLink portal")


def test_news_end_with_a_colon_where_words_follow() -> None:
    assert wording.news(entry("FollowUpAdded", words="Bonjour"), NAMES, ACCOUNT) == (
        "Nora Iriart (support IzarLink) a répondu le 22/11/2026 à 10:42\xa0:"
    )


def test_news_end_with_a_point_where_none_follow() -> None:
    assert wording.news(entry("Resumed"), NAMES, ACCOUNT) == (
        "Nora Iriart (support IzarLink) a repris le ticket le 22/11/2026 à 10:42."
    )


def test_the_readers_own_action_is_addressed_as_theirs() -> None:
    own = replace(by_alice("SolutionApproved"), actor_id=ACCOUNT.id)

    assert wording.news(own, NAMES, ACCOUNT) == (
        "Vous avez approuvé la solution le 22/11/2026 à 10:42\xa0: le ticket est clôturé."
    )


@pytest.mark.parametrize(
    ("timeline_entry", "expected"),
    [
        (entry("Opened", facts={"requester_id": ACCOUNT.id}), "a ouvert ce ticket pour vous"),
        (entry("Assigned", facts={"assignee_id": ACCOUNT.id}), "vous a affecté le ticket"),
        (entry("WatcherAdded", facts={"watcher_id": ACCOUNT.id}), "a partagé le ticket avec vous"),
        (entry("WatcherRemoved", facts={"watcher_id": ACCOUNT.id}), "vous a retiré l’accès au ticket"),
        (entry("RequesterChanged", facts={"requester_id": ACCOUNT.id}), "a mis le ticket à votre nom"),
    ],
)
def test_the_reader_concerned_is_addressed(timeline_entry: Entry, expected: str) -> None:
    assert wording.headline(timeline_entry, NAMES, reader=ACCOUNT) == expected
    assert wording.sentence(timeline_entry, NAMES, ACCOUNT) == (
        f"Nora Iriart (support IzarLink) {expected} le 22/11/2026 à 10:42."
    )


def test_who_acts_for_themselves_is_not_addressed_twice() -> None:
    own = replace(by_alice("Assigned", facts={"assignee_id": ACCOUNT.id}), actor_id=ACCOUNT.id)

    assert wording.sentence(own, NAMES, ACCOUNT) == "Vous avez pris le ticket en charge le 22/11/2026 à 10:42."


def test_erased_text_has_a_placeholder() -> None:
    assert wording.words(entry("FollowUpAdded", words=None)) == "[contenu effacé]"


# --- what changed -----------------------------------------------------------------------------------------------------


def changes(timeline_entry: Entry, reader: wording.Reader = ACCOUNT) -> list[str]:
    return [change.sentence for change in wording.changes(timeline_entry, NAMES, reader)]


def test_a_change_of_state_is_said_with_both() -> None:
    assert changes(entry("Resolved", previous_state="EN_COURS", state="RESOLU")) == ["État\xa0: En cours → Résolu"]


def test_an_opening_changes_nothing() -> None:
    assert changes(by_alice("Opened", previous_state=None, state="NOUVEAU")) == []


@pytest.mark.parametrize(
    ("reader", "awaiting", "expected"),
    [
        (ACCOUNT, "CLIENT", "État\xa0: En cours → En attente de votre réponse"),
        (STAFF, "CLIENT", "État\xa0: En cours → En attente du client"),
        (ACCOUNT, "TIERS", "État\xa0: En cours → En attente d’un tiers"),
    ],
)
def test_the_label_of_a_wait_depends_on_the_reader(reader: wording.Reader, awaiting: str, expected: str) -> None:
    timeline_entry = entry("InformationRequested", previous_state="EN_COURS", state="EN_ATTENTE", awaiting=awaiting)

    assert changes(timeline_entry, reader) == [expected]


def test_a_resumed_ticket_says_who_was_awaited() -> None:
    resumed = entry("Resumed", previous_state="EN_ATTENTE", previous_awaiting="CLIENT", state="EN_COURS")

    assert changes(resumed) == ["État\xa0: En attente de votre réponse → En cours"]
    assert changes(resumed, STAFF) == ["État\xa0: En attente du client → En cours"]


def test_an_assignment_names_both_technicians() -> None:
    facts = {"assignee_id": NORA.account_id, "previous_assignee_id": SAM.account_id}

    assert changes(entry("Assigned", facts=facts)) == ["Affecté à\xa0: Sam Iriart → Nora Iriart"]


def test_a_first_assignment_names_nobody_before() -> None:
    facts = {"assignee_id": NORA.account_id, "previous_assignee_id": None}

    assert changes(entry("Assigned", facts=facts)) == ["Affecté à\xa0: Non affecté → Nora Iriart"]


def test_another_requester_is_named_with_the_one_before() -> None:
    facts = {"requester_id": DENIS.account_id, "previous_requester_id": ALICE.account_id}

    assert changes(entry("RequesterChanged", facts=facts)) == ["Demandeur\xa0: Alice Etcheverry → Denis Etcheverry"]


@pytest.mark.parametrize("until_day", [{"until_day": "2026-12-28"}, {"until_day": None}, {}])
@pytest.mark.parametrize("timezone", ["America/Martinique", "Europe/Paris", "Pacific/Auckland"])
def test_the_day_of_resuming_is_that_which_was_chosen(timezone: str, until_day: dict[str, str | None]) -> None:
    facts = {"until": "2026-12-28T00:00:00+01:00", **until_day}

    sentences = changes(entry("Held", facts=facts), replace(ACCOUNT, timezone=timezone))

    assert sentences == ["Reprise prévue\xa0: 28/12/2026"]


def test_a_requalification_lists_every_changed_value() -> None:
    before = {
        "ticket_type": "INCIDENT",
        "category": "DEBIT",
        "service_id": FIBRE.service_id,
        "urgency": 4,
        "impact": 3,
        "priority": 4,
    }
    after = {
        "ticket_type": "DEMANDE",
        "category": "FACTURATION",
        "service_id": None,
        "urgency": None,
        "impact": 2,
        "priority": 2,
    }

    assert changes(entry("Requalified", facts={**after, "previous": before})) == [
        "Type de demande\xa0: Incident → Demande",
        "Catégorie\xa0: Débit → Administrative > Facturation",
        "Service\xa0: FTTO-00417 → Autre / je ne sais pas",
        "Urgence\xa0: Haute → Sans objet",
        "Impact\xa0: Moyen → Bas",
        "Priorité\xa0: Haute → Basse",
    ]


def test_a_category_that_is_no_longer_offered_keeps_its_code() -> None:
    assert wording.category_label("TELEX") == "TELEX"
    assert wording.category_label("TELEX", "Télex") == "Télex"


# --- typography -------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("template", [pytest.param(path, id=path.name) for path in sorted(TEMPLATES.iterdir())])
def test_french_punctuation_never_begins_a_line(template: Path) -> None:
    text = template.read_text("utf-8")
    # A style sheet and a tag of a template have their own rules.
    prose = re.sub(r"<style>.*?</style>|\{%.*?%\}|\{\{.*?\}\}", "x", text, flags=re.DOTALL)

    assert re.findall(r"[^\s{] [:;?!»]|«[^\xa0]|n° |'", prose) == []
