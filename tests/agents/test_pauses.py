"""A job that is paused begins nothing, finishes what is in flight, and goes on where it was."""

import asyncio
from datetime import UTC, datetime
from typing import Any

import pytest

from schemas.operations import ADD_TAG
from schemas.records.commands import CommandName, JobCommand
from streams.agents.commands import heard
from streams.agents.membership import MembershipAgent
from streams.agents.pauses import GRACE_SECONDS, Pauses, PauseSwitch
from streams.calls.call import Call, Reply
from streams.calls.pacing import UNPACED, NotNow, Pacing, ignore
from streams.errors import JobFailed
from tests.agents.membership_world import PLACE, SMALL, World, ours, play, records
from tests.fakes.clock import Clock, timeless


def said(command: CommandName = "pause") -> JobCommand:
    return JobCommand(job="vip", command=command, by="ann@ops-1", at=datetime.now(UTC))


def switched(agent: MembershipAgent) -> PauseSwitch:
    return agent._pause


async def settled() -> None:
    for _ in range(50):
        await asyncio.sleep(0)


def test_what_is_in_flight_is_committed_and_what_was_gathered_waits() -> None:
    async def scene(world: World, agent: MembershipAgent) -> None:
        held = world.hold("ann")
        reading = asyncio.create_task(agent.read(records("ann", "ben", "cleo"), ours))
        await settled()
        switched(agent).hear(said())
        held.set()
        await settled()
        assert world.commits[-1] == {PLACE: 2}
        calls = len(world.calls)
        more = asyncio.create_task(agent.read(records("dora", "eve", first=3), ours))
        await settled()
        assert (len(world.calls), world.commits[-1], agent.waits(PLACE)) == (calls, {PLACE: 2}, True)
        switched(agent).hear(said("resume"))
        await asyncio.gather(reading, more)
        async with asyncio.timeout(10):
            while world.commits[-1] != {PLACE: 4}:  # noqa: ASYNC110 - the agent commits now and then
                await asyncio.sleep(0)

    play(scene, **SMALL)


def test_a_stop_sends_nothing_of_a_paused_job() -> None:
    async def scene(world: World, agent: MembershipAgent) -> None:
        await agent.read(records("ann"), ours)
        await settled()
        switched(agent).hear(said())
        await agent.stop()
        assert (world.calls, world.commits) == ([], [])

    play(scene, **SMALL)


class Performing:
    """Performs calls as a client does: it waits its turn, and asks once more before it goes."""

    def __init__(self) -> None:
        self.gone = 0

    async def __call__(self, _: Call, __: Any, pace: Pacing) -> Reply:
        while True:
            await pace.before_queueing()
            try:
                await pace.before_sending()
            except NotNow:
                continue
            self.gone += 1
            return Reply(200, {})


@pytest.mark.parametrize("at_once", [True, False])
def test_calls_go_until_those_in_flight_have_had_their_time(*, at_once: bool) -> None:
    async def story() -> None:
        clock, performing = Clock(), Performing()
        switch = PauseSwitch(clock)
        perform = switch.bound(performing, at_once=at_once)
        switch.hear(said())
        first = asyncio.ensure_future(perform(Call(ADD_TAG), ignore, UNPACED))
        await settled()
        assert performing.gone == (0 if at_once else 1)
        clock.move(GRACE_SECONDS)
        second = asyncio.ensure_future(perform(Call(ADD_TAG), ignore, UNPACED))
        await settled()
        assert performing.gone == (0 if at_once else 1)
        switch.hear(said("resume"))
        await asyncio.gather(first, second)
        assert performing.gone == 2

    asyncio.run(story())


def test_a_call_that_had_its_turn_when_the_job_was_paused_waits_for_another() -> None:
    async def story() -> None:
        switch, performing = PauseSwitch(), Performing()

        async def paused_meanwhile() -> None:
            if switch.command is None:
                switch.hear(said())

        pace = Pacing(before_sending=paused_meanwhile)
        calling = asyncio.ensure_future(switch.bound(performing, at_once=True)(Call(ADD_TAG), ignore, pace))
        await settled()
        assert performing.gone == 0
        switch.hear(said("resume"))
        await calling
        assert performing.gone == 1

    asyncio.run(story())


@timeless
async def test_nobody_begins_before_it_is_known_who_is_paused() -> None:
    told: list[str] = []
    pauses = Pauses(awaited=True, tell=told.append)
    knowing = asyncio.create_task(pauses.known())
    await settled()
    assert (pauses.wanted.is_set(), knowing.done()) == (True, False)
    pauses.hear("vip", said())
    pauses.catch_up()
    await knowing
    assert (told, pauses.of("vip").paused, pauses.of("gold").paused) == (["vip"], True, False)


@timeless
async def test_who_cannot_know_says_why_and_who_knew_goes_on() -> None:
    pauses = Pauses(awaited=True)
    pauses.fail(JobFailed("no ACL lets us READ topic infobip_commands"))
    with pytest.raises(JobFailed, match="READ topic infobip_commands"):
        await pauses.known()
    pauses.catch_up()
    await pauses.known()
    pauses.fail(JobFailed("away"))
    await pauses.known()


class Record:
    def __init__(self, key: bytes, value: bytes | None) -> None:
        self._key, self._value = key, value

    def key(self) -> bytes:
        return self._key

    def value(self) -> bytes | None:
        return self._value

    def offset(self) -> int:
        return 0


def test_the_last_word_on_a_job_counts_and_strange_ones_do_not() -> None:
    one: Any = [
        Record(b"vip", said().model_dump_json().encode()),
        Record(b"gold", said().model_dump_json().encode()),
        Record(b"gold", None),
        Record(b"vip", b"no JSON"),
    ]
    assert {job: None if command is None else command.command for job, command in heard("t", one).items()} == {
        "vip": "pause",
        "gold": None,
    }
