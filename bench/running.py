"""A subject and its endpoint while they run: started, watched, killed."""

import os
import signal
import subprocess
import sys
import tempfile
import time
import urllib.request
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import orjson
import psutil

from bench.endpoint import Behaviour, Seen
from bench.peers import Options, Peer
from bench.stream import Stream
from tests.integration.brokers import free_port

ROOT = Path(__file__).parents[1]
LOOK_SECONDS = 0.05
#: Finding a process's children reads the whole process table: often enough for memory, seldom enough to cost nothing.
CHILDREN_SECONDS = 1.0
PATIENCE_SECONDS = 120.0
MEGABYTE = 1e6


class Failed(Exception):
    """A subject did not do it; the text is the reason for the table."""


class Subject:
    """A peer's process with its children."""

    def __init__(self, command: Sequence[str], log: Path) -> None:
        self._log = log
        self._peak = 0.0
        with log.open("ab") as sink:
            self._process = subprocess.Popen(command, cwd=ROOT, stdout=sink, stderr=sink, start_new_session=True)
        self._root = psutil.Process(self._process.pid)
        self._tree, self._looked = [self._root], 0.0

    def check(self) -> None:
        """Note its memory.

        Raises:
            Failed: it has ended.

        """
        if self.ended():
            raise Failed(f"ended with code 0: {self.last_words()}")

    def ended(self) -> bool:
        """Note its memory; whether it has ended by itself, and well.

        Raises:
            Failed: it has ended otherwise.

        """
        if (code := self._process.poll()) is None:
            self._peak = max(self._peak, self.resident_mb())
        elif code:
            raise Failed(f"ended with code {code}: {self.last_words()}")
        return code is not None

    @property
    def peak_mb(self) -> float:
        """The most resident memory that was seen."""
        return self._peak

    def cpu_seconds(self) -> float:
        """CPU time until now, of children that have ended, too."""
        return sum(_of(process, _cpu) for process in self._family())

    def last_words(self) -> str:
        """The last line it wrote."""
        lines = [line for line in self._log.read_text(errors="replace").splitlines() if line.strip()]
        return lines[-1].strip()[:200] if lines else "it said nothing"

    def wait(self) -> None:
        """Wait for one that ends by itself."""
        self._process.wait(30)

    def resident_mb(self) -> float:
        """Its resident memory now."""
        return sum(_of(process, _resident) for process in self._family()) / MEGABYTE

    def stop(self) -> None:
        """Ask it to end, and wait until it has.

        Raises:
            Failed: it does not end.

        """
        self._process.terminate()
        try:
            self._process.wait(PATIENCE_SECONDS)
        except subprocess.TimeoutExpired as error:
            raise Failed(f"it does not end: {self.last_words()}") from error
        finally:
            self.kill()

    def interrupt(self) -> None:
        """Have it end as Ctrl-C does, and wait until it has; nothing, where it has ended."""
        self._process.send_signal(signal.SIGINT)
        self._process.wait(PATIENCE_SECONDS)

    def kill(self) -> None:
        """End it as a power cut would, with everything it started."""
        with suppress(ProcessLookupError):
            os.killpg(self._process.pid, signal.SIGKILL)
        self._process.wait(30)

    def _family(self) -> list[psutil.Process]:
        if time.monotonic() - self._looked > CHILDREN_SECONDS:
            with suppress(psutil.NoSuchProcess):
                self._tree = [self._root, *self._root.children(recursive=True)]
            self._looked = time.monotonic()
        return self._tree


def _of(process: psutil.Process, figure: Callable[[psutil.Process], float]) -> float:
    try:
        return figure(process)
    except psutil.NoSuchProcess:
        return 0.0


def _resident(process: psutil.Process) -> float:
    return float(process.memory_info().rss)


def _cpu(process: psutil.Process) -> float:
    return float(sum(process.cpu_times()[:4]))


