"""The client repeats what the world did, returns what Infobip said, and keeps secrets."""

import asyncio
import logging
import tracemalloc
import zlib
from typing import Any

import httpx
import pytest
from aiohttp import web

from schemas.operations import ADD_TAG, CREATE_TAG, LIST_PERSONS, REMOVE_TAG
from streams.calls.call import Call, Reply
from streams.errors import ConfigurationError, Forbidden, Unauthorized, Unreachable
from streams.infobip.client import Client
from streams.observer import Unobserved
from tests.fakes.bench import Bench
from tests.fakes.infobip import KEY, client_of
from tests.fakes.words import Step
from tests.infobip.asking import EMAIL, find, serving, until, upsert

#: So long an answer of a server is awaited that gives one; a busy machine takes its time.
ANSWER_SECONDS = 3.0


def html(status: int) -> httpx.Response:
    return httpx.Response(status, text="<html>busy</html>")


@pytest.mark.parametrize(
    "step",
    [
        httpx.ConnectError(f"cannot reach {EMAIL}"),
        httpx.ReadTimeout("slow"),
        httpx.RemoteProtocolError("bad"),
        *(500, 501, 502, 503, 504, 505, 408, 302),
        html(503),
        html(200),
        httpx.Response(207, content=b'{"results": [{"index": 0, "sta'),
    ],
    ids=repr,
)
def test_what_the_world_did_is_repeated(step: Step) -> None:
    bench = Bench(step, step, httpx.Response(207, json={"results": []}))
    assert asyncio.run(bench.client.perform(upsert())) == Reply(207, {"results": []}, retries=2)
    assert bench.kinds == ["waiting", "ok"]
    assert bench.clock.seconds - 1_000 == pytest.approx(0.5 + 1.0)
    assert len({request.content for request in bench.infobip.requests}) == 1


@pytest.mark.parametrize("status", [200, 204, 207, 400, 404, 405, 409, 413])
def test_what_infobip_said_is_returned(status: int) -> None:
    bench = Bench(httpx.Response(status, content=b""))
    assert asyncio.run(bench.client.perform(upsert())) == Reply(status, None, retries=0)
    assert bench.kinds == []


def test_a_429_without_a_date_backs_off_by_itself() -> None:
    bench = Bench(429, 429)
    reply = asyncio.run(bench.client.perform(upsert()))
    assert (reply.retries, reply.answers) == (2, {"200": 1, "429": 2})
    assert bench.infobip.times == pytest.approx([1_000, 1_000.5, 1_001.5])


def test_a_503_may_name_its_time() -> None:
    bench = Bench(httpx.Response(503, headers={"Retry-After": "9"}))
    asyncio.run(bench.client.perform(upsert()))
    assert bench.infobip.times == [1_000, 1_009]


def test_a_slow_answer_is_known_to_be_waited_for() -> None:
    bench = Bench()
    seen = []

    def slow(_: Call) -> None:
        seen.append(bench.client.waits)
        bench.clock.move(6)
        seen.append(bench.client.waits)

    bench.infobip.meets = slow
    asyncio.run(bench.client.perform(upsert()))
    assert [*seen, bench.client.waits] == [False, True, False]


@pytest.mark.parametrize(
    ("step", "error", "line"),
    [
        (401, Unauthorized, "the API key of authorization 'main' is refused"),
        (403, Forbidden, "the API key of authorization 'main' lacks the scope people:manage"),
        (503, Unreachable, "Infobip at http://infobip.test: answered 503"),
        (429, Unreachable, "Infobip at http://infobip.test: answered 429"),
        (httpx.ConnectTimeout(EMAIL), Unreachable, "Infobip at http://infobip.test: it did not answer in time"),
        (httpx.ReadError(EMAIL), Unreachable, "Infobip at http://infobip.test: the answer was cut off"),
    ],
)
def test_ask_tries_once_and_says_why_not(step: Step, error: type[Exception], line: str) -> None:
    bench = Bench(step)
    with pytest.raises(error) as raised:
        asyncio.run(bench.client.ask(upsert()))
    assert str(raised.value) == line
    assert len(bench.infobip.requests) == 1
    assert bench.kinds == []


@pytest.mark.parametrize(
    ("step", "undone"),
    [
        (429, True),
        (httpx.ConnectError("refused"), True),
        (httpx.ReadTimeout("slow"), False),
        (httpx.ReadError("cut off"), False),
        (503, False),
        (html(200), False),
    ],
    ids=repr,
)
def test_ask_says_whether_nothing_was_done_for_certain(step: Step, undone: bool) -> None:  # noqa: FBT001
    with pytest.raises(Unreachable) as raised:
        asyncio.run(Bench(step).client.ask(upsert()))
    assert raised.value.undone is undone


def test_ask_returns_what_infobip_said() -> None:
    assert asyncio.run(Bench(404).client.ask(find())) == Reply(404, {})


