"""What `pause` and `resume` say, heard by every process as soon as it is said."""

import asyncio
import logging
from collections.abc import Iterable
from typing import Any

from confluent_kafka import KafkaException, Message
from pydantic import ValidationError

from schemas.records.commands import JobCommand
from streams.agents.pauses import Pauses
from streams.errors import JobFailed, StreamsError
from streams.kafka.tail import tail

log = logging.getLogger(__name__)

#: Before it is tried again to read what was said.
AGAIN_SECONDS = 10.0


async def follow_commands(pauses: Pauses, settings: dict[str, Any], topic: str) -> None:
    """Hear what is said, from when somebody wants to know until cancelled."""
    await pauses.wanted.wait()
    while True:
        try:
            await _follow(pauses, settings, topic)
        except (StreamsError, KafkaException) as error:
            log.warning("commands_unheard topic=%s reason=%s", topic, error)
            pauses.fail(error if isinstance(error, StreamsError) else JobFailed(f"topic {topic}: {error}"))
        await asyncio.sleep(AGAIN_SECONDS)


async def _follow(pauses: Pauses, settings: dict[str, Any], topic: str) -> None:
    said: dict[str, JobCommand | None] = {}
    async with tail(settings, topic) as reading:
        while True:
            # Until the end is met only what was said last counts: a job is not paused and resumed by what is long past.
            if reading.caught_up:
                for job, command in said.items():
                    pauses.hear(job, command)
                said = {}
                pauses.catch_up()
            said |= heard(topic, await reading.read())


def heard(topic: str, messages: Iterable[Message]) -> dict[str, JobCommand | None]:
    """What was said last of each job in these records; a tombstone says as much as `resume`."""
    said: dict[str, JobCommand | None] = {}
    for message in messages:
        key, value = message.key() or b"", message.value()
        try:
            said[key.decode()] = None if value is None else JobCommand.model_validate_json(value)
        except (ValidationError, UnicodeDecodeError):
            log.warning("command_unreadable topic=%s offset=%d: passed over", topic, message.offset())
    return said
