"""What ends the demo before its time."""

import asyncio
import os
import signal
from typing import NoReturn

import pytest

from streams.demo.interruptions import unless_told_to_end, while_running
from streams.errors import StreamsError


class Program:
    """One that ends when it is told to."""

    def __init__(self) -> None:
        self.told = asyncio.Event()

    async def ended(self) -> NoReturn:
        await self.told.wait()
        raise StreamsError("it has ended")


class Work:
    """Work that never ends by itself, and notes that it was called off."""

    def __init__(self) -> None:
        self.began = asyncio.Event()
        self.tidied = False

    async def run(self) -> int:
        try:
            self.began.set()
            await asyncio.Event().wait()
        finally:
            await asyncio.sleep(0)
            self.tidied = True
        return 0


def test_what_work_gives_is_given_while_all_programs_run() -> None:
    async def story() -> str:
        return await while_running(asyncio.sleep(0, "done"), Program(), Program())

    assert asyncio.run(story()) == "done"


def test_where_a_program_has_ended_work_is_called_off() -> None:
    async def story() -> Work:
        work, program = Work(), Program()
        working = asyncio.create_task(while_running(work.run(), Program(), program))
        await work.began.wait()
        program.told.set()
        with pytest.raises(StreamsError, match="it has ended"):
            await working
        return work

    assert asyncio.run(story()).tidied


@pytest.mark.parametrize("name", ["SIGTERM", "SIGINT"])
def test_a_signal_calls_work_off_and_is_told_by_the_exit_code(name: str) -> None:
    number = signal.Signals[name]

    async def story() -> tuple[int, Work]:
        work = Work()
        working = asyncio.create_task(unless_told_to_end(work.run()))
        await work.began.wait()
        os.kill(os.getpid(), number)
        return await working, work

    code, work = asyncio.run(story())
    assert (code, work.tidied) == (128 + number, True)


def test_without_a_signal_works_own_exit_code_is_told() -> None:
    assert asyncio.run(unless_told_to_end(asyncio.sleep(0, 1))) == 1


def test_whoever_calls_it_off_themselves_hears_so() -> None:
    async def story() -> None:
        work = Work()
        working = asyncio.create_task(unless_told_to_end(work.run()))
        await work.began.wait()
        working.cancel()
        with pytest.raises(asyncio.CancelledError):
            await working
        assert work.tidied

    asyncio.run(story())
