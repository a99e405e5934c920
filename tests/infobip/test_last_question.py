"""What may stop a request at the very last moment: on real connections, of which a server sees every byte."""

import asyncio
import gc
import weakref
from collections.abc import Awaitable, Callable
from typing import Any

import pytest

from schemas.operations import ADD_TAG, LIST_PERSONS, REMOVE_TAG
from streams.calls.call import Call
from streams.calls.pacing import UNPACED, NotNow, with_last_question
from streams.infobip.client import Client
from streams.infobip.rate_limit import HEADROOM
from tests.fakes.clock import Clock
from tests.infobip.asking import until

ANSWER = b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: 2\r\n\r\n{}"
WITH_BODY = Call(ADD_TAG, {"persons": ["x" * 200_000]}, path="/people/2/tags/VIP/persons")
WITHOUT_BODY = Call(LIST_PERSONS)
REPEATED_BY_ITSELF = Call(REMOVE_TAG, {"persons": []}, path="/people/2/tags/VIP/persons")


class Server:
    """Answers every request with 200, and keeps all bytes it was sent."""

    def __init__(self) -> None:
        self.bytes = b""
        self.connections = 0
        self.hangs_up = False

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.connections += 1
        while head := await self._head(reader):
            _, _, length = head.lower().partition(b"content-length:")
            body = await reader.readexactly(int(length.split(b"\r\n")[0] or 0))
            self.bytes += head + body
            if self.hangs_up:
                break
            writer.write(ANSWER)
            await writer.drain()
        writer.close()

    async def _head(self, reader: asyncio.StreamReader) -> bytes:
        try:
            return await reader.readuntil(b"\r\n\r\n")
        except asyncio.IncompleteReadError as end:
            self.bytes += end.partial
            return b""

    @property
    def requests(self) -> int:
        return self.bytes.count(b" HTTP/1.1\r\n")


def play(scene: Callable[[Client, Server], Awaitable[None]], **options: Any) -> None:
    async def run() -> None:
        server = Server()
        listening = await asyncio.start_server(server.serve, "127.0.0.1", 0)
        port = listening.sockets[0].getsockname()[1]
        client = Client("main", f"http://127.0.0.1:{port}", "key", **options)
        try:
            async with asyncio.timeout(20):
                await scene(client, server)
        finally:
            await client.aclose()
            listening.close()

    asyncio.run(run())


class Question:
    """Says no once it was asked so many times."""

    def __init__(self, yes: int = 0) -> None:
        self.yes, self.asked = yes, 0

    def __call__(self) -> None:
        self.asked += 1
        if self.asked > self.yes:
            raise NotNow


async def heard_until_it_is(question: Question, client: Client, call: Call) -> None:
    """Perform a call whose question says no, until it has been asked several times."""
    with with_last_question(question):
        calling = asyncio.ensure_future(client.perform(call, lambda: None, UNPACED))
    await until(lambda: question.asked >= 3)
    calling.cancel()
    await asyncio.gather(calling, return_exceptions=True)


@pytest.mark.parametrize("kept", [False, True], ids=["new connection", "kept connection"])
@pytest.mark.parametrize("call", [WITH_BODY, WITHOUT_BODY, REPEATED_BY_ITSELF], ids=["body", "no body", "idempotent"])
def test_no_byte_goes_out_of_a_request_that_is_stopped(call: Call, *, kept: bool) -> None:
    async def scene(client: Client, server: Server) -> None:
        if kept:
            await client.perform(WITHOUT_BODY)
        before = server.bytes
        await heard_until_it_is(Question(), client, call)
        await asyncio.sleep(0.05)
        assert server.bytes == before
        assert client.state.kind == "ok", "it is no trouble of Infobip's"
        await client.perform(call)
        assert server.requests == 1 + kept

    play(scene)


def test_it_is_asked_when_the_connection_is_made_and_not_before() -> None:
    async def scene(client: Client, server: Server) -> None:
        question = Question()

        def ask() -> None:
            assert server.connections == 1
            question()

        with with_last_question(ask):
            calling = asyncio.ensure_future(client.perform(WITHOUT_BODY))
        await until(lambda: question.asked > 0)
        calling.cancel()
        await asyncio.gather(calling, return_exceptions=True)
        assert server.bytes == b""

    play(scene)


def test_it_is_asked_for_each_part_of_a_request_between_which_others_have_their_admission() -> None:
    """Headers and body are written by different tasks: the first may be let through, and the second be too late."""

    async def scene(client: Client, server: Server) -> None:
        await heard_until_it_is(Question(yes=1), client, WITH_BODY)
        await asyncio.sleep(0.05)
        assert server.bytes == b""

    play(scene)


def test_what_the_http_library_repeats_by_itself_is_asked_for_too() -> None:
    """It sends an idempotent request again when a kept connection turns out to be closed."""

    async def scene(client: Client, server: Server) -> None:
        await client.perform(WITHOUT_BODY)
        server.hangs_up = True
        question = Question(yes=2)  # headers and body of the first time
        await heard_until_it_is(question, client, REPEATED_BY_ITSELF)
        assert server.requests == 2

    play(scene)


@pytest.mark.parametrize("call", [WITH_BODY, WITHOUT_BODY], ids=["body", "no body"])
@pytest.mark.parametrize("asked", [1, 2], ids=["before the headers", "before the body"])
def test_a_call_counts_within_the_limit_from_when_its_bytes_go_out(call: Call, asked: int) -> None:
    """The machine stalls for nine seconds right before."""
    clock, question = Clock(0.0), Question(yes=2)

    def stall() -> None:
        question()
        if question.asked == min(asked, 1 + (call is WITH_BODY)):
            clock.move(9.0)

    async def scene(client: Client, _: Server) -> None:
        with with_last_question(stall):
            await client.perform(call)
        await client.perform(call)
        assert clock() == pytest.approx(9 + 1 * (1 + HEADROOM))

    play(scene, limits={call.operation.name: 1}, clock=clock, sleep=clock.sleep)


def test_a_kept_connection_keeps_nothing_of_the_call_that_it_was_made_for() -> None:
    async def scene(client: Client, server: Server) -> None:
        calling = asyncio.create_task(client.perform(WITH_BODY))
        await calling
        kept = weakref.ref(calling)
        del calling
        await asyncio.sleep(0)
        gc.collect()
        assert server.connections == 1
        assert kept() is None

    play(scene)


def test_requests_of_others_ask_their_own() -> None:
    async def scene(client: Client, server: Server) -> None:
        await asyncio.gather(
            heard_until_it_is(Question(), client, WITH_BODY), *(client.perform(WITHOUT_BODY) for _ in range(5))
        )
        assert server.requests == 5

    play(scene)
