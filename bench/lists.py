"""Time lists, searches and counts at a thousand tickets and at a million, on both databases.

    .venv/bin/python -m bench.lists [TICKETS] [sqlite|postgresql]

Rows are made in SQL, in the read models alone: no log stands behind them. Each figure is the best of some,
beside that of a thousand tickets and that of selecting the same rows by their numbers: the ratios count.
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
    "clôturé": TicketFilter(states=(State.CLOSED,)),
    "annulé": TicketFilter(states=(State.CANCELLED,)),
    "à traiter": VIEWS[0],
    "à moi": VIEWS[2],
    "affecté": TicketFilter(assignee_id=TECHNICIAN.account_id),
    "organisation": TicketFilter(organisation_id=rows.organisation(0)),
    "catégorie": TicketFilter(category="LENTEUR"),
    "urgence": TicketFilter(urgency=Urgency.VERY_HIGH),
    "service": TicketFilter(service_id=rows.service(1)),
    "mot rare": TicketFilter(search="mot77 mot41"),
    "mot fréquent": TicketFilter(search="fibre"),
    "début": TicketFilter(search="fi"),
    "deux mots": TicketFilter(search="fibre bonjour"),
    "mot et état": TicketFilter(search="bonjour", states=VIEWS[0].states),
}


def fastest(do: Callable[[], object]) -> float:
    """Give the seconds of the best round; one that took a second isn't repeated."""
    best = float("inf")
    for _ in range(ROUNDS):
        begun = time.perf_counter()
        do()
        best = min(best, time.perf_counter() - begun)
        if best > 1:
            break
    return best


def oldest(connection: Connection, viewer: Actor, filtered: TicketFilter, order: str) -> Callable[[], Page[TicketRow]]:
    """Ask for the page at the other end: the last rows, in the order asked for."""
    other = order.removeprefix("-") if order.startswith("-") else f"-{order}"
    page = list_tickets(connection, viewer, filtered=filtered, order=other) if other in ORDERS else None
    key = ORDERS[order].cursor_of(page.rows[-1]) if page and page.rows else ""
    return lambda: list_tickets(connection, viewer, filtered=filtered, order=order, page_request=PageRequest(after=key))


def questions(connection: Connection) -> Iterator[tuple[str, Callable[[], object]]]:
    """Give every question by its name."""
    yield "comptes du bureau", lambda: count_each(connection, TECHNICIAN, filtered=VIEWS)
    for who, viewer in (("société", COMPANY), ("client", CUSTOMER)):
        mine = TicketFilter(only_mine=viewer is CUSTOMER)
        yield f"{who} comptes", lambda viewer=viewer, mine=mine: count_by_state(connection, viewer, filtered=mine)
    for order in ORDERS:
        for who, viewer in (("support", TECHNICIAN), ("société", COMPANY), ("client", CUSTOMER)):
            yield (
                f"{who} {order}",
                lambda viewer=viewer, order=order: list_tickets(
                    connection, viewer, filtered=TicketFilter(), order=order
                ),
            )
            yield f"{who} {order} fin", oldest(connection, viewer, TicketFilter(), order)
    for name, filtered in FILTERS.items():
        for order in ("-activite", "titre", "-urgence", "-priorite"):
            yield (
                f"support {name} {order}",
                lambda filtered=filtered, order=order: list_tickets(
                    connection, TECHNICIAN, filtered=filtered, order=order
                ),
            )
    for name in ("mot rare", "mot fréquent", "début", "deux mots"):
        for who, viewer in (("société", COMPANY), ("client", CUSTOMER)):
            yield (
                f"{who} {name}",
                lambda viewer=viewer, name=name: list_tickets(connection, viewer, filtered=FILTERS[name]),
            )
            yield (
                f"{who} {name} comptes",
                lambda viewer=viewer, name=name: count_by_state(connection, viewer, filtered=FILTERS[name]),
            )


def same_rows(connection: Connection, answer: object) -> float | None:
    """Time the selection of a page's rows by number."""
    if not isinstance(answer, Page) or not answer.rows:
        return None
    numbers = {f"n{place}": row.number for place, row in enumerate(answer.rows)}
    names = ", ".join(f":{name}" for name in numbers)
    statement = text(f"SELECT * FROM ticket_list WHERE number IN ({names})")  # noqa: S608 - names of ours
    return fastest(lambda: connection.execute(statement, numbers).all())


def measure(database: Database) -> Iterator[tuple[str, float, float | None]]:
    """Put every question; give its seconds, and those of selecting the rows that it found by their numbers."""
    with database.query() as connection:
        for name, ask in questions(connection):
            floor = same_rows(connection, ask())
            yield name, fastest(ask), floor


@contextmanager
def filled(url: str, tickets: int) -> Iterator[Database]:
    """Give a database with that many tickets."""
    with tempfile.TemporaryDirectory() as folder:
        database = Database(url or f"sqlite:///{folder}/izarlink.db", data_dir=Path(folder))
        begun = time.perf_counter()
        with database.command() as connection:
            if url:
                connection.execute(text("SET LOCAL statement_timeout = 0"))
                connection.execute(text("DROP SCHEMA public CASCADE"))
                connection.execute(text("CREATE SCHEMA public"))
            metadata.create_all(connection)
            for model in LIVE:
                model.metadata.create_all(connection)
            rows.fill(connection, tickets)
        print(f"# {tickets:,} tickets in {time.perf_counter() - begun:.0f} s", flush=True)
        yield database
        database.close()


def compare(name: str, url: str, many: int) -> None:
    """Print the table of one database."""
    with filled(url, FEW) as database:
        few = {question: seconds for question, seconds, _ in measure(database)}
    with filled(url, many) as database:
        for question, seconds, floor in measure(database):
            beside = f"{seconds / floor:7.1f} × same rows" if floor else ""
            ratio = seconds / few[question]
            print(f"{name:11}{question:40}{seconds * 1000:9.2f} ms{ratio:8.1f} × {FEW:,}{beside}", flush=True)


def main() -> None:
    """Measure one database or both."""
    many = int(sys.argv[1]) if len(sys.argv) > 1 else MANY
    chosen = sys.argv[2] if len(sys.argv) > 2 else ""  # noqa: PLR2004 - the third word
    if chosen != "postgresql":
        compare("SQLite", "", many)
    if chosen != "sqlite":
        with postgres.server() as server, server.database() as url:
            compare("PostgreSQL", url, many)


if __name__ == "__main__":
    main()
