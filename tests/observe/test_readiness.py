"""Why a process is not ready is said by everybody who has a reason, and by nobody once it is gone."""

import asyncio

from confluent_kafka import KafkaError, KafkaException

from streams.errors import NotAllowed
from streams.observe.readiness import LOOK_SECONDS, BrokersWatch, Readiness
from tests.fakes.clock import timeless


def test_every_reason_is_said_with_what_it_is_about() -> None:
    readiness, why = Readiness(), {"vip": "unauthorized: the key is refused", "welcome": None}
    readiness.ask("job vip", lambda: why["vip"])
    readiness.ask("job welcome", lambda: why["welcome"])
    assert readiness.faults() == ["job vip: unauthorized: the key is refused"]
    why["vip"], why["welcome"] = None, "starting"
    assert readiness.faults() == ["job welcome: starting"]
    readiness.ask("job welcome", lambda: None)
    assert readiness.faults() == []


@timeless
async def test_brokers_that_were_not_asked_yet_are_away_or_refuse_are_a_reason_until_they_answer() -> None:
    answers = [
        KafkaException(KafkaError(KafkaError._TRANSPORT, "Failed to get metadata: Local: Broker transport failure")),
        NotAllowed("kafka:9092: the login is refused"),
        None,
    ]

    async def look() -> None:
        if (error := answers.pop(0)) is not None:
            raise error

    watch = BrokersWatch(look)
    assert watch.fault() == "they were not asked yet"
    watching = asyncio.create_task(watch.run())
    said = []
    for _ in range(3):
        await asyncio.sleep(LOOK_SECONDS / 2)
        said.append(watch.fault())
        await asyncio.sleep(LOOK_SECONDS / 2)
    watching.cancel()
    assert said == [
        "they do not answer: Failed to get metadata: Local: Broker transport failure",
        "kafka:9092: the login is refused",
        None,
    ]
