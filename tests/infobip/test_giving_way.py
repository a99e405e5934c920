"""Calls that give way let others go first, and calls that take what is garbled are given it."""

import asyncio
from collections.abc import Coroutine
from typing import Any

import httpx
import pytest

from schemas.operations import LIST_PERSONS, LIST_TAGS
from streams.calls.call import Call, Delivery, Reply
from streams.infobip.admission import ASIDE_SECONDS
from streams.infobip.rate_limit import HEADROOM
from tests.fakes.bench import Bench
from tests.fakes.clock import now, play
from tests.fakes.words import Step
from tests.infobip.asking import find, upsert

GAP = 0.2 * (1 + HEADROOM)
TOO_FAST = httpx.Response(429, headers={"Retry-After": "20"})


class Stage(Bench):
    """A client of a scripted Infobip, and many who call it at once, by the clock of a loop in which no time passes."""

    def __init__(self, *steps: Step, **options: Any) -> None:
        super().__init__(*steps, clock=now, wall_clock=lambda: 1_000.0, sleep=asyncio.sleep, **options)
        self.infobip.clock = now

    def play(self, story: Coroutine[Any, Any, None]) -> list[tuple[str, float]]:
        """Let a story come to its end, within ten minutes; what was asked for, and when."""

        async def run() -> None:
            async with asyncio.timeout(600):
                await story

        play(run())
        names = [
            "upsert" if request.method == "PATCH" else "page" if "page" in request.url.params else "find"
            for request in self.infobip.requests
        ]
        return list(zip(names, self.infobip.times, strict=True))


def page(*, garbled: bool = False) -> Call:
    """A page of people, as an import asks for it."""
    return Call(LIST_PERSONS, query={"page": "1"}, delivery=Delivery.BACKGROUND, accepts_not_json=garbled)


def times_of(name: str, asked: list[tuple[str, float]]) -> list[float]:
    return [round(at, 6) for kind, at in asked if kind == name]


def every_gap(count: int, first: float = 0.0) -> Any:
    return pytest.approx([first + number * GAP for number in range(count)])


def test_with_nobody_to_give_way_to_all_of_the_limit_is_used() -> None:
    stage = Stage()

    async def story() -> None:
        for _ in range(5):
            await stage.client.perform(page())

    assert times_of("page", stage.play(story())) == every_gap(5)


def test_whoever_comes_later_goes_first_and_no_later_than_without_the_others() -> None:
    stage = Stage()

    async def story() -> None:
        await stage.client.perform(page())
        pages = [asyncio.create_task(stage.client.perform(page())) for _ in range(3)]
        await asyncio.sleep(GAP / 2)  # they stand at the head of the line
        await asyncio.gather(*(stage.client.perform(find()) for _ in range(4)))
        assert not any(task.done() for task in pages)
        await asyncio.gather(*pages)

    asked = stage.play(story())
    assert times_of("find", asked) == every_gap(4, first=GAP)
    assert [kind for kind, _ in asked] == ["page", *["find"] * 4, *["page"] * 3]
    assert times_of("page", asked)[1] == pytest.approx(5 * GAP, abs=ASIDE_SECONDS)


def test_what_others_leave_of_the_limit_is_used() -> None:
    """Somebody else asks every half second, and most of the limit is left."""
    stage = Stage()

    async def story() -> None:
        pages = asyncio.gather(*(stage.client.perform(page()) for _ in range(20)))
        for _ in range(20):
            await stage.client.perform(find())
            await asyncio.sleep(0.5)
        assert pages.done()

    assert len(stage.play(story())) == 40


def test_calls_of_another_operation_are_not_in_the_way() -> None:
    stage = Stage(limits={"upsert_persons": 0.1})

    async def story() -> None:
        upserts = asyncio.gather(*(stage.client.perform(upsert()) for _ in range(3)))
        for _ in range(3):
            await stage.client.perform(page())
        assert not upserts.done()
        await upserts

    assert times_of("page", stage.play(story())) == every_gap(3)


def test_while_another_call_is_held_back_whoever_gives_way_waits() -> None:
    """Of whatever operation: Infobip has had enough of this account."""
    stage = Stage(TOO_FAST)

    async def story() -> None:
        held_back = asyncio.create_task(stage.client.perform(upsert()))
        await asyncio.sleep(1)
        await stage.client.perform(find())
        await stage.client.perform(page())
        await held_back

    asked = stage.play(story())
    assert (times_of("upsert", asked), times_of("find", asked)) == ([0, 20], [1])
    assert times_of("page", asked) == [pytest.approx(20, abs=2 * ASIDE_SECONDS)]
    assert asked[-1][0] == "page"


def test_a_call_that_gives_way_does_not_hold_back_itself_or_another() -> None:
    stage = Stage(TOO_FAST)

    async def story() -> None:
        held_back = asyncio.create_task(stage.client.perform(page()))
        await asyncio.sleep(1)
        other = Call(LIST_TAGS, delivery=Delivery.BACKGROUND)
        await stage.client.perform(other)
        assert (await held_back).retries == 1

    asked = stage.play(story())
    assert (times_of("find", asked), times_of("page", asked)) == ([1], [0, 20])


@pytest.mark.parametrize(
    ("expected", "given_up", "step"),
    [(GAP / 2, upsert(), TOO_FAST), (GAP, find(), 200)],
    ids=["held back", "in line"],
)
def test_a_call_that_was_given_up_is_in_nobodys_way(expected: float, given_up: Call, step: Step) -> None:
    stage = Stage(step)

    async def story() -> None:
        gone = asyncio.gather(*(stage.client.perform(given_up) for _ in range(9)))
        await asyncio.sleep(GAP / 2)
        gone.cancel()
        await asyncio.gather(gone, return_exceptions=True)
        await stage.client.perform(page())

    assert times_of("page", stage.play(story())) == [pytest.approx(expected)]


def test_a_refused_key_is_asked_about_though_another_call_is_held_back() -> None:
    """Whoever asks for all gives way to nobody: those it would give way to wait for its answer."""
    stage = Stage(TOO_FAST, 401)

    async def story() -> None:
        await asyncio.gather(stage.client.perform(upsert()), stage.client.perform(page()))

    stage.play(story())
    assert stage.kinds[-1] == "ok"


GARBLED = [b"<html>busy</html>", b'{"persons": [{"id": 1', b"\xff\xfe", b"[" * 5_000]


@pytest.mark.parametrize("content", GARBLED, ids=range(len(GARBLED)))
def test_what_is_garbled_is_given_to_whoever_takes_it(content: bytes) -> None:
    bench = Bench(httpx.Response(200, content=content))
    assert asyncio.run(bench.client.perform(page(garbled=True))) == Reply(200, None, retries=0)
    assert bench.kinds == []


@pytest.mark.parametrize("content", GARBLED, ids=range(len(GARBLED)))
def test_what_is_garbled_is_asked_for_again_by_others(content: bytes) -> None:
    bench = Bench(httpx.Response(200, content=content), httpx.Response(200, json={"persons": []}))
    assert asyncio.run(bench.client.perform(page())) == Reply(200, {"persons": []}, retries=1)
    assert bench.kinds == ["waiting", "ok"]


@pytest.mark.parametrize("status", [429, 503, 401])
def test_a_failure_that_is_no_json_is_repeated_all_the_same(status: int) -> None:
    stage, replies = Stage(httpx.Response(status, content=b"<html>busy</html>")), []

    async def story() -> None:
        replies.append(await stage.client.perform(page(garbled=True)))

    stage.play(story())
    assert replies == [Reply(200, {}, retries=1)]
