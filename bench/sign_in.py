"""Signing in, whose time is that of the password's hash."""

import time
from collections.abc import Iterator
from statistics import median

from bench.databases import SeededDatabase
from bench.figures import Measure, Options
from bench.http_client import fetch
from bench.seeding.people import PASSWORD
from bench.serving import Server, serving
from bench.visitors import Visitor, cookie_of, get, hidden_fields_in, post

# An address may try 49 times in a quarter of an hour.
SIGN_INS, SEE_OTHER = 12, 303
PATH = "/connexion"


def measure(database: SeededDatabase, _options: Options) -> Iterator[Measure]:
    """Sign several customers in, one after the other."""
    with serving(database, "up") as server:
        _sign_in(server, 0)
        before = server.cpu_seconds()
        seconds = [_sign_in(server, nth) for nth in range(1, SIGN_INS)]
        cpu = (server.cpu_seconds() - before) / len(seconds)
    yield Measure(database.kind, "sign-in", "p50", median(seconds) * 1000, "ms", is_higher_better=False)
    yield Measure(database.kind, "sign-in", "processor time with its form", cpu * 1000, "ms", is_higher_better=False)


def _sign_in(server: Server, nth: int) -> float:
    """Fetch the form and send it; return the seconds of the second."""
    form = fetch(server.host, get(server.host, PATH, None))
    fields = hidden_fields_in(form.body.decode(), having="password")
    fields |= {"identifier": f"p{nth}@bench.example", "password": PASSWORD}
    request = post(server.host, PATH, Visitor("", cookie_of(form)), fields)
    start = time.perf_counter()
    response = fetch(server.host, request)
    assert response.status == SEE_OTHER, response
    return time.perf_counter() - start
