"""Calls as they are on the wire: what a server sees of them, and what it is never told."""

import asyncio
from collections.abc import Callable, Coroutine
from typing import Any
from urllib.parse import parse_qsl, unquote

import pytest
from aiohttp import web

from streams.agents.run import EventRun
from streams.calls.call import Call, Reply
from streams.calls.pacing import ignore, unpaced
from streams.errors import JobFailed
from streams.infobip.client import Client
from streams.jobs.webhook import start
from streams.jobs.webhook.targets import filler, target_of
from tests.fakes.clock import play
from tests.fakes.infobip import Infobip
from tests.fakes.words import too_fast
from tests.infobip.asking import serving
from tests.jobs.starting import Start, started
from tests.jobs.webhook.calling import webhook_job


class Seen:
    """A server of somebody's, and what it saw."""

    def __init__(self, *answers: Callable[[], web.StreamResponse]) -> None:
        self.requests: list[tuple[str, str, dict[str, str], str]] = []
        self._answers = list(answers)

    async def take(self, request: web.Request) -> web.StreamResponse:
        self.requests.append(
            (
                request.method,
                request.raw_path,
                {name.title(): value for name, value in request.headers.items()},
                await request.text(),
            )
        )
        return self._answers.pop(0)() if self._answers else web.json_response({"ok": True})


def called(seen: Seen, path: str, event: dict[str, Any], **options: Any) -> Reply:
    """The answer to one call of a job to a server of this machine, at a path."""

    async def story() -> Reply:
        async with serving({"/{any:.*}": seen.take}) as url:
            job = webhook_job(url=f"{url}{path}", allow_private=True, **options)
            target = target_of(job)
            client = Client("hook", url, None, jitter=lambda: 0.0)
            try:
                request = filler(job, target)(event)
                call = Call(target.operation, {"a": 1}, path=request.path, headers=request.headers, verbatim=True)
                return await unpaced(client.perform)(call, ignore)
            finally:
                await client.aclose()

    return asyncio.run(story())


def test_a_value_is_one_step_of_the_path_on_the_wire_too() -> None:
    seen = Seen()
    tag, q = "a/../../admin?b=1#c%2e", "1&admin=2 é"
    called(seen, "/t/{{tag}}/x?q={{q}}", {"tag": tag, "q": q}, headers={"X-Q": "{{q}}"})
    ((method, target, headers, body),) = seen.requests
    path, _, query = target.partition("?")
    assert (method, body) == ("POST", '{"a":1}')
    assert [unquote(step) for step in path.split("/")] == ["", "t", tag, "x"]
    assert parse_qsl(query) == [("q", q)]
    assert headers["X-Q"] == "1%26admin%3D2%20%C3%A9"


def test_no_key_goes_elsewhere() -> None:
    seen = Seen()
    called(seen, "/in", {})
    ((_, _, headers, _),) = seen.requests
    assert "Authorization" not in headers
    own = Seen()
    called(own, "/in", {}, headers={"Authorization": "Bearer theirs"})
    assert own.requests[0][2]["Authorization"] == "Bearer theirs"


@pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
def test_a_redirect_is_an_answer_and_is_not_followed(status: int) -> None:
    seen = Seen(lambda: web.Response(status=status, headers={"Location": "/elsewhere"}))
    reply = called(seen, "/in", {})
    assert reply.status == status
    assert [path for _, path, _, _ in seen.requests] == ["/in"]


@pytest.mark.parametrize(
    ("expected", "answer"),
    [
        ((200, {"a": 1}), lambda: web.json_response({"a": 1})),
        ((200, "thanks"), lambda: web.Response(text="thanks")),
        ((204, None), lambda: web.Response(status=204)),
        ((404, "<html>no</html>"), lambda: web.Response(status=404, text="<html>no</html>")),
        ((401, "who?"), lambda: web.Response(status=401, text="who?")),
        ((403, None), lambda: web.Response(status=403)),
        ((422, {"why": "no"}), lambda: web.json_response({"why": "no"}, status=422)),
    ],
)
def test_the_answer_of_anybody_is_told_as_it_is(expected: Any, answer: Callable[[], web.Response]) -> None:
    reply = called(Seen(answer), "/in", {})
    assert (reply.status, reply.body) == expected