@dataclass(frozen=True, slots=True)
class Run:
    """One subject on one stream, towards an endpoint of its own."""

    peer: Peer
    stream: Stream
    url: str
    group: str
    options: Options
    endpoint: psutil.Process

    def start(self) -> Subject:
        """Start the subject, or another process of it.

        Raises:
            Failed: it cannot be started.

        """
        stream = self.stream
        command = self.peer.command(stream.broker, stream.topic, self.url, self.group, self.options)
        try:
            return Subject(command, self.options.folder / "log")
        except OSError as error:
            raise Failed(f"cannot be started: {error}") from error

    def endpoint_cpu_seconds(self) -> float:
        """CPU time of the endpoint until now: it shares the machine, and must not be what is measured."""
        return _of(self.endpoint, _cpu)

    def seen(self) -> Seen:
        """Ask the endpoint."""
        return Seen(**self._ask("/seen"))

    def accepted(self) -> list[float]:
        """Ask it when each person's first message was accepted, on the clock of the wall; 0 where none was."""
        times: list[float] = self._ask("/accepted")
        return times

    def follow(self, subjects: Sequence[Subject], enough: Callable[[Seen], bool], quiet_seconds: float = 0) -> Seen:
        """Watch until it is enough; with `quiet_seconds` it may also end when nothing came for so long.

        Raises:
            Failed: a subject ended, or nothing happened for two minutes.

        """
        seen, moved = self.seen(), time.monotonic()
        before = seen.calls
        while not enough(seen):
            for subject in subjects:
                subject.check()
            still = time.monotonic() - moved
            if quiet_seconds and seen.calls > before and still > quiet_seconds:
                return seen
            if still > PATIENCE_SECONDS:
                raise Failed(f"nothing came for {still:.0f} s: {subjects[0].last_words()}")
            time.sleep(LOOK_SECONDS)
            now = self.seen()
            moved = time.monotonic() if (now.delivered, now.calls) != (seen.delivered, seen.calls) else moved
            seen = now
        return seen

    def settle(self, subjects: Sequence[Subject], quiet_seconds: float) -> Seen:
        """Watch until nothing has come for so long."""
        seen, moved = self.seen(), time.monotonic()
        while time.monotonic() - moved < quiet_seconds:
            for subject in subjects:
                subject.check()
            time.sleep(LOOK_SECONDS)
            now = self.seen()
            moved = moved if now.calls == seen.calls else time.monotonic()
            seen = now
        return seen

    def _ask(self, path: str) -> Any:
        with urllib.request.urlopen(f"{self.url}{path}", timeout=30) as answer:  # noqa: S310 - our own endpoint
            return orjson.loads(answer.read())


@contextmanager
def prepared(peer: Peer, stream: Stream, behaviour: Behaviour, rate: float | None = None) -> Iterator[Run]:
    """Give a run whose endpoint answers.

    Raises:
        Failed: the peer cannot run here.

    """
    if reason := peer.missing():
        raise Failed(reason)
    with tempfile.TemporaryDirectory(prefix="bench-") as folder, _endpoint(behaviour) as (url, process):
        yield Run(peer, stream, url, stream.group(), Options(Path(folder), rate), process)


@contextmanager
def started(run: Run) -> Iterator[Subject]:
    """Start the subject, and leave no process behind."""
    subject = run.start()
    try:
        yield subject
    finally:
        subject.kill()


@contextmanager
def _endpoint(behaviour: Behaviour) -> Iterator[tuple[str, psutil.Process]]:
    port = free_port()
    options = ["--latency", str(behaviour.latency), "--refuse", str(behaviour.refuse), "--lose", str(behaviour.lose)]
    options += ["--seed", str(behaviour.seed)]
    options += ["--limit", str(behaviour.limit)] if behaviour.limit is not None else []
    options += ["--identities"] if behaviour.identities else []
    options += ["--people", str(behaviour.people), "--others", str(behaviour.others)]
    process = subprocess.Popen([sys.executable, "-m", "bench.endpoint", str(port), *options], cwd=ROOT)
    url = f"http://127.0.0.1:{port}"
    try:
        _await_answer(f"{url}/seen", process)
        yield url, psutil.Process(process.pid)
    finally:
        process.kill()
        process.wait()


def _await_answer(url: str, process: subprocess.Popen[bytes]) -> None:
    ends = time.monotonic() + 30
    while True:
        try:
            urllib.request.urlopen(url, timeout=10).close()  # noqa: S310 - our own endpoint
        except OSError:
            assert process.poll() is None and time.monotonic() < ends, "the endpoint does not start"  # noqa: PT018
            time.sleep(LOOK_SECONDS)
        else:
            return
