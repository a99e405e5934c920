"""An endpoint that takes people and tags as fast as it can, so that what is measured is the caller.

`python -m bench.endpoint PORT` serves; `GET /seen` tells what came, with the times of the first and the last call.
"""

import sys
import time
from dataclasses import asdict, dataclass

import orjson
from aiohttp import web


@dataclass
class Seen:
    """What came: items of tag additions end the way of an event."""

    upserted: int = 0
    tagged: int = 0
    calls: int = 0
    first: float = 0.0
    last: float = 0.0


SEEN = Seen()


def note() -> None:
    SEEN.calls += 1
    SEEN.last = time.monotonic()
    SEEN.first = SEEN.first or SEEN.last


async def upsert(request: web.Request) -> web.Response:
    persons = orjson.loads(await request.read())["persons"]
    note()
    SEEN.upserted += len(persons)
    results = [{"index": index, "id": index, "status": "UPDATED"} for index in range(len(persons))]
    body = orjson.dumps({"errors": [], "results": results})
    return web.Response(body=body, status=207, content_type="application/json")


async def tag(request: web.Request) -> web.Response:
    people = orjson.loads(await request.read())["people"]
    note()
    SEEN.tagged += len(people)
    return web.Response()


async def nothing(_: web.Request) -> web.Response:
    return web.json_response({"persons": [], "customAttributes": [], "name": "VIP"})


async def seen(_: web.Request) -> web.Response:
    return web.json_response(asdict(SEEN))


def main() -> None:
    app = web.Application(client_max_size=64 * 1024 * 1024)
    app.router.add_patch("/people/3/persons/upsert", upsert)
    app.router.add_patch("/people/2/tags/{name}/persons", tag)
    app.router.add_get("/people/2/{anything:.*}", nothing)
    app.router.add_post("/people/2/{anything:.*}", nothing)
    app.router.add_get("/seen", seen)
    web.run_app(app, host="127.0.0.1", port=int(sys.argv[1]), print=None, access_log=None)


if __name__ == "__main__":
    main()