@pytest.mark.parametrize(
    ("url", "reason"),
    [
        ("http://127.0.0.1:1", "the connection was refused"),
        ("http://nobody.invalid", "its name does not resolve (DNS)"),
    ],
)
def test_an_address_where_nobody_answers(url: str, reason: str) -> None:
    async def run() -> None:
        client = client_of(url)
        with pytest.raises(Unreachable) as raised:
            await client.ask(find())
        await client.aclose()
        assert str(raised.value) == f"Infobip at {url}: {reason}"

    asyncio.run(run())


def test_a_delete_carries_its_body_and_the_key() -> None:
    seen: list[Any] = []

    async def tag(request: web.Request) -> web.Response:
        seen.append((request.method, request.rel_url.raw_path, await request.json(), dict(request.headers)))
        return web.Response()

    async def run() -> Reply:
        async with serving({"/people/2/tags/{name}/persons": tag}) as url:
            client = client_of(f"{url}/")
            path = "/people/2/tags/A%2FB%20100%25%3F/persons"
            reply = await client.perform(Call(REMOVE_TAG, {"people": []}, path=path))
            await client.aclose()
            return reply

    assert asyncio.run(run()) == Reply(200)
    method, path, body, headers = seen[0]
    assert (method, path, body) == ("DELETE", "/people/2/tags/A%2FB%20100%25%3F/persons", {"people": []})
    assert headers["Authorization"] == f"App {KEY}"
    assert headers["User-Agent"].startswith("infobip-streams/")
    assert headers["Content-Type"] == "application/json"


def test_lost_answers_of_a_real_server_are_repeated() -> None:
    calls = 0

    async def persons(request: web.Request) -> web.StreamResponse:
        nonlocal calls
        calls += 1
        assert request.transport is not None
        match calls:
            case 1:  # the work is done, the answer is lost
                request.transport.abort()
                return web.Response()
            case 2:  # the answer is cut off
                response = web.StreamResponse(headers={"Content-Length": "1000"})
                await response.prepare(request)
                await response.write(b'{"persons": [')
                request.transport.close()
                return response
            case 3:  # the answer never comes
                await asyncio.sleep(30)
        return web.json_response({"persons": []})

    async def nap(_seconds: float) -> None:
        await asyncio.sleep(0)

    async def run() -> Reply:
        async with serving({"/people/3/persons/upsert": persons}) as url:
            client = client_of(url, timeout_seconds=ANSWER_SECONDS, jitter=lambda: 0.0, sleep=nap)
            reply = await client.perform(upsert())
            await client.aclose()
            return reply

    assert asyncio.run(run()) == Reply(200, {"persons": []}, retries=3)


def test_a_cancelled_call_leaves_no_trouble_behind() -> None:
    bench = Bench(*[503] * 10_000)

    async def run() -> None:
        call = asyncio.create_task(bench.client.perform(upsert()))
        await until(lambda: bench.client.state.kind != "ok")
        call.cancel()
        with pytest.raises(asyncio.CancelledError):
            await call

    asyncio.run(run())
    assert bench.kinds == ["waiting", "ok"]


@pytest.mark.parametrize(
    "step", [httpx.ConnectError(f"{EMAIL} {KEY}"), httpx.Response(503, text=EMAIL), 429, 401, html(200)], ids=repr
)
def test_no_log_and_no_state_tells_secrets(step: Step, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG)
    bench = Bench(step)
    asyncio.run(bench.client.perform(find()))
    written = caplog.text + repr(bench.states)
    assert "list_persons" in written or "authorization 'main'" in written
    assert not [secret for secret in (KEY, EMAIL, "ann", "identifier") if secret in written]


@pytest.mark.parametrize(
    ("url", "address"),
    [
        ("xyz.api.infobip.com", "https://xyz.api.infobip.com"),
        ("http://127.0.0.1:8080/", "http://127.0.0.1:8080"),
    ],
)
def test_addresses_are_https_unless_they_say_otherwise(url: str, address: str) -> None:
    assert client_of(url).address == address


@pytest.mark.parametrize("url", ["", "ftp://x", "https://", "https://user:pw@x", "http://x:port"])
def test_what_is_no_address_is_refused(url: str) -> None:
    with pytest.raises(ConfigurationError, match="base_url of authorization 'main'"):
        client_of(url)


@pytest.mark.parametrize("key", ["", " ", "kéy-1", "key-1\nX: 1"])
def test_what_is_no_key_is_refused_without_quoting_it(key: str) -> None:
    with pytest.raises(ConfigurationError, match="api_key of authorization 'main'") as raised:
        Client("main", "http://x", key)
    assert "-1" not in str(raised.value)


GATEWAY = [html(404), html(405), html(400), *(404, 405, 406, 410, 415, 402, 451, 206)]


