"""Repairs while events come, processes die and partitions move: Infobip ends as Kafka says, whatever happens."""

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import partial
from pathlib import Path
from typing import Any

import orjson
import pytest

from streams.simulator import SimulatorOptions
from tests import forked
from tests.integration.brokers import Broker
from tests.integration.events import drain, emails, event
from tests.integration.harness import ROOT, Corridor, Worker, corridor, until
from tests.integration.importing import Crowd
from tests.integration.test_repair import ENVIRON, repair

pytestmark = [pytest.mark.broker, pytest.mark.kafka]


def command(made: Corridor, *options: str) -> Worker:
    """Begin a repair in a process of its own."""
    path = made.write_configuration()
    name = f"repair-{len(made.workers)}.log"
    worker = Worker(path, made.folder / name, [made.name, *options], (), None, "repair")
    made.workers.append(worker)
    return worker


def ordered(made: Corridor) -> int:
    """How many people are ordered to be repaired."""
    said = [orjson.loads(record.value()) for record in made.read(f"infobip_repairs_{made.name}")]
    return sum(len(one["people"]) for one in said if "people" in one)


def is_repaired(made: Corridor) -> Callable[[], bool]:
    """Whether some person is repaired."""
    return lambda: made.outcomes()["repaired_added"] > 0


@contextmanager
def tagged_members(
    broker: Broker, tmp_path: Path, name: str, members: int, options: SimulatorOptions | None = None, **job: Any
) -> Iterator[tuple[Crowd, Corridor]]:
    """A job that has exported its members."""
    with Crowd(options) as infobip, corridor(broker.bootstrap, infobip.url, tmp_path, name) as made:
        made.change(**job)
        made.start()
        made.publish(event(number) for number in range(members))
        drain(made)
        yield infobip, made


@contextmanager
def repair_under_way(
    broker: Broker, tmp_path: Path, name: str, members: int, latency_seconds: float
) -> Iterator[tuple[Crowd, Corridor, Worker]]:
    """A repair of members of whom none has the tag, as soon as the first of them has it again."""
    options = SimulatorOptions(limits=None, latency_seconds=latency_seconds)
    with tagged_members(broker, tmp_path, name, members, options) as (infobip, made):
        infobip.untag("VIP", *range(members))
        doing = command(made, "--force")
        until(is_repaired(made), "the first is repaired")
        yield infobip, made, doing


def pausing(made: Corridor, what: str) -> None:
    """Pause or resume the job."""
    path = made.write_configuration()
    done = forked.call(["streams", what, made.name, "-c", str(path)], cwd=ROOT, environ=ENVIRON)
    assert done.returncode == 0, done.stderr


def test_events_that_come_after_the_comparison_have_the_last_word(broker: Broker, tmp_path: Path, unique: str) -> None:
    with tagged_members(broker, tmp_path, unique, 200) as (infobip, made):
        infobip.untag("VIP", *range(20))
        infobip.create(range(1000, 1010), tags=["VIP"])
        pausing(made, "pause")
        until(lambda: made.status()["state"] == "paused", "the job is paused")
        doing = command(made, "--force")
        until(lambda: ordered(made) == 30, "orders are written")
        # Ten of those who lack the tag leave, and five of those who have it in vain enter.
        made.publish(event(number, "exit") for number in range(10))
        made.publish(event(number) for number in range(1000, 1005))
        assert not made.outcomes()["repaired_added"]
        pausing(made, "resume")
        assert doing.process.wait(120) == 0, doing.log.read_text()
        drain(made)
        assert infobip.tagged("VIP") == emails(range(10, 200)) | emails(range(1000, 1005))
        told = made.outcomes()
        assert (told["repaired_added"], told["repaired_removed"] + told["superseded"]) == (10, 20)
        assert told["superseded"] >= 10  # those of whom a partition tells; others may be met by their event


