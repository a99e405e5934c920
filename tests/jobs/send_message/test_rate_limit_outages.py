"""Messages that Infobip held up do not make up for it: neither a gate nor a throttle nor an outage ends in a burst."""

import asyncio
import random

import httpx
import pytest

from schemas.operations import SEND_SMS
from streams.calls.call import LOST, Call, Delivery
from tests.fakes.clock import now
from tests.fakes.infobip import Infobip
from tests.fakes.words import Step, too_fast
from tests.jobs.send_message.rate_limit_fakes import World, most_within, play

#: How long Infobip is in trouble.
TROUBLE = 120.0
PER_SECOND = 10.0


@pytest.mark.parametrize("once", [False, True], ids=["repeated", "once"])
@pytest.mark.parametrize(
    "trouble",
    [
        pytest.param(401, id="key refused"),
        pytest.param(403, id="scope missing"),
        pytest.param(429, id="too fast"),
        pytest.param(too_fast(60), id="come again in a minute"),
        pytest.param(too_fast(0), id="come again at once"),
        pytest.param(503, id="down"),
        pytest.param(httpx.ConnectError("refused"), id="away"),
    ],
)
def test_no_burst_follows(trouble: Step, *, once: bool) -> None:
    infobip, world, taken = Infobip(seconds=0.05), World(PER_SECOND), list[float]()

    def meets(_: Call) -> Step | None:
        if 5 <= now() < 5 + TROUBLE:
            return trouble
        taken.append(now())
        return None

    async def story() -> None:
        infobip.meets = meets
        client = infobip.connect(jitter=random.random)
        process = world.process()
        await process.speed.restore(world.partitions)
        perform = process.speed.paced(client.perform, world.brokers)

        async def send() -> None:
            tries = 0
            while (
                await perform(
                    Call(SEND_SMS, {}, delivery=Delivery.AT_MOST_ONCE if once else Delivery.RETRY, tries=tries),
                    lambda: None,
                )
            ).status == LOST:
                tries += 1

        await asyncio.gather(*(send() for _ in range(300)))
        assert client.state.kind == "ok"
        assert not process.waits
        await client.aclose()

    play(story())
    assert len(taken) == 300
    assert most_within(taken, 10) <= 10 * PER_SECOND
    assert most_within(infobip.times, 10) <= 10 * PER_SECOND
