"""A short run of the benchmark, which has every figure.

No time is asserted. The run itself fails where the ideal sends other bytes than the portal.
"""

import json
import os
import subprocess
import sys
from datetime import UTC, datetime
from pathlib import Path

import pytest
from bench import report, templating
from bench.figures import Measure
from bench.templating import Rows
from jinja2 import Environment

from izarlink_tickets.application import open_portal
from izarlink_tickets.application.operations.verification import open_verifier
from izarlink_tickets.config import Settings, load_keys
from izarlink_tickets.verify import FindingStatus

ROOT = Path(__file__).parents[1]
FEWEST = 200  # tickets that have one of each kind
FIGURES = "figures.json"
ROWS = Rows(r"<tr>.*?</tr>", r"<td>(\d+)</td>", "SELECT number, title FROM ticket_list")


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return the folder of a few figures and the measured database."""
    folder = tmp_path_factory.mktemp("bench")
    options = ("--database", "sqlite", "--tickets", str(FEWEST), "--seconds", "0.1", "--clients", "1")
    chosen = ("--only", "list,ticket of 10,open", "--json", str(folder / FIGURES), "--keep", str(folder))
    environment = os.environ | {"IZARLINK_WORKERS": "1"}
    command = [sys.executable, "-m", "bench", *options, *chosen]
    run = subprocess.run(command, cwd=ROOT, env=environment, capture_output=True, text=True, check=False)
    assert run.returncode == 0, run.stderr
    return folder


@pytest.fixture(scope="module")
def figures(folder: Path) -> dict[str, dict[str, float]]:
    works = json.loads((folder / FIGURES).read_text())["works"]
    return {"/".join(work["key"][1:]): work for work in works}


@pytest.mark.parametrize("work", ["list/1", "list by state/1", "ticket of 10/1", "open/1"])
@pytest.mark.parametrize(
    "figure", ["p50", "p99", "per_second", "ideal_per_second", "ratio", "cpu", "statements", "database_ms"]
)
def test_a_run_has_every_figure_of_a_work(figures: dict[str, dict[str, float]], work: str, figure: str):
    value = figures[work][figure]

    assert value > 0


@pytest.mark.parametrize("figure", ["seeding/events", "seeding/log", "seeding/disk"])
def test_a_run_has_every_figure_of_the_whole_portal(figures: dict[str, dict[str, float]], figure: str):
    value = figures[figure]["value"]

    assert value > 0


def test_a_measured_portal_passes_its_verification(folder: Path):
    settings = Settings.read({"IZARLINK_DATA_DIR": str(next(folder.glob("sqlite-*")))})
    portal = open_portal(settings, load_keys(settings))

    findings = list(open_verifier(portal).findings(now=datetime.now(UTC)))

    portal.database.close()
    assert [finding.as_line() for finding in findings if finding.status is FindingStatus.BREACH] == []


def test_the_ideal_of_a_page_renders_the_same_bytes():
    rows = [(7, "L’« a » & b"), (5, "{{ x }}"), (4, "c")]
    cells = ["<td>7</td><td>L’« a » &amp; b</td><i>1 h</i>", "<td>5</td><td>{{ x }}</td>", "<td>4</td><td>c</td>"]
    text = "<table>\n" + "\n".join(f"<tr>{cell}</tr>" for cell in cells) + "\n</table>{% x %}\n"

    page = templating.page_of(text, "text/html", ROWS, rows)

    template = Environment(autoescape=True, keep_trailing_newline=True).from_string(page.template)
    by_key = {row[0]: row for row in rows}
    assert template.render(rows=[(page.kinds[key], *by_key[key], *page.shown[key]) for key in page.keys]) == text


def test_a_comparison_marks_what_is_worse(tmp_path: Path, capsys: pytest.CaptureFixture[str]):
    file = tmp_path / "earlier.json"
    report.store(file, [Measure("sqlite", "verify", "speed", 1000, "events/s")], {})

    is_worse = report.compare(file, [Measure("sqlite", "verify", "speed", 850, "events/s")])

    assert is_worse
    assert "WORSE" in capsys.readouterr().out
