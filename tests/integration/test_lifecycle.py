"""How the jobs of a process live and end beside each other."""

import signal
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import orjson
import pytest

from streams.simulator import SimulatorOptions
from tests.integration.brokers import Broker
from tests.integration.commands import call
from tests.integration.harness import Corridor, SimulatorThread, corridor, until

pytestmark = pytest.mark.broker


def enters(count: int, name: str = "p") -> list[dict[str, Any]]:
    return [
        {
            "action": "enter",
            "audience": "vip",
            "profile_id": f"{name}{number}",
            "profile": {"email": f"{name}{number}@example.com"},
        }
        for number in range(count)
    ]


def status(made: Corridor) -> dict[str, Any]:
    """What `status` says of each job."""
    return {one["job"]: one for one in orjson.loads(call(made, "status", "--json"))}


def _sees(made: Corridor, seen: list[dict[str, Any]]) -> bool:
    seen.append(status(made))
    return True


@pytest.mark.kafka
def test_a_job_that_hangs_beside_a_busy_one_is_told_and_started_anew(
    broker: Broker, tmp_path: Path, unique: str
) -> None:
    """The busy one is at its limit all the time, which is its own wait and excuses nobody else."""
    with (
        SimulatorThread(SimulatorOptions(limits=None)) as infobip,
        corridor(broker.bootstrap, infobip.url, tmp_path, unique) as made,
    ):
        made.configuration["jobs"] = [
            made.job("busy", flush={"max_events": 1, "max_seconds": 1}),
            made.job("hung", tag="Hung"),
        ]
        worker = made.start(point="job_hangs:1:quick")
        made.publish(enters(1000))
        until(lambda: worker.said("job_stalled job=hung"), "the one that hangs is told", 60)
        assert made.lag("busy") > 0
        until(lambda: made.lag("hung") == 0, "it works after all", 60)
        assert not worker.said("job_stalled job=busy")
        assert len(infobip.tagged("Hung")) == 1000
        assert worker.stop() == 0


@pytest.mark.parametrize("by", [signal.SIGHUP, signal.SIGUSR1])
def test_the_last_window_is_flushed_whatever_signal_ends_it(
    by: signal.Signals, broker: Broker, tmp_path: Path, unique: str
) -> None:
    with (
        SimulatorThread(SimulatorOptions(limits=None)) as infobip,
        corridor(broker.bootstrap, infobip.url, tmp_path, unique) as made,
    ):
        made.configuration["jobs"] = [made.job("vip", flush={"max_events": 1000, "max_seconds": 600})]
        event = {"action": "enter", "audience": "vip", "profile_id": "p", "profile": {"email": "p@example.com"}}
        made.publish([event] * 1100)
        worker = made.start()
        until(lambda: made.lag("vip") == 100, "the full window is flushed", 60)
        assert worker.stop(by=by) == 0
        assert made.lag("vip") == 0
        assert len(infobip.tagged("VIP")) == 1


def test_a_job_that_fails_beside_one_that_lives_is_told_and_tried_again(
    broker: Broker, tmp_path: Path, unique: str
) -> None:
    """Its attribute is missing, until somebody creates it: nobody has to start the process again."""
    with (
        SimulatorThread(SimulatorOptions(limits=None)) as infobip,
        corridor(broker.bootstrap, infobip.url, tmp_path, unique) as made,
    ):
        broken = made.job("broken", tag="Broken", map_fields={"tier": "tier"}, create_attributes=False)
        made.configuration["jobs"] = [made.job("sound"), broken]
        made.publish(enters(100))
        worker = made.start(point="nothing:1:quick")
        until(lambda: worker.said("job_failed job=broken"), "it fails", 60)
        until(lambda: made.lag("sound") == 0, "the other works", 60)
        seen: list[dict[str, Any]] = []  # it is tried again every few seconds here, and is "starting" then
        until(lambda: _sees(made, seen) and seen[-1]["broken"]["state"] == "failed", "it says so", 60)
        assert "tier" in seen[-1]["broken"]["detail"]
        assert "; tried again at 2" in seen[-1]["broken"]["detail"]
        assert seen[-1]["sound"]["state"] == "running"
        body = {"name": "tier", "dataType": "STRING"}
        infobip.do(lambda: infobip.simulator.account.create_attribute(body, datetime.now(UTC)))
        until(lambda: made.lag("broken") == 0, "it recovers by itself", 60)
        assert len(infobip.tagged("Broken")) == 100
        assert worker.stop() == 0


def test_the_only_job_of_a_process_ends_it_with_its_reason(broker: Broker, tmp_path: Path, unique: str) -> None:
    with (
        SimulatorThread(SimulatorOptions(limits=None)) as infobip,
        corridor(broker.bootstrap, infobip.url, tmp_path, unique) as made,
    ):
        made.change(map_fields={"tier": "tier"}, create_attributes=False)
        worker = made.start()
        assert worker.process.wait(60) == 1
        said = status(made)[made.name]
        assert said["state"] == "failed"
        assert "tier" in said["detail"]
        assert "tried again" not in said["detail"]


def test_a_last_flush_that_fails_is_told_and_ends_the_process_with_1(
    broker: Broker, tmp_path: Path, unique: str
) -> None:
    with (
        SimulatorThread(SimulatorOptions(limits=None)) as infobip,
        corridor(broker.bootstrap, infobip.url, tmp_path, unique, partitions=1) as made,
    ):
        made.change(flush={"max_events": 5, "max_seconds": 3600})
        worker = made.start(point="last_flush_refused:2")
        made.publish(enters(7))  # read together; two are left for the last flush
        until(lambda: made.lag() == 2, "the first five are committed", 60)
        assert worker.stop() == 1
        assert worker.said(f"job_failed job={made.name} error=the broker refused a record")
        assert made.lag() == 2


def test_a_producer_that_ends_for_good_ends_the_process_with_one_line(
    broker: Broker, tmp_path: Path, unique: str
) -> None:
    with (
        SimulatorThread(SimulatorOptions(limits=None)) as infobip,
        corridor(broker.bootstrap, infobip.url, tmp_path, unique) as made,
    ):
        made.configuration["jobs"] = [made.job("one"), {**made.job("two"), "tag": "Two"}]
        worker = made.start(point="writer_ends:80")
        made.publish(enters(10))
        assert worker.process.wait(60) == 1
        lines = [line for line in worker.log.read_text().splitlines() if " INFO " not in line]
        assert len(lines) == 1, lines
        assert "process_ended reason=nothing can be written: Cluster authorization failed" in lines[0]
