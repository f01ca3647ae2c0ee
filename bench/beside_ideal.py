"""Pages and commands over HTTP, each beside its ideal."""

from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path
from tempfile import TemporaryDirectory

from bench import databases, ideal, launch, rows_written, templating, works
from bench.databases import SeededDatabase
from bench.figures import Figures, Options
from bench.http_client import fetch, run
from bench.measuring import Side, measure
from bench.serving import Server, serving
from bench.visitors import get, sign_in

COUNTED_REQUESTS, WARM_REQUESTS = 20, 12
CUSTOMERS_WHO_OPEN = 400
SEE_OTHER = 303
NAMES = (*works.PAGES, *works.COMMANDS)
_HTML = "text/html; charset=utf-8"


@dataclass(frozen=True, slots=True)
class _Servers:
    """The portal as `up` runs it, without its mails, with counted statements, and the ideal.

    counts: the file of counted statements.
    """

    portal: Server
    quiet: Server
    counted: Server
    bare: Server
    counts: Path


class BesideIdeal:
    """The measuring of one database."""

    def __init__(self, database: SeededDatabase, options: Options) -> None:
        self._database, self._options = database, options
        people = sign_in(database, others=CUSTOMERS_WHO_OPEN)
        self._pages = [page for page in works.pages(database, people) if options.chooses(page.name)]
        self._commands = [command for command in works.commands(database, people) if options.chooses(command.name)]

    def measure(self) -> Iterator[Figures]:
        """Measure all chosen works."""
        with self._started() as servers:
            for page in self._pages:
                yield from self._measure_page(page, servers)
            for command in self._commands:
                yield from self._measure_command(command, servers)

    @contextmanager
    def _started(self) -> Iterator[_Servers]:
        with TemporaryDirectory() as name, ExitStack() as stack:
            folder = Path(name)
            counts = folder / "counts"
            counts.write_bytes(bytes(launch.COUNTS_BYTES))
            copy = stack.enter_context(databases.copied(self._database))
            # Another portal than the one whose memory is read would share pages with it, so this one comes first.
            portal = stack.enter_context(serving(self._database, "up"))
            # Its work loop would send the mails of the commands meanwhile.
            quiet = stack.enter_context(serving(self._database, "serve", "--web-only"))
            ideal.store(self._spec(copy, portal, quiet), folder / "spec")
            bare = stack.enter_context(self._launched({launch.IDEAL: str(folder / "spec")}))
            counted = stack.enter_context(self._launched({launch.COUNTS: str(counts)}))
            yield _Servers(portal, quiet, counted, bare, counts)

    @contextmanager
    def _launched(self, environment: dict[str, str]) -> Iterator[Server]:
        with serving(self._database, "serve", "--web-only", module="bench.launch", environment=environment) as server:
            yield server

    # --- the ideal ----------------------------------------------------------------------------------------------------

    def _spec(self, copy: SeededDatabase, portal: Server, quiet: Server) -> ideal.Spec:
        # The commands before the pages, which then show what those have written.
        writes = {command.name: self._ideal_write(command, quiet) for command in self._commands}
        pages = {_name_in_path(page): self._ideal_page(page, portal) for page in self._pages}
        return ideal.Spec(self._database.url, copy.url, pages, writes)

    def _ideal_page(self, page: works.Page, portal: Server) -> ideal.Page:
        response = fetch(portal.host, get(portal.host, page.path, page.visitor))
        assert response.status == page.status, (page.name, response.head)
        text = response.body.decode()
        keys = templating.keys_in(text, page.rows) if page.rows else []
        assert keys or page.rows is None or "<td" not in text, f"{page.name}: its rows look otherwise now"
        if page.rows is None or not keys:
            return templating.page_of(text, _HTML, None)
        select = page.rows.select.format(keys=", ".join("?" for _ in keys))
        rows = replace(page.rows, select=select.replace("?", "%s" if self._database.kind == "postgresql" else "?"))
        with self._database.opened_portal() as opened, opened.database.query() as connection:
            found = [tuple(row) for row in connection.exec_driver_sql(rows.select, (*rows.before, *keys))]
        return templating.page_of(text, _HTML, rows, found)

    def _ideal_write(self, command: works.Command, quiet: Server) -> ideal.Write:
        with self._database.opened_portal() as opened, opened.database.query() as connection:
            before = rows_written.snapshot(connection)
            response = fetch(quiet.host, command.request(quiet.host))
            assert response.status == SEE_OTHER, response
            after = rows_written.snapshot(connection)
        body = response.body.decode()
        return rows_written.write_of(before, after, kind=self._database.kind, body=body, location="/tickets/{number}")

    # --- measuring ----------------------------------------------------------------------------------------------------

    def _measure_page(self, page: works.Page, servers: _Servers) -> Iterator[Figures]:
        _check(page, servers)
        names = self._database.kind, page.name
        ask = partial(get, servers.counted.host, page.path, page.visitor)
        statements, database_ms = _count(servers, ask, page.status)
        for clients in self._options.clients:
            gzip = self._options.is_gzipped
            own = get(servers.portal.host, page.path, page.visitor, gzip=gzip)
            other = get(servers.bare.host, ideal.READ + _name_in_path(page), page.visitor, gzip=gzip)
            figures = measure(
                names,
                Side(servers.portal, [partial(bytes, own)] * clients, page.status),
                Side(servers.bare, [partial(bytes, other)] * clients),
                seconds=self._options.seconds,
            )
            yield replace(figures, statements=statements, database_ms=database_ms)

    def _measure_command(self, command: works.Command, servers: _Servers) -> Iterator[Figures]:
        names = self._database.kind, command.name
        statements, database_ms = _count(servers, partial(command.request, servers.counted.host), SEE_OTHER)
        for clients in self._options.clients:
            own = partial(command.request, servers.quiet.host)
            other = partial(command.request, servers.bare.host, path=ideal.WRITTEN + command.name)
            figures = measure(
                names,
                Side(servers.quiet, [own] * clients, SEE_OTHER),
                Side(servers.bare, [other] * clients, SEE_OTHER),
                seconds=self._options.seconds,
            )
            yield replace(figures, statements=statements, database_ms=database_ms)


def _check(page: works.Page, servers: _Servers) -> None:
    """Check that both sides send the same bytes."""
    portal, bare = servers.portal.host, servers.bare.host
    own = fetch(portal, get(portal, page.path, page.visitor)).body.decode()
    other = fetch(bare, get(bare, ideal.READ + _name_in_path(page), page.visitor)).body.decode()
    difference = templating.difference(other, own)
    assert not difference, f"{page.name}: the ideal sends {difference}"


def _name_in_path(page: works.Page) -> str:
    return page.name.replace(" ", "-")


def _count(servers: _Servers, source: Callable[[], bytes], status: int) -> tuple[float, float]:
    """Return the statements of a request, and their milliseconds."""
    port = servers.counted.port
    run(port, [source], seconds=60, expected=status, most=WARM_REQUESTS)
    statements, seconds = launch.read_counts(servers.counts)
    requests = len(run(port, [source], seconds=60, expected=status, most=COUNTED_REQUESTS).latencies)
    more, later = launch.read_counts(servers.counts)
    return (more - statements) / requests, (later - seconds) / requests * 1000
