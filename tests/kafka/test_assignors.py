"""Partitions that belong to one state are one member's, however many there are of each topic."""

from types import SimpleNamespace
from typing import Any

import pytest

from streams.kafka.assignors import TogetherAssignor

TOPICS = {"relay": 4, "messages": 8, "reports": 3, "clicks": 4}


def shared(members: int, **topics: int) -> dict[str, dict[str, list[int]]]:
    """What each member is given."""
    there = {**TOPICS, **topics}
    cluster: Any = SimpleNamespace(partitions_for_topic=lambda name: set(range(there[name])) if there[name] else None)
    asking: Any = {f"m{number}": SimpleNamespace(subscription=sorted(there)) for number in range(members)}
    given = TogetherAssignor("relay").assign(cluster, asking)
    return {name: dict(one.assignment) for name, one in given.items()}


@pytest.mark.parametrize("members", [1, 2, 3, 4, 6])
def test_whoever_has_a_partition_of_the_state_has_all_that_belongs_to_it(members: int) -> None:
    given = shared(members)
    for owned in given.values():
        numbers = set(owned.get("relay", []))
        assert {number % 4 for several in owned.values() for number in several} <= numbers
    every = sorted(
        (topic, number) for owned in given.values() for topic, several in owned.items() for number in several
    )
    assert every == sorted((topic, number) for topic, count in TOPICS.items() for number in range(count))


def test_the_state_is_spread_evenly() -> None:
    assert [len(owned.get("relay", [])) for owned in shared(3).values()] == [2, 1, 1]


def test_nothing_is_shared_out_before_it_is_known_over_how_many_the_state_is() -> None:
    assert shared(2, relay=0) == {"m0": {}, "m1": {}}
