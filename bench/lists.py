"""Timing of lists, searches and counts with a thousand tickets and with a million.

    .venv/bin/python -m bench.lists [TICKETS] [sqlite|postgresql]

Rows are inserted into the read models with SQL; there is no log. Each figure is the best of several rounds, with its
ratio to the same query on a thousand tickets and to selecting the same rows by number: the ratios count.
"""

import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from bench import rows
from sqlalchemy import Connection, text
from tests import postgres

from izarlink_tickets.database import Database, metadata
from izarlink_tickets.database.paging import Page, PageRequest
from izarlink_tickets.domain.vocabulary import Actor, Awaiting, Role, State, Urgency
from izarlink_tickets.projections import LIVE
from izarlink_tickets.projections.ticket_queries import (
    ORDERS,
    TicketFilter,
    TicketRow,
    count_by_state,
    count_each,
    list_tickets,
)

FEW, MANY = 1_000, 1_000_000
ROUNDS = 5
UNRESOLVED = (State.NEW, State.IN_PROGRESS, State.PENDING)

TECHNICIAN = Actor(rows.account(1), Role.SUPPORT)
COMPANY = Actor(rows.account(rows.CUSTOMERS), Role.COMPANY, rows.organisation(0))
CUSTOMER = Actor(rows.account(rows.CUSTOMERS), Role.CUSTOMER, rows.organisation(0))

VIEWS = (
    TicketFilter(states=(State.NEW, State.IN_PROGRESS)),
    TicketFilter(states=UNRESOLVED, urgency_from=Urgency.HIGH),
    TicketFilter(states=(*UNRESOLVED, State.RESOLVED), assignee_id=TECHNICIAN.account_id),
    TicketFilter(states=(State.PENDING,), awaiting=Awaiting.CUSTOMER),
    TicketFilter(states=(State.RESOLVED,)),
    TicketFilter(),
)
FILTERS = {
    "": TicketFilter(),
    "closed": TicketFilter(states=(State.CLOSED,)),
    "cancelled": TicketFilter(states=(State.CANCELLED,)),
    "to do": VIEWS[0],
    "mine": VIEWS[2],
    "assigned": TicketFilter(assignee_id=TECHNICIAN.account_id),
    "organisation": TicketFilter(organisation_id=rows.organisation(0)),
    "category": TicketFilter(category="LENTEUR"),
    "urgency": TicketFilter(urgency=Urgency.VERY_HIGH),
    "service": TicketFilter(service_id=rows.service(1)),
    "rare word": TicketFilter(search="mot77 mot41"),
    "common word": TicketFilter(search="fibre"),
    "prefix": TicketFilter(search="fi"),
    "two words": TicketFilter(search="fibre bonjour"),
    "word and state": TicketFilter(search="bonjour", states=VIEWS[0].states),
}


def fastest(do: Callable[[], object]) -> float:
    """Return the seconds of the fastest round; a round of over a second is the last."""
    best = float("inf")
    for _ in range(ROUNDS):
        start = time.perf_counter()
        do()
        best = min(best, time.perf_counter() - start)
        if best > 1:
            break
    return best


def last_page(
    connection: Connection, viewer: Actor, filtered: TicketFilter, order: str
) -> Callable[[], Page[TicketRow]]:
    """Build the query of the last page, in the given order."""
    reverse = order.removeprefix("-") if order.startswith("-") else f"-{order}"
    page = list_tickets(connection, viewer, filtered=filtered, order=reverse) if reverse in ORDERS else None
    key = ORDERS[order].cursor_of(page.rows[-1]) if page and page.rows else ""
    return lambda: list_tickets(connection, viewer, filtered=filtered, order=order, page_request=PageRequest(after=key))


