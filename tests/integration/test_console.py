"""What the commands tell of jobs that ran."""

import subprocess
import sys
from pathlib import Path
from typing import Any

import orjson
import pytest

from tests.integration.brokers import Broker
from tests.integration.harness import ROOT, Corridor, SimulatorThread, corridor, until
from tests.integration.test_export import drain, event

pytestmark = pytest.mark.broker


def call(made: Corridor, *arguments: str) -> str:
    path = made.write_configuration()
    command = [sys.executable, "-m", "streams", *arguments, "-c", str(path)]
    environ = {"INFOBIP_API_KEY": "demo-key", "PATH": ""}
    done = subprocess.run(command, cwd=ROOT, env=environ, capture_output=True, text=True, check=False, timeout=60)
    assert done.returncode == 0, done.stderr
    return done.stdout


def status(made: Corridor) -> dict[str, Any]:
    (found,) = orjson.loads(call(made, "status", "--json"))
    return dict(found)


def test_status_and_dead_letters_tell_what_happened(broker: Broker, tmp_path: Path, unique: str) -> None:
    with SimulatorThread() as infobip, corridor(broker.bootstrap, infobip.url, tmp_path, unique) as made:
        made.publish([*(event(n) for n in range(200)), b"\xff not text", event(900, email="nowhere")])
        assert status(made)["state"] == "never run"
        assert "missing" in call(made, "topics")
        assert "created with 4 partitions" in call(made, "topics", "--create")
        worker = made.start()
        drain(made)
        found = status(made)
        assert (found["state"], found["processes"], found["backfill"]) == ("running", 1, "done")
        assert sum(found["lag"].values()) == 0
        assert found["outcomes"] == {"accepted": 200, "undecodable": 1, "dropped": 1}
        assert found["dead_letters"] == 2
        assert worker.stop() == 0
        assert status(made)["state"] == "stopped"

        listed = call(made, "dead-letters", "list", "--reason", "undecodable")
        assert "1 dead letters" in listed
        (name,) = [line.split()[1] for line in listed.splitlines() if unique in line]
        letter = orjson.loads(call(made, "dead-letters", "show", name))
        assert (letter["value_encoding"], letter["reason"]) == ("base64", "undecodable")


def test_a_dead_letter_is_published_back_as_it_was(broker: Broker, tmp_path: Path, unique: str) -> None:
    with SimulatorThread() as infobip, corridor(broker.bootstrap, infobip.url, tmp_path, unique) as made:
        made.publish([b"\xff not text"])
        worker = made.start()
        drain(made)
        (record,) = made.read("infobip_dead_letters")
        call(made, "dead-letters", "replay", f"{record.partition()}-{record.offset()}")
        until(lambda: len(made.dead_letters()) == 2, "the replayed event is read again")
        first, second = made.dead_letters()
        assert (first.key, first.value, first.partition) == (second.key, second.value, second.partition)
        assert worker.stop() == 0
