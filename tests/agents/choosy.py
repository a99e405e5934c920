"""An agent between an Infobip that chokes on some people and a broker that remembers, in a time that passes at once."""

import asyncio
import random
import re
from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from types import SimpleNamespace
from typing import Any

import httpx
import orjson
import pytest

from schemas import operations
from schemas.jobs.export_audience import ExportAudience
from schemas.jobs.send_message import SendMessage
from schemas.operations import LIST_PERSONS
from streams.agents.membership import MembershipAgent
from streams.agents.message_records import MessageRecords
from streams.calls.call import Call, Reply
from streams.infobip.health import ClientState
from streams.jobs.export_audience.plan import Attributes, Exporter
from streams.jobs.send_message.plan import Messenger
from streams.jobs.send_message.processor import TimedMessenger
from streams.kafka.producer import OutgoingRecord
from streams.kafka.topics import TopicNames
from streams.pipeline.offsets import Partition
from tests.fakes.clock import now
from tests.fakes.infobip import Infobip, nothing
from tests.fakes.words import Step
from tests.making import FakeRecord

PLACE: Partition = ("memberships", 0)
TAKEN = {"groupId": 1, "groupName": "PENDING", "id": 26, "name": "PENDING_ACCEPTED"}
TWICE = {"groupId": 5, "groupName": "REJECTED", "id": 23, "name": "REJECTED_DUPLICATE_MESSAGE_ID"}
#: What a job asks before it begins.
PROOF = Call(LIST_PERSONS, query={"limit": "1"})
Meets = Callable[[Call], Step | None]


def broken(status: int = 500) -> httpx.Response:
    words = {"requestError": {"serviceException": {"messageId": "GENERAL_ERROR", "text": "Something went wrong"}}}
    return httpx.Response(status, json=words)


def page(status: int) -> httpx.Response:
    return httpx.Response(status, text=f"<html><h1>{status}</h1></html>")


@dataclass
class Holding(Infobip):
    """Holds people, tags and messages, and since when."""

    seconds: float = 0.05
    people: dict[str, float] = field(default_factory=dict)
    tagged: dict[str, float] = field(default_factory=dict)
    untagged: dict[str, float] = field(default_factory=dict)
    sent: dict[str, float] = field(default_factory=dict)
    duplicates: int = 0

    def answer(self, call: Call) -> Step:
        match call.operation:
            case operations.UPSERT_PERSONS:
                said = call.body["persons"]
                self.people |= {one["contactInformation"][0]["identifier"]: now() for one in said}
                return Reply(200, {"results": [{"index": n, "status": "CREATED"} for n in range(len(said))]})
            case operations.ADD_TAG | operations.REMOVE_TAG:
                held = self.tagged if call.method == "PATCH" else self.untagged
                held |= {one["query"]["identifier"]: now() for one in call.body["people"]}
                return 200
        if call.operation.purpose == "send":
            return Reply(200, {"messages": [self._send(one) for one in call.body["messages"]]})
        if call.operation.purpose == "logs":
            wanted = call.query.get("messageId", "").split(",")
            return Reply(200, {"results": [{"messageId": one, "status": TAKEN} for one in wanted if one in self.sent]})
        return Reply(200, {"persons": []})

    def _send(self, one: dict[str, Any]) -> dict[str, Any]:
        destination = one["destinations"][0]
        if destination["messageId"] in self.sent:
            self.duplicates += 1
            return {"messageId": destination["messageId"], "status": TWICE}
        self.sent[destination["messageId"]] = now()
        return {"messageId": destination["messageId"], "status": TAKEN}


class World:
    """One job's agent; its brokers take everything."""

    def __init__(self, job: SendMessage | ExportAudience, meets: Meets = nothing) -> None:
        self.infobip = Holding(meets=meets)
        self.states: list[tuple[float, ClientState]] = []
        self.written: list[tuple[float, str, Any]] = []
        self.committed: list[tuple[float, int]] = []
        writer: Any = self
        self.client = self.infobip.connect(
            on_state=lambda state: self.states.append((now(), state)), wall_clock=now, jitter=random.random
        )
        sends = isinstance(job, SendMessage)
        self.agent = MembershipAgent(
            job,
            TimedMessenger(Messenger(job), now) if isinstance(job, SendMessage) else Exporter(job, Attributes()),
            perform=self.client.perform,
            writer=writer,
            commit=self._commit,
            names=TopicNames(),
            state=[MessageRecords("infobip_messages")] if sends else [],
        )

    async def write(self, records: Iterable[OutgoingRecord]) -> None:
        for record in records:
            self.written.append((now(), record.topic, orjson.loads(record.value or b"null")))

    async def _commit(self, offsets: Mapping[Partition, int]) -> None:
        self.committed += [(now(), offset) for offset in offsets.values()]

    def of(self, topic: str) -> list[tuple[float, Any]]:
        """The records of a topic, each with when it was written."""
        return [(at, record) for at, name, record in self.written if name == topic]

    @property
    def outcomes(self) -> Counter[str]:
        """What has become of events, as the flushes tell it."""
        told: Counter[str] = Counter()
        for _, flush in self.of("infobip_flushes"):
            assert flush["events"] == sum(flush["outcomes"].values())
            told.update(flush["outcomes"])
        return told

    @property
    def offsets(self) -> list[int]:
        """Every offset that was told of, as often as it was."""
        ranges = [each for _, flush in self.of("infobip_flushes") for each in flush["partitions"]]
        return sorted(n for each in ranges for n in range(each["first_offset"], each["last_offset"] + 1))

    async def play(self, values: Sequence[bytes], until: Callable[["World"], bool]) -> None:
        """Read events until something is so, for a day at most."""
        with pytest.MonkeyPatch.context() as patch:
            patch.setattr("streams.agents.membership.time", SimpleNamespace(monotonic=now))
            await self._play(values, until)

    async def _play(self, values: Sequence[bytes], until: Callable[["World"], bool]) -> None:
        records = [FakeRecord(value, offset) for offset, value in enumerate(values)]
        await self.client.ask(PROOF)
        await self.agent.assigned([PLACE])
        tasks = [asyncio.create_task(self.agent.run()), asyncio.create_task(self.agent.read(records, lambda: True))]
        try:
            while not until(self):
                for task in tasks:
                    if task.done():
                        task.result()
                await asyncio.sleep(2)
        finally:
            for task in tasks:
                task.cancel()
            for task in tasks:
                with suppress(asyncio.CancelledError):
                    await task
            await self.client.aclose()


def all_committed(count: int) -> Callable[[World], bool]:
    return lambda world: bool(world.committed) and world.committed[-1][1] == count


def names_in(call: Call) -> set[str]:
    """The names of people in a call, and of messages' destinations."""
    body = (call.content or b"").decode()
    return set(re.findall(r"[a-z]+[0-9]*(?=@example)", body)) | set(re.findall(r'"to":"(\d+)"', body))
