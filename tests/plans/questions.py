"""The questions that pages, polls and loops ask, by name."""

from collections.abc import Iterator
from dataclasses import replace
from functools import partial

from sqlalchemy import Connection
from tests.cast import Cast
from tests.plans.effort import Question
from tests.plans.rows import A_STEP, TICKETS

from izarlink_tickets import outbox
from izarlink_tickets.application.usage_limits import WINDOW, select_usage
from izarlink_tickets.application.visits import find_visitor
from izarlink_tickets.database.paging import PageRequest
from izarlink_tickets.desk.presences import other_presences
from izarlink_tickets.directory import text_of_service
from izarlink_tickets.domain.vocabulary import UNFINISHED, Actor, State
from izarlink_tickets.outbox.deliveries import count_mail_problems, list_handled_mails, list_problem_mails
from izarlink_tickets.projections.deadline_queries import overdue
from izarlink_tickets.projections.deadlines import Due
from izarlink_tickets.projections.history_queries import others_entries
from izarlink_tickets.projections.queue_changes import count_moved
from izarlink_tickets.projections.search_terms import services_by_word
from izarlink_tickets.projections.service_queries import find_own_service, list_own_services
from izarlink_tickets.projections.similar_tickets import find_similar
from izarlink_tickets.projections.ticket_counts import stored_bytes
from izarlink_tickets.projections.ticket_queries import (
    DEFAULT_ORDER,
    ORDERS,
    TicketFilter,
    count_by_state,
    count_each,
    find_ticket,
    list_tickets,
)
from izarlink_tickets.web.desk.views import VIEWS


def questions(cast: Cast) -> dict[str, Question]:
    """Return every question, to be asked of a connection."""
    return dict([*_lists(cast), *_counts(cast), *_others(cast)])


def _lists(cast: Cast) -> Iterator[tuple[str, Question]]:
    sam, bob, alice = (cast[name].actor for name in ("sam", "bob", "alice"))
    of_company = TicketFilter(organisation_id=cast["alice"].organisation_id)
    of_sam = TicketFilter(assignee_id=cast["sam"].id)
    for view in VIEWS.values():
        yield (
            f"the desk's view {view.code}",
            partial(_first, viewer=sam, filtered=view.filter_for(sam), order=view.order),
        )
    for order in ORDERS:
        yield f"all tickets, {order}", partial(_first, viewer=sam, filtered=TicketFilter(), order=order)
        yield f"the company's list, {order}", partial(_first, viewer=bob, filtered=TicketFilter(), order=order)
    for order in ("-priorite", "-activite"):
        yield f"a technician's tickets, {order}", partial(_first, viewer=sam, filtered=of_sam, order=order)
        yield f"a customer's tickets, {order}", partial(_first, viewer=sam, filtered=of_company, order=order)
    for state in State:
        of_state = TicketFilter(states=(state,))
        yield f"{state} by priority", partial(_first, viewer=sam, filtered=of_state, order="-priorite")
        yield f"the company's {state}", partial(_first, viewer=bob, filtered=of_state)
        yield f"my {state}", partial(_first, viewer=alice, filtered=of_state)
    yield "what I have to do", partial(_first, viewer=alice, filtered=TicketFilter(is_to_do=True))
    yield "what the company has to do", partial(_first, viewer=bob, filtered=TicketFilter(is_to_do=True))
    yield "my tickets", partial(_first, viewer=alice, filtered=TicketFilter())
    yield (
        "unassigned tickets to do",
        partial(_first, viewer=sam, filtered=TicketFilter(states=UNFINISHED, is_unassigned=True), order="-priorite"),
    )
    by_word = services_by_word("fournil", {cast.fibre.id: text_of_service(cast.fibre)})
    searched = TicketFilter(search="fournil", found_services=by_word)
    for order in ("-activite", "titre"):
        of_line, of_carol = TicketFilter(service_id=cast.fibre.id), TicketFilter(requester_id=cast["carol"].id)
        yield f"a service's tickets, {order}", partial(_first, viewer=bob, filtered=of_line, order=order)
        yield f"my tickets of a service, {order}", partial(_first, viewer=alice, filtered=of_line, order=order)
        yield f"my search by service, {order}", partial(_first, viewer=alice, filtered=searched, order=order)
        yield f"the company's search by service, {order}", partial(_first, viewer=bob, filtered=searched, order=order)
        yield f"a colleague's tickets, {order}", partial(_first, viewer=bob, filtered=of_carol, order=order)
    yield (
        "silent customers of a technician",
        partial(
            _first, viewer=sam, filtered=replace(VIEWS["sans-reponse"].filter_for(sam), assignee_id=cast["sam"].id)
        ),
    )
    for name, code in (("a rare category", "LENTEUR"), ("a common category", "DEBIT")):
        yield name, partial(_first, viewer=sam, filtered=TicketFilter(category=code), order="-priorite")
    yield "the second page and the first again", partial(_second_and_back, viewer=sam)
    yield "my second page and the first again", partial(_second_and_back, viewer=alice)


