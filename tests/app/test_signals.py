"""A process that is told to end does so politely: while it starts, while it waits, and as the first of a container."""

import shutil
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import psutil
import pytest

from streams.cli import main as commands
from tests.app.processes import JOBS, ROOT, started, wait_for

ENDINGS = ["SIGTERM", "SIGINT", "SIGHUP", "SIGQUIT", "SIGUSR1", "SIGUSR2"]
#: Stands in for what takes long to import, and never comes to an end.
SLOW = "import sys, time\nprint('importing', flush=True)\nwhile True:\n    time.sleep(0.01)\n"


@pytest.fixture(name="folder")
def _folder(tmp_path: Path) -> Path:
    (tmp_path / "jobs.yaml").write_text(JOBS)
    return tmp_path


@pytest.mark.parametrize("name", ENDINGS)
def test_a_signal_is_heard_while_the_service_is_being_imported(name: str, folder: Path) -> None:
    (folder / "typer.py").write_text(SLOW)
    with started(folder, "--verbose", "run", "-c", "jobs.yaml") as process:
        wait_for("importing", process)
        process.send_signal(signal.Signals[name])
        assert process.wait(timeout=30) == 0


@pytest.fixture(name="interruptible")
def _interruptible() -> Iterator[None]:
    """Have processes heed Ctrl-C though we may not: shells have what runs in the background ignore it."""
    former = signal.signal(signal.SIGINT, signal.default_int_handler)
    yield
    signal.signal(signal.SIGINT, former)


@pytest.mark.usefixtures("interruptible")
def test_an_interrupted_command_says_nothing_of_what_is_being_imported(folder: Path) -> None:
    (folder / "typer.py").write_text(SLOW)
    with started(folder, "status", "-c", "jobs.yaml") as process:
        wait_for("importing", process)
        process.send_signal(signal.SIGINT)
        assert process.wait(timeout=30) == 128 + signal.SIGINT
        assert process.stdout is not None
        assert process.stdout.read() == ""


INTERRUPTED = """
import os, signal
from streams.app.signals import heed, raise_interrupts

heed(["status"])
raise_interrupts()
try:
    os.kill(os.getpid(), signal.SIGINT)
except KeyboardInterrupt:
    print("interrupted")
"""


@pytest.mark.usefixtures("interruptible")
def test_a_command_that_has_begun_is_interrupted_as_usual() -> None:
    done = subprocess.run([sys.executable, "-c", INTERRUPTED], cwd=ROOT, capture_output=True, text=True, check=False)
    assert (done.returncode, done.stdout, done.stderr) == (0, "interrupted\n", "")


def test_an_interrupt_before_a_command_is_known_is_no_traceback(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def interrupted(**_: Any) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(commands, "cli", interrupted)
    with pytest.raises(SystemExit) as caught:
        commands.main()
    assert caught.value.code == commands.FAILED
    assert capsys.readouterr() == ("", "")


#: What Python raises where a signal comes while its output is being written.
BUSY = """
import os, signal, sys
from streams.app.signals import heed

class Busy:
    def flush(self):
        raise RuntimeError("reentrant call inside <_io.BufferedWriter name='<stdout>'>")

heed(["run"])
sys.stdout = Busy()
os.kill(os.getpid(), signal.SIGTERM)
"""


def test_a_signal_is_heard_while_something_is_being_written() -> None:
    done = subprocess.run([sys.executable, "-c", BUSY], cwd=ROOT, capture_output=True, text=True, check=False)
    assert (done.returncode, done.stderr) == (0, "")


CLOSED = """
import os, signal
from streams.app.signals import heed

heed(["run"])
os.kill(os.getpid(), signal.SIGTERM)
"""


def test_a_signal_is_heard_where_standard_output_is_closed() -> None:
    command = ["sh", "-c", 'exec "$0" -c "$1" >&-', sys.executable, CLOSED]
    done = subprocess.run(command, cwd=ROOT, stderr=subprocess.PIPE, text=True, check=False)
    assert (done.returncode, done.stderr) == (0, "")


def test_a_command_that_was_cut_off_does_not_claim_to_be_done(folder: Path) -> None:
    (folder / "typer.py").write_text(SLOW)
    with started(folder, "check", "-c", "jobs.yaml") as process:
        wait_for("importing", process)
        process.terminate()
        assert process.wait(timeout=30) == 128 + signal.SIGTERM


@pytest.mark.parametrize("name", ["SIGHUP", "SIGUSR1"])
def test_a_signal_ends_jobs_that_wait(name: str, folder: Path) -> None:
    with started(folder, "run", "-c", "jobs.yaml") as process:
        wait_for("brokers_awaited", process)
        process.send_signal(signal.Signals[name])
        assert process.wait(timeout=30) == 0


@pytest.mark.parametrize("name", ["SIGTERM", "SIGINT", "SIGHUP"])
def test_a_signal_ends_the_simulator(name: str, folder: Path) -> None:
    with started(folder, "simulator", "--port", "0") as process:
        wait_for("listens on", process)
        process.send_signal(signal.Signals[name])
        assert process.wait(timeout=30) == 0


def test_under_nohup_it_outlives_its_terminal(folder: Path) -> None:
    with started(folder, "run", "-c", "jobs.yaml", before=("nohup",)) as process:
        wait_for("brokers_awaited", process)
        process.send_signal(signal.SIGHUP)
        process.send_signal(0)
        assert signal.SIGHUP in ignored_by(process.pid)
        process.terminate()
        assert process.wait(timeout=30) == 0


def ignored_by(pid: int) -> set[int]:
    (line,) = [each for each in Path(f"/proc/{pid}/status").read_text().splitlines() if each.startswith("SigIgn")]
    mask = int(line.split()[1], 16)
    return {number for number in range(1, 65) if mask >> (number - 1) & 1}


#: The first process of a namespace, such as a container's: signals that it does not handle are lost.
FIRST = ("unshare", "--fork", "--pid", "--kill-child")


@pytest.mark.skipif(
    shutil.which("unshare") is None
    or subprocess.run([*FIRST, "true"], check=False, capture_output=True).returncode != 0,
    reason="this machine lets us make no process namespace",
)
def test_the_first_process_of_a_container_hears_it_while_it_starts(folder: Path) -> None:
    (folder / "typer.py").write_text(SLOW)
    with started(folder, "run", "-c", "jobs.yaml", before=FIRST) as process:
        wait_for("importing", process)
        (first,) = psutil.Process(process.pid).children()
        first.terminate()
        assert process.wait(timeout=30) == 0
