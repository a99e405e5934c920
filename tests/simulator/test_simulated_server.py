"""The simulator's door: keys, scopes, throttling, its own endpoints, and how it is started and stopped."""

import asyncio
import time
from typing import Any

import aiohttp
import orjson
import pytest

from streams.errors import ConfigurationError
from streams.simulator import Simulator, SimulatorOptions, serve
from streams.simulator.throttle import Throttle
from tests.simulator.simulated import ATTRIBUTES, PERSONS, TAGS, UNLIMITED, UPSERT, Caller, email, person, simulate


def test_keys_and_scopes_are_asked_for() -> None:
    options = SimulatorOptions(api_keys={"reader": frozenset({"people:read"}), "none": frozenset({"sms:manage"})})

    async def story(call: Caller) -> None:
        refused = await call("GET", PERSONS, key="wrong")
        assert (refused.status, refused.body["requestError"]["serviceException"]) == (
            401,
            {"messageId": "UNAUTHORIZED", "text": "Invalid login details"},
        )
        assert (await call("GET", PERSONS, key="reader", limit="1")).status == 200
        forbidden = await call("POST", TAGS, {"name": "VIP"}, key="reader")
        assert (forbidden.status, forbidden.body["requestError"]["serviceException"]["messageId"]) == (403, "FORBIDDEN")
        assert (await call("GET", PERSONS, key="none")).status == 403
        async with call.session.get(call.simulator.base_url + PERSONS) as anonymous:
            assert anonymous.status == 401
        for scopes, status in ((None, 401), (["people:manage"], 200)):
            await call("POST", "/simulator/keys", {"key": "reader", "scopes": scopes})
            assert (await call("GET", PERSONS, key="reader")).status == status

    simulate(story, options)


def test_what_is_not_there_is_a_classic_404() -> None:
    async def story(call: Caller) -> None:
        for method, path in (("GET", "/people/2/persons/7"), ("PUT", TAGS), ("GET", "/sms/9/reports")):
            answer = await call(method, path)
            assert (answer.status, answer.body["requestError"]["serviceException"]["messageId"]) == (404, "NOT_FOUND")

    simulate(story)


def test_a_body_that_is_too_large_is_413() -> None:
    async def story(call: Caller) -> None:
        assert (await call.upsert({"externalId": "x" * 200})).status == 413

    simulate(story, SimulatorOptions(limits=None, max_body_bytes=100))


def test_throttling_admits_exactly_n_in_any_second() -> None:
    throttle = Throttle(SimulatorOptions())
    admitted = [at for at in (number / 50 for number in range(200)) if not throttle.wait_seconds("list_tags", at)]
    assert max(sum(at <= other < at + 1 for other in admitted) for at in admitted) == 5
    assert len(admitted) == 20


def test_limits_are_published_overridden_or_none() -> None:
    options = SimulatorOptions(limits={"list_tags": 2, "get_tag": None})
    assert [options.limit_of(name) for name in ("list_tags", "get_tag", "upsert_persons", "create_person")] == [
        (2, 1.0),
        None,
        (5, 1.0),
        (10, 1.0),
    ]
    assert UNLIMITED.limit_of("upsert_persons") is None
    with pytest.raises(ConfigurationError, match="no operation 'upsert'"):
        SimulatorOptions(limits={"upsert": 1})


@pytest.mark.parametrize(("style", "form"), [("seconds", "1"), ("date", "GMT"), (None, "")])
def test_one_request_too_many_is_429(style: Any, form: str) -> None:
    async def story(call: Caller) -> None:
        answers = [await call.upsert({"externalId": str(number)}) for number in range(6)]
        assert [answer.status for answer in answers] == [207] * 5 + [429]
        assert answers[-1].body["requestError"]["serviceException"]["messageId"] == "TOO_MANY_REQUESTS"
        assert answers[-1].headers.get("Retry-After", "").endswith(form)
        assert ("Retry-After" in answers[-1].headers) is (style is not None)
        assert (await call("GET", TAGS)).status == 200

    simulator = simulate(story, SimulatorOptions(retry_after=style))
    assert simulator.counters.calls["upsert_persons"] == {"207": 5, "429": 1}
    assert simulator.counters.arrivals["upsert_persons"] == 6
    assert len(simulator.account.people) == 5


