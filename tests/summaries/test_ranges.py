"""Which offsets were told of."""

import random

import pytest

from streams.summaries.ranges import APART_MAX, OffsetRanges


@pytest.mark.parametrize("seed", range(20))
def test_each_offset_is_new_once(seed: int) -> None:
    chance, ranges, told = random.Random(seed), OffsetRanges(), set[int]()
    for _ in range(60):
        first = chance.randrange(200)
        last = first + chance.randrange(20)
        stretch = set(range(first, last + 1))
        assert ranges.add(first, last) == len(stretch & told)
        told |= stretch
        kept = [number for low, high in ranges.stretches for number in range(low, high + 1)]
        assert kept == sorted(told)


def test_the_oldest_gaps_are_closed_where_there_are_too_many() -> None:
    ranges = OffsetRanges()
    for number in range(APART_MAX + 2):
        ranges.add(10 * number, 10 * number)
    assert ranges.stretches[:2] == ((0, 20), (30, 30))
    assert len(ranges.stretches) == APART_MAX
