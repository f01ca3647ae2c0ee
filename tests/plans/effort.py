"""The effort of a question, in rows that the database reads."""

import json
from collections.abc import Callable, Iterator
from typing import Any

import psycopg
from sqlalchemy import Connection, event, make_url

# Instructions of SQLite's virtual machine that reading a row takes, about.
INSTRUCTIONS_A_ROW = 25

Question = Callable[[Connection], object]


def rows_read(connection: Connection, question: Question) -> int:
    """Run a question and return about how many rows it read.

    No index and no plan can hide a scan or a sort of everything from it.
    """
    if connection.dialect.name == "sqlite":
        return instructions(connection, question) // INSTRUCTIONS_A_ROW
    return sum(_rows_of_plan(connection, *statement) for statement in statements(connection, question))


def instructions(connection: Connection, question: Question) -> int:
    """Run a question on SQLite and return its instructions, in hundreds."""
    step, steps = 100, 0

    def count() -> None:
        nonlocal steps
        steps += step

    driver: Any = connection.connection.driver_connection
    # Prepares the statements: SQLite plans anew where a bound value fits a partial index.
    question(connection)
    driver.set_progress_handler(count, step)
    question(connection)
    driver.set_progress_handler(None, step)
    return steps


def statements(connection: Connection, question: Question) -> list[tuple[str, Any]]:
    """Run a question and return its statements with their parameters."""
    executed = list[tuple[str, Any]]()

    def note(*call: Any) -> None:
        executed.append((call[2], call[3]))

    event.listen(connection, "before_cursor_execute", note)
    question(connection)
    event.remove(connection, "before_cursor_execute", note)
    return executed


def _rows_of_plan(connection: Connection, statement: str, parameters: Any) -> int:
    cursor = connection.connection.cursor()
    cursor.execute(f"EXPLAIN (ANALYZE, TIMING OFF, FORMAT JSON) {statement}", parameters)
    answer = cursor.fetchall()[0][0]
    plan = json.loads(answer) if isinstance(answer, str) else answer
    return sum(_rows_of(node) for node in _nodes(plan[0]["Plan"]) if "Relation Name" in node)


def _nodes(plan: dict[str, Any]) -> Iterator[dict[str, Any]]:
    yield plan
    for part in plan.get("Plans", ()):
        yield from _nodes(part)


def _rows_of(node: dict[str, Any]) -> int:
    removed = sum(
        int(node.get(f"Rows Removed by {reason}", 0)) for reason in ("Filter", "Index Recheck", "Join Filter")
    )
    return int(node["Actual Loops"]) * (int(node["Actual Rows"]) + removed)


def vacuum(url: str) -> None:
    """Gather statistics, as PostgreSQL's autovacuum does; SQLite has none."""
    address = make_url(url)
    if address.get_backend_name() == "postgresql":
        server = address.set(drivername="postgresql").render_as_string(hide_password=False)
        with psycopg.connect(server, autocommit=True) as driver:
            driver.execute("VACUUM ANALYZE")
