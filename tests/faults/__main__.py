"""`./run faults`: break the portal in every way there is, and print what came of it. docs/faults.md says more."""

import json
import sys
from collections.abc import Iterable, Sequence
from dataclasses import asdict
from pathlib import Path

import click
import pytest
from tests.faults.matrix import FAULTS
from tests.faults.mutations import MISTAKES, findings
from tests.faults.report import Report, Row

BREACHED, USAGE = 3, 2
TESTS = Path(__file__).parents[1]


@click.command(context_settings={"help_option_names": ["-h", "--help"]})
@click.argument("names", nargs=-1)
@click.option("--rounds", is_flag=True, help="The long rounds: 500 kills, 10,000 mails, 200 lost answers, 200 races.")
@click.option("--planted", is_flag=True, help="Plant mistakes in a copy of the source; the suite must find them all.")
@click.option("--json", "is_json", is_flag=True, help="Print JSON.")
def main(*, names: Sequence[str], rounds: bool, planted: bool, is_json: bool) -> None:
    """Try the faults NAMES, numbers or words of their description, on both databases; all without a name.

    Ends with 3 where an invariant was breached, or a fault could not be tried.
    """
    sys.exit(plant_mistakes(names, is_json=is_json) if planted else try_faults(names, rounds=rounds, is_json=is_json))


def try_faults(names: Sequence[str], *, rounds: bool, is_json: bool) -> int:
    """Run the tests of the faults and print a line for each; give the exit code."""
    report = Report(_wanted(names))
    options = ["-p", "no:terminal", "-p", "no:cacheprovider", "--rootdir", str(TESTS.parent), "--faults"]
    pytest.main([*options, *(["--rounds"] if rounds else []), *map(str, _files())], [report])
    for breach in report.breaches:
        click.echo(breach, err=True)
    click.echo(json.dumps([row.as_dict() for row in report.rows], indent=2) if is_json else _table(report.rows))
    return 0 if all(row.is_sound for row in report.rows) and not report.breaches else BREACHED


def plant_mistakes(names: Sequence[str], *, is_json: bool) -> int:
    """Plant the mistakes of which a name is part, and print a line for each; give the exit code."""
    found = []
    for finding in findings([one for one in MISTAKES if not names or any(name in one.name for name in names)]):
        found.append(finding)
        click.echo(finding.output, err=True, nl=False)
        if not is_json:
            click.echo(f"{finding.mistake:<62}  {finding.seconds:>6.1f} s  {finding.caught_by or 'NOT CAUGHT'}")
    caught = sum(bool(finding.caught_by) for finding in found)
    click.echo(json.dumps([asdict(one) for one in found], indent=2) if is_json else f"{caught} of {len(found)} caught.")
    return 0 if caught == len(found) else BREACHED


def _files() -> list[Path]:
    """Find the files with tests of faults: collecting all others takes longer than many a fault."""
    return [path for path in sorted(TESTS.rglob("test_*.py")) if "mark.fault(" in path.read_text("utf-8")]


def _wanted(names: Sequence[str]) -> list[int]:
    wanted = {number for name in names or [""] for number in _named(name)}
    return sorted(wanted)


def _named(name: str) -> list[int]:
    found = [
        fault.number
        for fault in FAULTS.values()
        if name == str(fault.number) or (not name.isdigit() and name.casefold() in fault.what.casefold())
    ]
    if not found:
        raise click.UsageError(f"no fault is called {name!r}")
    return found


def _table(rows: Iterable[Row]) -> str:
    rows = list(rows)
    lines = [_line(row) for row in rows]
    sound = sum(row.result == "ok" for row in rows)
    left_out = sum(bool(row.left_out) for row in rows)
    return "\n".join([*lines, f"{sound} of {len(rows) - left_out} rows survived, {left_out} left out."])


def _line(row: Row) -> str:
    if row.left_out:
        return f"{row.number:>2}  {row.fault:<66}  {row.database:<10}  {row.result}: {row.left_out}"
    tried = f"{row.database:<10}  {row.tests:>4} tests  {row.seconds:>7.1f} s"
    return f"{row.number:>2}  {row.fault:<66}  {tried}  {row.result:<11}  {' '.join(row.checked)}"


if __name__ == "__main__":
    main()
