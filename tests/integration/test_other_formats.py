"""A topic in another format, on a real broker: the job stops and says which, and nothing is lost or told twice."""

from pathlib import Path
from typing import Any

import pytest

from tests.integration.brokers import Broker
from tests.integration.events import drain, event
from tests.integration.harness import Corridor, SimulatorThread, corridor, until

pytestmark = pytest.mark.broker

#: A schema's number, and an event in its Avro.
AVRO = b"\x00\x00\x00\x00\x2a\x00\x06vip\x06u-1"
TOLD = "looks like Schema Registry's Avro (schema 42): publish JSON"


def failures(made: Corridor) -> list[str]:
    """The lines that say that a job failed, in all logs."""
    logs = {worker.log for worker in made.workers}
    return [line for log in logs for line in log.read_text().splitlines() if "job_failed" in line]


@pytest.mark.parametrize(
    "changes",
    [
        {},
        {"flush": {"max_events": 10, "max_seconds": 5}},
        {
            "kind": "send_message",
            "sender": "Acme",
            "content": {"channel": "sms", "text": "Hi"},
            "existing_members": True,
        },
    ],
    ids=["export", "small windows", "send"],
)
def test_a_job_whose_input_is_all_of_another_format_stops_and_says_which(
    broker: Broker, tmp_path: Path, unique: str, changes: dict[str, Any]
) -> None:
    with SimulatorThread() as infobip, corridor(broker.bootstrap, infobip.url, tmp_path, unique) as made:
        job = made.job(unique)
        if changes.get("kind") == "send_message":
            del job["tag"]
        made.configuration["jobs"] = [{**job, **changes}]
        made.publish([AVRO] * 6000)
        for _ in range(2):  # started again, it does the same, and not twice
            assert made.start().process.wait(60) == 1
        lines = failures(made)
        assert len(lines) == 2
        assert all(TOLD in line and "`max_undecodable: 100%` goes on" in line for line in lines)
        assert TOLD in made.status()["detail"]
        # Whatever was told of before the first thousand were seen is committed, and told of once.
        letters = [(letter.partition, letter.offset) for letter in made.dead_letters()]
        assert len(letters) == len(set(letters)) == 6000 - made.lag()
        assert made.lag() > 6000 - 2 * 1000


def test_a_job_that_takes_whatever_comes_makes_dead_letters_that_say_what_it_looks_like(
    broker: Broker, tmp_path: Path, unique: str
) -> None:
    with SimulatorThread() as infobip, corridor(broker.bootstrap, infobip.url, tmp_path, unique) as made:
        made.publish([AVRO] * 2500)
        made.change(max_undecodable="99%")
        assert made.start().process.wait(60) == 1
        made.change(max_undecodable="100%")
        worker = made.start()
        made.publish([event(number) for number in range(100)])
        drain(made)
        assert worker.stop() == 0
        letters = made.dead_letters()
        assert len(letters) == len({(letter.partition, letter.offset) for letter in letters}) == 2500
        assert all(letter.detail.startswith(TOLD) for letter in letters)
        assert len(infobip.tagged("VIP")) == 100


def test_some_records_of_another_format_stop_nobody(broker: Broker, tmp_path: Path, unique: str) -> None:
    with SimulatorThread() as infobip, corridor(broker.bootstrap, infobip.url, tmp_path, unique, partitions=1) as made:
        made.publish([AVRO] * 900)
        worker = made.start()
        until(lambda: made.lag() == 0, "they are dead letters")
        made.publish([*(event(number) for number in range(100)), *[AVRO] * 1500])
        drain(made)
        assert worker.stop() == 0
        assert made.outcomes() == {"undecodable": 2400, "accepted": 100}