def queries(connection: Connection) -> Iterator[tuple[str, Callable[[], object]]]:
    """Yield every query with its name."""
    yield "desk counts", lambda: count_each(connection, TECHNICIAN, filtered=VIEWS)
    for who, viewer in (("company", COMPANY), ("customer", CUSTOMER)):
        own = TicketFilter(only_mine=viewer is CUSTOMER)
        yield f"{who} counts", lambda viewer=viewer, own=own: count_by_state(connection, viewer, filtered=own)
    for order in ORDERS:
        for who, viewer in (("support", TECHNICIAN), ("company", COMPANY), ("customer", CUSTOMER)):
            yield (
                f"{who} {order}",
                lambda viewer=viewer, order=order: list_tickets(
                    connection, viewer, filtered=TicketFilter(), order=order
                ),
            )
            yield f"{who} {order} last page", last_page(connection, viewer, TicketFilter(), order)
    for name, filtered in FILTERS.items():
        for order in ("-activite", "titre", "-urgence", "-priorite"):
            yield (
                f"support {name} {order}",
                lambda filtered=filtered, order=order: list_tickets(
                    connection, TECHNICIAN, filtered=filtered, order=order
                ),
            )
    for name in ("rare word", "common word", "prefix", "two words"):
        for who, viewer in (("company", COMPANY), ("customer", CUSTOMER)):
            yield (
                f"{who} {name}",
                lambda viewer=viewer, name=name: list_tickets(connection, viewer, filtered=FILTERS[name]),
            )
            yield (
                f"{who} {name} counts",
                lambda viewer=viewer, name=name: count_by_state(connection, viewer, filtered=FILTERS[name]),
            )


def select_time(connection: Connection, answer: object) -> float | None:
    """Return the seconds that selecting the page's rows by number takes."""
    if not isinstance(answer, Page) or not answer.rows:
        return None
    numbers = {f"n{place}": row.number for place, row in enumerate(answer.rows)}
    names = ", ".join(f":{name}" for name in numbers)
    statement = text(f"SELECT * FROM ticket_list WHERE number IN ({names})")  # noqa: S608 - names of ours
    return fastest(lambda: connection.execute(statement, numbers).all())


def measure(database: Database) -> Iterator[tuple[str, float, float | None]]:
    """Yield each query's name and seconds, and those of selecting its rows by number."""
    with database.query() as connection:
        for name, query in queries(connection):
            floor = select_time(connection, query())
            yield name, fastest(query), floor


@contextmanager
def filled(url: str, tickets: int) -> Iterator[Database]:
    """Open a database with that many tickets."""
    with tempfile.TemporaryDirectory() as folder:
        database = Database(url or f"sqlite:///{folder}/izarlink.db", data_dir=Path(folder))
        start = time.perf_counter()
        with database.command() as connection:
            if url:
                connection.execute(text("SET LOCAL statement_timeout = 0"))
                connection.execute(text("DROP SCHEMA public CASCADE"))
                connection.execute(text("CREATE SCHEMA public"))
            metadata.create_all(connection)
            for model in LIVE:
                model.metadata.create_all(connection)
            rows.fill(connection, tickets)
        print(f"# {tickets:,} tickets in {time.perf_counter() - start:.0f} s", flush=True)
        yield database
        database.close()


def compare(name: str, url: str, many: int) -> None:
    """Print the table of one database."""
    with filled(url, FEW) as database:
        few = {query: seconds for query, seconds, _ in measure(database)}
    with filled(url, many) as database:
        for query, seconds, floor in measure(database):
            versus = f"{seconds / floor:7.1f} × same rows" if floor else ""
            ratio = seconds / few[query]
            print(f"{name:11}{query:40}{seconds * 1000:9.2f} ms{ratio:8.1f} × {FEW:,}{versus}", flush=True)


def main() -> None:
    """Measure one database or both."""
    many = int(sys.argv[1]) if len(sys.argv) > 1 else MANY
    chosen = sys.argv[2] if len(sys.argv) > 2 else ""  # noqa: PLR2004 - the second argument
    if chosen != "postgresql":
        compare("SQLite", "", many)
    if chosen != "sqlite":
        with postgres.server() as server, server.database() as url:
            compare("PostgreSQL", url, many)


if __name__ == "__main__":
    main()
