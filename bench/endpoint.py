"""An endpoint that takes people, tags, records and messages as fast as it can: what is measured is the caller.

It lists people, too, and tells of messages.
`python -m bench.endpoint PORT` serves; `GET /seen` tells what came. Each subject of a comparison talks to one of these.
"""

import argparse
import asyncio
import random
import time
from collections.abc import Awaitable, Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from typing import Any

import orjson
from aiohttp import web

from bench import messages, people
from streams.simulator import SimulatorOptions
from streams.simulator.throttle import Throttle

BODY_BYTES_MAX = 64 * 1024 * 1024
Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]
TOO_MANY = web.HTTPTooManyRequests.status_code


@dataclass(slots=True)
class Seen:
    """What came. An event is delivered when its tag was added, or its record or message was taken.

    Of the calls, `asked` were questions to the logs, `refused` were answered 429, and the answers of `cut` were lost.
    `duplicates` are messages that were refused because their ids were taken.

    `people`, `repeated` and `again` (different people delivered; those delivered more than once; deliveries beyond the
    first) are counted where the endpoint keeps identities. `most_flying` calls waited for an answer at once.
    """

    calls: int = 0
    asked: int = 0
    refused: int = 0
    cut: int = 0
    upserted: int = 0
    delivered: int = 0
    duplicates: int = 0
    people: int = 0
    repeated: int = 0
    again: int = 0
    most_flying: int = 0
    first: float = 0.0
    last: float = 0.0


@dataclass(frozen=True, slots=True)
class Behaviour:
    """How it answers; `lose` is the part of the answers to messages that it loses, `people` how many it lists.

    `others` is how many messages somebody else sends by the same account beside each that comes.
    """

    latency: float = 0.0
    limit: int | None = None
    refuse: float = 0.0
    lose: float = 0.0
    seed: int = 0
    identities: bool = False
    people: int = 0
    others: int = 0


