"""Time what a person waits for, against the server's own floor, in one run and on both databases.

    .venv/bin/python -m bench.opening [ROUNDS]

Needs what the tests need. It starts a portal as an operator does (two workers), signs a customer in and then takes
turns: an empty answer (`/-/live`), opening a ticket, the ticket's page, the list. Ratios to the empty answer count, not
the figures.
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
    """A browser of a few lines: one connection, cookies, forms."""

    address: str
    cookies: dict[str, str] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self._connection = http.client.HTTPConnection(urlsplit(self.address).netloc)

    def ask(self, path: str, form: dict[str, str] | None = None) -> tuple[int, str, float]:
        """Send a request; give status, body or the address led to, and the seconds it took."""
        headers = {"Cookie": "; ".join(f"{name}={value}" for name, value in self.cookies.items())}
        body = None
        if form is not None:
            body = urlencode(form)
            headers |= {"Content-Type": "application/x-www-form-urlencoded", "Origin": self.address}
        begun = time.perf_counter()
        self._connection.request("GET" if form is None else "POST", path, body, headers)
        answer = self._connection.getresponse()
        text = answer.read().decode()
        seconds = time.perf_counter() - begun
        for line in answer.headers.get_all("Set-Cookie") or ():
            name, _, value = line.partition(";")[0].partition("=")
            self.cookies[name] = value
        return answer.status, answer.headers.get("Location") or text, seconds

    def fill(self, path: str, fields: dict[str, str]) -> tuple[int, str, float]:
        """Open a page and send its first form with a field called like the first of these."""
        _, page, _ = self.ask(path)
        forms = re.findall(r"<form.*?</form>", page, re.DOTALL)
        form = next(form for form in forms if f'name="{next(iter(fields))}"' in form)
        hidden = re.findall(r'<input type="hidden" name="([^"]+)" value="([^"]*)"', form) or re.findall(
            r'<input[^>]*name="([^"]+)"[^>]*type="hidden"[^>]*value="([^"]*)"', form
        )
        hidden += re.findall(r'<input id="[^"]*" name="([^"]+)" type="hidden" value="([^"]*)"', form)
        return self.ask(path, {**dict(hidden), **fields})


def set_up(served: Served) -> Client:
    """Create the customer, sign in, make the forced change."""
    served.command("organisation", "create", "Boulangerie Etxea")
    words = ("--name", "Alice", "--role", "customer", "--organisation", "Boulangerie Etxea", "--print-password")
    initial = re.search(r"(?:[a-z0-9]{4}-){3}[a-z0-9]{4}", served.command("account", "create", EMAIL, *words))
    assert initial
    client = Client(served.address)
    client.fill("/connexion", {"identifier": EMAIL, "password": initial[0]})
    client.fill("/bienvenue/mot-de-passe", {"new_password": PASSWORD, "confirmation": PASSWORD})
    return client


def open_ticket(client: Client) -> float:
    """Open a ticket through the form and give the seconds of the POST that does it.

    But for the first the form comes back once, since a ticket like it is open already.
    """
    fields = {
        "ticket_type": "INCIDENT",
        "service": "autre",
        "category": "DEBIT",
        "urgency": "3",
        "title": "Débit à 2 Mbit/s",
        "description": "Depuis ce matin, au fournil.",
    }
    status, led_to, seconds = client.fill("/tickets/nouveau", fields)
    if similar := SIMILAR.search(led_to):
        status, led_to, seconds = client.fill("/tickets/nouveau", fields | {"similar": similar[1]})
    assert status == http.HTTPStatus.SEE_OTHER, (status, led_to[:2000])
    return seconds


def quantiles(seconds: list[float]) -> tuple[float, float]:
    """Give p50 and p99 in milliseconds."""
    ordered = sorted(seconds)
    return ordered[len(ordered) // 2] * 1000, ordered[int(len(ordered) * 0.99)] * 1000


def memory_of_children() -> float:
    """Give the proportional share of memory of all processes below this one that serve, in MB."""
    processes = psutil.Process().children(recursive=True)
    serving = [one for one in processes if "izarlink_tickets" in " ".join(one.cmdline())]
    return sum(one.memory_full_info().pss for one in serving) / 1e6


def measure(name: str, served: Served, rounds: int) -> None:
    """Take turns, print the table of one database."""
    client = set_up(served)
    work: dict[str, Callable[[], float]] = {
        "empty answer": lambda: client.ask("/-/live")[2],
        "open a ticket": lambda: open_ticket(client),
        "ticket page": lambda: client.ask("/tickets/1")[2],
        "list": lambda: client.ask("/tickets")[2],
    }
    times: dict[str, list[float]] = {what: [] for what in work}
    for _ in range(rounds):
        for what, do in work.items():
            times[what].append(do())
    floor, _ = quantiles(times["empty answer"])
    for what, seconds in times.items():
        p50, p99 = quantiles(seconds)
        print(f"{name:12}{what:16}{p50:8.2f} ms p50{p99:9.2f} ms p99   {p50 / floor:6.1f} × empty")
    for path in ("/tickets/nouveau", "/tickets/1", "/tickets"):
        _, page, _ = client.ask(path)
        whole, packed = len(page.encode()) / 1024, len(gzip.compress(page.encode())) / 1024
        print(f"{name:12}{path:20}{whole:6.1f} KiB, {packed:.1f} gzipped")
    print(f"{name:12}memory of the process tree: {memory_of_children():.0f} MB (PSS)")


@contextmanager
def databases() -> Iterator[dict[str, str]]:
    """Give a URL for each database; SQLite's is the folder's own."""
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
