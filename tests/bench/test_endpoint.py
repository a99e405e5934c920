"""The benchmark's endpoint counts what it takes, refuses what it is told to, and knows who came twice."""

import asyncio

import orjson

from bench.endpoint import Behaviour
from streams.demo import samples
from tests.bench.served import Send, serve
from tests.fakes.clock import Clock

UPSERT, TAG, RECORDS = "/people/3/persons/upsert", "/people/2/tags/VIP/persons", "/records"
LIST = "/people/2/persons?orderBy=modifiedAt:asc"


def tags(*numbers: int) -> bytes:
    people = [{"query": {"type": "EMAIL", "identifier": samples.profile(number)["email"]}} for number in numbers]
    return orjson.dumps({"people": people})


def persons(count: int) -> bytes:
    return orjson.dumps({"persons": [{"type": "CUSTOMER"}] * count})


def test_what_is_delivered_again_is_told_apart() -> None:
    async def story(send: Send) -> None:
        for numbers in ((1, 2, 3000), (2, 3000), (2,)):
            assert (await send("PATCH", TAG, tags(*numbers))).status == 200

    seen = serve(story, Behaviour(identities=True))
    assert (seen.calls, seen.delivered, seen.people, seen.again, seen.repeated) == (3, 6, 3, 3, 2)


def test_records_count_however_they_are_posted() -> None:
    first, second, third, fourth = samples.enters(4)

    async def story(send: Send) -> None:
        await send("POST", RECORDS, orjson.dumps([first, second]))
        await send("POST", RECORDS, orjson.dumps(third))
        await send("POST", RECORDS, orjson.dumps(fourth) + b"\n" + orjson.dumps(first) + b"\n")

    seen = serve(story, Behaviour(identities=True))
    assert (seen.calls, seen.delivered, seen.people, seen.again) == (3, 5, 4, 1)


def test_an_upsert_is_answered_person_by_person_and_delivers_nothing_yet() -> None:
    async def story(send: Send) -> None:
        answer = orjson.loads((await send("PATCH", UPSERT, persons(2))).body)
        assert answer == {
            "errors": [],
            "results": [{"index": n, "id": n, "status": "UPDATED"} for n in range(2)],
        }

    seen = serve(story, Behaviour(identities=True))
    assert (seen.upserted, seen.delivered) == (2, 0)


def test_the_call_that_is_one_too_many_in_a_second_is_refused_and_takes_nothing() -> None:
    clock = Clock(10.0)

    async def story(send: Send) -> None:
        told = [(await send("PATCH", UPSERT, persons(1))).status for _ in range(3)]
        assert told == [200, 200, 429]
        assert (await send("PATCH", UPSERT, persons(1))).retry_after == "1"
        assert (await send("PATCH", TAG, tags(1))).status == 200, "operations are limited each for itself"
        clock.seconds = 11.0
        assert (await send("PATCH", UPSERT, persons(1))).status == 200

    seen = serve(story, Behaviour(limit=2), clock)
    assert (seen.calls, seen.refused, seen.upserted) == (6, 2, 3)
    assert (seen.first, seen.last) == (10.0, 10.0), "from the first call to the last delivery"


def test_chance_refuses_the_same_calls_for_the_same_seed_and_about_as_many_as_told() -> None:
    def refusals(seed: int) -> list[int]:
        told = []

        async def story(send: Send) -> None:
            told.extend([(await send("PATCH", TAG, tags(number))).status for number in range(100)])

        seen = serve(story, Behaviour(refuse=0.5, seed=seed, identities=True))
        assert (seen.refused, seen.people) == (told.count(429), told.count(200))
        return told

    once = refusals(7)
    assert once == refusals(7)
    assert once != refusals(8)
    assert 25 < once.count(429) < 75


def test_calls_that_wait_together_are_counted() -> None:
    async def story(send: Send) -> None:
        await asyncio.gather(*(send("PATCH", TAG, tags(number)) for number in range(3)))
        await send("PATCH", TAG, tags(3))

    waiting: list[asyncio.Event] = []

    async def until_all_wait(_: float) -> None:
        here = asyncio.Event()
        waiting.append(here)
        if len(waiting) >= 3:
            for event in waiting:
                event.set()
        await here.wait()

    assert serve(story, Behaviour(), sleep=until_all_wait).most_flying == 3


def test_pages_of_people_are_limited_as_an_operation_of_their_own() -> None:
    async def story(send: Send) -> None:
        told = [await send("GET", f"{LIST}&limit=2&page={page}", b"") for page in (1, 2, 2)]
        assert [one.status for one in told] == [200, 200, 429]
        assert [[one["id"] for one in orjson.loads(page.body)["persons"]] for page in told[:2]] == [[1, 2], [3]]
        assert (await send("PATCH", UPSERT, persons(1))).status == 200

    seen = serve(story, Behaviour(limit=2, people=3))
    assert (seen.calls, seen.refused, seen.first) == (4, 1, 1.0)


def test_a_question_that_is_no_page_is_not_counted_and_another_order_is_refused() -> None:
    async def story(send: Send) -> None:
        assert (await send("GET", "/people/2/persons?limit=1", b"")).status == 200
        assert (await send("GET", "/people/2/persons?orderBy=firstName:asc", b"")).status == 400

    assert serve(story, Behaviour(people=3)).calls == 1
