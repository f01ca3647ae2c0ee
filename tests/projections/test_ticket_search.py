"""The search of tickets: viewers, words, and hostile input."""

import pytest
from sqlalchemy import update
from tests.cast import Cast
from tests.openings import open_incident, open_request

from izarlink_tickets.application import Portal
from izarlink_tickets.attachments import Upload
from izarlink_tickets.domain.vocabulary import State
from izarlink_tickets.projections import search_terms, ticket_search
from izarlink_tickets.projections.ticket_queries import TicketFilter, count_by_state, list_tickets
from izarlink_tickets.sealing import destroy_keys


def found(portal: Portal, cast: Cast, viewer: str, search: str, **filtered: object) -> list[int]:
    with portal.database.query() as connection:
        filters = TicketFilter(search=search, **filtered)  # type: ignore[arg-type]  # fields of one class
        page = list_tickets(connection, cast[viewer].actor, filtered=filters, order="numero")
    return [row.number for row in page.rows]


@pytest.fixture
def eventful_tickets(portal: Portal, cast: Cast) -> Portal:
    """Create a ticket with a text of every kind, and another one."""
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
        "nº 1",
        "№ 1",
        "N°1",
        "no 1",
        "numéro 1",
        "ticket 1",
        "Ticket n° 1",
        "IzarLink #1",
        "[IzarLink #1]",
        "Re: [IzarLink #1] Débit très faible",
        "coeur",
        "CŒUR",
        "re\u00admplacée",
        "\ufeffclig\u200bnotent",
    ],
)
def test_a_customer_finds_a_ticket_by_any_public_word(eventful_tickets: Portal, cast: Cast, words: str) -> None:
    assert found(eventful_tickets, cast, "alice", words) == [1]


@pytest.mark.parametrize("words", ["canari", "secret", "CAN", "debit canari"])
def test_an_internal_note_is_found_by_the_desk_and_by_no_customer(
    eventful_tickets: Portal, cast: Cast, words: str
) -> None:
    with eventful_tickets.database.query() as connection:
        counted = count_by_state(connection, cast["bob"].actor, filtered=TicketFilter(search=words))

    assert (found(eventful_tickets, cast, "sam", words), found(eventful_tickets, cast, "ada", words)) == ([1], [1])
    assert (found(eventful_tickets, cast, "alice", words), found(eventful_tickets, cast, "bob", words)) == ([], [])
    assert set(counted.values()) == {0}


def test_a_word_of_a_note_and_of_a_public_text_is_found_by_both(eventful_tickets: Portal, cast: Cast) -> None:
    assert (found(eventful_tickets, cast, "alice", "voyants"), found(eventful_tickets, cast, "sam", "voyants")) == (
        [1],
        [1],
    )


@pytest.mark.parametrize(
    ("written", "typed"),
    [
        ("Œuvre à Bœrsch", "oeuvre boersch"),
        ("Lætitia", "laetitia"),
        ("Laetitia", "Lætitia"),
        ("Sønderborg", "sonderborg"),
        ("Łódź", "lodz"),
        ("Großmann", "grossmann"),
        ("GROẞMANN", "großmann"),
        ("Đorđević", "dordevic"),
        ("Þórður", "thordur"),
        ("Iş\u0131k", "isik"),
        ("co\u00adpier-col\u00adlé", "copier colle"),
        ("zéro\u200blargeur", "zerolargeur"),
        ("sans\u2060coupe\ufeff", "sanscoupe"),
        ("fichier ﬁnal", "final"),
    ],
)
def test_letters_are_found_as_people_type_them(portal: Portal, cast: Cast, written: str, typed: str) -> None:
    number = open_incident(portal, cast, title=written)

    assert found(portal, cast, "alice", typed) == [number]
    assert found(portal, cast, "sam", typed) == [number]


@pytest.mark.parametrize(
    "typed", ["ticket", "12-40", "FTTO-00417", "1 2", "[IzarLink #1234567890123456789]", "izarlink"]
)
def test_words_are_no_number(typed: str) -> None:
    assert not search_terms.search_shape(typed, finds_all=False, is_scoped=False).has_number


def test_nobody_finds_a_stranger_s_ticket(eventful_tickets: Portal, cast: Cast) -> None:
    assert (found(eventful_tickets, cast, "charlie", "debit"), found(eventful_tickets, cast, "carol", "1")) == ([], [])


