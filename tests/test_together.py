"""Works that go on together end together, and what one of them raises is heard."""

import asyncio

import pytest

from streams.together import together


class Diary:
    """Works that note when they have ended."""

    def __init__(self) -> None:
        self.ended: list[str] = []

    async def lasts(self, name: str) -> None:
        try:
            await asyncio.Event().wait()
        finally:
            await asyncio.sleep(0)  # what is called off may still have something to put away
            self.ended.append(name)

    async def ends(self, name: str) -> str:
        self.ended.append(name)
        return name

    async def fails(self, name: str) -> None:
        self.ended.append(name)
        raise LookupError(name)


def test_when_one_ends_the_others_are_called_off_and_waited_for() -> None:
    diary = Diary()
    asyncio.run(together([diary.lasts("a"), diary.ends("b"), diary.lasts("c")]))
    assert diary.ended == ["b", "a", "c"]


def test_what_one_raises_is_raised_when_the_others_have_ended() -> None:
    diary = Diary()
    with pytest.raises(LookupError, match="b"):
        asyncio.run(together([diary.lasts("a"), diary.fails("b")]))
    assert diary.ended == ["b", "a"]


def test_of_several_that_fail_at_once_the_first_is_heard_also_beside_one_that_ends() -> None:
    for _ in range(20):
        diary = Diary()
        with pytest.raises(LookupError, match="b"):
            asyncio.run(together([diary.ends("a"), diary.fails("b"), diary.fails("c")]))


def test_whoever_is_called_off_calls_all_of_them_off() -> None:
    diary = Diary()

    async def called_off() -> None:
        task = asyncio.create_task(together([diary.lasts("a"), diary.lasts("b")]))
        await asyncio.sleep(0)
        await asyncio.sleep(0)
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task

    asyncio.run(called_off())
    assert diary.ended == ["a", "b"]
