"""Cookies are kept as any client keeps them, though they are only looked for where an answer sets some."""

import asyncio

import httpx

from streams.infobip.transport import connect


def test_a_cookie_that_an_answer_sets_goes_with_the_next_request() -> None:
    heard: list[str | None] = []

    def answer(request: httpx.Request) -> httpx.Response:
        heard.append(request.headers.get("cookie"))
        return httpx.Response(200, headers={"Set-Cookie": "node=7"} if len(heard) == 2 else {})

    async def ask() -> None:
        async with connect("main", "https://example.api.infobip.com", "key", httpx.MockTransport(answer)) as http:
            for _ in range(3):
                await http.get("/people/2/tags")

    asyncio.run(ask())
    assert heard == [None, None, "node=7"]
