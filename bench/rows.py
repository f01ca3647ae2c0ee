"""Any number of tickets, inserted directly into the read models.

One in fifty belongs to a large organisation, the others to some thousands of small ones with forty people each. One in
two hundred is still open, and so are the newest.
"""

from collections import Counter
from collections.abc import Iterable, Iterator
from datetime import UTC, datetime
from itertools import chain

from sqlalchemy import Connection, text

from izarlink_tickets.projections import search_terms, ticket_queries

STAFF, CUSTOMERS = 20, 100  # technicians are the accounts from 1 on, customers those from 100 on
ORGANISATIONS, PEOPLE, SERVICES = 5_000, 40, 1_000
IN_LARGE, OPEN, NEWEST, CANCELLED, OTHER_CATEGORY, VERY_HIGH = 50, 200, 1_000, 30, 1_000, 5_000
OPEN_STATES = ("NOUVEAU", "EN_COURS", "EN_ATTENTE", "RESOLU")
FIRST, STEP_SECONDS, WORKED_SECONDS = 1_500_000_000, 150, 9_000_000
# Primes, so that no two columns correlate.
SHUFFLE, TITLES, RARE_WORDS = 7_919, 9_973, 5_000
FACTORS = (7, 11, 13, 17, 19, 23, 29, 31, 37, 41)
SOME_MOMENT = "2020-01-01 00:00:00.000000"

Row = tuple[object, ...]


def account(number: int) -> str:
    """Return the id of an account."""
    return f"00000000-0000-0000-0001-{number:012d}"


def organisation(number: int) -> str:
    """Return the id of an organisation."""
    return f"00000000-0000-0000-0002-{number:012d}"


def service(number: int) -> str:
    """Return the id of a service."""
    return f"00000000-0000-0000-0003-{number:012d}"


def fill(connection: Connection, tickets: int) -> None:
    """Insert that many tickets and everything they refer to."""
    _store(connection, "organisations", "id name name_folded search_key created_at active", _organisations())
    _store(
        connection,
        "accounts",
        "id email email_folded name phone search_key role organisation_id active created_at locale timezone theme"
        " mails_own_acts mails_new_tickets",
        _accounts(),
    )
    _store(connection, "services", "id reference organisation_id label site offer active", _services())
    _store(
        connection,
        ticket_queries.LIVE.tickets.name,
        "number ticket_id version organisation_id requester_id assignee_id ticket_type category service_id"
        " urgency impact priority urgency_rank priority_rank title title_folded state awaiting state_since opened_at"
        " last_activity_at unanswered_since is_answered turn_at solution_version staff_has_acted"
        " cancellation_is_requested",
        (_ticket(number, tickets) for number in range(1, tickets + 1)),
    )
    _store(connection, ticket_queries.LIVE.counts.name, "organisation_id ticket_type state tickets", _counts(tickets))
    words = ((number, _words(number, tickets)) for number in range(1, tickets + 1))
    _store(connection, search_terms.LIVE.rows.name, "rowid words", words)
    if connection.dialect.name == "postgresql":
        # As its autovacuum does; SQLite has statistics only on request.
        connection.execute(text("ANALYZE"))


def _store(connection: Connection, table: str, columns: str, rows: Iterable[Row]) -> None:
    """Insert rows as fast as the database accepts them."""
    names = columns.split()
    cursor = connection.connection.cursor()
    if connection.dialect.name == "sqlite":
        places = ", ".join("?" for _ in names)
        cursor.executemany(f"INSERT INTO {table} ({', '.join(names)}) VALUES ({places})", rows)  # noqa: S608 - ours
        return
    with cursor.copy(f"COPY {table} ({', '.join(names)}) FROM STDIN") as copy:  # type: ignore[attr-defined]  # psycopg's
        for row in rows:
            copy.write_row(row)


def _organisations() -> Iterator[Row]:
    for number in range(ORGANISATIONS):
        name = f"client {number}"
        yield organisation(number), name, name, name, SOME_MOMENT, 1


def _accounts() -> Iterator[Row]:
    people = range(CUSTOMERS, CUSTOMERS + ORGANISATIONS * PEOPLE)
    for number in chain(range(1, STAFF + 1), people):
        name, email = f"personne {number}", f"p{number}@bench.example"
        organisation_id = organisation((number - CUSTOMERS) // PEOPLE) if number >= CUSTOMERS else None
        role = "customer" if organisation_id else "support"
        settings = (SOME_MOMENT, "fr", "Europe/Paris", "system", 1, 1)
        yield account(number), email, email, name, "", name, role, organisation_id, 1, *settings


def _services() -> Iterator[Row]:
    for number in range(SERVICES):
        yield service(number), f"FTTO-{number:05d}", organisation(number), "Fibre", "Bayonne", "FTTO", 1


def _ticket(number: int, tickets: int) -> Row:
    state, requester = _state(number, tickets), account(_requester(number))
    assignee = None if state == "NOUVEAU" else account(1 + number * SHUFFLE % STAFF)
    title = f"panne {number * SHUFFLE % TITLES} de fibre"
    opened = FIRST + number * STEP_SECONDS
    active = _moment(opened + number * SHUFFLE % WORKED_SECONDS)
    unanswered = active if number % 2 else None
    return (
        *(number, f"{number:032x}", 5, organisation(_organisation(number)), requester, assignee),
        *(_type(number), _category(number), service(number * SHUFFLE % SERVICES), _urgency(number), 3, 2 + number % 3),
        *(_urgency(number) or 0, -2 - number % 3),
        *(title, title, state, "client" if state == "EN_ATTENTE" else None, active, _moment(opened), active),
        *(unanswered, (number + 1) % 2, unanswered or _moment(opened), 1, 1, 0),
    )


def _organisation(number: int) -> int:
    return 0 if number % IN_LARGE == 0 else 1 + number * SHUFFLE % (ORGANISATIONS - 1)


def _requester(number: int) -> int:
    return CUSTOMERS + _organisation(number) * PEOPLE + number // IN_LARGE % PEOPLE


def _state(number: int, tickets: int) -> str:
    if number % OPEN == 0 or number > tickets - NEWEST:
        return OPEN_STATES[number // 3 % 4]
    return "ANNULE" if number % CANCELLED == 1 else "CLOTURE"


def _type(number: int) -> str:
    return "INCIDENT" if number % 3 else "DEMANDE"


def _category(number: int) -> str:
    if number % 3 == 0:
        return "FACTURATION"
    return "LENTEUR" if number % OTHER_CATEGORY == 1 else "DEBIT"


def _urgency(number: int) -> int | None:
    if number % 3 == 0:
        return None
    return 5 if number % VERY_HIGH == 1 else 2 + number % 3


def _counts(tickets: int) -> Iterator[Row]:
    counted: Counter[tuple[str, str, str]] = Counter()
    for number in range(1, tickets + 1):
        kind = _type(number), _state(number, tickets)
        counted.update([("", *kind), (organisation(_organisation(number)), *kind)])
    return ((*kind, count) for kind, count in counted.items())


def _words(number: int, tickets: int) -> str:
    words = {"pbonjour", "pconnexion", "pdepuis", "pligne", "pfibre" if number // 3 % 2 else "pfilaire", "ifil"}
    words |= {f"pmot{(number * factor + factor) % RARE_WORDS}" for factor in FACTORS}
    words.add("s" + _state(number, tickets).lower().replace("_", ""))
    return " ".join(sorted(words))


def _moment(seconds: int) -> str:
    return datetime.fromtimestamp(seconds, UTC).strftime("%Y-%m-%d %H:%M:%S.000000")
