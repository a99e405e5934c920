"""Messages that Infobip held up do not make up for it: neither a gate nor a throttle nor an outage ends in a burst."""

import asyncio
from collections.abc import Callable

import httpx
import pytest

from schemas.operations import SEND_SMS
from streams.calls.call import LOST, Call, Delivery
from streams.infobip.client import Client
from tests.jobs.send_message.rate_limit_fakes import World, most_within, play
from tests.timeless import now

#: How long Infobip is in trouble.
TROUBLE = 120.0
PER_SECOND = 10.0


class Infobip:
    """In trouble for some time; `taken` are the moments at which it took a message."""

    def __init__(self, trouble: Callable[[], httpx.Response]) -> None:
        self.trouble = trouble
        self.asked: list[float] = []
        self.taken: list[float] = []

    async def __call__(self, _: httpx.Request) -> httpx.Response:
        self.asked.append(now())
        await asyncio.sleep(0.05)
        if 5 <= now() < 5 + TROUBLE:
            return self.trouble()
        self.taken.append(now())
        return httpx.Response(200, json={})


def refused() -> httpx.Response:
    raise httpx.ConnectError("refused")


@pytest.mark.parametrize("once", [False, True], ids=["repeated", "once"])
@pytest.mark.parametrize(
    "trouble",
    [
        pytest.param(lambda: httpx.Response(401), id="key refused"),
        pytest.param(lambda: httpx.Response(403), id="scope missing"),
        pytest.param(lambda: httpx.Response(429), id="too fast"),
        pytest.param(lambda: httpx.Response(429, headers={"Retry-After": "60"}), id="come again in a minute"),
        pytest.param(lambda: httpx.Response(429, headers={"Retry-After": "0"}), id="come again at once"),
        pytest.param(lambda: httpx.Response(503), id="down"),
        pytest.param(refused, id="away"),
    ],
)
def test_no_burst_follows(trouble: Callable[[], httpx.Response], *, once: bool) -> None:
    infobip = Infobip(trouble)
    world = World(PER_SECOND)

    async def story() -> None:
        options = {"clock": now, "transport": httpx.MockTransport(infobip)}
        client = Client("main", "http://infobip.test", "key", **options)  # type: ignore[arg-type] # as they are named
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
    assert len(infobip.taken) == 300
    assert most_within(infobip.taken, 10) <= 10 * PER_SECOND
    assert most_within(infobip.asked, 10) <= 10 * PER_SECOND
