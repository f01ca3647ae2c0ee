"""The counts that commands keep: always what counting would give."""

import random
from collections.abc import Callable
from dataclasses import replace

from sqlalchemy import func, select
from tests.cast import Cast
from tests.openings import open_incident, open_request, resolved_incident

from izarlink_tickets.application import Portal
from izarlink_tickets.domain.errors import Refusal
from izarlink_tickets.domain.vocabulary import Role, State
from izarlink_tickets.projections.ticket_filters import LIVE, matching
from izarlink_tickets.projections.ticket_queries import TicketFilter, count_by_state, count_each

COMMANDS = 60
TICKETS = 8


def deeds(portal: Portal, cast: Cast, chance: random.Random) -> list[Callable[[], object]]:
    """Give one command of each kind that may move a count, on a ticket of chance."""
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


def test_after_many_commands_of_chance_the_counts_are_what_counting_gives(portal: Portal, cast: Cast) -> None:
    chance = random.Random(20261122)  # noqa: S311 - the same commands each time
    opened = [open_incident(portal, cast) for _ in range(TICKETS)]
    done = [try_out(chance.choice(deeds(portal, cast, chance))) for _ in range(COMMANDS)]

    kept = counted_and_kept(portal, cast)

    assert (len(opened), sum(done) > COMMANDS // 3) == (TICKETS, True)
    assert [each for each in kept if each[1] != each[2]] == []
    assert portal.read_models.differences() == []


def counted_and_kept(portal: Portal, cast: Cast) -> list[tuple[str, list[int], list[int]]]:
    """Give for each viewer and filter what is kept, and what counting the rows gives."""
    asked = [TicketFilter(), TicketFilter(ticket_type="INCIDENT"), TicketFilter(ticket_type="DEMANDE")]
    asked += [replace(one, states=(state,)) for one in asked for state in State]
    asked += [TicketFilter(organisation_id=cast[name].organisation_id) for name in ("alice", "charlie")]
    found = list[tuple[str, list[int], list[int]]]()
    with portal.database.query() as connection:
        for name in ("sam", "bob", "charlie", "ada"):
            person = cast[name].person
            rows = [
                connection.execute(
                    select(func.count()).select_from(LIVE.tickets).where(matching(connection, person, one))
                ).scalar_one()
                for one in asked
            ]
            found.append((name, count_each(connection, person, filtered=asked), rows))
    return found


def test_a_company_role_without_a_company_counts_nothing(portal: Portal, cast: Cast) -> None:
    open_incident(portal, cast)
    nobody_s = replace(cast["bob"].person, organisation_id=None)

    with portal.database.query() as connection:
        counts = count_by_state(connection, nobody_s, filtered=TicketFilter())

    assert (nobody_s.role, set(counts.values())) == (Role.COMPANY, {0})


def test_a_company_that_asks_for_another_s_counts_gets_none(portal: Portal, cast: Cast) -> None:
    resolved_incident(portal, cast)
    another_s = TicketFilter(organisation_id=cast["alice"].organisation_id)
    person = replace(cast["bob"].person, organisation_id=cast["charlie"].organisation_id)

    with portal.database.query() as connection:
        counts = count_each(connection, person, filtered=[another_s])

    assert counts == [0]