@pytest.mark.parametrize("step", GATEWAY, ids=repr)
def test_what_is_not_infobips_answer_is_waited_for_once_something_was_taken(step: Step) -> None:
    bench = Bench(200, *[step] * 20)

    async def run() -> Reply:
        await bench.client.ask(find())
        return await bench.client.perform(upsert())

    assert asyncio.run(run()).status == 200
    assert bench.kinds == ["waiting", "ok"]
    assert "answered 20" in bench.states[0].detail or "answered 4" in bench.states[0].detail
    naps = [later - earlier for earlier, later in zip(bench.infobip.times[1:], bench.infobip.times[2:], strict=False)]
    assert naps[0] <= 1
    assert naps[-1] == 60


@pytest.mark.parametrize("step", GATEWAY, ids=repr)
def test_before_anything_was_taken_it_is_told(step: Step) -> None:
    """For it may be the address that is wrong."""
    bench = Bench(step)
    status = step if isinstance(step, int) else step.status_code if isinstance(step, httpx.Response) else 0
    assert asyncio.run(bench.client.perform(upsert())).status == status
    assert bench.kinds == []


def test_a_question_to_the_account_is_told_any_status_and_waits_for_none() -> None:
    bench = Bench(200, html(405))
    call = Call(CREATE_TAG, {"name": "VIP"}, accepts_any_answer=True)

    async def run() -> Reply:
        await bench.client.ask(find())
        return await bench.client.perform(call)

    assert asyncio.run(run()).status == 405
    assert bench.kinds == []


def test_only_a_call_that_reckons_with_it_is_told_what_is_missing() -> None:
    missing = httpx.Response(404, json={"errorCode": 40403, "errorMessage": "Tag does not exist"})
    bench = Bench(200, missing, html(404), missing)
    call = Call(ADD_TAG, {"people": []}, path="/people/2/tags/VIP/persons", accepts_missing=True)

    async def run() -> list[Reply]:
        await bench.client.ask(find())
        return [await bench.client.perform(call), await bench.client.perform(call)]

    first, second = asyncio.run(run())
    assert (first.status, first.retries) == (404, 0)
    assert (second.status, second.retries) == (404, 1)


def bomb(megabytes: int) -> bytes:
    """Very little that unpacks to very much: one packed megabyte, again and again. Its end is for nobody to see."""
    packer = zlib.compressobj(9, wbits=31)
    head = packer.compress(b"") + packer.flush(zlib.Z_FULL_FLUSH)
    megabyte = packer.compress(bytes(1024 * 1024)) + packer.flush(zlib.Z_FULL_FLUSH)
    return head + megabyte * megabytes


@pytest.mark.parametrize("status", [200, 500])
def test_an_answer_is_read_up_to_a_limit(status: int) -> None:
    packed, calls = bomb(600), 0

    async def persons(_: web.Request) -> web.Response:
        nonlocal calls
        calls += 1
        if calls > 1:
            return web.json_response({"results": []})
        return web.Response(status=status, body=packed, headers={"Content-Encoding": "gzip"})

    async def nap(_seconds: float) -> None:
        await asyncio.sleep(0)

    states: list[str] = []

    async def run() -> Reply:
        async with serving({"/people/3/persons/upsert": persons}) as url:
            client = client_of(url, sleep=nap, on_state=lambda state: states.append(state.detail))
            tracemalloc.start()
            reply = await client.perform(upsert())
            assert tracemalloc.get_traced_memory()[1] < 150 * 1024 * 1024
            tracemalloc.stop()
            await client.aclose()
            return reply

    assert asyncio.run(run()) == Reply(200, {"results": []}, retries=1)
    words = "answered 500" if status == 500 else "answered 200 with more than an answer can be"
    assert states[0].endswith(words)


def test_whoever_takes_garbled_answers_is_given_one_that_is_too_large() -> None:
    packed = httpx.Response(200, content=bomb(70), headers={"Content-Encoding": "gzip"})
    call = Call(LIST_PERSONS, accepts_not_json=True)
    assert asyncio.run(Bench(packed).client.perform(call)) == Reply(200, None, retries=0)


def test_every_try_is_told_of_with_its_answer_and_its_limit_and_each_repetition() -> None:
    class Counted(Unobserved):
        def tried(self, authorization: str, operation: str, status: int, seconds: float, per_second: float) -> None:
            tries.append((authorization, operation, status, seconds, per_second))

        def repeated(self, authorization: str, operation: str) -> None:
            repeated.append((authorization, operation))

    tries: list[tuple[str, str, int, float, float]] = []
    repeated: list[tuple[str, str]] = []
    bench = Bench(httpx.ConnectError("no"), 429, httpx.Response(207, json={"results": []}), observer=Counted())
    assert asyncio.run(bench.client.perform(upsert())).retries == 2
    assert tries == [("main", "upsert_persons", status, 0.0, 5.0) for status in (0, 429, 207)]
    assert repeated == [("main", "upsert_persons")] * 2
