"""Checks of the code by ruff and mypy."""

import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]


@pytest.mark.parametrize(
    "command",
    [
        pytest.param(["ruff", "check", "--quiet"], id="ruff finds nothing"),
        pytest.param(["ruff", "format", "--quiet", "--diff"], id="ruff would format nothing"),
        pytest.param(["mypy", "--no-error-summary"], id="mypy finds nothing"),
    ],
)
def test_the_code_is_clean(command: list[str]):
    result = subprocess.run([sys.executable, "-m", *command], cwd=ROOT, capture_output=True, text=True, check=False)

    assert result.returncode == 0, result.stdout + result.stderr
