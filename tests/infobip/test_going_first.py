"""Calls of jobs that go first: before all others that wait for the same limit, which still have a place of ten."""

import asyncio
from collections import deque

import pytest
from hypothesis import given
from hypothesis import strategies as st

from schemas.operations import SEND_SMS, UPSERT_PERSONS
from streams.calls.call import Call, Delivery
from streams.infobip.admission import AHEAD_MAX
from streams.infobip.rate_limit import HEADROOM
from streams.infobip.transport import CONNECTIONS_MAX
from tests.fakes.clock import now, play, timeless
from tests.fakes.infobip import Infobip

PER_SECOND = 0.05
GAP = (1 + HEADROOM) / PER_SECOND
#: Between two who come; no number of it is near a number of places, so nobody comes as a place opens.
STEP = 0.6180339887 * GAP
#: So long before a place opens the first of them comes.
EARLY = 0.01 * GAP
#: Who comes: whether they go first, and how many steps after the one before.
Arrivals = list[tuple[bool, int]]
arrivals = st.lists(st.tuples(st.booleans(), st.sampled_from([0, 0, 0, 1, 2, 5, 20])), min_size=1, max_size=60)


def call(number: int = 0) -> Call:
    return Call(UPSERT_PERSONS, {"persons": [], "number": number})


def expected(arrivals: Arrivals) -> list[tuple[int, float]]:
    """Who goes when, place by place."""
    coming, at = deque[tuple[float, bool, int]](), -EARLY
    for number, (first, steps) in enumerate(arrivals):
        at += steps * STEP
        coming.append((at, first, number))
    waiting: dict[bool, deque[int]] = {True: deque(), False: deque()}
    gone, opens, ahead = list[tuple[int, float]](), 0.0, 0
    while coming or any(waiting.values()):
        if not any(waiting.values()) and opens <= coming[0][0]:  # who comes to an open place takes it
            opens, _, number = coming.popleft()
            gone.append((number, opens))
            ahead, opens = 0, opens + GAP
            continue
        while coming and coming[0][0] <= opens:
            _, first, number = coming.popleft()
            waiting[first].append(number)
        first = bool(waiting[True]) and not (waiting[False] and ahead >= AHEAD_MAX)
        gone.append((waiting[first].popleft(), opens))
        ahead = ahead + 1 if first and waiting[False] else 0
        opens += GAP
    return gone


async def performed(arrivals: Arrivals) -> list[tuple[int, float]]:
    infobip = Infobip()
    client = infobip.connect(limits={"upsert_persons": PER_SECOND})
    await client.perform(call())  # the others come while the next place is not open
    came, tasks = now() + GAP, []
    await asyncio.sleep(GAP - EARLY)
    for number, (first, steps) in enumerate(arrivals):
        await asyncio.sleep(steps * STEP)
        tasks.append(asyncio.create_task(client.perform(call(number), goes_first=first)))
    await asyncio.gather(*tasks)
    numbers = [one.body["number"] for one in infobip.calls[1:]]
    return [(number, at - came) for number, at in zip(numbers, infobip.times[1:], strict=True)]


@given(arrivals)
def test_whoever_goes_first_has_the_next_place_and_others_one_of_ten(arrivals: Arrivals) -> None:
    """The places of the limit are all used, and each line is served in its order."""
    gone, model = play(performed(arrivals)), expected(arrivals)
    assert [number for number, _ in gone] == [number for number, _ in model]
    assert [at for _, at in gone] == pytest.approx([at for _, at in model], abs=0.02 * GAP)


@timeless
async def test_one_call_goes_at_the_next_place_though_hundreds_wait() -> None:
    infobip = Infobip()
    client = infobip.connect()
    crowd = [asyncio.create_task(client.perform(call())) for _ in range(500)]
    await asyncio.sleep(10)
    came = now()
    await client.perform(call(), goes_first=True)
    assert now() - came <= 0.2 * (1 + HEADROOM)
    for one in crowd:
        one.cancel()


@timeless
async def test_it_goes_with_the_next_connection_too() -> None:
    infobip = Infobip(seconds=20)
    client = infobip.connect()
    send = Call(SEND_SMS, {})
    crowd = [asyncio.create_task(client.perform(send)) for _ in range(3 * CONNECTIONS_MAX)]
    await asyncio.sleep(1)
    first = asyncio.create_task(client.perform(send, goes_first=True))
    await asyncio.sleep(20)
    assert len(infobip.calls) == 2 * CONNECTIONS_MAX
    await first
    assert now() == pytest.approx(40)
    assert sum(one.done() for one in crowd) == 2 * CONNECTIONS_MAX - 1
    await asyncio.gather(*crowd)


@pytest.mark.parametrize("goes_first", [True, False])
@timeless
async def test_whoever_gives_up_is_in_nobodys_way(*, goes_first: bool) -> None:
    infobip = Infobip()
    client = infobip.connect()
    await client.perform(call())
    gone = [asyncio.create_task(client.perform(call(), goes_first=goes_first)) for _ in range(30)]
    other = asyncio.create_task(client.perform(call(), goes_first=not goes_first))
    await asyncio.sleep(0.1)
    for one in gone:
        one.cancel()
    await other
    assert now() == pytest.approx(0.2 * (1 + HEADROOM))


@timeless
async def test_a_call_in_the_background_goes_before_nobody() -> None:
    infobip = Infobip()
    client = infobip.connect()
    page = Call(UPSERT_PERSONS, {"persons": [], "number": 9}, delivery=Delivery.BACKGROUND)
    await client.perform(call())
    await asyncio.gather(client.perform(page, goes_first=True), client.perform(call(1)))
    assert [one.body["number"] for one in infobip.calls] == [0, 1, 9]
