"""Timing of the pages that people wait for, relative to an empty answer of the server.

    .venv/bin/python -m bench.opening [ROUNDS]

Needs what the tests need. On each database it starts a portal as an operator does (two workers), signs a customer in
and alternates: an empty answer (`/-/live`), opening a ticket, the ticket's page, the list. The ratios to the empty
answer count, not the figures.
"""

import gzip
import http.client
import re
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import urlencode, urlsplit

import psutil
from tests import postgres
from tests.browser.mailbox import mailbox
from tests.browser.served import Served, serving

ROUNDS = 200
SIMILAR = re.compile(r'name="similar"[^>]* value="(\d+)"')
EMAIL, PASSWORD = "alice@etxea.example", "quatre chevaux jaunes 88"


@dataclass
class Client:
    """A minimal browser: one connection, cookies, forms."""

    address: str
    cookies: dict[str, str] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self._connection = http.client.HTTPConnection(urlsplit(self.address).netloc)

    def send(self, path: str, form: dict[str, str] | None = None) -> tuple[int, str, float]:
        """Send a request; return its status, body or redirect target, and seconds."""
        headers = {"Cookie": "; ".join(f"{name}={value}" for name, value in self.cookies.items())}
        body = None
        if form is not None:
            body = urlencode(form)
            headers |= {"Content-Type": "application/x-www-form-urlencoded", "Origin": self.address}
        start = time.perf_counter()
        self._connection.request("GET" if form is None else "POST", path, body, headers)
        response = self._connection.getresponse()
        text = response.read().decode()
        seconds = time.perf_counter() - start
        for line in response.headers.get_all("Set-Cookie") or ():
            name, _, value = line.partition(";")[0].partition("=")
            self.cookies[name] = value
        return response.status, response.headers.get("Location") or text, seconds

    def fill(self, path: str, fields: dict[str, str]) -> tuple[int, str, float]:
        """Open a page and send the first form that has the first of these fields."""
        _, page, _ = self.send(path)
        forms = re.findall(r"<form.*?</form>", page, re.DOTALL)
        form = next(form for form in forms if f'name="{next(iter(fields))}"' in form)
        hidden = re.findall(r'<input type="hidden" name="([^"]+)" value="([^"]*)"', form) or re.findall(
            r'<input[^>]*name="([^"]+)"[^>]*type="hidden"[^>]*value="([^"]*)"', form
        )
        hidden += re.findall(r'<input id="[^"]*" name="([^"]+)" type="hidden" value="([^"]*)"', form)
        return self.send(path, {**dict(hidden), **fields})


def set_up(served: Served) -> Client:
    """Create a customer, sign in and replace the initial password."""
    served.command("organisation", "create", "Boulangerie Etxea")
    options = ("--name", "Alice", "--role", "customer", "--organisation", "Boulangerie Etxea", "--print-password")
    initial = re.search(r"(?:[a-z0-9]{4}-){3}[a-z0-9]{4}", served.command("account", "create", EMAIL, *options))
    assert initial
    client = Client(served.address)
    client.fill("/connexion", {"identifier": EMAIL, "password": initial[0]})
    client.fill("/bienvenue/mot-de-passe", {"new_password": PASSWORD, "confirmation": PASSWORD})
    return client


def open_ticket(client: Client) -> float:
    """Open a ticket through the form; return the seconds of the final POST.

    After the first ticket the form comes back once, because a similar ticket is open.
    """
    fields = {
        "ticket_type": "INCIDENT",
        "service": "autre",
        "category": "DEBIT",
        "urgency": "3",
        "title": "Débit à 2 Mbit/s",
        "description": "Depuis ce matin, au fournil.",
    }
    status, result, seconds = client.fill("/tickets/nouveau", fields)
    if similar := SIMILAR.search(result):
        status, result, seconds = client.fill("/tickets/nouveau", fields | {"similar": similar[1]})
    assert status == http.HTTPStatus.SEE_OTHER, (status, result[:2000])
    return seconds


def quantiles(seconds: list[float]) -> tuple[float, float]:
    """Return p50 and p99 in milliseconds."""
    ordered = sorted(seconds)
    return ordered[len(ordered) // 2] * 1000, ordered[int(len(ordered) * 0.99)] * 1000


def memory_of_children() -> float:
    """Return the memory of all serving child processes, in MB (PSS)."""
    processes = psutil.Process().children(recursive=True)
    servers = [process for process in processes if "izarlink_tickets" in " ".join(process.cmdline())]
    return sum(process.memory_full_info().pss for process in servers) / 1e6


def measure(name: str, served: Served, rounds: int) -> None:
    """Time all pages in turn and print the table of one database."""
    client = set_up(served)
    pages: dict[str, Callable[[], float]] = {
        "empty answer": lambda: client.send("/-/live")[2],
        "open a ticket": lambda: open_ticket(client),
        "ticket page": lambda: client.send("/tickets/1")[2],
        "list": lambda: client.send("/tickets")[2],
    }
    times: dict[str, list[float]] = {what: [] for what in pages}
    for _ in range(rounds):
        for what, do in pages.items():
            times[what].append(do())
    floor, _ = quantiles(times["empty answer"])
    for what, seconds in times.items():
        p50, p99 = quantiles(seconds)
        print(f"{name:12}{what:16}{p50:8.2f} ms p50{p99:9.2f} ms p99   {p50 / floor:6.1f} × empty")
    for path in ("/tickets/nouveau", "/tickets/1", "/tickets"):
        _, page, _ = client.send(path)
        size, compressed = len(page.encode()) / 1024, len(gzip.compress(page.encode())) / 1024
        print(f"{name:12}{path:20}{size:6.1f} KiB, {compressed:.1f} gzipped")
    print(f"{name:12}memory of the process tree: {memory_of_children():.0f} MB (PSS)")


@contextmanager
def databases() -> Iterator[dict[str, str]]:
    """Yield a URL per database; an empty one means SQLite in the folder."""
    with postgres.server() as server, server.database() as url:
        yield {"SQLite": "", "PostgreSQL": url}


def main() -> None:
    """Measure both databases."""
    rounds = int(sys.argv[1]) if len(sys.argv) > 1 else ROUNDS
    with databases() as urls, mailbox() as box:
        for name, url in urls.items():
            with tempfile.TemporaryDirectory() as folder:
                address = url or f"sqlite:///{folder}/izarlink.db"
                with serving(Path(folder), database_url=address, smtp_port=box.port, workers=2) as served:
                    measure(name, served, rounds)


if __name__ == "__main__":
    main()
