"""What can be made to go wrong with a simulator's answers, and how that is said."""

import time
from typing import Any

import aiohttp
import pytest

from streams.errors import ConfigurationError
from streams.simulator import Fault, parse_fault
from streams.simulator.faults import Faults
from tests.simulator.simulated import TAGS, UNLIMITED, Caller, simulate

CONTROL_FAULTS = "/simulator/faults"


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
