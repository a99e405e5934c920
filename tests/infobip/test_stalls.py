"""On a machine that stalls no window of the endpoint sees more calls than the limit, and few are missing from it."""

import asyncio
import random
from collections.abc import Awaitable, Callable
from itertools import count

import httpx
import pytest
from hypothesis import given
from hypothesis import strategies as st

from schemas.operations import UPSERT_PERSONS
from streams.calls.call import Call
from streams.calls.pacing import Pacing
from streams.infobip.client import Client
from streams.simulator.options import SimulatorOptions
from streams.simulator.throttle import Throttle
from tests.fakes.clock import TimelessLoop
from tests.fakes.infobip import Infobip

UPSERT = UPSERT_PERSONS.name


class StallingLoop(TimelessLoop):
    """Now and then somebody keeps all others waiting. Bytes go out at the end of each round, as sockets are written."""

    def __init__(self) -> None:
        super().__init__()
        self.at_end_of_round: list[Callable[[], None]] = []
        self.stalled_seconds = 0.0

    def stall(self, seconds: float) -> None:
        """Keep everybody waiting; whatever runs in the same round may come before or after."""
        self._now += seconds
        self.stalled_seconds += seconds

    def _run_once(self) -> None:
        super()._run_once()
        while self.at_end_of_round:
            self.at_end_of_round.pop(0)()


class Strict(Infobip):
    """Counts calls as the simulator does, when their bytes come. Some wait for a connection before."""

    def __init__(self, loop: StallingLoop, rate: float, connects: Callable[[], float] = lambda: 0.0) -> None:
        super().__init__(seconds=0.01)
        self.arrivals: list[float] = []
        self.refused = 0
        self._connects = connects
        self.loop, self._limit = loop, Throttle(SimulatorOptions(limits={UPSERT: rate}))

    async def __call__(self, request: httpx.Request) -> httpx.Response:
        await asyncio.sleep(self._connects())
        return await super().__call__(request)

    def answer(self, _: Call) -> int:
        self.loop.at_end_of_round.append(self._count)
        return 200

    def _count(self) -> None:
        self.arrivals.append(self.loop.time())
        self.refused += self._limit.wait_seconds(UPSERT, self.loop.time()) > 0


def play(rate: float, calls: int, seed: int, stalls: float, held_up: float = 0.0) -> Strict:
    """Make calls in a loop that stalls about so often in a second.

    A part of them is `held_up` for so long between their place and the connection, and a part until that is made.
    """
    chance = random.Random(seed)
    loop = StallingLoop()

    async def stall() -> None:
        while True:
            await asyncio.sleep(chance.expovariate(stalls))
            for _ in range(chance.randrange(4)):  # anywhere among the others of a round
                await asyncio.sleep(0)
            loop.stall(chance.choice([0.004, 0.05, 0.15, 0.4, 1.1]))

    def seconds() -> float:
        return chance.choice([0.0, 0.0, held_up])

    async def wait() -> None:
        await asyncio.sleep(seconds())

    async def story() -> Strict:
        infobip = Strict(loop, rate, seconds)
        client: Client = infobip.connect(limits={UPSERT: rate})
        stalling = asyncio.create_task(stall())
        made = [client.perform(Call(UPSERT_PERSONS, {"persons": []}), pace=_paced(wait)) for _ in range(calls)]
        await asyncio.gather(*made)
        stalling.cancel()
        return infobip

    with asyncio.Runner(loop_factory=lambda: loop) as runner:
        return runner.run(story())


def _paced(wait: Callable[[], Awaitable[None]]) -> Pacing:
    return Pacing(before_sending=wait)


@given(
    st.sampled_from([0.5, 1.0, 2.0, 2.5, 5.0, 20.0, 100.0]),
    st.integers(0, 10**9),
    st.sampled_from([0.5, 3.0, 10.0]),
    st.sampled_from([0.0, 0.3, 2.0]),
)
def test_however_the_loop_stalls_none_is_refused(rate: float, seed: int, stalls: float, held_up: float) -> None:
    infobip = play(rate, 60, seed, stalls, held_up)
    assert len(infobip.arrivals) == 60
    assert infobip.refused == 0


def test_a_call_that_went_late_counts_from_when_it_went() -> None:
    """The second was given its place while the first was kept from going."""
    loop = StallingLoop()
    number = count()

    async def wait() -> None:
        await asyncio.sleep(0.15 if next(number) == 0 else 0)

    async def story() -> Strict:
        infobip = Strict(loop, 5)
        client = infobip.connect()
        await asyncio.gather(*(client.perform(Call(UPSERT_PERSONS, {}), pace=_paced(wait)) for _ in range(7)))
        return infobip

    with asyncio.Runner(loop_factory=lambda: loop) as runner:
        infobip = runner.run(story())
    assert infobip.refused == 0
    assert infobip.arrivals[0] == pytest.approx(0.15)
    assert infobip.arrivals[5] == pytest.approx(0.15 + 1.012)


@pytest.mark.parametrize(("rate", "calls"), [(5, 300), (4000, 6_000)])
@pytest.mark.parametrize("seed", [1, 2])
def test_what_a_stall_takes_is_its_own_time_and_hardly_more(rate: float, calls: int, seed: int) -> None:
    infobip = play(rate, calls, seed, 0.2)
    assert infobip.refused == 0
    assert infobip.arrivals[-1] < 1.03 * calls / rate + infobip.loop.stalled_seconds


def test_without_a_stall_thousands_a_second_are_reached() -> None:
    infobip = play(4000, 6_000, 1, 1e-6)
    assert infobip.arrivals[-1] == pytest.approx(6_000 / 4000 * 1.012, rel=1e-3)
