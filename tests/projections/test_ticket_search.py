"""The search: who finds what by which words, whatever is typed."""

import pytest
from sqlalchemy import update
from tests.cast import Cast
from tests.openings import open_incident, open_request

from izarlink_tickets.application import Portal
from izarlink_tickets.attachments import Upload
from izarlink_tickets.domain.vocabulary import State
from izarlink_tickets.projections import search_terms, ticket_filters, ticket_search
from izarlink_tickets.projections.ticket_queries import TicketFilter, count_by_state, list_tickets
from izarlink_tickets.sealing import destroy_keys


def found(portal: Portal, cast: Cast, viewer: str, search: str, **filtered: object) -> list[int]:
    with portal.database.query() as connection:
        asked = TicketFilter(search=search, **filtered)  # type: ignore[arg-type]  # fields of one class
        page = list_tickets(connection, cast[viewer].person, filtered=asked, order="numero")
    return [row.number for row in page.rows]


@pytest.fixture
def told(portal: Portal, cast: Cast) -> Portal:
    """Say in a ticket everything that can be said, and open another one beside it."""
    number = open_incident(portal, cast, title="Débit très faible", uploads=[Upload("Mesure-du-soir.txt", b"2 Mbit/s")])
    context, tickets = cast.context, portal.tickets
    tickets.add_follow_up(context("alice"), number=number, text="Les voyants clignotent, cœur Straße №7.")
    tickets.request_information(context("sam"), number=number, question="Quel câble utilisez-vous ?")
    tickets.add_internal_note(context("nora"), number=number, text="CANARI secret, voyants")
    tickets.resolve(context("sam"), number=number, solution="L’optique a été remplacée.")
    tickets.refuse_solution(context("alice"), number=number, solution_version=1, reason="Toujours coupé.")
    open_request(portal, cast)
    return portal


@pytest.mark.parametrize(
    "words",
    [
        "debit",
        "DÉBIT TRES",
        "faib",
        "matin",
        "clignot",
        "cœur",
        "strasse",
        "cables",
        "l'optique",
        "remplacee debit mesure",
        "toujours",
        "mesure-du-soir.txt",
        "n° 1",
        "1",
        "#1",
    ],
)
def test_a_customer_finds_a_ticket_by_any_word_said_to_him(told: Portal, cast: Cast, words: str) -> None:
    assert found(told, cast, "alice", words) == [1]


@pytest.mark.parametrize("words", ["canari", "secret", "CAN", "debit canari"])
def test_an_internal_note_is_found_by_the_desk_and_by_no_customer(told: Portal, cast: Cast, words: str) -> None:
    with told.database.query() as connection:
        counted = count_by_state(connection, cast["bob"].person, filtered=TicketFilter(search=words))

    assert (found(told, cast, "sam", words), found(told, cast, "ada", words)) == ([1], [1])
    assert (found(told, cast, "alice", words), found(told, cast, "bob", words)) == ([], [])
    assert set(counted.values()) == {0}


def test_a_word_of_a_note_that_is_also_said_aloud_is_found_by_both(told: Portal, cast: Cast) -> None:
    assert (found(told, cast, "alice", "voyants"), found(told, cast, "sam", "voyants")) == ([1], [1])


def test_nobody_finds_a_stranger_s_ticket(told: Portal, cast: Cast) -> None:
    assert (found(told, cast, "charlie", "debit"), found(told, cast, "carol", "1")) == ([], [])


def test_a_ticket_is_found_by_who_watches_it_and_by_its_new_requester(told: Portal, cast: Cast) -> None:
    told.tickets.add_watcher(cast.context("sam"), number=1, account_id=cast["carol"].id)
    while_watching = found(told, cast, "carol", "debit")
    told.tickets.remove_watcher(cast.context("sam"), number=1, account_id=cast["carol"].id)
    afterwards = found(told, cast, "carol", "debit")
    told.tickets.change_requester(cast.context("sam"), number=1, account_id=cast["carol"].id)

    now_theirs, no_longer = found(told, cast, "carol", "debit"), found(told, cast, "alice", "debit")

    assert (while_watching, afterwards, now_theirs, no_longer) == ([1], [], [1], [])


