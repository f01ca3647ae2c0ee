"""Fuzzed requests over every form and URL, on both databases."""

from collections import Counter

import pytest
from hypothesis import HealthCheck, Phase, given, seed, settings
from hypothesis import strategies as st
from tests.attack.assault import Assault
from tests.attack.fuzzing import Fuzzer
from tests.attack.grammar import requests
from tests.attack.world import VISITORS, World

# Requests of one visitor between two looks at the clock.
BATCH = 40
# Tests on each of the two databases, and the requests of each: 100,000 together.
SHARDS, SHARE = 5, 10_000
SHORT = 200


def fuzz(fuzzer: Fuzzer, *, total: int, number: int) -> None:
    """Send this many requests, spread over all visitors."""
    prepared = {
        who: st.lists(
            requests(fuzzer.world, who, fuzzer.forms[who]),
            min_size=BATCH,
            max_size=BATCH,
        )
        for who in fuzzer.forms
    }

    @seed(number)
    @settings(
        max_examples=total // BATCH,
        deadline=None,
        database=None,
        phases=[Phase.generate],
        suppress_health_check=list(HealthCheck),
    )
    @given(st.data())
    def run(data: st.DataObject) -> None:
        who = data.draw(st.sampled_from(sorted(prepared)))
        batch = data.draw(prepared[who])
        fuzzer.begin(who, seconds=data.draw(st.integers(0, 120)))
        for request in batch:
            fuzzer.send(who, request)

    run()


def test_fuzzed_requests_neither_fail_nor_leak_nor_record(assailed: Assault):
    fuzzer = Fuzzer(assailed.world)
    fuzzer.prepare(("anonymous", "customer", "support"))

    fuzz(fuzzer, total=SHORT, number=1)

    assert fuzzer.findings == []
    assert sum(fuzzer.counts.values()) >= SHORT


@pytest.mark.attack
@pytest.mark.parametrize("number", range(SHARDS))
@pytest.mark.parametrize("stage", ["sqlite", "postgresql"], indirect=True)
def test_a_hundred_thousand_fuzzed_requests(world: World, number: int, figure, stage):
    fuzzer = Fuzzer(world)
    fuzzer.prepare(VISITORS)

    fuzz(fuzzer, total=SHARE, number=number)

    kinds: Counter[str] = Counter()
    for status, count in fuzzer.counts.items():
        kinds[f"{status // 100}xx"] += count
    figure("fuzzed requests", sum(fuzzer.counts.values()))
    figure("answers", dict(sorted(kinds.items())))
    figure("answers of 500", sum(count for status, count in fuzzer.counts.items() if status in {500, 502, 504}))
    figure("slowest in seconds of processor time", round(fuzzer.slowest, 2))
    figure("events by posts", fuzzer.events)
    figure("findings: failures, slow answers, events of a GET, canaries", len(fuzzer.findings))
    assert fuzzer.findings[:20] == []
    assert sum(fuzzer.counts.values()) >= SHARE
