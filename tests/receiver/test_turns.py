"""Whose turn it is: so many bytes at once, in the order they came, and nobody's turn is lost."""

import asyncio
import contextlib

import pytest

from streams.receiver.turns import Turns
from tests.stories import story


class Bodies:
    """Bodies that ask for their turn, and those that have had it, in order."""

    def __init__(self, most: int) -> None:
        self.turns = Turns(most)
        self.begun: list[int] = []

    def come(self, size: int) -> "asyncio.Task[None]":
        return asyncio.create_task(self._begin(size))

    async def _begin(self, size: int) -> None:
        await self.turns.begin(size)
        self.begun.append(size)


async def settle() -> None:
    """Let everybody do what they can."""
    for _ in range(5):
        await asyncio.sleep(0)


@story
async def test_whoever_is_over_it_waits_and_who_came_first_goes_first() -> None:
    bodies = Bodies(100)
    for size in (60, 40, 50, 10):
        bodies.come(size)
    await settle()
    assert bodies.begun == [60, 40]
    bodies.turns.end(40)
    await settle()
    assert bodies.begun == [60, 40], "the small one does not overtake"
    bodies.turns.end(60)
    await settle()
    assert bodies.begun == [60, 40, 50, 10]


@story
async def test_one_of_any_size_has_its_turn_alone() -> None:
    bodies = Bodies(100)
    for size in (500, 1):
        bodies.come(size)
    await settle()
    assert bodies.begun == [500]
    bodies.turns.end(500)
    await settle()
    assert bodies.begun == [500, 1]


@pytest.mark.parametrize("in_its_turn", [False, True])
@story
async def test_who_is_called_off_while_waiting_holds_up_nobody(in_its_turn: bool) -> None:  # noqa: FBT001
    bodies = Bodies(100)
    bodies.come(100)
    waiting = bodies.come(70)
    bodies.come(90)
    await settle()
    if in_its_turn:
        bodies.turns.end(100)
    waiting.cancel()
    with contextlib.suppress(asyncio.CancelledError):
        await waiting
    if not in_its_turn:
        bodies.turns.end(100)
    await settle()
    assert bodies.begun == [100, 90]
    bodies.turns.end(90)
    bodies.come(100)
    await settle()
    assert bodies.begun == [100, 90, 100], "nothing is still counted"
