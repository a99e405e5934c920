"""The health check of the image: a worker that waits is well, one that is stopped or gone is not."""

import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from streams.alive import workers
from tests.app.processes import JOBS, ROOT, started, wait_for


@pytest.fixture(name="worker")
def _worker(tmp_path: Path) -> Iterator["subprocess.Popen[str]"]:
    (tmp_path / "jobs.yaml").write_text(JOBS)
    with started(tmp_path, "run", "-c", "jobs.yaml") as process:
        wait_for("brokers_awaited", process)
        yield process


def check(*pids: int) -> tuple[int, str]:
    done = subprocess.run(
        [sys.executable, "-m", "streams.alive", *map(str, pids)], cwd=ROOT, capture_output=True, text=True, check=False
    )
    return done.returncode, done.stderr


def test_a_worker_that_waits_for_its_brokers_is_well(worker: "subprocess.Popen[str]") -> None:
    assert worker.pid in [int(process.name) for process in workers(Path("/proc"))]
    assert check(worker.pid) == (0, "")


def test_one_that_stands_still_or_has_ended_is_not(worker: "subprocess.Popen[str]") -> None:
    worker.send_signal(signal.SIGSTOP)
    assert check(worker.pid) == (1, f"process {worker.pid} stands still\n")
    worker.kill()
    worker.wait()
    assert check(worker.pid) == (1, "a worker has ended\n")


def test_what_is_no_worker_is_none(tmp_path: Path) -> None:
    for pid, words in {
        "1": ["/opt/bin/python", "/opt/bin/infobip-streams", "--verbose", "run"],
        "2": ["python", "-m", "streams", "run", "-c", "jobs.yaml"],
        "3": ["python", "-m", "streams.alive"],
        "5": ["/sbin/init", "--", "/opt/bin/infobip-streams", "run"],
        "4": ["/opt/bin/python", "/opt/bin/infobip-streams", "simulator"],
    }.items():
        (tmp_path / pid).mkdir()
        (tmp_path / pid / "cmdline").write_text("\0".join(words) + "\0")
    (tmp_path / "6").mkdir()
    assert sorted(process.name for process in workers(tmp_path)) == ["1", "2"]