def test_latency_delays_answers_without_queueing_them() -> None:
    async def story(call: Caller) -> None:
        started = time.monotonic()
        await asyncio.gather(*(call("GET", TAGS) for _ in range(4)))
        assert 0.2 <= time.monotonic() - started < 0.7

    simulate(story, SimulatorOptions(limits=None, latency_seconds=0.2))


def test_people_are_seeded_and_streamed() -> None:
    async def story(call: Caller) -> None:
        attributes = [{"name": "ltv", "dataType": "DECIMAL"}]
        assert (await call("POST", "/simulator/attributes", attributes)).body == {"seeded": 1}
        assert (await call("POST", "/simulator/attributes", {"attributes": attributes})).body == {"seeded": 0}
        people = [person(email(f"p{n}@example.com"), tags=["VIP"], customAttributes={"ltv": n}) for n in range(2500)]
        seeded = await call("POST", "/simulator/people", {"persons": [*people, {"externalId": 7}]})
        assert (seeded.body["seeded"], [error["index"] for error in seeded.body["errors"]]) == (2500, [2500])
        lines = (await call("GET", "/simulator/people")).text.splitlines()
        assert len(lines) == 2500
        last = orjson.loads(lines[-1])
        assert (last["tags"], last["customAttributes"]) == (["VIP"], {"ltv": 2499})
        await call("GET", TAGS)
        assert (await call("GET", "/simulator/state")).body == {
            "people": 2500,
            "tags": {"VIP": 2500},
            "attributes": {"ltv": "DECIMAL"},
            "messages": {},
            "arrivals": {"list_tags": 1},
            "calls": {"list_tags": {"200": 1}},
            "items": {"list_tags": 0},
        }
        await call("DELETE", "/simulator/calls")
        assert (await call("GET", "/simulator/state")).body["calls"] == {}

    simulate(story)


def test_the_page_shows_everything_escaped() -> None:
    async def story(call: Caller) -> None:
        account = call.simulator.account
        nasty = "<script>alert('1')</script>"
        await call("POST", TAGS, {"name": nasty})
        await call("POST", ATTRIBUTES, {"name": "note", "dataType": "STRING"})
        await call.upsert(
            person(email("ann@example.com"), firstName="Ann", tags=[nasty], customAttributes={"note": nasty}),
            person(email("bob@example.com"), firstName="Bob"),
        )
        assert len(account.people) == 2
        call.simulator.faults.add("*:status=503,containing=<b>")
        page = await call("GET", "/")
        assert nasty not in page.text
        assert "&lt;script&gt;" in page.text
        assert "containing=&lt;b&gt;" in page.text
        assert all(word in page.text for word in ("ann@example.com", "bob@example.com", "upsert_persons", "207 x 1"))
        tagged = await call("GET", "/", tag=nasty)
        assert "ann@example.com" in tagged.text
        assert "bob@example.com" not in tagged.text

    simulate(story)


def test_a_stopped_simulator_comes_back_where_it_was() -> None:
    async def run() -> None:
        simulator = Simulator(UNLIMITED)
        url = await simulator.start()
        async with aiohttp.ClientSession() as session:
            call = Caller(simulator, session)
            await call.upsert({"externalId": "1"})
            await simulator.stop()
            with pytest.raises(aiohttp.ClientError):
                await call("GET", TAGS)
            assert await simulator.start() == url
            assert (await call("GET", PERSONS, type="EXTERNAL_ID", identifier="1")).body["id"] == 1
        await simulator.stop()

    asyncio.run(run())


def test_it_serves_until_cancelled() -> None:
    async def run() -> None:
        first = Simulator(UNLIMITED)
        await first.start()
        port = int(first.base_url.rpartition(":")[2])
        await first.stop()
        started: asyncio.Future[str] = asyncio.get_running_loop().create_future()
        serving = asyncio.create_task(serve(SimulatorOptions(port=port), started.set_result))
        async with aiohttp.ClientSession() as session:
            assert await started == f"http://127.0.0.1:{port}"
            assert await _answers(session, port)
            serving.cancel()
            with pytest.raises(asyncio.CancelledError):
                await serving
            assert not await _answers(session, port)

    asyncio.run(run())


async def _answers(session: aiohttp.ClientSession, port: int) -> bool:
    try:
        async with session.get(f"http://127.0.0.1:{port}/") as page:
            return page.status == 200
    except aiohttp.ClientConnectionError:
        return False


def test_upsert_is_one_path_for_one_method() -> None:
    async def story(call: Caller) -> None:
        assert (await call("POST", UPSERT, {"persons": []})).status == 404

    simulate(story)