class Endpoint:
    """Counts what it takes, and refuses what it was told to refuse."""

    def __init__(
        self,
        behaviour: Behaviour,
        clock: Callable[[], float] = time.monotonic,
        sleep: Callable[[float], Awaitable[object]] = asyncio.sleep,
        wall_clock: Callable[[], float] = time.time,
    ) -> None:
        self.seen = Seen()
        self._behaviour = behaviour
        self._clock, self._sleep = clock, sleep
        self._chance = random.Random(behaviour.seed)  # noqa: S311 - no secret hangs on it
        limits = dict.fromkeys(("upsert_persons", "add_tag", "list_persons"), behaviour.limit)
        self._throttle = Throttle(SimulatorOptions(limits=limits))
        self._times = bytearray()
        self._people = people.People(behaviour.people)
        self._messages = messages.Messages(wall_clock, behaviour.others)
        self._flying = 0

    def app(self) -> web.Application:
        app = web.Application(client_max_size=BODY_BYTES_MAX)
        app.router.add_patch("/people/3/persons/upsert", self._served("upsert_persons", self._upsert))
        app.router.add_patch("/people/2/tags/{name}/persons", self._served("add_tag", self._tag))
        # Those that post records are limited as upserts are: theirs, too, is one call for many people.
        app.router.add_post("/records", self._served("upsert_persons", self._records))
        if self._behaviour.people:
            app.router.add_get(people.PATH, self._listed(self._served("list_persons", self._list)))
        app.router.add_post(messages.PATH, self._send)
        app.router.add_get(messages.LOGS, self._served("list_sms_logs", self._logs))
        app.router.add_get("/people/2/{anything:.*}", nothing)
        app.router.add_post("/people/2/{anything:.*}", nothing)
        app.router.add_get("/seen", self._tell)
        app.router.add_get("/accepted", self._tell_times)
        return app

    def _listed(self, serve: Handler) -> Handler:
        """Count only pages: who asks for no order, and for nobody, looks whether anybody answers."""

        async def answer(request: web.Request) -> web.StreamResponse:
            return await (serve if {"orderBy", "filter"} & request.query.keys() else nothing)(request)

        return answer

    def _served(self, operation: str, take: Callable[[bytes, Mapping[str, str]], bytes]) -> Handler:
        async def serve(request: web.Request) -> web.StreamResponse:
            with self._called() as now:
                refused = self._refuses(operation, now)
                body = await request.read()
                await self._sleep(self._behaviour.latency)
                return self._too_many() if refused else _json(take(body, request.query))

        return serve

    async def _send(self, request: web.Request) -> web.StreamResponse:
        """Accept messages when they come, and answer later, or never."""
        with self._called() as now:
            if self._refuses("send_sms", now):
                return self._too_many()
            numbers, answer = self._messages.take(await request.read())
            self.seen.duplicates = self._messages.duplicates
            self._deliver(len(numbers), lambda: numbers)
            lost = self._behaviour.lose > 0 and self._chance.random() < self._behaviour.lose
            await self._sleep(self._behaviour.latency)
            if lost and request.transport is not None:
                self.seen.cut += 1
                request.transport.abort()
            return _json(answer)

    @contextmanager
    def _called(self) -> Iterator[float]:
        now = self._clock()
        self.seen.calls += 1
        self.seen.first = self.seen.first or now
        self._flying += 1
        self.seen.most_flying = max(self.seen.most_flying, self._flying)
        try:
            yield now
        finally:
            self._flying -= 1

    def _too_many(self) -> web.Response:
        self.seen.refused += 1
        return web.Response(status=TOO_MANY, headers={"Retry-After": "1"})

    def _refuses(self, operation: str, now: float) -> bool:
        by_chance = self._behaviour.refuse > 0 and self._chance.random() < self._behaviour.refuse
        return by_chance or self._throttle.wait_seconds(operation, now) > 0

    def _upsert(self, body: bytes, _: Mapping[str, str]) -> bytes:
        count = len(orjson.loads(body)["persons"])
        self.seen.upserted += count
        results = [{"index": index, "id": index, "status": "UPDATED"} for index in range(count)]
        return orjson.dumps({"errors": [], "results": results})

    def _tag(self, body: bytes, _: Mapping[str, str]) -> bytes:
        tagged = orjson.loads(body)["people"]
        self._deliver(len(tagged), lambda: (number_of(person["query"]["identifier"]) for person in tagged))
        return b"{}"

    def _records(self, body: bytes, _: Mapping[str, str]) -> bytes:
        records = parse_records(body)
        self._deliver(len(records), lambda: (number_of(record["profile"]["email"]) for record in records))
        return b"{}"

    def _list(self, _: bytes, query: Mapping[str, str]) -> bytes:
        try:
            return self._people.page(query)
        except people.Unasked as fault:
            raise web.HTTPBadRequest(text=str(fault)) from fault

    def _logs(self, _: bytes, query: Mapping[str, str]) -> bytes:
        self.seen.asked += 1
        return self._messages.logs(query)

    def _deliver(self, count: int, numbers: Callable[[], Iterable[int]]) -> None:
        self.seen.delivered += count
        self.seen.last = self._clock()
        if self._behaviour.identities:
            for number in numbers():
                self._identify(number)

    def _identify(self, number: int) -> None:
        if number >= len(self._times):
            self._times.extend(bytes(number + 1 - len(self._times)))
        times = self._times[number]
        if times == 0:
            self.seen.people += 1
        else:
            self.seen.again += 1
            self.seen.repeated += times == 1
        self._times[number] = min(times + 1, 255)

    async def _tell(self, _: web.Request) -> web.Response:
        return web.json_response(asdict(self.seen))

    async def _tell_times(self, _: web.Request) -> web.Response:
        return web.json_response(self._messages.times())


def number_of(email: str) -> int:
    """Return the number of a made-up person: a list of numbers is a thousand times smaller than one of addresses."""
    return int(email.removeprefix("person").partition("@")[0])


def parse_records(body: bytes) -> list[dict[str, Any]]:
    """Read a JSON array of events, one event, or one a line."""
    if body.startswith(b"["):
        records: list[dict[str, Any]] = orjson.loads(body)
        return records
    return [orjson.loads(line) for line in body.splitlines() if line]


def _json(body: bytes) -> web.Response:
    return web.Response(body=body, content_type="application/json")


async def nothing(_: web.Request) -> web.Response:
    """Answer what jobs ask before they begin."""
    return web.json_response({"persons": [], "customAttributes": [], "name": "VIP"})


def main() -> None:
    parser = argparse.ArgumentParser(prog="bench.endpoint")
    parser.add_argument("port", type=int)
    parser.add_argument("--latency", type=float, default=0.0, help="seconds before every answer")
    parser.add_argument("--limit", type=int, help="calls of an operation in any second")
    parser.add_argument("--refuse", type=float, default=0.0, help="part of the calls that are answered 429 by chance")
    parser.add_argument("--lose", type=float, default=0.0, help="part of the answers to messages that are lost")
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--identities", action="store_true", help="count people, not only items")
    parser.add_argument("--people", type=int, default=0, help="how many people to list")
    parser.add_argument("--others", type=int, default=0, help="how many messages others send beside each")
    told = vars(parser.parse_args())
    port = told.pop("port")
    app = Endpoint(Behaviour(**told)).app()
    web.run_app(app, host="127.0.0.1", port=port, print=None, access_log=None)


if __name__ == "__main__":
    main()
