"""The broker of the demo."""

import asyncio
import os
import signal

import psutil
import pytest

from streams.demo.broker import EmbeddedBroker
from streams.errors import StreamsError


def test_that_it_has_ended_is_told() -> None:
    async def story(broker: EmbeddedBroker) -> None:
        ended = asyncio.create_task(broker.ended())
        (process,) = [
            one for one in psutil.Process().children() if broker.bootstrap.rpartition(":")[2] in one.cmdline()
        ]
        os.kill(process.pid, signal.SIGKILL)
        with pytest.raises(StreamsError, match="broker has ended before its time, with exit code -9"):
            await ended

    with EmbeddedBroker() as broker:
        asyncio.run(story(broker))
