"""Many rows, inserted directly."""

import random
from collections import Counter
from collections.abc import Iterator
from datetime import timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import Connection, Table, insert, literal, select
from tests.cast import START, Cast

from izarlink_tickets.accounts.ticket_visits import ticket_visits
from izarlink_tickets.domain.events import stream_of
from izarlink_tickets.domain.text import prefixed_words_of
from izarlink_tickets.domain.vocabulary import Awaiting, State
from izarlink_tickets.event_store import events, log_head
from izarlink_tickets.outbox.table import MailKind, MailStatus, outbox
from izarlink_tickets.projections import LIVE
from izarlink_tickets.projections.deadlines import Due
from izarlink_tickets.projections.queue_rank import queue_rank
from izarlink_tickets.projections.read_model import tables_of
from izarlink_tickets.projections.ticket_count_table import count_keys
from izarlink_tickets.projections.ticket_search import ACCOUNT, ORGANISATION, PUBLIC, SERVICE, STATE, code_word

TICKETS = 24_000
# A few of a hundred tickets are alice's company's: too many to sort, and too few to meet in another order.
REQUESTERS, SHARES = ("alice", "carol", "charlie"), (1, 4, 95)
STATES = tuple(state.value for state in State)
_TITLES = 9_973
_A_DAY = timedelta(days=1)
# Between two tickets.
A_STEP = timedelta(minutes=10)
# One in so many tickets is of an urgent incident, or of a category that is hardly used.
_URGENT, _RARE = 499, 199
_OF_LINE = 20
# One in so many waits for a customer who stays silent.
_SILENT = 301
# One in so many tickets is watched by a colleague.
_WATCHED = 50
# One in so many mails is late, failed or doubtful.
_PROBLEM = 2_000


def fill(connection: Connection, cast: Cast) -> None:
    """Insert the tickets with their counts, deadlines, events and mails."""
    tables = {table.name: table for model in LIVE for table in tables_of(model)}
    tickets = [_ticket(number, cast) for number in range(1, TICKETS + 1)]
    _insert(connection, tables["ticket_list"], tickets)
    counts = Counter(key for ticket in tickets for key in count_keys(ticket))
    _insert(connection, tables["ticket_list_counts"], [key._asdict() | {"tickets": n} for key, n in counts.items()])
    _insert(connection, tables["deadlines"], [*_deadlines(tickets)])
    _insert(connection, tables["ticket_list_watchers"], [*_watchers(tickets, cast)])
    _insert(connection, tables["ticket_search"], [{"rowid": row["number"], "words": _words(row)} for row in tickets])
    _insert(connection, ticket_visits, [*_visits(tickets, cast)])
    _insert_events(connection, tables["ticket_list"])
    _insert(connection, outbox, [_mail(ticket, cast) for ticket in tickets])


def _insert(connection: Connection, table: Table, rows: list[dict[str, Any]]) -> None:
    connection.execute(insert(table), rows)


def _ticket(number: int, cast: Cast) -> dict[str, Any]:
    # Seeded by the number: the same rows each time, and no two columns correlate.
    chance = random.Random(number)  # noqa: S311 - no secret
    state, priority = chance.choice(STATES), chance.randint(2, 4)
    requester = cast[chance.choices(REQUESTERS, SHARES)[0]]
    technician = cast[chance.choices(("sam", "nora"), (4, 96))[0]]
    opened = START + number * A_STEP
    active = opened + chance.random() * _A_DAY
    unanswered, urgent = chance.choice([active, None]), number % _URGENT == 0
    title = f"panne {chance.randrange(_TITLES)}"
    return {
        "number": number,
        "ticket_id": stream_of(number),
        "version": 3,
        "organisation_id": requester.organisation_id,
        "requester_id": requester.id,
        "assignee_id": None if state == State.NEW else technician.id,
        "ticket_type": "INCIDENT",
        "category": "LENTEUR" if number % _RARE == 0 else "DEBIT",
        # One of alice's company in so many is of her line, and nobody else's.
        "service_id": cast.fibre.id if requester is not cast["charlie"] and number % _OF_LINE == 0 else None,
        "urgency": 5 if urgent else 3,
        "impact": 3,
        "priority": priority,
        "urgency_rank": 5 if urgent else 3,
        "queue_rank": queue_rank(priority=priority, unanswered_since=unanswered, opened_at=opened),
        "unanswered_since": unanswered,
        "title": title,
        "title_folded": title,
        "state": state,
        "awaiting": Awaiting.CUSTOMER.value if state == State.PENDING else None,
        "state_since": active,
        "opened_at": opened,
        "last_activity_at": active,
        "news_version": 3,
        "news_actor_id": technician.id,
        "related_to": None,
        "solution_version": 0,
        "solution_entry": None,
        "solution_author_id": None,
        "staff_has_acted": True,
        "cancellation_is_requested": False,
        "closes_on": None,
        "file_bytes": 0,
        "customer_is_silent": state in {State.PENDING, State.RESOLVED} and number % _SILENT == 0,
    }