def test_events_that_come_while_an_order_is_carried_out_follow_it(broker: Broker, tmp_path: Path, unique: str) -> None:
    options = SimulatorOptions(limits=None, latency_seconds=1.5)
    with tagged_members(broker, tmp_path, unique, 50, options) as (infobip, made):
        infobip.untag("VIP", *range(20))
        doing = command(made, "--force")
        until(lambda: infobip.count("add_tag") > 4 or ordered(made) > 0, "it is ordered")
        for turn in range(8):
            made.publish(event(number, ("exit", "enter")[turn % 2]) for number in range(20))
            threading.Event().wait(0.4)
        made.publish(event(number, "exit") for number in range(20))
        assert doing.process.wait(180) == 0, doing.log.read_text()
        drain(made)
        assert infobip.tagged("VIP") == emails(range(20, 50))


def test_who_is_killed_midway_is_followed_by_who_goes_on(broker: Broker, tmp_path: Path, unique: str) -> None:
    with repair_under_way(broker, tmp_path, unique, 6000, 0.3) as (infobip, made, doing):
        made.workers[0].kill()
        made.start()
        assert doing.process.wait(180) == 0, doing.log.read_text()
        assert infobip.tagged("VIP") == emails(range(6000))


def test_a_command_that_is_killed_leaves_orders_that_go_on(broker: Broker, tmp_path: Path, unique: str) -> None:
    with repair_under_way(broker, tmp_path, unique, 3000, 0.3) as (infobip, made, doing):
        doing.kill()
        assert repair(made, "--force")["ended"] == "equal"
        assert infobip.tagged("VIP") == emails(range(3000))


def test_two_processes_share_a_repair_and_partitions_move(broker: Broker, tmp_path: Path, unique: str) -> None:
    with repair_under_way(broker, tmp_path, unique, 6000, 0.3) as (infobip, made, doing):
        made.start()
        until(lambda: made.status()["processes"] == 2, "two processes share the partitions")
        assert made.workers[0].stop() == 0
        assert doing.process.wait(180) == 0, doing.log.read_text()
        assert infobip.tagged("VIP") == emails(range(6000))


def test_a_repair_that_is_stopped_does_nothing_more(broker: Broker, tmp_path: Path, unique: str) -> None:
    with repair_under_way(broker, tmp_path, unique, 8000, 1.0) as (infobip, made, doing):
        assert doing.stop() == 3
        assert "given up" in doing.log.read_text()
        before = len(infobip.tagged("VIP"))
        assert before < 8000
        threading.Event().wait(6)
        assert len(infobip.tagged("VIP")) <= before + 2000  # what was in flight
        assert repair(made, "--force")["ended"] == "equal"


def test_a_repair_that_begins_gives_up_the_one_before(broker: Broker, tmp_path: Path, unique: str) -> None:
    with tagged_members(broker, tmp_path, unique, 100) as (infobip, made):
        infobip.untag("VIP", *range(100))
        pausing(made, "pause")
        first = command(made, "--force")
        until(lambda: ordered(made) == 100, "the first has ordered")
        second = command(made, "--force")
        assert first.process.wait(60) == 1
        assert "another one began" in first.log.read_text()
        until(lambda: ordered(made) == 200, "the second has ordered")
        pausing(made, "resume")
        assert second.process.wait(60) == 0
        assert infobip.tagged("VIP") == emails(range(100))
        assert made.outcomes()["repaired_added"] == 100


def test_refusals_and_outages_are_waited_out(broker: Broker, tmp_path: Path, unique: str) -> None:
    with tagged_members(broker, tmp_path, unique, 3000) as (infobip, made):
        infobip.untag("VIP", *range(3000))
        for fault in ("add_tag:status=429,count=2", "add_tag:status=500,count=2", "add_tag:lose_answer,count=1"):
            infobip.do(partial(infobip.simulator.faults.add, fault))
        assert repair(made, "--force")["ended"] == "equal"
        assert infobip.tagged("VIP") == emails(range(3000))
