"""The planted mistakes keep up with the source; whether the suite finds them, `./run faults --planted` says."""

import pytest
from tests.faults.mutations import MISTAKES, Mistake


@pytest.mark.parametrize("mistake", MISTAKES, ids=lambda mistake: mistake.name)
def test_a_mistake_can_still_be_planted(mistake: Mistake) -> None:
    assert mistake.applies(), f"say in tests/faults/mutations.py how {mistake.file} would be spoilt now"
