"""The simulator's door: keys, scopes, throttling, faults, and its own endpoints."""

import asyncio
import time
from typing import Any

import aiohttp
import orjson
import pytest

from streams.errors import ConfigurationError
from streams.sandbox.infobip import Fault, Simulator, SimulatorOptions, parse_fault, serve
from streams.sandbox.infobip.faults import Faults
from streams.sandbox.infobip.throttle import Throttle
from tests.sandbox.simulated import ATTRIBUTES, PERSONS, TAGS, UNLIMITED, UPSERT, Caller, email, person, simulate

CONTROL_FAULTS = "/simulator/faults"


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
        for method, path in (("GET", "/people/2/persons/7"), ("PUT", TAGS), ("GET", "/sms/3/reports")):
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


def test_a_status_fault_strikes_the_next_calls_and_does_no_work() -> None:
    async def story(call: Caller) -> None:
        call.simulator.faults.add("upsert_persons:status=503,count=2,retry_after=7")
        statuses = [(await call.upsert({"externalId": "1"})).status for _ in range(3)]
        assert statuses == [503, 503, 207]
        call.simulator.faults.add(Fault("status", "/people/2/tags", status=502, html=True, count=1))
        page = await call("GET", TAGS)
        assert (page.status, page.body, page.text[:6]) == (502, None, "<html>")
        call.simulator.faults.add("upsert_persons:status=400,containing=poison")
        assert (await call.upsert({"externalId": "poison"})).body["code"] == 400100
        assert (await call.upsert({"externalId": "2"})).status == 207

    simulator = simulate(story)
    assert simulator.counters.calls["upsert_persons"] == {"503": 2, "207": 2, "400": 1}


def test_families_of_fault_bodies() -> None:
    async def story(call: Caller) -> None:
        async def body(fault: str) -> Any:
            call.simulator.faults.add(fault)
            return (await call("GET", TAGS)).body

        assert (await body("*:status=429,count=1"))["requestError"]["serviceException"]["text"] == "Too many requests"
        assert (await body("*:status=409,count=1"))["errorCode"] == 40902
        assert (await body("*:status=500,count=1,family=new"))["errorCode"] == "E500"
        assert (await body("*:status=500,count=1,family=v3"))["code"] == 500100

    simulate(story)


@pytest.mark.parametrize(
    ("fault", "word", "people"),
    [("lose_answer", "lost", 1), ("truncate", "truncated", 1), ("outage", "cut", 0), ("hang=0.01", "hung", 0)],
)
def test_an_answer_that_does_not_come_whole(fault: str, word: str, people: int) -> None:
    async def story(call: Caller) -> None:
        call.simulator.faults.add(f"*:{fault}")
        with pytest.raises(aiohttp.ClientError):
            await call.upsert({"externalId": "1"})
        assert len(call.simulator.account.people) == people
        call.simulator.faults.clear()
        assert (await call.upsert({"externalId": "1"})).status == 207

    assert simulate(story).counters.calls["upsert_persons"] == {word: 1, "207": 1}


def test_an_answer_that_is_no_json() -> None:
    async def story(call: Caller) -> None:
        call.simulator.faults.add("*:not_json,count=1")
        answer = await call.upsert({"externalId": "1"})
        assert (answer.status, answer.body, answer.text[:6]) == (200, None, "<html>")

    assert len(simulate(story).account.people) == 1


def test_an_outage_lasts_until_cleared_and_leaves_the_control_endpoints() -> None:
    async def story(call: Caller) -> None:
        call.simulator.faults.add("*:outage")
        for _ in range(2):
            with pytest.raises(aiohttp.ClientError):
                await call.upsert({"externalId": "1"})
        assert (await call("GET", "/simulator/state")).body["calls"] == {"upsert_persons": {"cut": 2}}
        await call("DELETE", CONTROL_FAULTS)
        assert (await call.upsert({"externalId": "1"})).status == 207

    simulate(story)


def test_a_fault_for_some_seconds_ends_by_itself() -> None:
    times = iter((100.0, 100.0, 109.9, 110.0))
    faults = Faults(lambda: next(times))
    faults.add("*:outage=10")
    struck = [faults.strike("list_tags", TAGS, b"")[1] is not None for _ in range(3)]
    assert struck == [True, True, False]


def test_chance_is_the_same_for_the_same_seed() -> None:
    def run() -> dict[str, int]:
        async def story(call: Caller) -> None:
            call.simulator.faults.add("list_tags:status=500,probability=0.3,seed=4")
            for _ in range(50):
                await call("GET", TAGS)

        return dict(simulate(story).counters.calls["list_tags"])

    first = run()
    assert first == run()
    assert 5 <= first["500"] <= 25


def test_latency_faults_add_to_others() -> None:
    async def story(call: Caller) -> None:
        call.simulator.faults.add("*:latency=0.05,count=1", "*:status=503,count=1")
        started = time.monotonic()
        assert (await call("GET", TAGS)).status == 503
        assert time.monotonic() - started >= 0.05
        assert call.simulator.faults.armed == []

    simulate(story)


@pytest.mark.parametrize(
    "line",
    [
        "upsert_persons:status=503,count=3",
        "*:outage=10.0",
        "*:outage",
        "/people/2/tags:hang=30.0,probability=0.5,seed=7",
        "add_tag:lose_answer,count=1,containing=x",
        "*:status=429,retry_after=2,family=new",
    ],
)
def test_a_fault_reads_as_it_is_written(line: str) -> None:
    assert parse_fault(line).line == line


@pytest.mark.parametrize(
    "line",
    [
        "status=503",
        "upsert:status=503",
        "*:explode",
        "*:status=abc",
        "*:status=99",
        "*:lose_answer=3",
        "*:status=503,times=3",
        "*:status=503,count=0",
        "*:status=503,probability=2",
        "*:status=503,family=old",
        "*:outage,html=maybe",
    ],
)
def test_a_bad_fault_is_told_in_one_line(line: str) -> None:
    with pytest.raises(ConfigurationError) as refused:
        parse_fault(line)
    assert len(str(refused.value).splitlines()) == 1


def test_faults_are_armed_and_cleared_over_http() -> None:
    async def story(call: Caller) -> None:
        settings = {"kind": "status", "on": "list_tags", "status": 500, "count": 1}
        armed = await call("POST", CONTROL_FAULTS, {"faults": [settings, "*:hang=9"]})
        assert armed.body == {"faults": ["list_tags:status=500,count=1", "*:hang=9.0"]}
        assert (await call("DELETE", CONTROL_FAULTS)).body == {"faults": []}
        await call("POST", CONTROL_FAULTS, settings)
        assert (await call("GET", TAGS)).status == 500
        for bad in (b"{", {"kind": "explode"}, 7, {"fault": "nonsense"}):
            answer = await call("POST", CONTROL_FAULTS, bad)
            assert (answer.status, list(answer.body)) == (400, ["error"])

    simulate(story, UNLIMITED)


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
