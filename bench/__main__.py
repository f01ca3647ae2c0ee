"""The command line of the benchmark.

./run bench [--tickets N] [--database sqlite|postgresql|both] [--seconds S] [--clients 1,8] [--json FILE]
            [--compare FILE] [--only WORK,…]
"""

import sys
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import ExitStack
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import Any

import click

from bench import databases, ideal, launch, report, rows_written, templating, works
from bench.databases import SeededDatabase
from bench.http_client import fetch, run
from bench.measuring import Figures, Side, measure
from bench.serving import Server, serving
from bench.visitors import get, post, sign_in
from izarlink_tickets.application import open_portal
from izarlink_tickets.config import load_keys

COUNTED_REQUESTS, WARM_REQUESTS = 20, 12
CUSTOMERS_WHO_OPEN = 400


def _numbers(_context: click.Context, _option: click.Parameter, value: str) -> tuple[int, ...]:
    return tuple(int(part) for part in value.split(","))


def _words(_context: click.Context, _option: click.Parameter, value: str | None) -> tuple[str, ...]:
    return tuple(part.strip() for part in value.split(",")) if value else ()


@click.command()
@click.option("--tickets", default=1000, show_default=True, type=click.IntRange(min=60))
@click.option("--database", "kind", default="both", type=click.Choice([*databases.KINDS, "both"]), show_default=True)
@click.option("--seconds", default=4.0, show_default=True, help="Of each work, side and number of clients.")
@click.option("--clients", default="1,8", show_default=True, callback=_numbers)
@click.option("--json", "json_file", type=click.Path(path_type=Path, dir_okay=False), help="Write all figures.")
@click.option("--compare", "earlier", type=click.Path(path_type=Path, exists=True), help="JSON of an earlier run.")
@click.option("--only", callback=_words, help="Works, separated by commas; the start of a name is enough.")
@click.option("--keep", type=click.Path(path_type=Path, file_okay=False), help="Keep and reuse the seeded databases.")
@click.option("--gzip", "is_gzipped", is_flag=True, help="Ask as browsers do, both sides.")
def main(
    *, tickets: int, kind: str, seconds: float, clients: tuple[int, ...], json_file: Path | None,
    earlier: Path | None, only: tuple[str, ...], keep: Path | None, is_gzipped: bool,
) -> None:  # fmt: skip
    """Measure pages and commands over HTTP, each beside its ideal."""
    figures, portals = list[Figures](), dict[str, Any]()
    for name in databases.KINDS if kind == "both" else (kind,):
        with databases.opened(name, tickets=tickets, kept_in=keep) as database:
            seeded = database.seeded
            print(
                f"# {name}: {seeded.tickets:,} tickets, {seeded.events:,} events at {seeded.events_per_second:,.0f} a"
                f" second, read models in {seeded.read_model_seconds:.1f} s",
                flush=True,
            )
            report.print_head()
            session = Session(database, seconds=seconds, clients=clients, only=only, gzip=is_gzipped)
            figures += session.measure()
            portals[name] = session.portal
    if json_file:
        report.store(json_file, figures, portals, {"tickets": tickets, "seconds": seconds})
    if earlier and report.compare(earlier, figures):
        sys.exit(1)


