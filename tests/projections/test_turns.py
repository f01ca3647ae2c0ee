"""Whose turn it is at the desk: since when a customer waits for an answer, and in which order tickets are taken."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import event
from tests.cast import Cast
from tests.openings import open_incident, open_request

from izarlink_tickets.application import Portal
from izarlink_tickets.domain.vocabulary import Act, State
from izarlink_tickets.projections.ticket_queries import Filter, Page, find_ticket, list_tickets

Command = Callable[[Portal, Act, int], object]
WEEK = timedelta(days=7)
ON_SQLITE = pytest.mark.parametrize("stage", ["sqlite"], indirect=True)

STEPS: dict[str, Command] = {
    "follow up": lambda portal, act, number: portal.tickets.add_follow_up(act, number=number, text="Où en est-on ?"),
    "note": lambda portal, act, number: portal.tickets.add_internal_note(act, number=number, text="À voir."),
    "take": lambda portal, act, number: portal.tickets.assign(act, number=number, assignee_id=act.actor.account_id),
    "ask": lambda portal, act, number: portal.tickets.request_information(act, number=number, question="Lequel ?"),
    "hold": lambda portal, act, number: portal.tickets.hold(act, number=number, reason="Fil.", until=act.at + WEEK),
    "resume": lambda portal, act, number: portal.tickets.resume(act, number=number),
    "resolve": lambda portal, act, number: portal.tickets.resolve(act, number=number, solution="Port changé."),
    "withdraw": lambda portal, act, number: portal.tickets.withdraw_solution(act, number=number, reason="Non."),
    "refuse": lambda portal, act, number: portal.tickets.refuse_solution(
        act, number=number, solution_version=1, reason="Toujours lent."
    ),
    "approve": lambda portal, act, number: portal.tickets.approve_solution(act, number=number, solution_version=1),
    "reopen": lambda portal, act, number: portal.tickets.reopen(act, number=number, reason="Encore."),
    "want to cancel": lambda portal, act, number: portal.tickets.request_cancellation(act, number=number),
    "go on": lambda portal, act, number: portal.tickets.decline_cancellation(act, number=number, reason="Presque."),
    "cancel": lambda portal, act, number: portal.tickets.cancel(act, number=number),
}


def listed(portal: Portal, cast: Cast, narrowed: Filter, **options: object) -> Page:
    with portal.database.query() as connection:
        return list_tickets(connection, cast["sam"].person, narrowed=narrowed, order="-priorite", **options)  # type: ignore[arg-type]  # keywords of one call


def numbers(page: Page) -> list[int]:
    return [row.number for row in page.rows]


@ON_SQLITE
@pytest.mark.parametrize(
    ("story", "asked_in"),
    [
        ("", "opening"),
        ("sam take, sam note", "opening"),
        ("alice follow up", "opening"),
        ("sam follow up", None),
        ("sam follow up, alice follow up, bob follow up", "alice follow up"),
        ("sam ask", None),
        ("sam ask, alice follow up", "alice follow up"),
        ("sam hold", None),
        ("sam hold, sam resume", None),
        ("sam resolve", None),
        ("sam resolve, alice refuse, nora take", "alice refuse"),
        ("sam resolve, alice follow up", "alice follow up"),
        ("sam resolve, alice follow up, alice approve", None),
        ("sam resolve, sam withdraw", None),
        ("sam resolve, alice approve, alice reopen", "alice reopen"),
        ("sam resolve, alice approve, sam reopen", None),
        ("sam follow up, alice want to cancel", "alice want to cancel"),
        ("sam follow up, alice want to cancel, sam go on", None),
        ("alice cancel", None),
    ],
)
def test_a_customer_waits_from_the_first_word_that_nobody_answered(
    portal: Portal, cast: Cast, story: str, asked_in: str | None
) -> None:
    number = open_incident(portal, cast)
    moments = {"opening": cast.clock()}

    for step in filter(None, story.split(", ")):
        who, _, what = step.partition(" ")
        act = cast.act(who)
        STEPS[what](portal, act, number)
        moments[step] = act.at

    with portal.database.query() as connection:
        row = find_ticket(connection, cast["sam"].person, number=number)
    assert row is not None
    assert row.unanswered_since == (moments[asked_in] if asked_in else None)


def test_of_one_priority_the_longest_unanswered_comes_first_and_the_answered_last(portal: Portal, cast: Cast) -> None:
    answered, again, waiting = (open_request(portal, cast) for _ in range(3))
    urgent = open_incident(portal, cast)
    portal.tickets.add_follow_up(cast.act("sam"), number=again, text="Je regarde.")
    portal.tickets.add_follow_up(cast.act("sam"), number=answered, text="Je regarde.")
    portal.tickets.add_follow_up(cast.act("alice"), number=again, text="Alors ?")
    whole = listed(portal, cast, Filter())

    first = listed(portal, cast, Filter(), size=1)
    second = listed(portal, cast, Filter(), size=1, older_than=first.older)
    third = listed(portal, cast, Filter(), size=1, older_than=second.older)
    fourth = listed(portal, cast, Filter(), size=1, older_than=third.older)
    back = listed(portal, cast, Filter(), size=1, newer_than=fourth.newer)

    assert numbers(whole) == [urgent, waiting, again, answered]
    assert [*numbers(first), *numbers(second), *numbers(third), *numbers(fourth)] == numbers(whole)
    assert numbers(back) == numbers(third)


@ON_SQLITE
@pytest.mark.parametrize(
    ("narrowed", "way"),
    [
        (Filter(), "((pressure,is_answered,turn_at,number)>(?,?,?,?))"),
        (Filter(states=(State.NOUVEAU, State.EN_COURS)), "(state=?)"),
    ],
)
def test_a_page_in_turn_is_entered_by_an_index(portal: Portal, cast: Cast, narrowed: Filter, way: str) -> None:
    open_request(portal, cast)
    open_request(portal, cast)
    edge = listed(portal, cast, narrowed, size=1).older
    said = list[tuple[str, Any]]()

    with portal.database.query() as connection:
        event.listen(connection, "before_cursor_execute", lambda *call: said.append((call[2], call[3])))
        viewer = cast["sam"].person
        list_tickets(connection, viewer, narrowed=narrowed, order="-priorite", size=1, older_than=edge)
        statement, values = said[-1]
        plan = connection.exec_driver_sql(f"EXPLAIN QUERY PLAN {statement}", values).all()

    assert [step.detail for step in plan if way in step.detail and "INDEX" in step.detail]
