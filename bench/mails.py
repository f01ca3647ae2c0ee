"""Letters a second of one processor, and pages while letters go out."""

import time
from collections.abc import Iterator
from datetime import UTC, datetime
from functools import partial

import psutil
from sqlalchemy import func, select, update

from bench import works
from bench.databases import SeededDatabase
from bench.figures import Measure, Options
from bench.mail_servers import sink
from bench.measuring import Side, Timed, alternate, latencies_of, quantile, timed
from bench.serving import Server, running, serving, tree_cpu_seconds
from bench.visitors import get, sign_in
from izarlink_tickets.outbox import MailStatus, outbox

MOST_LETTERS, LETTERS_PER_SECOND = 10_000, 500
SLICE_SECONDS, POLL_SECONDS, MOST_SECONDS = 0.5, 0.2, 900
_WAITING = outbox.c.status == MailStatus.WAITING.value


def measure(database: SeededDatabase, options: Options) -> Iterator[Measure]:
    """Send letters with nothing else to do, then beside pages."""
    with sink() as port:
        environment = {"IZARLINK_SMTP_URL": f"smtp://127.0.0.1:{port}"}
        letters = _make_waiting(database, options)
        start = time.perf_counter()
        with running(database, "work", environment=environment) as process:
            seconds, cpu = _sent(database, process, start)
        yield Measure(database.kind, "mails", "letters a second of processor time", letters / cpu, "/s")
        yield Measure(database.kind, "mails", "letters a second", letters / seconds, "/s")
        with serving(database, "up", environment=environment) as server:
            yield from _beside_pages(database, server, options)


def _beside_pages(database: SeededDatabase, server: Server, options: Options) -> Iterator[Measure]:
    page, *_ = works.pages(database, sign_in(database, others=1))
    side = Side(server, [partial(get, server.host, page.path, page.visitor)])
    before, _ = alternate(side, None, seconds=options.seconds)
    _make_waiting(database, options)
    during = list[Timed]()
    while _count_waiting(database):
        during.append(timed(side, SLICE_SECONDS))
    after, _ = alternate(side, None, seconds=options.seconds)
    without = quantile(latencies_of([*before, *after]), 0.5)
    ratio = quantile(latencies_of(during), 0.5) / without
    yield Measure(database.kind, "mails", "p50 of the list ÷ without mails", ratio, "", is_higher_better=False)


def _make_waiting(database: SeededDatabase, options: Options) -> int:
    """Let the newest letters wait again, as many as the run is long; return how many."""
    most = min(MOST_LETTERS, int(options.seconds * LETTERS_PER_SECOND))
    now = datetime.now(UTC)
    newest = select(outbox.c.id).order_by(outbox.c.number.desc(), outbox.c.entry).limit(most)
    values = {
        "status": MailStatus.WAITING.value,
        "created_at": now,
        "due_at": now,
        "finished_at": None,
        "leased_until": None,
        "attempts": 0,
    }
    with database.opened_portal() as portal, portal.database.command() as connection:
        return connection.execute(update(outbox).where(outbox.c.id.in_(newest)).values(values)).rowcount


def _sent(database: SeededDatabase, process: psutil.Process, start: float) -> tuple[float, float]:
    """Wait until all letters are sent; return the seconds and the processor time that it took."""
    while _count_waiting(database):
        assert time.perf_counter() - start < MOST_SECONDS, "the letters do not go out"
        time.sleep(POLL_SECONDS)
    return time.perf_counter() - start, tree_cpu_seconds(process)


def _count_waiting(database: SeededDatabase) -> int:
    with database.opened_portal() as portal, portal.database.query() as connection:
        return int(connection.execute(select(func.count()).where(_WAITING)).scalar_one())