@pytest.mark.parametrize("status", [500, 502, 503, 504])
def test_5xx_is_repeated_until_it_is_over(status: int) -> None:
    seen = Seen(*[lambda: web.Response(status=status)] * 2)
    reply = called(seen, "/in", {})
    assert (reply.status, reply.retries, len(seen.requests)) == (200, 2, 3)


def test_429_waits_as_long_as_it_says() -> None:
    infobip = Infobip(steps=[too_fast(30.0), Reply(200)])

    async def story() -> Reply:
        client = infobip.connect()
        try:
            job = webhook_job(path="/people/3/persons/upsert", method="PATCH")
            return await unpaced(client.perform)(Call(target_of(job).operation, {"a": 1}, verbatim=True), ignore)
        finally:
            await client.aclose()

    reply = play(story())
    first, second = infobip.times
    assert (reply.status, reply.retries, second - first >= 30.0) == (200, 1, True)


# --- what is prepared -----------------------------------------------------------------------------------------------


def prepare(**options: Any) -> EventRun:
    found: list[EventRun] = []

    async def story(begun: Start) -> None:
        found.append(await start.prepare(begun.job, begun.context))  # type: ignore[arg-type]
        for work in found[0].background:
            await _ended(work)

    started(webhook_job(**options), Infobip(), story)
    return found[0]


async def _ended(work: Callable[[], Coroutine[Any, Any, None]]) -> None:
    task = asyncio.create_task(work())
    await asyncio.sleep(0)
    task.cancel()
    await asyncio.gather(task, return_exceptions=True)


@pytest.mark.parametrize("host", ["127.0.0.1", "10.0.0.5", "localhost", "[::1]", "2130706433", "169.254.169.254"])
def test_a_job_whose_address_is_private_does_not_begin(host: str) -> None:
    told = r"^job 'hook': url is a private address, which only `allow_private: true` allows$"
    with pytest.raises(JobFailed, match=told):
        prepare(url=f"http://{host}/in")
    assert prepare(url=f"http://{host}/in", allow_private=True).client is not None


def test_calls_at_the_account_are_made_by_its_client_and_others_by_one_without_a_key() -> None:
    assert prepare(path="/people/2/tags").client is None
    assert prepare(url="http://infobip.test/people/2/tags", authorization="main").client is None
    assert prepare(url="https://hooks.example.com/in").client is not None
    assert prepare(url="https://infobip.test/people/2/tags", authorization="main").client is not None


def test_what_a_job_keeps_besides_is_what_its_calls_ask_for() -> None:
    def kept(**options: Any) -> list[str]:
        return [type(one).__name__ for one in prepare(**options).state]

    assert kept(path="/people/2/tags") == ["CallRecords"]
    assert kept(path="/people/2/tags", repeat="never") == ["Marks", "CallRecords"]


def test_windows_of_calls_that_are_made_once_are_soon_done() -> None:
    """What is not done when a process ends or hands over is buried."""
    there = "http://hooks.example.com/in"
    assert prepare(url=there, repeat="never", max_per_second=100).window_events_max == 50
    assert prepare(url=there, repeat="never", max_per_second=0.1).window_events_max == 1
    assert prepare(url=there, repeat="never", max_per_second=100_000).window_events_max == 500
    assert prepare(url=there, repeat="never", max_per_second=4, batch={"max_events": 100}).window_events_max == 200
    assert prepare(url=there, repeat="never").window_events_max is None
    assert prepare(url=there, max_per_second=100).window_events_max is None
