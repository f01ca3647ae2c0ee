"""Opening a ticket with mails on, beside django-helpdesk's opening in the same run.

It is installed into an environment of its own, from hashes, the first time.
"""

import os
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from functools import partial
from pathlib import Path
from tempfile import TemporaryDirectory

import psutil
from sqlalchemy import make_url
from tests.ports import free_port

from bench import databases, works
from bench.databases import SeededDatabase
from bench.figures import Measure, Options
from bench.http_client import fetch
from bench.mail_servers import sink
from bench.measuring import Side, alternate, latencies_of, quantile
from bench.serving import STOP_SECONDS, Server, serving, wait_until_ready
from bench.visitors import Visitor, cookie_of, get, hidden_fields_in, post, sign_in

ROOT = Path(__file__).parents[1]
LOCK = ROOT / "requirements-bench.txt"
SITE, FORM, FOUND, SEE_OTHER = "bench.helpdesk_site", "/tickets/submit/", 302, 303
CLIENTS, CUSTOMERS = 8, 400


def measure(database: SeededDatabase, options: Options) -> Iterator[Measure]:
    """Let eight clients open tickets in both, in turn."""
    python = _installed()
    people = sign_in(database, others=CUSTOMERS)
    command, *_ = works.commands(database, people)
    with sink() as port, _serving_helpdesk(database, python) as helpdesk:
        environment = {"IZARLINK_SMTP_URL": f"smtp://127.0.0.1:{port}"}
        with serving(database, "up", environment=environment) as portal:
            own = Side(portal, [partial(command.request, portal.host)] * CLIENTS, SEE_OTHER)
            other = Side(helpdesk, [partial(bytes, _form(helpdesk))] * CLIENTS, FOUND)
            runs, others = alternate(own, other, seconds=options.seconds)
    pairs = zip(runs, others, strict=True)
    ratios = sorted(sample.per_second / peer.per_second for (sample, _), (peer, _) in pairs)
    p50, peer_p50 = quantile(latencies_of(runs), 0.5), quantile(latencies_of(others), 0.5)
    yield Measure(database.kind, "helpdesk", "open with mails ÷ its open", ratios[len(ratios) // 2], "")
    yield Measure(database.kind, "helpdesk", "p50 of our open", p50, "ms", is_higher_better=False)
    yield Measure(database.kind, "helpdesk", "p50 of its open", peer_p50, "ms", is_higher_better=False)


def _installed() -> Path:
    """Return the Python of its environment, created once for each lock."""
    folder = Path(sys.prefix) / "helpdesk"
    python, done = folder / "bin" / "python", folder / LOCK.name
    if not done.exists() or done.read_bytes() != LOCK.read_bytes():
        subprocess.run([sys.executable, "-m", "venv", "--clear", folder], check=True)
        options = ("--quiet", "--disable-pip-version-check", "--require-hashes", "-r", LOCK)
        subprocess.run([python, "-m", "pip", "install", *options], check=True, stderr=subprocess.DEVNULL)
        done.write_bytes(LOCK.read_bytes())
    return python


@contextmanager
def _serving_helpdesk(database: SeededDatabase, python: Path) -> Iterator[Server]:
    """Run it with as many tickets, workers and threads as the portal."""
    with TemporaryDirectory() as folder, _environment(database, Path(folder)) as environment:
        subprocess.run([python, "-m", SITE, str(database.seeded.tickets)], cwd=ROOT, env=environment, check=True)
        port, start = free_port(), time.perf_counter()
        settings = database.settings
        options = (f"--workers={settings.workers}", f"--threads={settings.threads}", "--worker-class=gthread")
        command = [str(python), "-m", "gunicorn", f"--bind=127.0.0.1:{port}", *options, f"{SITE}:application"]
        log = subprocess.DEVNULL
        process = subprocess.Popen(command, cwd=ROOT, env=environment, stdout=log, stderr=log)
        try:
            running = psutil.Process(process.pid)
            wait_until_ready(running, port)
            yield Server(port, running, time.perf_counter() - start)
        finally:
            process.terminate()
            process.wait(STOP_SECONDS)


@contextmanager
def _environment(database: SeededDatabase, folder: Path) -> Iterator[Mapping[str, str]]:
    common = {**os.environ, "HELPDESK_FOLDER": str(folder)}
    if database.kind == "sqlite":
        yield common | {"HELPDESK_DATABASE": str(folder / "helpdesk.sqlite3")}
        return
    with databases.created(database.url, template="template1") as url:
        address = make_url(url)
        yield common | {
            "HELPDESK_POSTGRESQL": str(address.query["host"]),
            "HELPDESK_DATABASE": str(address.database),
        }


def _form(helpdesk: Server) -> bytes:
    page = fetch(helpdesk.host, get(helpdesk.host, FORM, None))
    fields = hidden_fields_in(page.body.decode(), having="title") | {
        "queue": "1",
        "title": "Débit trop bas au fournil",
        "body": "Depuis ce matin le débit tombe à 2 Mbit/s au fournil, et la caisse ne répond plus.",
        "priority": "3",
        "submitter_email": "p1@bench.example",
    }
    return post(helpdesk.host, FORM, Visitor("", cookie_of(page)), fields)
