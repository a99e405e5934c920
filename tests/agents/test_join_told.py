"""What a join tells of the records it read, and that it is told once."""

from collections import Counter
from datetime import UTC, datetime

from schemas.records.outcomes import Flush, PartitionRange
from streams.agents.join import Turn
from streams.agents.join_told import TELL_MS, Untold, untold_of


def turn(first: int, last: int, **outcomes: int) -> Turn:
    return Turn(read={("in", 0): (first, last)}, outcomes=Counter(outcomes))  # type: ignore[arg-type]


def test_turns_add_up_until_they_are_told() -> None:
    untold = Untold().and_of(turn(0, 9, joined=8, relayed=2), 1_000).and_of(turn(10, 12, joined=3), 2_000)
    assert not untold.is_due(1_000 + TELL_MS - 1)
    assert untold.is_due(1_000 + TELL_MS)
    assert untold.flush("follow", {"in": "id"}, 3_500) == Flush(
        job="follow",
        partitions=(PartitionRange(topic="in", partition=0, first_offset=0, last_offset=12, topic_id="id"),),
        events=13,
        outcomes={"joined": 11, "relayed": 2},
        calls={},
        retries=0,
        left_out_fields={},
        seconds=2.5,
        flushed_at=datetime.fromtimestamp(3.5, UTC),
    )


def test_what_was_kept_goes_on_where_it_was() -> None:
    untold = Untold().and_of(turn(5, 9, joined=5), 1_000)
    assert untold_of(untold.kept) == untold
    assert untold_of(Untold().kept) == Untold()


def test_where_the_clock_went_back_it_is_told_at_once() -> None:
    assert Untold().and_of(turn(0, 0, joined=1), 9_000).is_due(8_999)


def test_a_turn_that_read_nothing_adds_nothing() -> None:
    assert Untold().and_of(Turn(woken=3), 1_000) == Untold()
    assert not Untold().is_due(10**15)
