"""When a partition that does not move is a fault, and when it only waits."""

import asyncio
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import pytest
from confluent_kafka import KafkaError, KafkaException

from streams.agents import watchdog
from streams.agents.watchdog import LOOK_SECONDS, STALLED_LOOKS, UNASSIGNED_LOOKS, StepWatch, Watchdog
from streams.errors import Stalled
from streams.kafka.partition_position import PartitionPosition
from streams.pipeline.offsets import Partition
from tests.fakes.clock import timeless

ONE, OTHER = ("memberships", 0), ("memberships", 1)


def place(number: int, committed: int | None, high: int = 100) -> PartitionPosition:
    return PartitionPosition("memberships", number, 0, high, committed)


def dog(owned: set[Partition] | None, excused: set[Partition] | None = None) -> Watchdog:
    return Watchdog(list, lambda: owned, lambda partition: partition in (excused or set()))


def stalls(look: Callable[[int], None], looks: int) -> bool:
    """Whether somebody is taken for stalled in so many looks, each of which is told its number."""
    try:
        for number in range(looks):
            look(number)
    except Stalled:
        return True
    return False


def test_a_partition_with_lag_that_does_not_move_is_a_fault() -> None:
    watched = dog({ONE})
    for _ in range(STALLED_LOOKS - 1):
        watched.judge([place(0, 40)])
    with pytest.raises(Stalled, match="partition 0 of memberships stands still at offset 40 with 60 events to come"):
        watched.judge([place(0, 40)])


def test_one_that_has_committed_nothing_yet_is_watched_too() -> None:
    watched = dog({ONE})
    for _ in range(STALLED_LOOKS - 1):
        watched.judge([place(0, None)])
    with pytest.raises(Stalled, match="100 events to come"):
        watched.judge([place(0, None)])


@pytest.mark.parametrize(
    "seen",
    [
        pytest.param([place(0, 100)], id="no lag"),
        pytest.param([place(1, 40)], id="somebody else's"),
        pytest.param([place(0, 100, high=90)], id="committed beyond the end, which an open transaction holds back"),
    ],
)
def test_what_is_not_ours_to_move_is_no_fault(seen: list[PartitionPosition]) -> None:
    watched = dog({ONE})
    assert not stalls(lambda _: watched.judge(seen), STALLED_LOOKS * 2)


def test_one_that_moves_now_and_then_is_no_fault_whatever_the_others_do() -> None:
    watched = dog({ONE, OTHER})
    assert not stalls(lambda look: watched.judge([place(0, 10 + look // 4), place(1, 100)]), STALLED_LOOKS * 3)


def test_a_known_wait_begins_the_count_again() -> None:
    excused: set[Partition] = set()
    watched = dog({ONE}, excused)
    for _ in range(3):
        assert not stalls(lambda _: watched.judge([place(0, 40)]), STALLED_LOOKS - 1)
        excused.add(ONE)
        assert not stalls(lambda _: watched.judge([place(0, 40)]), 1)
        excused.clear()


def test_partitions_that_are_never_assigned_are_a_fault() -> None:
    watched = dog(None)
    for _ in range(UNASSIGNED_LOOKS - 1):
        watched.judge([])
    with pytest.raises(Stalled, match="no partitions were assigned for 120 s"):
        watched.judge([])


def test_no_partitions_for_this_process_is_no_fault() -> None:
    watched = dog(set())
    assert not stalls(lambda _: watched.judge([place(0, 40)]), UNASSIGNED_LOOKS * 2)


# --- imports ----------------------------------------------------------------------------------------------------------


@dataclass
class Steps:
    step: str = "asks for people"
    signs: int = 0
    waits: bool = False


def test_an_import_without_a_sign_of_life_is_a_fault() -> None:
    watched = StepWatch(list, Steps(signs=3))
    watched.judge()
    for _ in range(STALLED_LOOKS - 1):
        watched.judge()
    with pytest.raises(Stalled, match="for 60 s the import asks for people, and nothing is known to hold it up"):
        watched.judge()


def test_one_that_gives_a_sign_now_and_then_is_none() -> None:
    steps = Steps()
    watched = StepWatch(list, steps)

    def look(number: int) -> None:
        steps.signs = number // (STALLED_LOOKS - 1)
        watched.judge()

    assert not stalls(look, STALLED_LOOKS * 4)


def test_one_that_is_known_to_wait_is_none() -> None:
    watched = StepWatch(list, Steps(waits=True))
    assert not stalls(lambda _: watched.judge(), STALLED_LOOKS * 2)


@timeless
async def test_while_the_brokers_are_away_nothing_of_an_import_is_a_fault(monkeypatch: pytest.MonkeyPatch) -> None:
    away = True

    async def at_once(ask: Callable[[], Any], _: str) -> None:
        ask()

    def ask() -> None:
        if away:
            raise KafkaException(KafkaError(KafkaError._TRANSPORT))

    monkeypatch.setattr(watchdog, "in_own_thread", at_once)
    watching = asyncio.create_task(StepWatch(ask, Steps()).run())
    await asyncio.sleep(3600)
    assert not watching.done()
    away = False
    await asyncio.sleep(LOOK_SECONDS * (STALLED_LOOKS + 2))
    with pytest.raises(Stalled):
        watching.result()


def test_whoever_counts_is_told_where_the_job_stands_on_its_own_partitions_once_they_are_shared_out() -> None:
    seen: list[list[int]] = []
    owned: set[Partition] | None = None
    watchdog = Watchdog(
        list, lambda: owned, lambda _: True, lambda places: seen.append([place.partition for place in places])
    )
    places = [PartitionPosition("t", number, 0, 10, 3) for number in range(3)]
    watchdog.judge(places)
    owned = {("t", 0), ("t", 2)}
    watchdog.judge(places)
    owned = set()
    watchdog.judge(places)
    assert seen == [[0, 2], []]
