"""Looking for reports that did not come, beside the topics of others, and while there is more to read."""

import asyncio
import contextlib
import time
from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass, field
from functools import partial
from itertools import pairwise
from typing import Any

import pytest
from confluent_kafka import KafkaException

from streams.errors import JobFailed, Stalled, WriterLost
from streams.kafka.topics import TopicNames
from streams.receiver import feedback
from streams.receiver.feedback import Led
from tests.fakes.clock import timeless

NAMES = TopicNames()
OURS = {NAMES.messages: 2, NAMES.delivery_reports: 2}
LED = Led(job="orders", what="gaps", group="g", instance_id=None, settings={}, names=NAMES)


@dataclass
class Record:
    """A record that was written so many seconds ago."""

    age: float
    name: str = NAMES.messages

    def topic(self) -> str:
        return self.name

    def timestamp(self) -> tuple[int, int]:
        return 1, int((time.time() - self.age) * 1000)


@dataclass
class Looking:
    """What is looked for: it remembers when it was asked for, and what it was told."""

    asked: int = 0
    told: list[Any] = field(default_factory=list)

    def sent(self, record: Any) -> None:
        self.told.append(record)

    def reported(self, record: Any) -> None:
        self.told.append(record)

    async def ask(self) -> int:
        self.asked += 1
        return 0


def fed(monkeypatch: pytest.MonkeyPatch, batches: Sequence[Sequence[Record]]) -> None:
    """Have these batches come, one a second, and then no more records."""

    @contextlib.asynccontextmanager
    async def feed(*_: Any) -> AsyncIterator[AsyncIterator[Sequence[Record]]]:
        async def coming() -> AsyncIterator[Sequence[Record]]:
            for batch in [*batches, *([()] * 600)]:
                await asyncio.sleep(1)
                yield batch

        yield coming()

    monkeypatch.setattr(feedback, "feed", feed)


async def until_grown(looking: Looking, counts: Sequence[dict[str, int]]) -> None:
    """Look while topics have these partitions, one count at each look; the last stays."""
    left = list(counts)

    async def partitions() -> dict[str, int]:
        return left.pop(0) if len(left) > 1 else left[0]

    await feedback._until_grown(looking, partitions, LED)  # type: ignore[arg-type]


def test_topics_of_others_change_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    @timeless
    async def told() -> None:
        fed(monkeypatch, [])
        looking = Looking()
        await until_grown(looking, [OURS, {**OURS, "theirs": 1}, {**OURS, "theirs": 2, "more": 1}])
        assert looking.asked == 600  # to the end of what comes

    told()


def test_it_begins_anew_when_our_topics_have_grown(monkeypatch: pytest.MonkeyPatch) -> None:
    @timeless
    async def told() -> None:
        fed(monkeypatch, [])
        looking = Looking()
        await until_grown(looking, [OURS, OURS, {**OURS, NAMES.messages: 3}])
        assert 0 < looking.asked < 100

    told()


def test_nothing_is_asked_for_while_there_is_more_to_read(monkeypatch: pytest.MonkeyPatch) -> None:
    @timeless
    async def told() -> None:
        behind = [[Record(3600.0)]] * 20
        fed(monkeypatch, behind)
        looking = Looking()
        await until_grown(looking, [OURS])
        assert (len(looking.told), looking.asked) == (20, 600)

    told()


@pytest.mark.parametrize(
    ("error", "pauses"),
    [(JobFailed("no"), [60, 120, 240]), (Stalled("lost"), [2, 4, 8]), (KafkaException("lost"), [2, 4, 8])],
)
def test_a_membership_that_was_lost_is_taken_up_soon_and_a_refusal_later(
    error: Exception, pauses: list[float], monkeypatch: pytest.MonkeyPatch
) -> None:
    class Failing:
        def __init__(self, *_: Any) -> None:
            pass

        async def run_as_leader(self, _: Any) -> None:
            begun.append(asyncio.get_running_loop().time())
            if len(begun) > len(pauses):
                raise WriterLost("enough")
            raise error

    begun: list[float] = []
    monkeypatch.setattr(feedback, "Leadership", Failing)
    with pytest.raises(WriterLost):
        timeless(partial(LED.run, partial(asyncio.sleep, 1)))()
    assert [round(later - sooner) for sooner, later in pairwise(begun)] == pauses
