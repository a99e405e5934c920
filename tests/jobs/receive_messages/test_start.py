"""What a job that receives messages does once it is begun, by how Infobip tells."""

import asyncio
from collections.abc import Callable, Coroutine
from contextlib import suppress
from types import SimpleNamespace
from typing import Any

import orjson
import pytest

from schemas.config.webhooks import Webhooks
from streams.agents.pauses import Pauses
from streams.agents.run import OwnRun
from streams.errors import JobFailed
from streams.jobs.receive_messages import start
from streams.jobs.shelf import scopes_of, triggers_of
from streams.kafka.topics import TopicNames
from streams.observer import UNOBSERVED
from streams.receiver.triggers import Trigger
from tests.fakes.clock import timeless
from tests.infobip.configuration_fakes import NUMBER, ConfigurationKeeper
from tests.jobs.receive_messages.receiving import (
    FORWARDING,
    PULL,
    PUSH,
    THEIRS,
    TOPIC,
    Remembering,
    client_at,
    receive_job,
)

JOBS = (receive_job(), receive_job(name="help", keyword="HELP"))


def message(message_id: str, text: str) -> dict[str, Any]:
    return {
        "messageId": message_id,
        "from": "385916242493",
        "to": NUMBER,
        "text": text,
        "receivedAt": "2026-01-01T10:00:00.000+0000",
    }


@pytest.fixture(autouse=True)
def _no_brokers(monkeypatch: pytest.MonkeyPatch) -> None:
    async def nothing(*_: Any) -> None:
        return None

    async def lead(_: Any, __: Any, topic: str, work: Callable[[], Coroutine[Any, Any, None]]) -> None:
        assert topic == TOPIC
        await work()

    monkeypatch.setattr(start, "read_in_thread", nothing)
    monkeypatch.setattr(start, "lead", lead)


async def run(keeper: ConfigurationKeeper, webhooks: Webhooks | None) -> Remembering:
    """Let the first job live for a minute; what it wrote."""
    writer = Remembering()
    context: Any = SimpleNamespace(
        names=TopicNames(),
        settings={},
        webhooks=webhooks,
        client=client_at(keeper),
        writer=writer,
        triggers=triggers_of(JOBS),
        reports=UNOBSERVED,
        pauses=Pauses(),
    )
    prepared: OwnRun = await start.prepare(JOBS[0], context)
    with suppress(TimeoutError):
        async with asyncio.timeout(60):
            await prepared.work()
    return writer


@timeless
async def test_where_infobip_calls_it_is_told_the_address_and_asked_for_nothing() -> None:
    keeper = ConfigurationKeeper()
    await run(keeper, PUSH)
    assert keeper.kept["KEY0"]["forwarding"] == FORWARDING
    assert {path for _, path, _, _ in keeper.asked if "inbox" in path} == set()


@timeless
async def test_where_it_is_asked_messages_are_those_of_the_job_they_are_for() -> None:
    keeper = ConfigurationKeeper()
    keeper.inbox = [message("m-1", "Where is it?"), message("m-2", "help me")]
    writer = await run(keeper, PULL)
    told = [orjson.loads(one.value or b"") for one in writer.records if one.topic == "infobip_inbound_messages"]
    assert [(one["inbound_id"] != "", one["job"], one["from"]) for one in told] == [
        (True, "orders", "385916242493"),
        (True, "help", "385916242493"),
    ]
    assert keeper.asked[1][0] == "POST"
    assert sum("inbox" in path for _, path, _, _ in keeper.asked) == 13  # the last is finished though the job ends


@timeless
async def test_what_is_somebody_elses_is_not_taken_out_of_the_inbox() -> None:
    keeper = ConfigurationKeeper({"forwarding": THEIRS})
    keeper.inbox = [message("m-1", "Hello")]
    with pytest.raises(JobFailed, match="which is not ours"):
        await run(keeper, PULL)
    assert len(keeper.inbox) == 1


@timeless
async def test_without_webhooks_there_is_nothing_to_do() -> None:
    with pytest.raises(JobFailed, match="webhooks are missing"):
        await run(ConfigurationKeeper(), None)


def test_the_key_needs_a_scope_for_the_inbox_only_where_it_is_asked() -> None:
    assert scopes_of(receive_job(), PUSH) == {"numbers:manage"}
    assert scopes_of(receive_job(), PULL) == {"numbers:manage", "sms:inbound-message:read"}
    assert scopes_of(receive_job(channel="mms"), PULL) == {"numbers:manage", "mms:inbound-message:read"}


def test_a_job_asks_for_what_its_options_say() -> None:
    assert triggers_of(JOBS) == (Trigger("orders", "sms", NUMBER), Trigger("help", "sms", NUMBER, "HELP"))
