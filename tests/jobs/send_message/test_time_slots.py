"""Slots of time: one message in each, whoever owns which partitions."""

from itertools import pairwise
from math import inf

import pytest
from hypothesis import given
from hypothesis import strategies as st

from streams.jobs.send_message.time_slots import TimeSlots
from streams.pipeline.offsets import Partition

START = 1_790_000_000.0


def partitions(count: int) -> list[Partition]:
    return [("memberships", number) for number in range(count)]


def moments(slots: TimeSlots, count: int, messages: int = 1, at: float = START) -> list[float]:
    """The first moments at which so many messages may go."""
    found = []
    for _ in range(count):
        found.append(at := slots.first(at))
        at = slots.end(at, messages)
    return found


@given(st.integers(1, 40), st.data(), st.sampled_from([0.0006072, 0.1012, 7.2864, 87436.8]))
def test_every_slot_is_somebodys_and_nobody_elses(count: int, data: st.DataObject, width: float) -> None:
    everything = partitions(count)
    owners = data.draw(st.lists(st.integers(0, 3), min_size=count, max_size=count))
    shares = [[one for one, owner in zip(everything, owners, strict=True) if owner == process] for process in range(4)]
    found: list[float] = []
    for share in shares:
        slots, at = TimeSlots(share, everything, width), START
        if len(share) in (0, count):
            continue
        while (at := slots.first(at)) < START + 3 * count * width - width / 2:
            found.append(at)
            at = slots.end(at, 1)
    if found:
        found.sort()
        assert len(found) == pytest.approx(3 * count, abs=1)
        distances = [later - earlier for earlier, later in pairwise(found)]
        assert distances == [pytest.approx(width, rel=0.01)] * len(distances)


@pytest.mark.parametrize("count", [2, 3, 4, 6, 8, 12, 16, 30, 64, 100])
@pytest.mark.parametrize("way", ["in ranges", "in turn"])
def test_the_slots_of_a_process_lie_all_over_a_round(count: int, way: str) -> None:
    everything = partitions(count)
    ours = everything[: count // 2] if way == "in ranges" else everything[::2][: count // 2]
    found = moments(TimeSlots(ours, everything, 1.0), 3 * count)
    assert max(later - earlier for earlier, later in pairwise(found)) <= 5


def test_whoever_owns_all_waits_for_no_slot() -> None:
    slots = TimeSlots(partitions(4), partitions(4), 10.0)
    assert slots.first(START + 3.21) == START + 3.21
    assert slots.end(START + 3.21, 2) == START + 23.21


def test_whoever_owns_nothing_waits_for_ever() -> None:
    assert TimeSlots((), partitions(4), 10.0).first(START) == inf
    assert TimeSlots((), (), 10.0).first(START) == inf


def test_messages_that_go_together_use_up_a_slot_each() -> None:
    slots = TimeSlots(partitions(4)[:2], partitions(4), 1.0)
    single, double = moments(slots, 9), moments(slots, 3, messages=3)
    assert double == single[::3]


def test_a_partition_that_the_brokers_did_not_tell_of_counts() -> None:
    assert TimeSlots(partitions(4), partitions(2), 10.0).first(START + 1) == START + 1
