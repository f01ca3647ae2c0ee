"""The ticket list: visibility, filters, counts, orders, pages."""

from base64 import urlsafe_b64encode
from datetime import timedelta
from functools import partial

import orjson
import pytest
from tests.cast import Cast
from tests.openings import closed_incident, incidents_in_every_state, open_incident, open_request, resolved_incident

from izarlink_tickets.application import Portal
from izarlink_tickets.attachments import Upload
from izarlink_tickets.database.paging import Page, PageRequest
from izarlink_tickets.domain.vocabulary import State
from izarlink_tickets.projections.ticket_queries import (
    ORDERS,
    TicketFilter,
    TicketRow,
    count_by_state,
    find_ticket,
    list_tickets,
)


def listed(
    portal: Portal, cast: Cast, viewer: str, filtered: TicketFilter | None = None, **options: object
) -> Page[TicketRow]:
    with portal.database.query() as connection:
        return list_tickets(connection, cast[viewer].actor, filtered=filtered or TicketFilter(), **options)  # type: ignore[arg-type]  # keywords of one call


def numbers(page: Page[TicketRow]) -> list[int]:
    return [row.number for row in page.rows]


@pytest.mark.parametrize(
    ("viewer", "seen"),
    [("alice", [1]), ("carol", [2]), ("bob", [2, 1]), ("charlie", [3]), ("sam", [3, 2, 1]), ("ada", [3, 2, 1])],
)
def test_each_viewer_sees_their_own_tickets_only(portal: Portal, cast: Cast, viewer: str, seen: list[int]) -> None:
    open_incident(portal, cast, by="alice")
    open_incident(portal, cast, by="carol")
    open_incident(portal, cast, by="charlie")

    page = listed(portal, cast, viewer)

    assert numbers(page) == seen


def test_a_watcher_sees_the_ticket_until_removed(portal: Portal, cast: Cast) -> None:
    number = open_incident(portal, cast, by="alice")
    portal.tickets.add_watcher(cast.context("sam"), number=number, account_id=cast["carol"].id)
    while_watching = numbers(listed(portal, cast, "carol"))
    portal.tickets.remove_watcher(cast.context("sam"), number=number, account_id=cast["carol"].id)

    afterwards = numbers(listed(portal, cast, "carol"))

    assert (while_watching, afterwards) == ([number], [])


def test_a_watcher_who_was_the_requester_for_a_while_no_longer_sees_the_ticket(portal: Portal, cast: Cast) -> None:
    number = open_incident(portal, cast, by="alice")
    portal.tickets.add_watcher(cast.context("sam"), number=number, account_id=cast["carol"].id)
    portal.tickets.change_requester(cast.context("sam"), number=number, account_id=cast["carol"].id)

    portal.tickets.change_requester(cast.context("sam"), number=number, account_id=cast["alice"].id)

    assert numbers(listed(portal, cast, "carol")) == []


def test_the_company_role_can_list_only_its_own(portal: Portal, cast: Cast) -> None:
    open_incident(portal, cast, by="alice")
    mine = open_incident(portal, cast, by="bob")

    page = listed(portal, cast, "bob", TicketFilter(only_mine=True))

    assert numbers(page) == [mine]


def test_a_stranger_s_ticket_is_not_found(portal: Portal, cast: Cast) -> None:
    number = open_incident(portal, cast)

    with portal.database.query() as connection:
        ticket = find_ticket(connection, cast["charlie"].actor, number=number)

    assert ticket is None


@pytest.mark.parametrize(
    ("filtered", "seen"),
    [
        (TicketFilter(states=(State.RESOLVED,)), [2]),
        (TicketFilter(states=(State.NEW, State.CLOSED)), [4, 3, 1]),
        (TicketFilter(ticket_type="DEMANDE"), [4]),
        (TicketFilter(search="DEBIT"), [3, 2, 1]),
        (TicketFilter(search="facture d’octobre"), [4]),
        (TicketFilter(search="n° 3"), [3]),
        (TicketFilter(search="#4"), [4]),
        (TicketFilter(search="%"), []),
        (TicketFilter(search="_"), []),
        (TicketFilter(search="\x00"), [4, 3, 2, 1]),
        (TicketFilter(search="9" * 30), []),
    ],
)
def test_filters_apply_to_the_list(portal: Portal, cast: Cast, filtered: TicketFilter, seen: list[int]) -> None:
    open_incident(portal, cast)
    resolved_incident(portal, cast)
    closed_incident(portal, cast)
    open_request(portal, cast)

    page = listed(portal, cast, "alice", filtered, order="-numero")

    assert numbers(page) == seen


