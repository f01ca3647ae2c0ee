"""The command line of the benchmark: `./run bench` (docs/performance.md)."""

import logging
import sys
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path

import click
import structlog

from bench import (
    beside_ideal,
    databases,
    growth,
    helpdesk,
    mails,
    outage,
    rebuild,
    replay,
    report,
    restore,
    sign_in,
    starting,
)
from bench.beside_ideal import BesideIdeal
from bench.databases import SeededDatabase
from bench.figures import Figures, Measure, Options

# Works that take long or change the data: measured only by name, in this order.
BY_NAME: Mapping[str, Callable[[SeededDatabase, Options], Iterator[Figures | Measure]]] = {
    "start": starting.measure,
    "sign-in": sign_in.measure,
    "growth": growth.measure,
    "replay": replay.measure,
    "verify": rebuild.measure_verify,
    "rebuild": rebuild.measure_rebuild,
    "mails": mails.measure,
    "outage": outage.measure,
    "restore": restore.measure,
    "helpdesk": helpdesk.measure,
}
HELPDESK = ("helpdesk",)


def _numbers(_context: click.Context, _option: click.Parameter, value: str) -> tuple[int, ...]:
    try:
        return tuple(int(part) for part in value.split(","))
    except ValueError as error:
        raise click.BadParameter("numbers separated by commas") from error


def _names(_context: click.Context, _option: click.Parameter, value: str) -> tuple[str, ...]:
    names = tuple(part.strip() for part in value.split(",") if part.strip())
    unknown = [name for name in names if not any(work.startswith(name) for work in (*beside_ideal.NAMES, *BY_NAME))]
    if unknown:
        raise click.BadParameter(f"no work begins with {', '.join(unknown)}")
    return names


@click.command(
    context_settings={"help_option_names": ["-h", "--help"]},
    epilog=f"Works: {', '.join(beside_ideal.NAMES)}. By name only: {', '.join(BY_NAME)}.",
)
@click.option("--tickets", default=1000, show_default=True, type=click.IntRange(min=200), help="To seed.")
@click.option("--database", "kind", default="both", type=click.Choice([*databases.KINDS, "both"]), show_default=True)
@click.option("--seconds", default=4.0, show_default=True, help="Of each work, side and number of clients.")
@click.option("--clients", default="1,8", show_default=True, callback=_numbers, metavar="N,…")
@click.option("--json", "json_file", type=click.Path(path_type=Path, dir_okay=False), help="Write all figures.")
@click.option("--compare", "earlier", type=click.Path(path_type=Path, exists=True), help="With a file of --json.")
@click.option("--only", default="", callback=_names, metavar="WORK,…", help="The start of a name is enough.")
@click.option("--keep", type=click.Path(path_type=Path, file_okay=False), help="Keep and reuse seeded databases here.")
@click.option("--helpdesk", "with_helpdesk", is_flag=True, help="Also open tickets beside django-helpdesk.")
@click.option("--gzip", "is_gzipped", is_flag=True, help="Ask for compressed answers, as browsers do.")
def main(
    *,
    tickets: int,
    kind: str,
    seconds: float,
    clients: tuple[int, ...],
    json_file: Path | None,
    earlier: Path | None,
    only: tuple[str, ...],
    keep: Path | None,
    with_helpdesk: bool,
    is_gzipped: bool,
) -> None:
    """Measure the portal over HTTP, beside its ideal in the same run."""
    structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(logging.WARNING))
    options = Options(seconds, clients, only, also=HELPDESK if with_helpdesk else (), is_gzipped=is_gzipped)
    found = list[Figures | Measure]()
    for name in databases.KINDS if kind == "both" else (kind,):
        with databases.opened(name, tickets=tickets, kept_in=keep) as database:
            report.print_head()
            for figures in _measured(database, options):
                report.print_line(figures)
                found.append(figures)
    if json_file:
        report.store(json_file, found, {"tickets": tickets, "seconds": seconds, "gzip": is_gzipped})
    if earlier and report.compare(earlier, found):
        sys.exit(1)


def _measured(database: SeededDatabase, options: Options) -> Iterator[Figures | Measure]:
    seeded = database.seeded
    yield Measure(database.kind, "seeding", "events", seeded.events, "")
    yield Measure(database.kind, "seeding", "log", seeded.events_per_second, "events/s")
    yield Measure(
        database.kind, "seeding", "disk", database.bytes_per_ticket() / 1000, "kB/ticket", is_higher_better=False
    )
    if any(options.chooses(name) for name in beside_ideal.NAMES):
        yield from BesideIdeal(database, options).measure()
    for name, measure in BY_NAME.items():
        if options.names(name):
            yield from measure(database, options)


if __name__ == "__main__":
    main()
