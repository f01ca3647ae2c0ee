"""`./run faults`: inject every fault and print the outcome.

Source: docs/faults.md.
"""

import json
import sys
from collections.abc import Iterable, Sequence
from dataclasses import asdict
from pathlib import Path

import click
import pytest
from tests.faults.matrix import FAULTS
from tests.faults.mutations import MUTATIONS, run_mutations
from tests.faults.report import Report, Row

BREACHED, USAGE = 3, 2
TESTS = Path(__file__).parents[1]


@click.command(context_settings={"help_option_names": ["-h", "--help"]})
@click.argument("names", nargs=-1)
@click.option("--rounds", is_flag=True, help="The long rounds: 500 kills, 10,000 mails, 200 lost answers, 200 races.")
@click.option("--mutations", "--planted", is_flag=True, help="Test the suite: break a copy of the source in many ways.")
@click.option("--json", "is_json", is_flag=True, help="Print JSON.")
def main(*, names: Sequence[str], rounds: bool, mutations: bool, is_json: bool) -> None:
    """Test the faults NAMES, or all, on both databases.

    NAMES: numbers, or words of a description. Exit code 3: an invariant broke, or a fault could not be injected.
    """
    sys.exit(
        check_mutations(names, is_json=is_json) if mutations else run_faults(names, rounds=rounds, is_json=is_json)
    )


def run_faults(names: Sequence[str], *, rounds: bool, is_json: bool) -> int:
    """Run the tests of the faults; return the exit code."""
    report = Report(_numbers(names))
    options = ["-p", "no:terminal", "-p", "no:cacheprovider", "--rootdir", str(TESTS.parent), "--faults"]
    pytest.main([*options, *(["--rounds"] if rounds else []), *map(str, _files())], [report])
    for breach in report.breaches:
        click.echo(breach, err=True)
    click.echo(json.dumps([row.as_dict() for row in report.rows], indent=2) if is_json else _table(report.rows))
    return 0 if all(row.is_sound for row in report.rows) and not report.breaches else BREACHED


def check_mutations(names: Sequence[str], *, is_json: bool) -> int:
    """Test the mutations; return the exit code.

    names: parts of their names; all without one.
    """
    results = []
    chosen = [mutation for mutation in MUTATIONS if not names or any(name in mutation.name for name in names)]
    for result in run_mutations(chosen):
        results.append(result)
        click.echo(result.output, err=True, nl=False)
        if not is_json:
            click.echo(f"{result.mistake:<62}  {result.seconds:>6.1f} s  {result.caught_by or 'NOT CAUGHT'}")
    caught = sum(bool(result.caught_by) for result in results)
    summary = f"{caught} of {len(results)} caught."
    click.echo(json.dumps([asdict(result) for result in results], indent=2) if is_json else summary)
    return 0 if caught == len(results) else BREACHED


def _files() -> list[Path]:
    """Find the files with tests of faults; collecting all tests is slow."""
    return [path for path in sorted(TESTS.rglob("test_*.py")) if "mark.fault(" in path.read_text("utf-8")]


def _numbers(names: Sequence[str]) -> list[int]:
    return sorted({number for name in names or [""] for number in _numbers_matching(name)})


def _numbers_matching(name: str) -> list[int]:
    numbers = [
        fault.number
        for fault in FAULTS.values()
        if name == str(fault.number) or (not name.isdigit() and name.casefold() in fault.description.casefold())
    ]
    if not numbers:
        raise click.UsageError(f"no fault matches {name!r}")
    return numbers


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
