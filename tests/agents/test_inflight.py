"""The calls of one window, side by side."""

import asyncio
from collections.abc import Callable, Generator

import pytest

from schemas.operations import ADD_TAG
from streams.agents.inflight import InflightWindow
from streams.calls.call import Call, Reply

CALLS = [Call(ADD_TAG, path="/good"), Call(ADD_TAG, path="/bad")]


def dialogue() -> Generator[list[Call], list[Reply], list[Reply]]:
    return (yield CALLS)


def test_replies_come_in_the_order_of_their_calls() -> None:
    async def perform(call: Call, _: Callable[[], None]) -> Reply:
        await asyncio.sleep(0.01 if call.path == "/good" else 0)
        return Reply(200, call.path)

    replies = asyncio.run(InflightWindow(set(), set()).converse(dialogue(), perform))
    assert [reply.body for reply in replies] == ["/good", "/bad"]


def test_when_one_call_fails_the_others_are_called_off() -> None:
    ended: list[str] = []

    async def perform(call: Call, _: Callable[[], None]) -> Reply:
        if call.path == "/bad":
            raise RuntimeError("a bug")
        try:
            await asyncio.Event().wait()
        finally:
            ended.append(call.path)
        return Reply(200)

    async def run() -> None:
        with pytest.raises(RuntimeError, match="a bug"):
            await InflightWindow(set(), set()).converse(dialogue(), perform)
        await asyncio.sleep(0)
        assert ended == ["/good"]  # in here: at the end of the loop everything is called off

    asyncio.run(run())
