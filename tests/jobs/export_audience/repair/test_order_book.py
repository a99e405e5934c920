"""The door of whoever orders: how long is waited for what is ordered, and how the topic of states is read."""

import asyncio
from collections.abc import Callable, Collection, Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

import pytest

from schemas.config.kafka import KafkaSettings
from schemas.records.repairs import RepairMark, RepairProgress
from schemas.records.states import JobState
from streams.errors import StreamsError
from streams.jobs.export_audience.repair import order_book
from streams.jobs.export_audience.repair.order_book import OrderBook, Ordered, Standing
from streams.jobs.export_audience.repair.orders import latest_mark_record, progress_record
from streams.kafka.compacted import OutOfRange
from streams.kafka.producer import OutgoingRecord
from tests.fakes.infobip import NOW
from tests.jobs.export_audience.repair.repairing import REPAIR
from tests.making import export_job

PLACE = ("memberships", 0)


@dataclass
class Message:
    """A record of the topic of states."""

    said: OutgoingRecord
    number: int

    def key(self) -> bytes | None:
        return self.said.key

    def value(self) -> bytes | None:
        return self.said.value

    def offset(self) -> int:
        return self.number


class Topics:
    """Topics that are there."""

    def counts(self, names: Collection[str]) -> dict[str, int]:
        return dict.fromkeys(names, 1)


def book() -> OrderBook:
    topics: Any = Topics()
    nothing: Any = None
    return OrderBook(export_job(), KafkaSettings(brokers=("localhost:9092",)), {}, topics, nothing)


def state(instance: str) -> OutgoingRecord:
    now = datetime.now(UTC)
    said = JobState(job="vip", instance=instance, state="running", detail="", partitions=1, since=now, updated_at=now)
    return OutgoingRecord("states", f"vip/{instance}".encode(), said.model_dump_json().encode())


def progress(orders: int) -> OutgoingRecord:
    said = RepairProgress(
        job="vip", repair_id=REPAIR, topic="memberships", partition=0, offset=9, orders=orders, outcomes={}, at=NOW
    )
    return progress_record("states", said)


def mark(what: str) -> OutgoingRecord:
    said = {"repair_id": REPAIR, "job": "vip", "what": what, "by": "ann", "at": NOW}
    return latest_mark_record("states", RepairMark.model_validate(said))


@pytest.fixture
def written(monkeypatch: pytest.MonkeyPatch) -> Iterator[list[OutgoingRecord]]:
    """What stands in the topic of states; whoever reads beyond its end is told so."""
    records: list[OutgoingRecord] = []

    def read(_: Any, __: str, ___: Any, ____: Callable[[], bool], first: Mapping[int, int]) -> Iterator[Message]:
        begin = first.get(0, 0)
        if begin > len(records):
            raise OutOfRange(f"{begin}")
        asked.append(begin)
        yield from [Message(one, number) for number, one in enumerate(records) if number >= begin]

    asked: list[int] = []
    monkeypatch.setattr(order_book, "read_topic", read)
    yield records
    assert asked == sorted(asked) or asked[-1] == 0


def test_how_a_repair_stands_is_read_on_from_where_it_was_read(written: list[OutgoingRecord]) -> None:
    made = book()
    written += [state("one"), mark("begun"), progress(1)]
    first = asyncio.run(made.standing())
    written += [state("two"), progress(2), OutgoingRecord("states", b"vip/one", None)]
    second = asyncio.run(made.standing())
    assert ([one.instance for one in first.processes], first.progress[PLACE].orders) == (["one"], 1)
    assert ([one.instance for one in second.processes], second.progress[PLACE].orders) == (["two"], 2)
    assert second.mark is not None
    assert second.mark.what == "begun"


def test_a_topic_of_states_that_was_made_anew_is_read_from_its_beginning(written: list[OutgoingRecord]) -> None:
    made = book()
    written += [state("one"), progress(1)]
    asyncio.run(made.standing())
    written[:] = [state("two")]
    now = asyncio.run(made.standing())
    assert ([one.instance for one in now.processes], now.progress) == (["two"], {})


def test_orders_that_are_deleted_by_now_are_not_waited_for(
    written: list[OutgoingRecord], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(order_book, "REPAIRS_MS", -1)
    written += [state("one"), mark("begun")]
    heard: list[Standing] = []
    with pytest.raises(StreamsError, match="is deleted: begin again"):
        asyncio.run(book().carried_out(REPAIR, Ordered({PLACE: 1}), heard.append))
    assert heard == []
