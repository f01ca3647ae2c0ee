"""The matrix leaves nothing out in silence."""

import re
from pathlib import Path

from tests.faults.matrix import FAULTS

TESTS = Path(__file__).parents[1]


def test_every_fault_is_tried_or_has_a_reason_why_not() -> None:
    source = "\n".join(path.read_text("utf-8") for path in sorted(TESTS.rglob("test_*.py")))
    tried = {
        int(number) for numbers in re.findall(r"mark\.fault\(([\d, ]+)\)", source) for number in numbers.split(",")
    }

    left_out = {fault.number for fault in FAULTS.values() if fault.left_out}

    assert list(FAULTS) == list(range(1, 51))
    assert tried == set(FAULTS) - left_out
