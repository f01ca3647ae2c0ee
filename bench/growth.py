"""Every page with many tickets, beside the same page with a thousand."""

from collections.abc import Iterator
from contextlib import ExitStack
from functools import partial

from bench import databases, works
from bench.databases import SeededDatabase
from bench.figures import Measure, Options
from bench.measuring import Side, alternate, cpu_ms, latencies_of, quantile
from bench.serving import Server, serving
from bench.visitors import get, sign_in

FEW = 1_000


def measure(database: SeededDatabase, options: Options) -> Iterator[Measure]:
    """Measure all pages with both sizes in turn, one client."""
    with ExitStack() as stack:
        small = stack.enter_context(databases.opened(database.kind, tickets=FEW))
        sizes = [
            (stack.enter_context(serving(size, "up")), works.pages(size, sign_in(size, others=1)))
            for size in (database, small)
        ]
        (many, pages), (few, pages_of_few) = sizes
        list_ms = 0.0
        for page, page_of_few in zip(pages, pages_of_few, strict=True):
            runs, runs_of_few = alternate(_side(many, page), _side(few, page_of_few), seconds=options.seconds)
            ms = quantile(latencies_of(runs), 0.5)
            ratio = ms / quantile(latencies_of(runs_of_few), 0.5)
            list_ms = list_ms or ms
            names = database.kind, page.name
            yield Measure(*names, f"p50 ÷ with {FEW:,} tickets", ratio, "", is_higher_better=False)
            yield Measure(*names, "cpu ÷ the same", cpu_ms(runs) / cpu_ms(runs_of_few), "", is_higher_better=False)
            yield Measure(*names, "p50 ÷ list", ms / list_ms, "", is_higher_better=False)


def _side(server: Server, page: works.Page) -> Side:
    return Side(server, [partial(get, server.host, page.path, page.visitor)], page.status)
