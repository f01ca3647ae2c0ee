"""Stored counts, equal to counting the rows."""

import random
from collections.abc import Callable
from dataclasses import replace

import pytest
from tests.cast import Cast
from tests.openings import open_incident, open_request, resolved_incident

from izarlink_tickets.application import Portal
from izarlink_tickets.domain.errors import Refusal
from izarlink_tickets.domain.vocabulary import UNFINISHED, Awaiting, Role, State
from izarlink_tickets.projections.ticket_count_table import CountKey, count_differences, count_keys
from izarlink_tickets.projections.ticket_counts import is_limited
from izarlink_tickets.projections.ticket_queries import TicketFilter, count_by_state, count_each, list_tickets

COMMANDS = 60
TICKETS = 8
EVERY = 1_000


def commands(portal: Portal, cast: Cast, chance: random.Random) -> list[Callable[[], object]]:
    """Build a command of each kind that may change a count."""
    context, tickets, number = cast.context, portal.tickets, chance.randint(1, TICKETS)
    version = chance.randint(1, 2)
    return [
        lambda: open_incident(portal, cast, by=chance.choice(["alice", "charlie"])),
        lambda: open_request(portal, cast, by="bob"),
        lambda: tickets.assign(context("sam"), number=number, assignee_id=cast["nora"].id),
        lambda: tickets.request_information(context("sam"), number=number, question="Depuis quand ?"),
        lambda: tickets.add_follow_up(context("alice"), number=number, text="Depuis ce matin."),
        lambda: tickets.resolve(context("sam"), number=number, solution="Remplacé."),
        lambda: tickets.refuse_solution(context("alice"), number=number, solution_version=version, reason="Non."),
        lambda: tickets.approve_solution(context("alice"), number=number, solution_version=version),
        lambda: tickets.reopen(context("alice"), number=number, reason="Encore."),
        lambda: tickets.cancel(context("alice"), number=number),
        lambda: tickets.requalify(
            context("sam"),
            number=number,
            ticket_type="DEMANDE",
            category="FACTURATION",
            service_id=None,
            urgency=None,
            impact=2,
            reason="Plutôt une demande.",
        ),
    ]


def try_out(deed: Callable[[], object]) -> bool:
    try:
        deed()
    except Refusal:
        return False
    return True


def test_after_random_commands_stored_counts_equal_counted_rows(portal: Portal, cast: Cast) -> None:
    chance = random.Random(20261122)  # noqa: S311 - the same commands each time
    opened = [open_incident(portal, cast) for _ in range(TICKETS)]
    done = [try_out(chance.choice(commands(portal, cast, chance))) for _ in range(COMMANDS)]

    counts = stored_and_counted(portal, cast)

    assert (len(opened), sum(done) > COMMANDS // 3) == (TICKETS, True)
    assert [of_viewer for of_viewer in counts if of_viewer[1] != of_viewer[2]] == []
    assert portal.read_models.differences() == []


def stored_and_counted(portal: Portal, cast: Cast) -> list[tuple[str, list[int], list[int]]]:
    """Return each viewer's stored counts and counted rows, by filter."""
    filters = [TicketFilter(), TicketFilter(ticket_type="INCIDENT"), TicketFilter(ticket_type="DEMANDE")]
    filters += [replace(list_filter, states=(state,)) for list_filter in filters for state in State]
    filters += [TicketFilter(organisation_id=cast[name].organisation_id) for name in ("alice", "charlie")]
    filters += [TicketFilter(states=UNFINISHED, assignee_id=cast[name].id) for name in ("sam", "nora")]
    filters += [TicketFilter(awaiting=Awaiting.CUSTOMER), TicketFilter(urgency=3), TicketFilter(urgency_from=4)]
    counts = list[tuple[str, list[int], list[int]]]()
    with portal.database.query() as connection:
        for name in ("sam", "bob", "charlie", "ada"):
            person = cast[name].actor
            rows = [
                sum(1 for row in list_tickets(connection, person, filtered=list_filter, size=EVERY).rows)
                for list_filter in filters
            ]
            counts.append((name, count_each(connection, person, filtered=filters), rows))
    return counts


def test_each_ticket_counts_for_all_its_organisation_technician_and_requester() -> None:
    row = {
        "organisation_id": "etxea",
        "requester_id": "alice",
        "assignee_id": "sam",
        "ticket_type": "INCIDENT",
        "state": "EN_ATTENTE",
        "awaiting": "CLIENT",
        "urgency": 4,
    }

    keys = {tuple(key) for key in count_keys(row)}

    exactly = ("INCIDENT", "EN_ATTENTE", "CLIENT", 4)
    of_requester = ("etxea", "alice", "INCIDENT", "EN_ATTENTE", "CLIENT", 0)
    assert keys == {("", "", *exactly), ("etxea", "", *exactly), ("", "sam", *exactly), of_requester}


def test_a_change_adds_to_no_other_count() -> None:
    before = {
        "organisation_id": "etxea",
        "requester_id": "alice",
        "assignee_id": None,
        "file_bytes": 0,
        "ticket_type": "DEMANDE",
        "state": "NOUVEAU",
        "awaiting": None,
        "urgency": None,
    }

    differences = count_differences(before, before | {"assignee_id": "sam"})

    assert differences == {CountKey("", "sam", "DEMANDE", "NOUVEAU"): 1}


def test_a_company_role_without_a_company_counts_nothing(portal: Portal, cast: Cast) -> None:
    open_incident(portal, cast)
    nobody_s = replace(cast["bob"].actor, organisation_id=None)

    with portal.database.query() as connection:
        counts = count_by_state(connection, nobody_s, filtered=TicketFilter())

    assert (nobody_s.role, set(counts.values())) == (Role.COMPANY, {0})


def test_a_company_gets_no_counts_of_another(portal: Portal, cast: Cast) -> None:
    resolved_incident(portal, cast)
    another_s = TicketFilter(organisation_id=cast["alice"].organisation_id)
    person = replace(cast["bob"].actor, organisation_id=cast["charlie"].organisation_id)

    with portal.database.query() as connection:
        counts = count_each(connection, person, filtered=[another_s])

    assert counts == [0]


def test_a_customer_s_counts_contain_watched_tickets(portal: Portal, cast: Cast) -> None:
    open_incident(portal, cast, by="carol")
    watched = open_incident(portal, cast, by="alice")
    open_incident(portal, cast, by="alice")
    portal.tickets.add_watcher(cast.context("sam"), number=watched, account_id=cast["carol"].id)

    with portal.database.query() as connection:
        counts = count_by_state(connection, cast["carol"].actor, filtered=TicketFilter())

    assert sum(counts.values()) == 2


@pytest.mark.parametrize(
    ("filtered", "is_capped"),
    [
        (TicketFilter(states=UNFINISHED), False),
        (TicketFilter(states=UNFINISHED, assignee_id="sam"), False),
        (TicketFilter(states=UNFINISHED, category="DEBIT"), True),
        (TicketFilter(states=UNFINISHED, search="fibre"), True),
    ],
    ids=["the desk", "a technician", "a category", "a search"],
)
def test_only_counts_that_are_not_kept_are_limited(cast: Cast, filtered: TicketFilter, *, is_capped: bool) -> None:
    assert is_limited(cast["sam"].actor, filtered) is is_capped
