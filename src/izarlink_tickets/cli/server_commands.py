"""Set up, run and examine an installation: `up`, `serve`, `work`, `migrate`, `doctor`, `demo load`."""

import os
import sys
from collections.abc import Callable, Iterator

import click

from izarlink_tickets import demo as demonstration
from izarlink_tickets.application.operations.demo_mark import is_demo
from izarlink_tickets.application.operations.schema import Migration
from izarlink_tickets.application.operations.schema import migrate as run_migrations
from izarlink_tickets.cli import logs
from izarlink_tickets.cli.doctor import CheckStatus, run_all_checks
from izarlink_tickets.cli.loading import uncollected
from izarlink_tickets.cli.output import print_json, tell
from izarlink_tickets.cli.session import as_json, keep_quiet, now, opened_portal, portal_of, read_settings
from izarlink_tickets.cli.work import work_until_told
from izarlink_tickets.config import MasterKeys, Settings, SettingsError, checks, load_keys
from izarlink_tickets.metrics import sharing


@click.command()
@click.option("--demo", "with_demo", is_flag=True, help="Load the demo first; only into an empty database.")
def up(*, with_demo: bool) -> None:
    """Migrate, then serve."""
    now()
    settings = read_settings()
    keep_quiet(settings)
    lines = _told(run_migrations(settings))
    keys = load_keys(settings)
    if with_demo:
        with portal_of(settings, keys) as portal:
            lines += ["Loaded the demo."] if demonstration.load(portal, now=now()) else []
    if lines:
        _begin_anew(lines)
    logs.configure(settings)
    _serve(settings, keys, works=True)


@click.command()
@click.option("--web-only", is_flag=True, help="Pages only; mails and due work are done by `work` elsewhere.")
def serve(*, web_only: bool) -> None:
    """Serve the pages, and do what is due."""
    now()
    settings = read_settings()
    if web_only and None in (settings.secret_key, settings.sealing_key):
        raise SettingsError(
            "IZARLINK_SECRET_KEY and IZARLINK_SEALING_KEY must be set for --web-only: several machines share them."
        )
    _serve(settings, load_keys(settings), works=not web_only)


@click.command()
def work() -> None:
    """Send mails and do what is due, without pages."""
    now()
    settings = read_settings()
    with portal_of(settings, load_keys(settings)) as portal:
        work_until_told(portal)


@click.command()
def migrate() -> None:
    """Bring the database to what this program needs, and make the keys; a second run changes nothing."""
    now()
    done = run_migrations(read_settings())
    for line in _told(done) or ["Nothing to do."]:
        click.echo(line)


@click.command()
@as_json
@click.option("--url", help="Ask there too, as visitors do: what the server in front lets through.")
def doctor(*, is_json: bool, url: str | None) -> None:
    """Examine the installation; ends with 1 where something has to be done."""
    findings = list(run_all_checks(url=_web_address(url)))
    if is_json:
        print_json(finding.as_row() for finding in findings)
    else:
        for finding in findings:
            click.echo(finding.as_line())
    if any(finding.status is CheckStatus.FAILED for finding in findings):
        click.get_current_context().exit(1)


@click.group()
def demo() -> None:
    """Look around with invented data."""


@demo.command()
def load() -> None:
    """Fill an empty database with the demo; loading again changes nothing."""
    with opened_portal() as portal:
        has_loaded = demonstration.load(portal, now=now())
    click.echo("The demo is loaded." if has_loaded else "The demo was loaded before.")


def _web_address(url: str | None) -> str | None:
    if url is None:
        return None
    try:
        return checks.base_url(url)
    except ValueError as error:
        raise click.BadParameter(f"{error}.", param_hint="--url") from error


COMMANDS = (up, serve, work, migrate, doctor, demo)


def _serve(settings: Settings, keys: MasterKeys, *, works: bool) -> None:
    with portal_of(settings, keys) as portal, portal.database.query() as connection:
        holds_demo = is_demo(connection)
    if holds_demo and "second_factor" not in settings.model_fields_set:
        settings = settings.model_copy(update={"second_factor": "off"})
    if settings.metrics_bind:
        sharing.share_between_processes(settings.data_dir)
    logs.configure_counted(settings)
    with uncollected():
        from izarlink_tickets.cli import server  # noqa: PLC0415 - it loads the web, which other commands do without

    server.require_free_addresses(settings)
    server.Server(settings, keys, works=works, when_ready=_announcement(settings, holds_demo=holds_demo)).serve()


def _begin_anew(lines: list[str]) -> None:
    """Say what was done, and run the same command in a fresh process that finds it done.

    Migrating and loading leave 40 MB behind in a process, and its workers would have them for ever.
    """
    for line in lines:
        tell(line)
    os.execv(sys.executable, [sys.executable, *sys.orig_argv[1:]])  # noqa: S606 - this very command, again


def _announcement(settings: Settings, *, holds_demo: bool) -> Callable[[], None]:
    def announce() -> None:
        tell(f"IzarLink support is on {settings.base_url} (Ctrl-C ends it).")
        for line in _demo_lines() if holds_demo else ():
            tell(line)

    return announce


def _demo_lines() -> Iterator[str]:
    yield f"This is the demo; the password of these accounts is {demonstration.PASSWORD}:"
    for character in demonstration.demo_people():
        if character.has_signed_in:
            yield f"  {character.email:<24}{character.role.value}{_of(character.organisation)}"
    for character in demonstration.demo_people():
        if not character.has_signed_in:
            yield f"  {character.email:<24}signs in for the first time, with {demonstration.FIRST_PASSWORD}"


def _of(organisation: str | None) -> str:
    return f", {organisation}" if organisation else ""


def _told(done: Migration) -> list[str]:
    lines = [f"Made {path}: keep a copy in a safe place." for path in done.created_keys]
    if done.before != done.after:
        lines.append(f"Migrated from {done.before or 'an empty database'} to {done.after}.")
    if done.has_rebuilt:
        lines.append("Made the read models.")
    return lines
