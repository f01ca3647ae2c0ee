"""`import` and `export` of organisations, accounts and services as CSV files."""

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
from izarlink_tickets.cli.output import print_json, write_output
from izarlink_tickets.cli.progress import shown_progress
from izarlink_tickets.cli.refusals import english_message
from izarlink_tickets.cli.session import as_json, command_context, opened_portal, repeatable
from izarlink_tickets.domain.vocabulary import SYSTEM


def _commands(kind: SpreadsheetKind) -> tuple[click.Command, click.Command]:
    """Build `import` and `export` for a kind of spreadsheet."""

    @click.command("import", help=f"Import {kind.name} from a CSV file, all lines or none. Use - for stdin.")
    @click.argument("file", type=click.File("rb"))
    @click.option("--dry-run", is_flag=True, help="Print what would happen, line by line, and change nothing.")
    @as_json
    @repeatable
    def import_(file: BinaryIO, command_id: str | None, *, dry_run: bool, is_json: bool) -> None:
        data, print_report = file.read(), _print_as_json if is_json else _print_as_lines
        with opened_portal() as portal, shown_progress() as display:
            if dry_run:
                report = portal.spreadsheets.check(SYSTEM, kind, data)
                print_report(report)
                if report.is_refused:
                    raise ImportRefused(report)
                return
            try:
                context, progress = command_context(command_id=command_id), display.step(f"storing the {kind.name}")
                result = portal.spreadsheets.run(context, kind, data, progress=progress)
            except ImportRefused as refusal:
                print_report(refusal.report)
                raise
        click.echo(f"Imported: {result.created} created, {result.changed} changed, {result.unchanged} unchanged.")

    @click.command("export", help=f"Export all {kind.name} as CSV, ready to be imported.")
    @click.option("--output", type=click.Path(path_type=Path), help="A file; stdout by default.")
    def export(output: Path | None) -> None:
        with opened_portal() as portal:
            content = portal.spreadsheets.export(command_context(), kind)
        write_output(content, output)

    return import_, export


ORGANISATION_COMMANDS = _commands(ORGANISATIONS)
ACCOUNT_COMMANDS = _commands(ACCOUNTS)
SERVICE_COMMANDS = _commands(SERVICES)


def _print_as_lines(report: ImportReport) -> None:
    """Print the lines of the file that change something or are refused."""
    for outcome in report.outcomes:
        if outcome.verdict is not Verdict.UNCHANGED:
            click.echo(f"{outcome.line}: {outcome.verdict.value} {_called(outcome)}{_details(outcome)}".rstrip())
    counts = ", ".join(f"{report.count(verdict)} {verdict.value}" for verdict in Verdict)
    click.echo(f"{report.encoding}, {counts}")


def _print_as_json(report: ImportReport) -> None:
    print_json(
        {
            "line": outcome.line,
            "about": outcome.about,
            "name": outcome.name,
            "verdict": outcome.verdict.value,
            "changed": list(outcome.changed),
            "reasons": [english_message(reason) for reason in outcome.reasons],
        }
        for outcome in report.outcomes
    )


def _called(outcome: LineOutcome) -> str:
    return f"{outcome.about} “{outcome.name}”" if outcome.name else outcome.about


def _details(outcome: LineOutcome) -> str:
    if outcome.verdict is Verdict.REFUSED:
        return ": " + " ".join(map(english_message, outcome.reasons))
    return f" ({', '.join(outcome.changed)})" if outcome.changed else ""