def test_the_assignee_and_the_requester_filter(portal: Portal, cast: Cast) -> None:
    open_incident(portal, cast)
    taken = resolved_incident(portal, cast, by="carol")

    by_assignee = listed(portal, cast, "sam", TicketFilter(assignee_id=cast["sam"].id))
    by_requester = listed(portal, cast, "sam", TicketFilter(requester_id=cast["carol"].id))
    by_company = listed(portal, cast, "sam", TicketFilter(organisation_id=cast["charlie"].organisation_id))

    assert [numbers(page) for page in (by_assignee, by_requester, by_company)] == [[taken], [taken], []]


def test_counts_by_state_ignore_the_chosen_state(portal: Portal, cast: Cast) -> None:
    open_incident(portal, cast)
    resolved_incident(portal, cast)
    open_incident(portal, cast, by="charlie")

    with portal.database.query() as connection:
        counts = count_by_state(connection, cast["alice"].actor, filtered=TicketFilter(states=(State.RESOLVED,)))

    assert {state.value: count for state, count in counts.items() if count} == {"NOUVEAU": 1, "RESOLU": 1}


@pytest.mark.parametrize(
    ("viewer", "only_mine", "expected"), [("alice", False, [1, 2]), ("bob", False, [1, 2, 4]), ("bob", True, [])]
)
def test_what_is_to_do_waits_for_the_viewer(
    portal: Portal, cast: Cast, viewer: str, only_mine: bool, expected: list[int]
) -> None:
    resolved_incident(portal, cast, by="alice")
    asked = open_incident(portal, cast, by="alice")
    portal.tickets.request_information(cast.context("sam"), number=asked, question="Quel débit ?")
    held = open_incident(portal, cast, by="alice")
    until = cast.clock() + timedelta(days=3)
    portal.tickets.hold(cast.context("sam"), number=held, reason="Collecte.", until=until)
    watched = resolved_incident(portal, cast, by="carol")
    portal.tickets.add_watcher(cast.context("sam"), number=watched, account_id=cast["alice"].id)
    resolved_incident(portal, cast, by="charlie")

    to_do = [
        listed(portal, cast, viewer, TicketFilter(is_to_do=True, only_mine=only_mine), order=order)
        for order in ("numero", "-activite", "titre")
    ]

    assert [sorted(numbers(page)) for page in to_do] == [expected] * 3


@pytest.mark.parametrize("viewer", ["alice", "bob", "sam"])
@pytest.mark.parametrize("search", ["", "débit"])
def test_states_are_sorted_by_a_ticket_s_life(portal: Portal, cast: Cast, viewer: str, search: str) -> None:
    lived = incidents_in_every_state(portal, cast)
    list_all = partial(listed, portal, cast, viewer, TicketFilter(search=search))

    forwards = list_all(order="etat")
    backwards = list_all(order="-etat")
    first = list_all(order="etat", size=2)
    second = list_all(order="etat", size=2, page_request=PageRequest(after=first.after))
    third = list_all(order="etat", size=2, page_request=PageRequest(after=second.after))
    back = list_all(order="etat", size=2, page_request=PageRequest(before=third.before))

    assert [row.state for row in forwards.rows] == list(State)
    assert numbers(forwards) == [*reversed(lived)]
    assert numbers(backwards) == [*lived]
    assert numbers(first) + numbers(second) + numbers(third) == [*reversed(lived)]
    assert numbers(back) == numbers(second)


