"""Steps that block, each in a thread of its own."""

import asyncio
import threading

import pytest

from streams.calls.waiting import Wait, alive, tell
from streams.kafka.threads import in_own_thread


def test_steps_that_hang_are_in_nobodys_way_and_do_not_keep_the_process() -> None:
    """As many as asyncio has threads for, and more; at the end of the loop they are left behind."""
    released = threading.Event()

    async def run() -> str:
        hung = [asyncio.create_task(in_own_thread(released.wait)) for _ in range(50)]
        await asyncio.sleep(0)
        answer = await in_own_thread(lambda: "answered")
        assert not any(task.done() for task in hung)
        return answer

    try:
        assert asyncio.run(asyncio.wait_for(run(), 5)) == "answered"
    finally:
        released.set()  # and what they say is heard by nobody


def test_what_a_step_raises_is_raised_where_it_is_waited_for() -> None:
    def fail() -> None:
        raise ValueError("a fact")

    with pytest.raises(ValueError, match="a fact"):
        asyncio.run(in_own_thread(fail))


def test_signs_of_life_are_those_of_the_task_that_waits() -> None:
    async def run() -> int:
        wait = Wait()
        tell(wait)
        await in_own_thread(alive)
        return wait.signs

    assert asyncio.run(run()) == 1
