"""Completeness of the matrix of faults."""

import re
from pathlib import Path

from tests.faults.matrix import FAULTS

TESTS = Path(__file__).parents[1]


def test_every_fault_has_a_test_or_a_reason_to_be_left_out() -> None:
    source = "\n".join(path.read_text("utf-8") for path in sorted(TESTS.rglob("test_*.py")))
    tested = {
        int(number) for numbers in re.findall(r"mark\.fault\(([\d, ]+)\)", source) for number in numbers.split(",")
    }

    left_out = {fault.number for fault in FAULTS.values() if fault.left_out}

    assert list(FAULTS) == list(range(1, 52))
    assert tested == set(FAULTS) - left_out
