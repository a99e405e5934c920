"""A message that may have been sent is not sent again unasked: its call comes back as LOST, after one try."""

import asyncio

import httpx
import pytest
from aiohttp import web

from schemas.operations import SEND_SMS
from streams.calls.call import LOST, Call, Delivery, Reply
from tests.fakes.bench import Bench
from tests.fakes.infobip import client_of
from tests.fakes.words import Step
from tests.infobip.asking import serving, until


def send(tries: int = 0, *, garbled: bool = False) -> Call:
    return Call(SEND_SMS, {}, delivery=Delivery.AT_MOST_ONCE, tries=tries, accepts_not_json=garbled)


@pytest.mark.parametrize(
    "step",
    [
        httpx.ReadTimeout("slow"),
        httpx.ReadError("cut off"),
        httpx.RemoteProtocolError("bad"),
        *(500, 501, 502, 503, 504, 408, 302),
        httpx.Response(200, text="<html>busy</html>"),
        httpx.Response(200, content=b'{"messages": [{"messageId": "a'),
    ],
    ids=repr,
)
def test_what_may_have_been_carried_out_is_lost(step: Step) -> None:
    bench = Bench(step)
    assert asyncio.run(bench.client.perform(send())) == Reply(LOST, None, retries=1)
    assert len(bench.infobip.requests) == 1
    assert bench.clock.seconds == 1_000
    assert bench.client.state.kind == "ok"


def test_a_lost_call_whose_maker_may_come_back_later_is_given_back_then() -> None:
    bench = Bench(httpx.Response(503, headers={"Retry-After": "9"}))
    assert asyncio.run(bench.client.perform(send())).status == LOST
    assert bench.clock.seconds == 1_009
    assert bench.kinds == ["waiting", "ok"]


@pytest.mark.parametrize("status", [200, 204, 400, 404, 405, 413])
def test_what_infobip_said_is_returned(status: int) -> None:
    assert asyncio.run(Bench(status).client.perform(send())) == Reply(status, {}, retries=0)


def test_what_is_garbled_is_given_to_whoever_takes_it() -> None:
    bench = Bench(httpx.Response(200, text="<html>busy</html>"))
    assert asyncio.run(bench.client.perform(send(garbled=True))) == Reply(200, None, retries=0)


@pytest.mark.parametrize(
    ("step", "kinds"),
    [
        (429, ["waiting", "ok"]),
        (httpx.Response(429, headers={"Retry-After": "3"}), ["waiting", "ok"]),
        (401, ["unauthorized", "ok"]),
        (403, ["unauthorized", "ok"]),
        (httpx.ConnectError("nobody listens"), ["waiting", "ok"]),
    ],
    ids=repr,
)
def test_what_was_surely_not_carried_out_is_repeated(step: Step, kinds: list[str]) -> None:
    bench = Bench(step, step)
    assert asyncio.run(bench.client.perform(send())) == Reply(200, {}, retries=2)
    assert len(bench.infobip.requests) == 3
    assert bench.kinds == kinds


def test_a_429_that_may_be_followed_at_once_does_not_run_hot() -> None:
    """Sends have no published limit, so nothing but the 429s spaces them."""
    bench = Bench(*[httpx.Response(429, headers={"Retry-After": "0"})] * 20)
    asyncio.run(bench.client.perform(send()))
    assert bench.clock.seconds - 1_000 > 20 * 0.1


def test_an_account_that_had_enough_is_asked_as_fast_as_before_when_it_takes_calls_again() -> None:
    bench = Bench(httpx.Response(429, headers={"Retry-After": "0"}))

    async def run() -> None:
        for _ in range(30):
            await bench.client.perform(send())
        before = bench.clock.seconds
        await asyncio.gather(*(bench.client.perform(send()) for _ in range(50)))
        assert bench.clock.seconds == before

    asyncio.run(run())


@pytest.mark.parametrize(("tries", "seconds"), [(1, 0.5), (2, 1.0), (3, 2.0), (20, 60.0)])
def test_whoever_comes_back_waits_the_longer_the_more_often(tries: int, seconds: float) -> None:
    bench = Bench()
    assert asyncio.run(bench.client.perform(send(tries))) == Reply(200, {}, retries=0)
    assert bench.infobip.times == [1_000 + seconds]
    assert [(state.kind, state.detail) for state in bench.states] == [
        ("waiting", "send_sms: http://infobip.test: an answer was lost"),
        ("ok", ""),
    ]


def test_whoever_is_called_off_while_it_waits_leaves_no_trouble_behind() -> None:
    asleep = asyncio.Event()

    async def sleep(_: float) -> None:
        asleep.set()
        await asyncio.Event().wait()

    bench = Bench(sleep=sleep)

    async def run() -> None:
        call = asyncio.create_task(bench.client.perform(send(3)))
        await asleep.wait()
        call.cancel()
        with pytest.raises(asyncio.CancelledError):
            await call

    asyncio.run(run())
    assert bench.kinds == ["waiting", "ok"]
    assert bench.infobip.requests == []


def test_a_lost_answer_says_nothing_on_a_key_that_was_refused() -> None:
    """The gate stays shut, and the next question waits its time."""
    bench = Bench(401, 503, 401)

    async def run() -> None:
        first = asyncio.create_task(bench.client.perform(send()))
        await until(lambda: bench.client.state.kind != "ok")
        second = asyncio.create_task(bench.client.perform(send()))
        assert (await first).status == LOST
        assert bench.client.state.kind == "unauthorized"
        assert (await second).status == 200

    asyncio.run(run())
    assert bench.infobip.times == [1_000, 1_060, 1_120, 1_180]
    assert bench.kinds == ["unauthorized", "ok"]


def test_an_answer_that_a_real_server_keeps_is_lost_after_one_request() -> None:
    """Also on a connection that was good before: the HTTP library must not repeat it by itself."""
    requests = 0

    async def messages(request: web.Request) -> web.StreamResponse:
        nonlocal requests
        requests += 1
        await request.read()
        if requests > 1:
            assert request.transport is not None
            request.transport.abort()
        return web.json_response({})

    async def run() -> list[int]:
        async with serving({"/sms/3/messages": messages}) as url:
            client = client_of(url)
            replies = [await client.perform(send()) for _ in range(3)]
            await client.aclose()
            return [reply.status for reply in replies]

    assert asyncio.run(run()) == [200, LOST, LOST]
    assert requests == 3


def test_where_nobody_listens_nothing_is_lost() -> None:
    naps = 0

    async def nap(_: float) -> None:
        nonlocal naps
        naps += 1
        await asyncio.sleep(0)

    async def run() -> None:
        client = client_of("http://127.0.0.1:1", sleep=nap)
        call = asyncio.create_task(client.perform(send()))
        await until(lambda: naps >= 3 or call.done())
        assert not call.done()
        assert client.state.detail == "send_sms: http://127.0.0.1:1: the connection was refused"
        call.cancel()
        await asyncio.gather(call, return_exceptions=True)
        await client.aclose()

    asyncio.run(run())
