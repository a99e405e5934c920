"""What a process tells of its jobs: under which name, for how long it is kept, and that it can always be written."""

import asyncio
import socket
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

import orjson
import pytest

from schemas.records.states import JobState, StartPosition
from streams.agents import state_reporter as report
from streams.agents.state_reporter import KEPT_FOR, StateReporter, outlived
from streams.infobip.health import ClientState
from streams.kafka.producer import OutgoingRecord

NOW = datetime(2026, 11, 21, 12, tzinfo=UTC)


class Writer:
    def __init__(self) -> None:
        self.written: list[OutgoingRecord] = []

    async def write(self, records: Iterable[OutgoingRecord], /) -> None:
        self.written += records


def reporter(writer: Writer, instance_id: str | None = None) -> StateReporter:
    return StateReporter("vip", "infobip_job_states", writer, frozenset({"people:read"}), instance_id)


def test_two_processes_of_one_host_and_number_do_not_overwrite_each_other() -> None:
    """As containers are that share a host name: each of them is its own first process."""
    writer = Writer()

    async def run() -> None:
        await reporter(writer).write()
        await reporter(writer).write()

    asyncio.run(run())
    first, second = (record.key or b"" for record in writer.written)
    assert first != second
    assert first.startswith(f"vip/{socket.gethostname()}-".encode())


def test_only_jobs_that_remember_their_configuration_tell_of_it() -> None:
    """Former versions read no record that says more than they know."""

    async def run() -> None:
        one = reporter(writer, "worker-1")
        await one.write()
        one.set_configuration("3f0c1a7d")
        await one.write()

    writer = Writer()
    asyncio.run(run())
    without, told = (orjson.loads(record.value or b"") for record in writer.written)
    assert "configuration" not in without
    assert told.pop("configuration") == "3f0c1a7d"
    assert told.keys() == without.keys()


def test_a_process_with_a_name_goes_on_under_it() -> None:
    writer = Writer()
    asyncio.run(reporter(writer, "worker-1").write())
    (record,) = writer.written
    assert record.key == b"vip/worker-1"
    assert orjson.loads(record.value or b"")["instance"] == "worker-1"


@pytest.mark.parametrize("words", ["Infobip said \ud83d", "\udc00", "a\x00b", "plain"])
def test_whatever_infobip_says_can_be_written(words: str) -> None:
    writer = Writer()

    async def run() -> None:
        one = reporter(writer)
        one.on_client_state(ClientState("waiting", 0.0, words))
        await one.write()
        one.set_state("failed", words)
        await one.write()

    asyncio.run(run())
    for record in writer.written:
        assert JobState.model_validate_json(record.value or b"").detail == words.encode(errors="replace").decode()


# --- what is forgotten ------------------------------------------------------------------------------------------------


@dataclass
class Stored:
    stored_key: bytes | None
    stored_value: bytes | None

    def key(self) -> bytes | None:
        return self.stored_key

    def value(self) -> bytes | None:
        return self.stored_value


def state(key: str, at: datetime, kind: str = "stopped") -> Stored:
    job, _, instance = key.partition("/")
    said = {"job": job, "instance": instance, "state": kind, "detail": "", "partitions": 0, "since": at}
    return Stored(key.encode(), JobState.model_validate({**said, "updated_at": at}).model_dump_json().encode())


def start(at: datetime) -> Stored:
    said = StartPosition(job="vip", topic="t", partition=0, start_offset=0, end_offset=9, started_at=at)
    return Stored(b"vip/start/t-0", said.model_dump_json().encode())


OLD, LATELY = NOW - KEPT_FOR - timedelta(minutes=1), NOW - KEPT_FOR + timedelta(minutes=1)


def test_a_process_lets_go_of_what_others_reported_that_are_silent_for_long(monkeypatch: pytest.MonkeyPatch) -> None:
    stored = [
        state("vip/gone", OLD),
        state("vip/gone for good", OLD, "running"),
        state("vip/came-back", OLD),
        state("vip/came-back", LATELY, "running"),
        state("vip/failed lately", LATELY, "failed"),
        state("vip/let go already", OLD),
        Stored(b"vip/let go already", None),
        state("gold/another job's", OLD),
        state("vip-too/another job's", OLD),
        start(OLD),
        Stored(b"vip/a newer version's", b'{"shape": 2}'),
        Stored(None, b"stray"),
    ]

    def read_topic(_: dict[str, Any], topic: str, partitions: list[int]) -> Iterator[Stored]:
        assert (topic, partitions) == ("infobip_job_states", [0])
        yield from stored

    monkeypatch.setattr(report, "read_topic", read_topic)
    assert outlived({}, "infobip_job_states", "vip", NOW) == [
        OutgoingRecord("infobip_job_states", b"vip/gone", None),
        OutgoingRecord("infobip_job_states", b"vip/gone for good", None),
    ]
