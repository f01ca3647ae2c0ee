"""The customer's wait for an answer, and the queue's order by it."""

from collections.abc import Callable
from datetime import timedelta

import pytest
from tests.cast import Cast
from tests.openings import open_incident, open_request

from izarlink_tickets.application import Portal
from izarlink_tickets.database.paging import Page, PageRequest
from izarlink_tickets.domain.vocabulary import CommandContext
from izarlink_tickets.projections.ticket_queries import TicketFilter, TicketRow, find_ticket, list_tickets

Command = Callable[[Portal, CommandContext, int], object]
WEEK = timedelta(days=7)
ON_SQLITE = pytest.mark.parametrize("stage", ["sqlite"], indirect=True)

STEPS: dict[str, Command] = {
    "follow up": lambda portal, context, number: portal.tickets.add_follow_up(
        context, number=number, text="Où en est-on ?"
    ),
    "note": lambda portal, context, number: portal.tickets.add_internal_note(context, number=number, text="À voir."),
    "take": lambda portal, context, number: portal.tickets.assign(
        context, number=number, assignee_id=context.actor.account_id
    ),
    "ask": lambda portal, context, number: portal.tickets.request_information(
        context, number=number, question="Lequel ?"
    ),
    "hold": lambda portal, context, number: portal.tickets.hold(
        context, number=number, reason="Fil.", until=context.at + WEEK
    ),
    "resume": lambda portal, context, number: portal.tickets.resume(context, number=number),
    "resolve": lambda portal, context, number: portal.tickets.resolve(context, number=number, solution="Port changé."),
    "withdraw": lambda portal, context, number: portal.tickets.withdraw_solution(context, number=number, reason="Non."),
    "refuse": lambda portal, context, number: portal.tickets.refuse_solution(
        context, number=number, solution_version=1, reason="Toujours lent."
    ),
    "approve": lambda portal, context, number: portal.tickets.approve_solution(
        context, number=number, solution_version=1
    ),
    "reopen": lambda portal, context, number: portal.tickets.reopen(context, number=number, reason="Encore."),
    "want to cancel": lambda portal, context, number: portal.tickets.request_cancellation(context, number=number),
    "go on": lambda portal, context, number: portal.tickets.decline_cancellation(
        context, number=number, reason="Presque."
    ),
    "cancel": lambda portal, context, number: portal.tickets.cancel(context, number=number),
}


def listed(portal: Portal, cast: Cast, filtered: TicketFilter, **options: object) -> Page[TicketRow]:
    with portal.database.query() as connection:
        return list_tickets(connection, cast["sam"].actor, filtered=filtered, order="-priorite", **options)  # type: ignore[arg-type]  # keywords of one call


def numbers(page: Page[TicketRow]) -> list[int]:
    return [row.number for row in page.rows]


@ON_SQLITE
@pytest.mark.parametrize(
    ("story", "waits_since"),
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
def test_a_customer_waits_since_the_first_unanswered_message(
    portal: Portal, cast: Cast, story: str, waits_since: str | None
) -> None:
    number = open_incident(portal, cast)
    moments = {"opening": cast.clock()}

    for step in filter(None, story.split(", ")):
        who, _, action = step.partition(" ")
        context = cast.context(who)
        STEPS[action](portal, context, number)
        moments[step] = context.at

    with portal.database.query() as connection:
        row = find_ticket(connection, cast["sam"].actor, number=number)
    assert row is not None
    assert row.unanswered_since == (moments[waits_since] if waits_since else None)


def test_within_a_priority_the_longest_wait_is_first_and_answered_tickets_last(portal: Portal, cast: Cast) -> None:
    answered, again, waiting = (open_request(portal, cast) for _ in range(3))
    urgent = open_incident(portal, cast)
    portal.tickets.add_follow_up(cast.context("sam"), number=again, text="Je regarde.")
    portal.tickets.add_follow_up(cast.context("sam"), number=answered, text="Je regarde.")
    portal.tickets.add_follow_up(cast.context("alice"), number=again, text="Alors ?")
    whole = listed(portal, cast, TicketFilter())

    first = listed(portal, cast, TicketFilter(), size=1)
    second = listed(portal, cast, TicketFilter(), size=1, page_request=PageRequest(after=first.after))
    third = listed(portal, cast, TicketFilter(), size=1, page_request=PageRequest(after=second.after))
    fourth = listed(portal, cast, TicketFilter(), size=1, page_request=PageRequest(after=third.after))
    back = listed(portal, cast, TicketFilter(), size=1, page_request=PageRequest(before=fourth.before))

    assert numbers(whole) == [urgent, waiting, again, answered]
    assert [*numbers(first), *numbers(second), *numbers(third), *numbers(fourth)] == numbers(whole)
    assert numbers(back) == numbers(third)