def test_a_search_is_narrowed_by_the_other_filters(told: Portal, cast: Cast) -> None:
    in_progress = found(told, cast, "bob", "debit", states=(State.IN_PROGRESS, State.NEW))
    resolved = found(told, cast, "bob", "debit", states=(State.RESOLVED,))
    own = found(told, cast, "bob", "debit", only_mine=True)

    assert (in_progress, resolved, own) == ([1], [], [])


HOSTILE = (
    *('"', "'", "*", "-", ":", "(", ")", "%", "_", "&", "|", "!", "\\", "^", "+", "<->", ":*", "😀", "\x00zz\x01"),
    *('debit" OR "facture', "debit OR facture", "debit NOT facture", "NEAR(debit facture)", "words:facture"),
    *("-facture debit AND", "{p i} : x", "debit' | 'pfacture", "debit:* | x", "NOT", "a" * 500, "x " * 250),
    *("ʕ ॐ क्षि", "\u1c90\U0001e900\U00016e40", "\ud800", "9" * 30, "٣", "²", "o" * 41, "rien de tel"),
)


@pytest.mark.parametrize("viewer", ["alice", "bob", "sam"])
def test_nothing_typed_is_taken_for_a_question_s_grammar(told: Portal, cast: Cast, viewer: str) -> None:
    answers = {words: found(told, cast, viewer, words) for words in HOSTILE}

    assert answers == {words: [] for words in HOSTILE}


def test_letters_that_no_old_table_of_characters_knows_are_found(portal: Portal, cast: Cast) -> None:
    number = open_incident(portal, cast, title="\u1c90\u1c91 \U0001e900\U0001e901 क्षि ʕ’")

    assert found(portal, cast, "alice", "\u1c90\u1c91 \U0001e900\U0001e901 क्षि ʕ") == [number]


def test_a_search_shows_the_newest_of_too_many(portal: Portal, cast: Cast, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(ticket_filters, "MAX_FOUND", 2)
    first, second, third = (open_incident(portal, cast) for _ in range(3))

    newest, with_its_number = found(portal, cast, "sam", "debit"), found(portal, cast, "sam", str(first))

    assert (newest, with_its_number) == ([second, third], [first])


def test_a_ticket_with_more_words_than_find_room_takes_another_text(
    portal: Portal, cast: Cast, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(ticket_search, "MAX_BYTES", 250)
    number = open_incident(portal, cast)
    portal.tickets.add_follow_up(
        cast.context("alice"), number=number, text=" ".join(f"mot{each}" for each in range(50))
    )
    portal.tickets.add_follow_up(cast.context("alice"), number=number, text="dernier")

    assert found(portal, cast, "alice", "mot0") == [number]
    assert found(portal, cast, "alice", "mot9") == []
    assert portal.read_models.differences() == []


def test_what_no_ticket_says_is_told_by_a_comparison_and_mended_by_a_rebuild(told: Portal, cast: Cast) -> None:
    rows = search_terms.LIVE.rows
    with told.database.command() as connection:
        connection.execute(update(rows).where(rows.c.rowid == 1).values(words=frozenset({"pfaux"})))

    different = told.read_models.differences()
    told.read_models.rebuild()

    assert [(one.table, one.only_live, one.only_rebuilt) for one in different] == [("ticket_search", 1, 1)]
    assert told.read_models.differences() == []
    assert (found(told, cast, "alice", "debit"), found(told, cast, "sam", "faux")) == ([1], [])


def test_an_erased_person_s_words_are_found_no_more_after_a_rebuild(told: Portal, cast: Cast) -> None:
    with told.database.command() as connection:
        destroy_keys(connection, cast["alice"].id, now=cast.clock())

    told.read_models.rebuild()

    assert (found(told, cast, "bob", "debit"), found(told, cast, "bob", "1")) == ([], [1])
