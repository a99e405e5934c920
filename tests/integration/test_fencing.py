"""Processes that were away longer than their session: they must do nothing more for what others own by now."""

import os
import random
import signal
import threading
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from functools import partial
from pathlib import Path
from typing import Any

import psutil
import pytest

from streams.simulator import SimulatorOptions
from tests.faults.history import OPTIONS, History
from tests.integration.brokers import Broker, Node
from tests.integration.harness import Corridor, SimulatorThread, Worker, corridor, until

pytestmark = [pytest.mark.broker, pytest.mark.kafka]

#: Where a process may be paused: what it has not done by then, it must never do.
POINTS = ("paused_between_calls", "paused_before_record", "paused_with_records_queued")
#: Two audiences share a tag, so that it is remembered who is in which.
SHARED = {"audiences": ["vip", "gold"], "tag": "VIP", "flush": {"max_events": 1000, "max_seconds": 1}}


def said(profile: str, action: str, audience: str = "vip") -> dict[str, Any]:
    address = {"email": f"{profile}@example.com"}
    return {"action": action, "audience": audience, "profile_id": profile, "profile": address}


class Scene:
    """A job with one partition: its process is paused, another takes over, and the first one wakes."""

    def __init__(self, infobip: SimulatorThread, made: Corridor, point: str) -> None:
        self.infobip, self.made, self.point = infobip, made, point
        self.sleeper: Worker
        self.before: tuple[Any, ...]

    def pause(self) -> None:
        """One person enters, and the process that tells Infobip falls asleep over it."""
        self.made.publish([said("u-1", "enter")])
        self.sleeper = self.made.start(point=f"{self.point}:1")

    def wake(self) -> None:
        self.before = self.done()
        os.kill(self.sleeper.process.pid, signal.SIGCONT)

    def done(self) -> tuple[Any, ...]:
        """All that was done for the partition: calls, and records that tell of them."""
        calls = [self.infobip.count(name) for name in ("upsert_persons", "add_tag", "remove_tag")]
        records = self.made.read("infobip_memberships_" + self.made.name)
        # But for what whoever owns the partition next notes of itself.
        state = [(record.key(), record.value()) for record in records if not record.key().startswith(b"\xff")]
        return calls, state, len(self.made.flushes()), len(self.made.dead_letters())

    @property
    def asleep(self) -> bool:
        return psutil.Process(self.sleeper.process.pid).status() == psutil.STATUS_STOPPED

    @property
    def awake(self) -> bool:
        """Whether the sleeper has found out that it is no member any more, and is one again."""
        return self.sleeper.log.read_text().count("partitions_assigned") == 2


@contextmanager
def scenes(broker: Broker, folder: Path, unique: str) -> Iterator[list[Scene]]:
    with ExitStack() as stack:
        found = []
        for number, point in enumerate(POINTS):
            own = folder / point
            own.mkdir()
            infobip = stack.enter_context(SimulatorThread())
            made = stack.enter_context(corridor(broker.bootstrap, infobip.url, own, f"{unique}-{number}", partitions=1))
            made.change(**SHARED)
            found.append(Scene(infobip, made, point))
        yield found


def test_whoever_wakes_up_does_nothing_more_for_partitions_that_others_own(
    broker: Broker, tmp_path: Path, unique: str
) -> None:
    with scenes(broker, tmp_path, unique) as found:
        for scene in found:
            scene.pause()
        for scene in found:
            until(partial(getattr, scene, "asleep"), f"{scene.point}: it sleeps")
            scene.made.start()
        for scene in found:
            until(partial(_all_done, scene.made), f"{scene.point}: another has taken over")
            assert scene.infobip.tagged("VIP") == {"u-1@example.com"}
            scene.made.publish([said("u-1", "exit")])
        for scene in found:
            until(partial(_all_done, scene.made), f"{scene.point}: the person has left again")
            assert scene.infobip.tagged("VIP") == set()
        for scene in found:
            scene.wake()
        for scene in found:
            until(partial(getattr, scene, "awake"), f"{scene.point}: it is a member again", 30)
            assert scene.done() == scene.before, f"{scene.point}: done after waking, for partitions of another's"
            assert scene.infobip.tagged("VIP") == set(), scene.point
        for scene in found:
            # Whoever reads the state back now finds that the person is in no audience.
            for worker in scene.made.workers:
                assert worker.stop() == 0
            scene.made.start()
            scene.made.publish(
                [said("u-1", "enter", "gold"), said("u-2", "enter", "gold"), said("u-1", "exit", "gold")]
            )
        for scene in found:
            until(partial(_all_done, scene.made), f"{scene.point}: all is done")
            assert scene.infobip.tagged("VIP") == {"u-2@example.com"}, scene.point


@pytest.mark.parametrize("seconds", [8, 20])
def test_brokers_that_stand_still_for_a_while_are_waited_for(
    node: Node, tmp_path: Path, unique: str, seconds: int
) -> None:
    """Shorter and longer than a session: what was on its way is written afterwards, by the same process."""
    history = History(random.Random(seconds))
    with (
        SimulatorThread(SimulatorOptions(limits=None, latency_seconds=0.02)) as infobip,
        corridor(node.bootstrap, infobip.url, tmp_path, unique) as made,
    ):
        made.change(**OPTIONS)
        made.configuration["authorizations"][0]["limits"] = dict.fromkeys(
            ("upsert_persons", "add_tag", "remove_tag"), 1000
        )
        worker = made.start()
        made.publish(history.next(200))
        until(partial(_all_done, made), "it works")
        made.publish(history.next(6000))
        calls = infobip.count("upsert_persons")
        until(lambda: infobip.count("upsert_persons") > calls + 5, "it is busy")
        node.pause()
        try:
            threading.Event().wait(seconds)
            calls = sum(map(infobip.count, ("upsert_persons", "add_tag", "remove_tag")))
            threading.Event().wait(1)
            assert sum(map(infobip.count, ("upsert_persons", "add_tag", "remove_tag"))) == calls, "it goes on unheard"
        finally:
            node.resume()
        until(partial(_all_done, made), "all is done")
        assert worker.process.poll() is None
        assert worker.stop() == 0
        history.check(made, infobip)
        assert not worker.said("ERROR streams"), worker.log.read_text()


def _all_done(made: Corridor) -> bool:
    return made.lag() == 0
