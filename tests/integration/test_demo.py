"""The demo, as a stranger would run it."""

import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import psutil
import pytest

ROOT = Path(__file__).parents[2]


@contextmanager
def shown(folder: Path, until: str) -> Iterator["subprocess.Popen[str]"]:
    """A demo that has come so far, and that keeps what is temporary in a folder."""
    process = subprocess.Popen(
        [sys.executable, "-m", "streams", "demo"],
        cwd=ROOT,
        env={**os.environ, "TMPDIR": str(folder)},
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    try:
        assert process.stdout is not None
        assert any(until in line for line in process.stdout), "it ended before"
        yield process
    finally:
        process.kill()
        process.communicate()


def test_the_demos_table_adds_up() -> None:
    # Alone it takes half a minute; beside the other tests of a run several times as long.
    command = [sys.executable, "-m", "streams", "demo"]
    ran = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=280, check=False)
    assert ran.returncode == 0, ran.stdout + ran.stderr
    assert "WRONG" not in ran.stdout
    for line in (
        "people tagged VIP",
        "contacts in infobip_contacts",
        "contacts with the tag VIP",
        "replies in infobip_inbound_messages",
        "outcomes that tell a reply",
    ):
        assert line in ran.stdout
    told = ran.stdout.partition("The life of one message")[2]
    steps = [told.find(f"  {step} ") for step in ("enter", "message", "report", "click", "reply", "outcome")]
    assert -1 not in steps
    assert "Traceback" not in ran.stderr


@pytest.mark.parametrize("name", ["SIGTERM", "SIGHUP", "SIGINT"])
def test_told_to_end_it_leaves_nothing_behind(name: str, tmp_path: Path) -> None:
    with shown(tmp_path, "The jobs, as jobs.yaml says them") as process:
        programs = psutil.Process(process.pid).children(recursive=True)
        process.send_signal(signal.Signals[name])
        _, said = process.communicate(timeout=60)
    assert (process.returncode, said) == (128 + signal.Signals[name], "")
    assert psutil.wait_procs(programs, timeout=10)[1] == []
    assert [*tmp_path.iterdir()] == []


def test_where_its_broker_ends_it_says_so_and_ends(tmp_path: Path) -> None:
    with shown(tmp_path, "members enter the audience") as process:
        programs = psutil.Process(process.pid).children(recursive=True)
        (broker,) = [one for one in programs if one.name() == "noida-db"]
        broker.kill()
        _, said = process.communicate(timeout=60)
    assert process.returncode == 1
    assert said.endswith("infobip-streams: the embedded broker has ended before its time, with exit code -9\n")
    assert "Traceback" not in said
    assert psutil.wait_procs(programs, timeout=10)[1] == []
    assert [*tmp_path.iterdir()] == []
