"""Guessing over HTTP, with several workers and a restart."""

import re
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from http.cookiejar import CookieJar
from urllib.error import HTTPError
from urllib.parse import urlencode
from urllib.request import HTTPCookieProcessor, OpenerDirector, build_opener

from tests.cast import PASSWORD, Cast
from tests.cli.conftest import on_sqlite
from tests.cli.processes import Running, started, wait_until

from izarlink_tickets.config import Settings

pytestmark = on_sqlite
GUESSES = 24


class Visitor:
    """A browser with its cookies, over HTTP."""

    def __init__(self) -> None:
        self._opener: OpenerDirector = build_opener(HTTPCookieProcessor(CookieJar()))

    def sign_in(self, port: int, email: str, password: str) -> int:
        address = f"http://127.0.0.1:{port}/connexion"
        with self._opener.open(address) as page:
            token = re.search(r'name="csrf_token" value="([^"]+)"', page.read().decode())
        assert token is not None
        fields = {"csrf_token": token[1], "identifier": email, "password": password}
        try:
            with self._opener.open(address, urlencode(fields).encode()) as page:
                return 200 if not page.url.endswith("/connexion") else page.status
        except HTTPError as refused:
            with refused:
                return refused.code


@contextmanager
def serving(settings: Settings) -> Iterator[Running]:
    with started("serve", settings=settings, WORKERS="4") as running:
        wait_until(running.answers, while_alive=running.process)
        yield running


def test_the_limits_hold_for_four_workers_and_over_a_restart(settings: Settings, cast: Cast):
    alice, email = Visitor(), "alice@etxea.example"
    with serving(settings) as first, ThreadPoolExecutor(8) as attackers:
        before = alice.sign_in(first.port, email, PASSWORD)
        guesses = [attackers.submit(Visitor().sign_in, first.port, email, "faux") for _ in range(GUESSES)]
        statuses = [guess.result() for guess in guesses]
        first.end()
    with serving(settings) as second:
        stranger, after = (
            Visitor().sign_in(second.port, email, PASSWORD),
            Visitor().sign_in(second.port, "bob@etxea.example", PASSWORD),
        )
        known = alice.sign_in(second.port, email, PASSWORD)

    assert sorted(statuses) == [422] * 5 + [429] * (GUESSES - 5)
    assert (before, stranger, after, known) == (200, 429, 200, 200)
