"""A process whose event loop hangs says so before it ends itself; and how late its loop comes to what is due."""

import asyncio
import time

import pytest

from streams.agents import heartbeat
from streams.agents.heartbeat import EventLoopHeartbeat
from tests.waiting import until


@pytest.fixture(autouse=True)
def _fast(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(heartbeat, "BEAT_SECONDS", 0.02)


def test_a_loop_that_beats_does_not_hang_and_is_hardly_late() -> None:
    async def beat() -> None:
        pulse = EventLoopHeartbeat()
        beating = asyncio.create_task(pulse.run())
        await until(lambda: pulse._beats > 3)
        assert pulse.hangs() is None
        assert 0 <= pulse.late_seconds() < 10
        beating.cancel()

    asyncio.run(beat())


def test_one_that_stands_still_is_told_of_by_others_while_it_does_and_no_more_afterwards() -> None:
    async def hang() -> None:
        pulse = EventLoopHeartbeat()
        beating = asyncio.create_task(pulse.run())
        await until(lambda: pulse._beats > 0)
        began = time.monotonic()
        while pulse.hangs() is None:  # nothing else has a turn meanwhile
            assert time.monotonic() < began + 60
        hung = time.monotonic() - began
        assert (pulse.hangs() or "").startswith("the event loop hangs for ")
        assert pulse.late_seconds() > hung / 2
        await until(lambda: pulse.hangs() is None)
        assert pulse.late_seconds() > hung / 2  # it is remembered for a while
        beating.cancel()

    asyncio.run(hang())
