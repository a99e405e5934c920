"""What one process sees of a job beyond its own partitions, and what it does about it."""

import logging
from collections.abc import Collection, Mapping
from typing import cast

import pytest

from streams.agents.assignment_monitor import OPEN_SECONDS, REPEAT_SECONDS, UNOWNED_LOOKS, AssignmentMonitor, View
from streams.errors import Stalled
from streams.kafka.group_probe import Group, GroupProbe, Member, Topic
from streams.kafka.partition_position import PartitionPosition
from streams.pipeline.offsets import Partition
from tests.fakes.clock import Clock
from tests.making import export_job

ONE, OTHER = ("memberships", 0), ("memberships", 1)


class FakeReader:
    """A consumer that owns one partition."""

    def __init__(self) -> None:
        self.partitions: Collection[Partition] | None = {ONE}
        self.topics: Mapping[str, Topic] = {"memberships": Topic("id-1", 2)}
        self.rejoined = 0

    def expired(self, place: PartitionPosition) -> None: ...

    async def group(self) -> Group:
        return Group(stable=False, members=[])

    def rejoin(self) -> None:
        self.rejoined += 1


class Watched:
    """A lookout whose clock and notes are ours."""

    def __init__(self) -> None:
        self.reader, self.notes, self.clock = FakeReader(), list[str](), Clock(0.0)
        self.lookout = AssignmentMonitor(
            export_job(), cast("GroupProbe", None), self.reader, self.notes.append, clock=self.clock
        )

    def see(
        self,
        *owned: Partition,
        stable: bool = True,
        topic_id: str = "id-1",
        high: int = 10,
        end: int = 10,
        topics: Mapping[str, Topic] | None = None,
    ) -> str:
        places = [
            PartitionPosition(*key, 0, high if key == ONE else 10, 10, end if key == ONE else 10)
            for key in (ONE, OTHER)
        ]
        group = Group(stable, [Member("m", frozenset(owned))])
        self.lookout.judge(View({"memberships": Topic(topic_id, 2)} if topics is None else topics, places, group))
        return self.notes[-1]


def test_a_partition_that_nobody_owns_is_told_of_and_shared_out_anew(caplog: pytest.LogCaptureFixture) -> None:
    watched = Watched()
    for _ in range(UNOWNED_LOOKS - 1):
        assert watched.see(ONE) == ""
    assert watched.see(ONE) == "partition 1 of memberships is owned by nobody"
    assert watched.reader.rejoined == 1
    assert "partition_unowned job=vip topic=memberships partition=1" in caplog.text
    assert watched.see(ONE, OTHER) == ""


def test_while_partitions_are_shared_out_nobody_owns_them_yet() -> None:
    watched = Watched()
    for _ in range(UNOWNED_LOOKS * 2):
        watched.see(stable=False)
    assert watched.reader.rejoined == 0


def test_a_topic_that_is_made_anew_ends_what_was_read_of_the_old_one() -> None:
    watched = Watched()
    watched.see(ONE, OTHER, topic_id="")  # a broker that gives no ids says nothing
    with pytest.raises(Stalled, match="topic memberships was deleted and made anew"):
        watched.see(ONE, OTHER, topic_id="id-2")


def test_a_topic_that_is_gone_is_told_of_once(caplog: pytest.LogCaptureFixture) -> None:
    watched = Watched()
    assert watched.see(ONE, OTHER, topics={}) == "topic memberships is not there"
    watched.see(ONE, OTHER, topics={})
    assert caplog.text.count("topic_missing") == 1


def test_an_open_transaction_is_told_of_with_its_age_now_and_then(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.WARNING)
    watched = Watched()
    assert watched.see(ONE, OTHER, high=7) == ""
    watched.clock.move(OPEN_SECONDS)
    assert watched.see(ONE, OTHER, high=7) == (
        f"a transaction has been open for {OPEN_SECONDS:.0f} s on partition 0 of memberships"
    )
    watched.clock.move(REPEAT_SECONDS - 1)
    watched.see(ONE, OTHER, high=7)
    assert caplog.text.count("transaction_open job=vip topic=memberships partition=0") == 1
    watched.clock.move(1)
    watched.see(ONE, OTHER, high=7)
    assert caplog.text.count("transaction_open") == 2
    # One after the other is what a busy producer leaves.
    assert watched.see(ONE, OTHER, high=8) == ""
    assert watched.see(ONE, OTHER) == ""
