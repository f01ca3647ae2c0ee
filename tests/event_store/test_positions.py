"""Followers that read above a position miss no event.

Positions are dense and in the order of commits. Source: ADR 0001.
"""

import json
import subprocess
import sys
from contextlib import closing
from pathlib import Path

from sqlalchemy import text

from izarlink_tickets.database import Database

ROOT = Path(__file__).parents[2]
# For the suite, and for a long run.
EVENTS = (2_000, 6_000)


def _follow_eight_writers(url: str, data_dir: Path, *, order: str, count: int) -> dict[str, int | bool]:
    program = [sys.executable, "-m", "tests.event_store.writers", url, str(data_dir), order, str(count)]
    answer = subprocess.run(program, cwd=ROOT, stdout=subprocess.PIPE, text=True, check=True, timeout=120)
    outcome: dict[str, int | bool] = json.loads(answer.stdout)
    return outcome


def test_a_follower_of_eight_writers_misses_no_event(database_url, tmp_path, rounds):
    count = rounds(*EVENTS)

    outcome = _follow_eight_writers(database_url, tmp_path, order="log_head", count=count)

    assert outcome["stored"] >= count
    assert (outcome["failed"], outcome["seen"], outcome["in_order"]) == (0, outcome["stored"], True)


def test_with_positions_from_a_sequence_the_same_follower_misses_some(fresh_postgres_url, tmp_path, rounds):
    count = rounds(*EVENTS)
    with closing(Database(fresh_postgres_url, data_dir=tmp_path)) as database, database.command() as connection:
        connection.execute(text("CREATE SEQUENCE positions"))

    outcome = _follow_eight_writers(fresh_postgres_url, tmp_path, order="sequence", count=count)

    assert outcome["stored"] >= count
    assert outcome["failed"] == 0
    assert outcome["seen"] < outcome["stored"]