def _counts(cast: Cast) -> Iterator[tuple[str, Question]]:
    sam, bob, alice = (cast[name].actor for name in ("sam", "bob", "alice"))
    views = [view.filter_for(sam) for view in VIEWS.values()]
    saved = [TicketFilter(states=UNFINISHED, category="LENTEUR")]
    yield "the counts of the tabs", lambda connection: count_each(connection, sam, filtered=views)
    yield "the count of a saved view", lambda connection: count_each(connection, sam, filtered=saved)
    yield "the company's counts", lambda connection: count_by_state(connection, bob, filtered=TicketFilter())
    of_line = TicketFilter(service_id=cast.fibre.id)
    yield "a service's counts", lambda connection: count_by_state(connection, bob, filtered=of_line)
    yield "my services", lambda connection: list_own_services(connection, alice)
    yield "the company's services", lambda connection: list_own_services(connection, bob)
    yield "one service", lambda connection: find_own_service(connection, bob, reference="FTTO-00417")
    yield "my counts", lambda connection: count_by_state(connection, alice, filtered=TicketFilter())


def _others(cast: Cast) -> Iterator[tuple[str, Question]]:
    now = cast.clock() + 2 * TICKETS * A_STEP
    sam, alice = cast["sam"], cast["alice"]
    view = VIEWS["a-traiter"].filter_for(sam.actor)
    yield (
        "news",
        lambda connection: count_moved(connection, sam.actor, filtered=view, after=2 * TICKETS - 50, last=2 * TICKETS),
    )
    yield "one ticket", lambda connection: find_ticket(connection, alice.actor, number=9)
    yield "the visitor", lambda connection: find_visitor(connection, session_id="x", now=now)
    yield "others' entries", lambda connection: others_entries(connection, alice.actor, number=9, after=1)
    yield "mail problems", lambda connection: count_mail_problems(connection, now=now)
    yield "problem mails", lambda connection: list_problem_mails(connection, now=now)
    yield "handled mails", list_handled_mails
    yield "due mails", lambda connection: outbox.has_due(connection, now=now)
    yield "waiting mails", outbox.backlog
    yield "failed mails", outbox.count_failed
    yield "presence", lambda connection: other_presences(connection, number=9, account_id=sam.id, now=now)
    yield (
        "a ticket opened twice",
        lambda connection: find_similar(
            connection,
            alice.actor,
            organisation_id=alice.organisation_id or "",
            category="DEBIT",
            service_id=None,
            since=cast.clock() + (TICKETS - 100) * A_STEP,
        ),
    )
    yield (
        "what an account has done within the hour",
        lambda connection: connection.execute(
            select_usage(), {"actor": alice.id, "since": now - WINDOW, "until": now}
        ).all(),
    )
    yield "a customer's files", partial(stored_bytes, organisation_id=alice.organisation_id or "")
    yield "mails about a ticket", partial(outbox.mails_about, number=9, account_id=alice.id)
    for due in Due:
        yield f"due: {due}", partial(overdue, due=due, since=cast.clock() + TICKETS * A_STEP, limit=20)


def _first(connection: Connection, *, viewer: Actor, filtered: TicketFilter, order: str = DEFAULT_ORDER) -> None:
    list_tickets(connection, viewer, filtered=filtered, order=order)


def _second_and_back(connection: Connection, *, viewer: Actor) -> None:
    first = list_tickets(connection, viewer, filtered=TicketFilter())
    second = list_tickets(connection, viewer, filtered=TicketFilter(), page_request=PageRequest(after=first.after))
    list_tickets(connection, viewer, filtered=TicketFilter(), page_request=PageRequest(before=second.before))