def test_watchers_and_the_new_requester_find_a_ticket(eventful_tickets: Portal, cast: Cast) -> None:
    eventful_tickets.tickets.add_watcher(cast.context("sam"), number=1, account_id=cast["carol"].id)
    while_watching = found(eventful_tickets, cast, "carol", "debit")
    eventful_tickets.tickets.remove_watcher(cast.context("sam"), number=1, account_id=cast["carol"].id)
    afterwards = found(eventful_tickets, cast, "carol", "debit")
    eventful_tickets.tickets.change_requester(cast.context("sam"), number=1, account_id=cast["carol"].id)

    now_theirs, no_longer = (
        found(eventful_tickets, cast, "carol", "debit"),
        found(eventful_tickets, cast, "alice", "debit"),
    )

    assert (while_watching, afterwards, now_theirs, no_longer) == ([1], [], [1], [])


def test_other_filters_apply_to_a_search(eventful_tickets: Portal, cast: Cast) -> None:
    in_progress = found(eventful_tickets, cast, "bob", "debit", states=(State.IN_PROGRESS, State.NEW))
    resolved = found(eventful_tickets, cast, "bob", "debit", states=(State.RESOLVED,))
    own = found(eventful_tickets, cast, "bob", "debit", only_mine=True)

    assert (in_progress, resolved, own) == ([1], [], [])


HOSTILE = (
    *('"', "'", "*", "-", ":", "(", ")", "%", "_", "&", "|", "!", "\\", "^", "+", "<->", ":*", "😀", "\x00zz\x01"),
    *('debit" OR "facture', "debit OR facture", "debit NOT facture", "NEAR(debit facture)", "words:facture"),
    *("-facture debit AND", "{p i} : x", "debit' | 'pfacture", "debit:* | x", "NOT", "a" * 500, "x " * 250),
    *("ʕ ॐ क्षि", "\u1c90\U0001e900\U00016e40", "\ud800", "9" * 30, "٣", "²", "o" * 41, "rien de tel"),
)


@pytest.mark.parametrize("viewer", ["alice", "bob", "sam"])
def test_nothing_typed_becomes_query_syntax(eventful_tickets: Portal, cast: Cast, viewer: str) -> None:
    answers = {words: found(eventful_tickets, cast, viewer, words) for words in HOSTILE}

    assert answers == {words: [] for words in HOSTILE}


def test_letters_beyond_the_old_character_tables_are_found(portal: Portal, cast: Cast) -> None:
    number = open_incident(portal, cast, title="\u1c90\u1c91 \U0001e900\U0001e901 क्षि ʕ’")

    assert found(portal, cast, "alice", "\u1c90\u1c91 \U0001e900\U0001e901 क्षि ʕ") == [number]


def test_a_search_shows_the_newest_of_too_many(portal: Portal, cast: Cast, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(search_terms, "MAX_FOUND", 2)
    first, second, third = (open_incident(portal, cast) for _ in range(3))

    newest, with_its_number = found(portal, cast, "sam", "debit"), found(portal, cast, "sam", str(first))

    assert (newest, with_its_number) == ([second, third], [first])


def test_a_ticket_with_too_many_words_accepts_another_text(
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


def test_a_wrong_word_is_found_by_a_comparison_and_repaired_by_a_rebuild(eventful_tickets: Portal, cast: Cast) -> None:
    rows = search_terms.LIVE.rows
    with eventful_tickets.database.command() as connection:
        connection.execute(update(rows).where(rows.c.rowid == 1).values(words=frozenset({"pfaux"})))

    different = eventful_tickets.read_models.differences()
    eventful_tickets.read_models.rebuild()

    assert [(table.table, table.only_live, table.only_rebuilt) for table in different] == [("ticket_search", 1, 1)]
    assert eventful_tickets.read_models.differences() == []
    assert (found(eventful_tickets, cast, "alice", "debit"), found(eventful_tickets, cast, "sam", "faux")) == ([1], [])


def test_an_erased_person_s_words_are_gone_after_a_rebuild(eventful_tickets: Portal, cast: Cast) -> None:
    with eventful_tickets.database.command() as connection:
        destroy_keys(connection, cast["alice"].id, now=cast.clock())

    eventful_tickets.read_models.rebuild()

    assert (found(eventful_tickets, cast, "bob", "debit"), found(eventful_tickets, cast, "bob", "1")) == ([], [1])
