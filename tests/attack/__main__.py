"""`./run attack`: attack the portal and print the figures.

Source: docs/security.md.
"""

import json
import sys
from collections.abc import Sequence
from pathlib import Path

import click
import pytest
from tests.attack.report import Report

BREACHED = 3
TESTS = Path(__file__).parents[1]
LONGEST = "test_fuzzing.py"


@click.command(context_settings={"help_option_names": ["-h", "--help"]})
@click.argument("names", nargs=-1)
@click.option("--processes", default=2, show_default=True, help="How many to use.")
@click.option("--json", "is_json", is_flag=True, help="Print JSON.")
def main(*, names: Sequence[str], processes: int, is_json: bool) -> None:
    """Run the attacks NAMES, or all.

    NAMES: words of a test's name or file, such as fuzzing or redirects. Exit code 3: an attack got through.
    """
    report = Report()
    chosen = ["-k", " or ".join(names)] if names else []
    options = ["-p", "no:terminal", "-p", "no:cacheprovider", "--rootdir", str(TESTS.parent), "--attack", *chosen]
    options += ["-n", str(processes), "--dist=load"] if processes > 1 else []
    code = pytest.main([*options, *map(str, _files())], [report])
    for breach in report.breaches:
        click.echo(breach, err=True)
    click.echo(json.dumps(report.as_dict(), indent=2) if is_json else report.table())
    sys.exit(0 if code == pytest.ExitCode.OK and report.attacks else BREACHED)


def _files() -> list[Path]:
    """Find the files with attacks, the longest first."""
    files = [path for path in TESTS.rglob("test_*.py") if "mark.attack" in path.read_text("utf-8")]
    return sorted({*files, *(TESTS / "attack").glob("test_*.py")}, key=lambda path: (path.name != LONGEST, path.name))


if __name__ == "__main__":
    main()