@pytest.mark.parametrize("order", sorted(ORDERS))
def test_pages_show_every_ticket_once_in_both_directions(portal: Portal, cast: Cast, order: str) -> None:
    for number in range(4):
        open_incident(portal, cast, title=f"Lenteur {number % 2}")
        open_request(portal, cast, title=f"Avis {number % 3}")
    whole = listed(portal, cast, "alice", order=order)

    first = listed(portal, cast, "alice", order=order, size=3)
    second = listed(portal, cast, "alice", order=order, size=3, page_request=PageRequest(after=first.after))
    third = listed(portal, cast, "alice", order=order, size=3, page_request=PageRequest(after=second.after))
    back = listed(portal, cast, "alice", order=order, size=3, page_request=PageRequest(before=third.before))

    assert numbers(first) + numbers(second) + numbers(third) == numbers(whole)
    assert numbers(back) == numbers(second)
    assert (first.before, third.after) == (None, None)


def test_titles_that_fold_into_spaces_are_on_one_page_each(portal: Portal, cast: Cast) -> None:
    for title in ("Débit \u00a8 faible", "Débit faible", "Débit \u00a8 \u00a8 faible"):
        open_incident(portal, cast, title=title)
    whole = listed(portal, cast, "alice", order="titre")

    first = listed(portal, cast, "alice", order="titre", size=1)
    second = listed(portal, cast, "alice", order="titre", size=1, page_request=PageRequest(after=first.after))
    third = listed(portal, cast, "alice", order="titre", size=1, page_request=PageRequest(after=second.after))

    assert numbers(first) + numbers(second) + numbers(third) == numbers(whole)


@pytest.mark.parametrize(
    "key", ["", "?", "e30", "W3RydWUsMl0", "WyJ4IixudWxsXQ", "W251bGwsMV0", "é", "WyIyMDI2LTExLTAyIiwxXQ"]
)
def test_an_invalid_cursor_returns_the_first_page(portal: Portal, cast: Cast, key: str) -> None:
    number = open_incident(portal, cast)

    page = listed(portal, cast, "alice", page_request=PageRequest(after=key))

    assert numbers(page) == [number]


@pytest.mark.parametrize(
    ("order", "content"),
    [
        ("activite", ["0001-01-01T00:00:00+14:00", 1]),
        ("activite", ["2026-11-02T08:00:00+00:00", 1]),
        ("activite", [1_793_607_000_000_000, True]),
        ("activite", [2**63, 1]),
        ("numero", [True]),
        ("numero", [2**62]),
        ("numero", [1, 1]),
        ("-priorite", [-3, 0, 1]),
        ("-priorite", ["0", 1]),
        ("-priorite", {"queue_rank": 3}),
        ("etat", ["OUVERT", 1]),
        ("urgence", [2**31, 1]),
        ("titre", ["a\x00", 1]),
        ("titre", [["a"], 1]),
        ("numero", 1),
        ("numero", None),
    ],
)
def test_a_cursor_with_impossible_values_returns_the_first_page(
    portal: Portal, cast: Cast, order: str, content: object
) -> None:
    number = open_incident(portal, cast)
    key = urlsafe_b64encode(orjson.dumps(content)).decode()

    page = listed(portal, cast, "alice", order=order, page_request=PageRequest(after=key))

    assert numbers(page) == [number]


def test_a_file_of_an_opening_by_support_is_no_action_of_support(portal: Portal, cast: Cast) -> None:
    number = portal.tickets.open(
        cast.context("sam"),
        ticket_type="INCIDENT",
        category="DEBIT",
        service_id=None,
        urgency=4,
        title="Débit à 2 Mbit/s",
        description="Appel de ce matin.",
        uploads=[Upload("mesure.txt", b"2 Mbit/s")],
        requester_id=cast["alice"].id,
    ).number

    row = listed(portal, cast, "alice").rows[0]

    assert (row.number, row.staff_has_acted) == (number, False)
    portal.tickets.cancel(cast.context("alice"), number=number)


def test_an_internal_note_changes_nothing_that_a_customer_sees(portal: Portal, cast: Cast) -> None:
    number = open_incident(portal, cast)
    before = listed(portal, cast, "alice").rows[0]

    portal.tickets.add_internal_note(cast.context("sam"), number=number, text="CANARI")

    after = listed(portal, cast, "alice").rows[0]
    assert (after.last_activity_at, after.state_since) == (before.last_activity_at, before.state_since)
