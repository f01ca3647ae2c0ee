"""The commands that set up and run an installation."""

import os
import sys
from collections.abc import Iterator
from functools import partial

import click

from izarlink_tickets.application.operations.demo_mark import is_demo
from izarlink_tickets.application.operations.schema import Migration
from izarlink_tickets.application.operations.schema import migrate as run_migrations
from izarlink_tickets.cli import logs, no_garbage_collection
from izarlink_tickets.cli.output import announce, plural
from izarlink_tickets.cli.progress import shown_progress
from izarlink_tickets.cli.session import (
    checked_portal,
    log_warnings_only,
    now,
    read_settings,
)
from izarlink_tickets.cli.work import serve_metrics, work_until_stopped
from izarlink_tickets.config import MasterKeys, Settings, SettingsError, load_keys
from izarlink_tickets.metrics import sharing
from izarlink_tickets.projections.rebuilding import RebuildEstimate

_WORTH_SAYING_SECONDS = 20


@click.command()
@click.option("--demo", "with_demo", is_flag=True, help="Load the demo first; the database must be empty.")
def up(*, with_demo: bool) -> None:
    """Migrate, then serve."""
    now()
    settings = read_settings()
    log_warnings_only(settings)
    lines = _migrate(settings)
    keys = load_keys(settings)
    if with_demo:
        lines += _load_demo(settings, keys)
    if lines:
        _restart(lines)
    logs.configure(settings)
    _serve(settings, keys, works=True)


@click.command()
@click.option("--web-only", is_flag=True, help="Serve the pages only; `work` runs elsewhere for mails and due work.")
def serve(*, web_only: bool) -> None:
    """Serve the pages, send mails and do due work."""
    now()
    settings = read_settings()
    if web_only and None in (settings.secret_key, settings.sealing_key):
        raise SettingsError(
            "IZARLINK_SECRET_KEY and IZARLINK_SEALING_KEY must be set for --web-only: several machines share them."
        )
    _serve(settings, load_keys(settings), works=not web_only)


@click.command()
def work() -> None:
    """Send mails and do due work, without serving pages."""
    now()
    settings = read_settings()
    with checked_portal(settings, load_keys(settings)) as portal:
        serve_metrics(portal)
        work_until_stopped(portal)


@click.command()
def migrate() -> None:
    """Upgrade the database schema and create missing keys. Safe to run again."""
    now()
    for line in _migrate(read_settings()) or ["Nothing to do."]:
        click.echo(line)


def _serve(settings: Settings, keys: MasterKeys, *, works: bool) -> None:
    with checked_portal(settings, keys) as portal, portal.database.query() as connection:
        holds_demo = is_demo(connection)
    if holds_demo and "second_factor" not in settings.model_fields_set:
        settings = settings.model_copy(update={"second_factor": "off"})
    if settings.metrics_bind:
        sharing.share_between_processes(settings.data_dir)
    logs.configure_with_metrics(settings)
    with no_garbage_collection():
        from izarlink_tickets.cli import server  # noqa: PLC0415 - it loads the web, which other commands do not need

    server.require_free_addresses(settings)
    server.Server(
        settings, keys, works=works, when_ready=partial(_announce_start, settings, holds_demo=holds_demo)
    ).serve()


def _load_demo(settings: Settings, keys: MasterKeys) -> list[str]:
    from izarlink_tickets import demo  # noqa: PLC0415 - most portals hold real data

    with checked_portal(settings, keys) as portal:
        return ["Loaded the demo."] if demo.load(portal, now=now()) else []


def _restart(lines: list[str]) -> None:
    """Print what was done, then restart the command in a fresh process.

    Migrating and loading the demo leave 40 MB behind that every worker would inherit.
    """
    for line in lines:
        announce(line)
    os.execv(sys.executable, [sys.executable, *sys.orig_argv[1:]])  # noqa: S606 - this same command


def _announce_start(settings: Settings, *, holds_demo: bool) -> None:
    announce(f"IzarLink support is on {settings.base_url} (Ctrl-C stops it).")
    for line in _demo_lines() if holds_demo else ():
        announce(line)


def _demo_lines() -> Iterator[str]:
    from izarlink_tickets import demo  # noqa: PLC0415 - most portals hold real data

    yield f"This is the demo; the password of these accounts is {demo.PASSWORD}:"
    for character in demo.demo_people():
        if character.has_signed_in:
            organisation = f", {character.organisation}" if character.organisation else ""
            yield f"  {character.email:<24}{character.role.value}{organisation}"
    for character in demo.demo_people():
        if not character.has_signed_in:
            yield f"  {character.email:<24}signs in for the first time, with {demo.FIRST_PASSWORD}"


def _migrate(settings: Settings) -> list[str]:
    with shown_progress() as display:
        progress = display.step("building the read models")
        return _migration_lines(run_migrations(settings, progress=progress, announce=_announce_rebuild))


def _announce_rebuild(estimate: RebuildEstimate) -> None:
    """Say how long a rebuild takes that takes long."""
    if estimate.seconds < _WORTH_SAYING_SECONDS:
        return
    minutes = max(1, round(estimate.seconds / 60))
    click.echo(
        f"Building the read models from {plural(estimate.events, 'event')}: about {plural(minutes, 'minute')}."
        " The release before keeps serving meanwhile.",
        err=True,
    )


def _migration_lines(migration: Migration) -> list[str]:
    lines = [f"Created {path}: keep a copy in a safe place." for path in migration.created_keys]
    if migration.before != migration.after:
        lines.append(f"Migrated from {migration.before or 'an empty database'} to {migration.after}.")
    if migration.has_rebuilt:
        lines.append("Built the read models.")
    return lines
