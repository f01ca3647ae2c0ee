"""Mutations still match the source; `./run faults --mutations` tests them."""

import pytest
from tests.faults.mutations import MUTATIONS, Mutation


@pytest.mark.parametrize("mutation", MUTATIONS, ids=lambda mutation: mutation.name)
def test_a_mutation_still_matches_the_source(mutation: Mutation) -> None:
    assert mutation.is_applicable(), f"update this mutation of {mutation.file} in tests/faults/mutations.py"