def _deadlines(tickets: list[dict[str, Any]]) -> Iterator[dict[str, Any]]:
    dues = {State.PENDING: Due.INFORMATION_REMINDER, State.RESOLVED: Due.SOLUTION_REMINDER}
    for ticket in tickets:
        if due := dues.get(State(ticket["state"])):
            yield {
                "number": ticket["number"],
                "due": due.value,
                "since": ticket["state_since"],
                "version": 3,
                "entry": 3,
                "waiting_since": ticket["state_since"],
                "reminded_at": None,
                "closes_on": None,
                "is_followed_up": False,
            }


def _watchers(tickets: list[dict[str, Any]], cast: Cast) -> Iterator[dict[str, Any]]:
    for ticket in tickets:
        if ticket["requester_id"] == cast["carol"].id and ticket["number"] % _WATCHED == 0:
            yield {"number": ticket["number"], "account_id": cast["alice"].id}


def _words(ticket: dict[str, Any]) -> set[str]:
    """Return the words of a ticket, as its event has them."""
    codes = (STATE, "state"), (ORGANISATION, "organisation_id"), (ACCOUNT, "requester_id"), (SERVICE, "service_id")
    coded = {code_word(kind, ticket[name]) for kind, name in codes if ticket[name]}
    return coded | prefixed_words_of(ticket["title"], prefix=PUBLIC)


def _visits(tickets: list[dict[str, Any]], cast: Cast) -> Iterator[dict[str, Any]]:
    for ticket in tickets:
        for name in ("alice", "bob"):
            yield {"account_id": cast[name].id, "number": ticket["number"], "version": 2}


def _insert_events(connection: Connection, tickets: Table) -> None:
    ticket = tickets.c
    rows = select(TICKETS + ticket.number, ticket.ticket_id, literal(1), literal("ticket.opened"), literal(b"{}"))
    columns = ("position", "stream_id", "version", "topic", "state")
    connection.execute(insert(events).from_select(columns, rows))
    connection.execute(log_head.update().values(position=2 * TICKETS))


def _mail(ticket: dict[str, Any], cast: Cast) -> dict[str, Any]:
    number, created = ticket["number"], ticket["opened_at"]
    problem = (MailStatus.WAITING, MailStatus.FAILED, MailStatus.SENT)[number // _PROBLEM % 3]
    has_problem = number % _PROBLEM == 0
    return {
        "id": str(UUID(int=number)),
        "kind": MailKind.TICKET.value,
        "command_id": str(UUID(int=number)),
        "account_id": cast["alice"].id,
        "number": number,
        "entry": 1,
        "status": (problem if has_problem else MailStatus.SENT).value,
        "created_at": created,
        "due_at": created,
        "attempts": 1,
        "doubts": int(has_problem),
        "settled_doubts": 0,
        "finished_at": created,
        "handled_at": created if number % _PROBLEM == 1 else None,
        "handled_by": cast["sam"].id if number % _PROBLEM == 1 else None,
    }
