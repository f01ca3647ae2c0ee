"""`import` and `export` of organisations, accounts and services: CSV files, whole or not at all."""

from collections.abc import Callable
from pathlib import Path
from typing import BinaryIO

import click

from izarlink_tickets.application.spreadsheets import (
    ACCOUNTS,
    ORGANISATIONS,
    SERVICES,
    ImportRefused,
    ImportReport,
    LineOutcome,
    SpreadsheetKind,
    Verdict,
)
from izarlink_tickets.cli.output import print_json, print_or_put
from izarlink_tickets.cli.refusals import sentence_of
from izarlink_tickets.cli.session import as_json, command_context, opened_portal, repeatable
from izarlink_tickets.domain.vocabulary import SYSTEM

_file = click.argument("file", type=click.File("rb"))
_dry_run = click.option("--dry-run", is_flag=True, help="Say line by line what would happen, and do nothing.")


def commands_of(kind: SpreadsheetKind) -> tuple[click.Command, click.Command]:
    """Make the two commands of a kind of spreadsheet."""

    @click.command("import", help=f"Import {kind.name} from a CSV file: all of it, or nothing. - reads from stdin.")
    @_file
    @_dry_run
    @as_json
    @repeatable
    def import_(file: BinaryIO, command_id: str | None, *, dry_run: bool, is_json: bool) -> None:
        data = file.read()
        (_check if dry_run else _import)(kind, data, command_id, print_report=_as_json if is_json else _as_lines)

    @click.command("export", help=f"Write all {kind.name} as CSV; imported again, it changes nothing.")
    @click.option("--output", type=click.Path(path_type=Path), help="A file; by default stdout.")
    def export(output: Path | None) -> None:
        with opened_portal() as portal:
            content = portal.spreadsheets.export(command_context(), kind)
        print_or_put(content, output)

    return import_, export


ORGANISATION_COMMANDS = commands_of(ORGANISATIONS)
ACCOUNT_COMMANDS = commands_of(ACCOUNTS)
SERVICE_COMMANDS = commands_of(SERVICES)

_Print = Callable[[ImportReport], None]


def _check(kind: SpreadsheetKind, data: bytes, _command_id: str | None, *, print_report: _Print) -> None:
    with opened_portal() as portal:
        report = portal.spreadsheets.check(SYSTEM, kind, data)
    print_report(report)
    if report.is_refused:
        raise ImportRefused(report)


def _import(kind: SpreadsheetKind, data: bytes, command_id: str | None, *, print_report: _Print) -> None:
    with opened_portal() as portal:
        try:
            done = portal.spreadsheets.run(command_context(command_id=command_id), kind, data)
        except ImportRefused as refusal:
            print_report(refusal.report)
            raise
    click.echo(f"Imported: {done.created} created, {done.changed} changed, {done.unchanged} unchanged.")


def _as_lines(report: ImportReport) -> None:
    """Print a line for each line of the file that means something to change, or is wrong."""
    for one in report.outcomes:
        if one.verdict is not Verdict.UNCHANGED:
            click.echo(f"{one.line}: {one.verdict.value} {one.about}{_details(one)}".rstrip())
    counts = ", ".join(f"{report.count(verdict)} {verdict.value}" for verdict in Verdict)
    click.echo(f"{report.encoding}, {counts}")


def _as_json(report: ImportReport) -> None:
    print_json(
        {
            "line": one.line,
            "about": one.about,
            "verdict": one.verdict.value,
            "changed": list(one.changed),
            "reasons": [sentence_of(reason) for reason in one.reasons],
        }
        for one in report.outcomes
    )


def _details(outcome: LineOutcome) -> str:
    if outcome.verdict is Verdict.REFUSED:
        return ": " + " ".join(str(sentence_of(reason)) for reason in outcome.reasons)
    return f" ({', '.join(outcome.changed)})" if outcome.changed else ""
