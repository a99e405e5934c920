"""The trackers' part of the benchmark: what is told, what is counted, and what a peer makes of it."""

from pathlib import Path
from typing import Any

import orjson
import pytest

from bench import contenders
from bench.peers import Options
from bench.peers.tracking import GROUPS, ours, quix
from bench.reports import message_id
from bench.tracked import message_maker, report_maker
from bench.tracking import COLUMNS, OPEN, OPENED, Outcomes
from schemas.records.delivery_report import DeliveryReport
from schemas.records.message import Message
from schemas.records.message_outcome import MessageOutcome
from streams.config import load as config
from streams.pipeline.joins import Arrived
from tests.jobs.track_messages.tracking import NOON_MS, TOPICS, join_of

NUMBERS = (0, 7, 12_345_678)


class State:
    """What Quix keeps of one message."""

    def __init__(self) -> None:
        self._kept: dict[str, Any] = {}

    def get(self, name: str) -> Any:
        return self._kept.get(name)

    def set(self, name: str, value: Any) -> None:
        self._kept[name] = value

    def delete(self, name: str) -> None:
        del self._kept[name]


class Read:
    """A consumer of which some keys come."""

    class Record:
        def __init__(self, key: bytes) -> None:
            self.key, self.error = lambda: key, lambda: None

    def __init__(self, *keys: bytes) -> None:
        self._keys = keys

    def consume(self, *_: float) -> list["Read.Record"]:
        return [self.Record(key) for key in self._keys]


def test_records_are_such_as_the_service_writes() -> None:
    messages = [Message.model_validate_json(message_maker()(number)) for number in NUMBERS]
    reports = [DeliveryReport.model_validate_json(report_maker()(number)) for number in NUMBERS]
    assert [one.message_id for one in messages] == [one.message_id for one in reports] == [*map(message_id, NUMBERS)]
    assert len({one.to for one in messages}) == len(NUMBERS)
    assert all(one.status_group_id in GROUPS for one in reports)


def test_the_service_gives_each_an_outcome() -> None:
    join, states = join_of(jobs=[]), dict[bytes, bytes | None]()
    said = []
    for topic, value in ((TOPICS.messages, message_maker()(1)), (TOPICS.delivery_reports, report_maker()(1))):
        arrived = Arrived(topic, 0, 0, NOON_MS, message_id(1).encode(), value)
        key = join.key_of(arrived)
        assert key is not None
        step = join.absorb(key, states.get(key), arrived, NOON_MS)
        states[key] = step.state
        said += [draft for draft in step.drafts if draft.topic == TOPICS.message_outcomes]
    (draft,) = said
    assert MessageOutcome.model_validate_json(draft.value or b"").outcome == "DELIVERED"


@pytest.mark.parametrize("turned", [False, True])
def test_a_peer_joins_in_either_order(*, turned: bool) -> None:
    records = [orjson.loads(message_maker()(3)), orjson.loads(report_maker()(3))]
    state = State()
    first, second = (quix.join(record, state) for record in (records[::-1] if turned else records))
    assert first is None
    assert second is not None
    assert (second["message_id"], second["outcome"]) == (message_id(3), "DELIVERED")


def test_outcomes_that_come_again_are_counted() -> None:
    read = Outcomes(Read(b"a", b"b", b"a"))
    read.look()
    assert (read.seen, read.repeated) == ({b"a", b"b"}, 1)


def test_ours_runs_by_a_file_that_is_right(tmp_path: Path) -> None:
    ours.command("127.0.0.1:9092", "bench.", "http://127.0.0.1:9", "bench-a", Options(tmp_path))
    (job,) = config.load(tmp_path / "bench-a.yaml", {}).jobs
    assert job.kind == "track_messages"


def test_each_number_of_open_messages_has_its_column() -> None:
    figures = [column.figure for column in COLUMNS]
    assert [f"open_{number}_mb" in figures for number in range(len(OPENED[ours.PEER.name]) + 1)] == [True] * 4
    assert len(OPEN) < len(OPENED[ours.PEER.name])
    assert next(peer.name for peer in contenders.trackers(heavy=False)) == ours.PEER.name
