"""Whatever waits for a window leaves in the order of its partition, and none waits for ever."""

from collections import defaultdict

from hypothesis import given
from hypothesis import strategies as st

from streams.pipeline.lanes import PASSED_OVER_MAX, Lanes
from streams.pipeline.offsets import Partition
from streams.pipeline.window import WINDOW_BYTES_MAX, OpenWindow, Window
from tests.making import FakeRecord, event

EVENTS = 4


def chunk(partition: int, first: int, count: int, value: bytes | None = None) -> list[FakeRecord]:
    return [
        FakeRecord(value or event(f"{partition}-{offset}"), offset, partition=partition)
        for offset in range(first, first + count)
    ]


def open_window() -> OpenWindow:
    return OpenWindow(lambda _: True, EVENTS)


def filled(lanes: Lanes, pending: dict[Partition, int] | None = None) -> Window:
    window = open_window()
    lanes.fill(window, lambda one: (pending or {}).get(one, 0), lambda _: False, 0.0)
    return window.cut()


def partitions(window: Window) -> list[int]:
    return [partition for _, partition in window.ranges]


@given(st.lists(st.tuples(st.integers(0, 3), st.integers(1, 9), st.integers(0, 2), st.integers(0, 30)), max_size=40))
def test_each_record_leaves_once_and_in_the_order_of_its_partition(steps: list[tuple[int, int, int, int]]) -> None:
    lanes, window = Lanes(EVENTS, 1000), open_window()
    read, left = defaultdict[int, int](int), defaultdict[int, list[int]](list)

    def fill(pending: int) -> None:
        lanes.fill(window, lambda one: pending * one[1] % 7, lambda _: False, 0.0)
        assert window.full or not lanes
        for entry in window.cut().entries:
            left[entry.record.partition].append(entry.record.offset)

    for partition, count, cuts, pending in steps:
        lanes.add(chunk(partition, read[partition], count))
        read[partition] += count
        for _ in range(cuts):
            fill(pending)
    while lanes:
        fill(0)
    assert left == {partition: list(range(count)) for partition, count in read.items()}
    assert not lanes.full


def test_a_window_is_of_one_partition_where_one_fills_it() -> None:
    lanes = Lanes(EVENTS, 100)
    for partition, count in ((0, 3), (1, 5), (2, 4)):
        lanes.add(chunk(partition, 0, count))
    assert [partitions(filled(lanes)) for _ in range(3)] == [[1], [2], [0, 1]]


def test_those_with_fewer_events_that_are_not_committed_go_first() -> None:
    lanes = Lanes(EVENTS, 100)
    for partition in range(3):
        lanes.add(chunk(partition, 0, 8))
    assert partitions(filled(lanes, {("memberships", 0): 4, ("memberships", 1): 2})) == [2]


def test_a_small_lane_is_not_passed_over_for_ever() -> None:
    lanes = Lanes(EVENTS, 1000)
    lanes.add(chunk(0, 0, 1))
    lanes.add(chunk(1, 0, 100))
    windows = [partitions(filled(lanes)) for _ in range(PASSED_OVER_MAX + 1)]
    assert windows == [[1]] * PASSED_OVER_MAX + [[0, 1]]


def test_nothing_leaves_of_a_partition_that_is_held() -> None:
    lanes, window = Lanes(EVENTS, 100), open_window()
    lanes.add(chunk(0, 0, 8))
    lanes.add(chunk(1, 0, 2))
    lanes.fill(window, lambda _: 0, lambda one: one[1] == 0, 0.0)
    assert partitions(window.cut()) == [1]
    assert partitions(filled(lanes)) == [0]


def test_they_are_full_by_number_and_by_weight() -> None:
    lanes = Lanes(EVENTS, 10)
    lanes.add(chunk(0, 0, 9))
    assert not lanes.full
    lanes.add(chunk(1, 0, 1))
    assert lanes.full
    heavy = Lanes(EVENTS, 10)
    heavy.add(chunk(0, 0, 1, b"x" * WINDOW_BYTES_MAX))
    assert heavy.full
    heavy.clear()
    assert not heavy
    assert not heavy.full


def test_what_is_left_of_records_weighs_as_much_as_before() -> None:
    twelfth = event("heavy").ljust(WINDOW_BYTES_MAX // 12 + 1)
    lanes = Lanes(EVENTS, 1000)
    lanes.add(chunk(0, 0, 6, twelfth))
    lanes.add(chunk(0, 6, 6, twelfth))
    assert lanes.full
    filled(lanes)  # four of the first six
    assert not lanes.full
    lanes.add(chunk(0, 12, 3, twelfth))
    assert not lanes.full
    lanes.add(chunk(0, 15, 1, twelfth))
    assert lanes.full
