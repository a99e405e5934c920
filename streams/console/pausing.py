"""Jobs paused and resumed from a page: by the same words as the commands, and under the name of whoever looks."""

import asyncio
import logging

from aiohttp import web
from confluent_kafka import KafkaException

from schemas.configuration import Configuration
from schemas.records.commands import CommandName
from streams.console.keys import Switch
from streams.console.watching import in_words
from streams.errors import StreamsError
from streams.operating import pausing

log = logging.getLogger(__name__)


def switch_of(configuration: Configuration) -> Switch:
    """What stops and goes on with the jobs of a file.

    It raises HTTPServiceUnavailable where the brokers do not take it.
    """

    async def switch(name: str, stop: bool, by: str) -> None:  # noqa: FBT001 - as a page calls it
        jobs = [one for one in configuration.jobs if one.name == name]
        command: CommandName = "pause" if stop else "resume"
        try:
            await asyncio.to_thread(asyncio.run, pausing.say(configuration, jobs, command, by))
        except (StreamsError, KafkaException) as error:
            raise web.HTTPServiceUnavailable(text=f"{in_words(error)}\n") from error
        log.info("console_switched user=%s job=%s command=%s", by, name, command)

    return switch