class Session:
    """The measuring of one database. portal: its memory and start."""

    def __init__(
        self, database: SeededDatabase, *, seconds: float, clients: Sequence[int], only: Sequence[str], gzip: bool
    ) -> None:
        self._database, self._seconds, self._clients = database, seconds, clients
        self._only, self._gzip = only, gzip
        self.portal: dict[str, Any] = {}

    def measure(self) -> list[Figures]:
        """Measure all chosen works and print each."""
        people = sign_in(self._database, others=CUSTOMERS_WHO_OPEN)
        pages = [page for page in works.pages(self._database, people) if self._is_chosen(page.name)]
        with tempfile.TemporaryDirectory() as folder, ExitStack() as stack:
            copy = stack.enter_context(databases.copied(self._database))
            reading = serving(self._database, "up")
            portal = stack.enter_context(reading)
            self.portal = {"ready": portal.ready_seconds, "idle": portal.memory_mb()}
            commands = [c for c in works.commands(self._database, people, portal.host) if self._is_chosen(c.name)]
            # Its work loop would send the mails of the commands meanwhile.
            quiet = stack.enter_context(serving(self._database, "serve", "--web-only"))
            # Before the pages, which then show what these have written.
            writes = {command.name: self._ideal_write(command, quiet) for command in commands}
            bare_pages = {page.name.replace(" ", "-"): self._ideal_page(page, portal) for page in pages}
            spec = ideal.Spec(self._database.url, copy.url, bare_pages, writes)
            ideal.store(spec, Path(folder, "spec"))
            environment = {launch.IDEAL: str(Path(folder, "spec"))}
            bare = stack.enter_context(
                serving(copy, "serve", "--web-only", module="bench.launch", environment=environment)
            )
            counts = Path(folder, "counts")
            counts.write_bytes(bytes(launch.COUNTS_BYTES))
            counted = stack.enter_context(
                serving(
                    self._database,
                    "serve",
                    "--web-only",
                    module="bench.launch",
                    environment={launch.COUNTS: str(counts)},
                )
            )
            figures = [*self._pages(pages, portal, bare, counted, counts)]
            figures += self._commands(commands, quiet, bare, counted, counts)
            self.portal["loaded"] = portal.memory_mb()
        print(f"# ready after {self.portal['ready']:.2f} s, memory (PSS) {self.portal['idle']:.0f} MB idle,"
              f" {self.portal['loaded']:.0f} MB after load", flush=True)  # fmt: skip
        return figures

    def _is_chosen(self, name: str) -> bool:
        return not self._only or any(name.startswith(start) for start in self._only)

    def _pages(
        self, pages: list[works.Page], portal: Server, bare: Server, counted: Server, counts: Path
    ) -> Iterator[Figures]:
        for page in pages:
            statements = _count(counted, partial(get, counted.host, page.path, page.visitor), page.status, counts)
            self._check(page, portal, bare)
            for clients in self._clients:
                own = get(portal.host, page.path, page.visitor, gzip=self._gzip)
                other = get(bare.host, _ideal_path(page), page.visitor, gzip=self._gzip)
                figures = measure(
                    self._database.kind,
                    page.name,
                    Side(portal, [partial(bytes, own)] * clients, page.status),
                    Side(bare, [partial(bytes, other)] * clients),
                    seconds=self._seconds,
                )
                yield _printed(replace(figures, statements=statements[0], database_ms=statements[1]))

    def _commands(
        self, commands: list[works.Command], quiet: Server, bare: Server, counted: Server, counts: Path
    ) -> Iterator[Figures]:
        for command in commands:
            statements = _count(counted, partial(_form, command, counted.host), 303, counts)
            for clients in self._clients:
                own, other = partial(_form, command, quiet.host), partial(_bare_form, command, bare.host)
                figures = measure(
                    self._database.kind,
                    command.name,
                    Side(quiet, [own] * clients, 303),
                    Side(bare, [other] * clients, 303),
                    seconds=self._seconds,
                )
                yield _printed(replace(figures, statements=statements[0], database_ms=statements[1]))

    # --- the ideal ----------------------------------------------------------------------------------------------------

    def _ideal_page(self, page: works.Page, portal: Server) -> ideal.Page:
        response = fetch(portal.host, get(portal.host, page.path, page.visitor))
        assert response.status == page.status, (page.name, response.head)
        text, media_type = response.body.decode(), "text/html; charset=utf-8"
        keys = templating.keys_in(text, page.rows) if page.rows else []
        if page.rows is None or not keys:
            return templating.page_of(text, media_type, None)
        select = page.rows.select.format(keys=", ".join("?" for _ in keys))
        if self._database.kind == "postgresql":
            select = select.replace("?", "%s")
        rows = replace(page.rows, select=select)
        found = _raw_select(self._database, select, (*rows.before, *keys))
        return templating.page_of(text, media_type, rows, found)

    def _ideal_write(self, command: works.Command, quiet: Server) -> ideal.Write:
        portal = open_portal(self._database.settings, load_keys(self._database.settings))
        with portal.database.query() as connection:
            before = rows_written.snapshot(connection)
        response = fetch(quiet.host, _form(command, quiet.host))
        assert response.status == 303, response
        with portal.database.query() as connection:
            after = rows_written.snapshot(connection)
        portal.database.close()
        body = response.body.decode()
        return rows_written.write_of(before, after, kind=self._database.kind, body=body, location="/tickets/{number}")

    def _check(self, page: works.Page, portal: Server, bare: Server) -> None:
        """Check that both sides send the same bytes."""
        own = fetch(portal.host, get(portal.host, page.path, page.visitor)).body.decode()
        other = fetch(bare.host, get(bare.host, _ideal_path(page), page.visitor)).body.decode()
        difference = templating.difference(other, own)
        assert not difference, f"{page.name}: the ideal sends {difference}"


def _ideal_path(page: works.Page) -> str:
    return ideal.READ + page.name.replace(" ", "-")


def _form(command: works.Command, host: str) -> bytes:
    visitor, path, fields = command.next_form()
    return post(host, path, visitor, fields)


def _bare_form(command: works.Command, host: str) -> bytes:
    visitor, _, fields = command.next_form()
    return post(host, ideal.WRITTEN + command.name, visitor, fields)


def _printed(figures: Figures) -> Figures:
    report.print_figures(figures)
    return figures


def _count(server: Server, source: Any, status: int, counts: Path) -> tuple[float, float]:  # noqa: ANN401 - of requests
    """Return the statements of a request, and their milliseconds."""
    run(server.port, [source], seconds=60, expected=status, most=WARM_REQUESTS)
    statements, seconds = launch.read_counts(counts)
    sample = run(server.port, [source], seconds=60, expected=status, most=COUNTED_REQUESTS)
    more, later = launch.read_counts(counts)
    requests = len(sample.latencies)
    return (more - statements) / requests, (later - seconds) / requests * 1000


def _raw_select(database: SeededDatabase, select: str, values: tuple[Any, ...]) -> list[Any]:
    portal = open_portal(database.settings, load_keys(database.settings))
    with portal.database.query() as connection:
        rows = list(connection.exec_driver_sql(select, values))
    portal.database.close()
    return [tuple(row) for row in rows]


if __name__ == "__main__":
    main()
