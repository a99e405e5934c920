"""How the jobs of a process live and end beside each other."""

from pathlib import Path
from typing import Any

import pytest

from streams.sandbox.infobip import SimulatorOptions
from tests.integration.brokers import Broker
from tests.integration.harness import SimulatorThread, corridor, until

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
