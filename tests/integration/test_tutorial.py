"""The tutorial, typed as it stands: each file written, each command run, each output compared."""

import os
import re
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest
import yaml

from tests.docs.fences import Fence, fences
from tests.docs.pages import DOCS
from tests.integration.brokers import Broker, any_broker, free_port

ROOT = Path(__file__).parents[2]
TUTORIAL = (DOCS / "tutorial.md").read_text()
#: Blocks that are read and not run: what they install or start is here already.
READ = ("once", "a broker")
#: What the page says to wait for before events are published.
READING = "partitions_assigned job=order-sms"
PATIENCE_SECONDS, LOOK_SECONDS, END_SECONDS = 240.0, 1.0, 120.0


class Terminals:
    """A folder with the commands of this tree, in which blocks are typed; `there` are the addresses of this machine."""

    def __init__(self, folder: Path, there: dict[str, str]) -> None:
        self.folder, self._there = folder, there
        self._running: dict[str, subprocess.Popen[bytes]] = {}
        programs = folder / "programs"
        programs.mkdir()
        for name, words in {"python": "", "infobip-streams": " -m streams"}.items():
            (programs / name).write_text(f'#!/bin/sh\nexec "{sys.executable}"{words} "$@"\n')
            (programs / name).chmod(0o755)
        self._environ = {**os.environ, "PATH": f"{programs}:{os.environ['PATH']}", "PYTHONPATH": str(ROOT)}

    def here(self, text: str) -> str:
        """A text with this machine's addresses in the place of those of the page."""
        for said, address in self._there.items():
            text = text.replace(said, address)
        return text

    def write(self, block: Fence) -> None:
        """Save a block under its name."""
        (self.folder / block.title).write_text(self.here(block.text))

    def run(self, block: Fence) -> str:
        """Type a block, and return what is shown."""
        done = subprocess.run(
            ["bash", "-euc", self.here(block.text)],
            cwd=self.folder,
            env=self._environ,
            capture_output=True,
            text=True,
            check=False,
            timeout=PATIENCE_SECONDS,
        )
        assert done.returncode == 0, f"{block.text}{done.stdout}{done.stderr}"
        return done.stdout

    def begin(self, block: Fence) -> None:
        """Type a block that goes on, in a terminal of its own; what went on there before is ended by Ctrl-C."""
        self._end(block.title)
        with (self.folder / f"{block.title}.log").open("wb") as log:
            self._running[block.title] = subprocess.Popen(
                ["bash", "-euc", f"exec {self.here(block.text)}"],
                cwd=self.folder,
                env=self._environ,
                stdout=log,
                stderr=log,
            )

    def said(self, terminal: str) -> str:
        """What a terminal has shown since something was last typed in it."""
        return (self.folder / f"{terminal}.log").read_text()

    def _end(self, terminal: str) -> None:
        process = self._running.pop(terminal, None)
        if process is not None:
            process.send_signal(signal.SIGINT)
            assert process.wait(END_SECONDS) in {0, 130}, self.said(terminal)

    def close(self) -> None:
        """End what goes on."""
        for terminal in [*self._running]:
            self._end(terminal)


def shows(output: str, expected: str) -> bool:
    """Whether an output has the lines that a page shows, in order; `…` stands for anything."""
    lines = [" ".join(line.split()) for line in output.splitlines()]
    at = 0
    for line in expected.splitlines():
        parts = " ".join(line.split()).split("…")
        wanted = re.compile(".*".join(map(re.escape, parts)))
        found = next((number for number, one in enumerate(lines[at:], at) if wanted.search(one)), None)
        if found is None:
            return False
        at = found + (line.strip() != "…")
    return True


@pytest.fixture(name="terminals")
def _terminals(broker: Broker, tmp_path: Path) -> Iterator[Terminals]:
    """A folder of one's own, and brokers that nobody has used."""
    if not broker.is_ours:
        pytest.skip("needs brokers of its own: unset KAFKA_BROKERS, and have a Docker engine, or Java 17 and Maven")
    with ExitStack() as stack:
        fresh = stack.enter_context(any_broker())
        there = {"localhost:9092": fresh.bootstrap, "8080": str(free_port())}
        terminals = Terminals(tmp_path, there)
        stack.callback(terminals.close)
        yield terminals


@pytest.mark.kafka
@pytest.mark.timeout(900)
def test_each_block_of_the_tutorial_does_what_the_page_says(terminals: Terminals) -> None:
    blocks = [block for block in fences(TUTORIAL) if block.title not in READ]
    for number, block in enumerate(blocks):
        after = blocks[number + 1] if number + 1 < len(blocks) else None
        match block:
            case Fence("sh", "", _):
                _type(terminals, block, after)
            case Fence("sh", _, _):
                _begin(terminals, block)
            case Fence("text", _, _):
                pass  # compared with what stands before it
            case Fence(_, title, _):
                assert title, f"a file without a name: {block.text}"
                terminals.write(block)


def _begin(terminals: Terminals, block: Fence) -> None:
    """Type a block that goes on; return once it is as far as the page says to wait for."""
    terminals.begin(block)
    word = READING if "infobip-streams run" in block.text else "listens on"
    _wait_for(lambda: word in terminals.said(block.title), lambda: terminals.said(block.title))


def _type(terminals: Terminals, block: Fence, after: Fence | None) -> None:
    """Type a block; what it is to show may take a moment."""
    if after is None or after.language != "text":
        terminals.run(block)
        return
    shown: list[str] = []

    def is_shown() -> bool:
        shown.append(terminals.run(block))
        return shows(shown[-1], terminals.here(after.text))

    _wait_for(is_shown, lambda: f"{block.text}showed\n{shown[-1]}\nand not\n{after.text}")


def _wait_for(condition: Callable[[], bool], why: Callable[[], str]) -> None:
    deadline = time.monotonic() + PATIENCE_SECONDS
    while not condition():
        assert time.monotonic() < deadline, why()
        threading.Event().wait(LOOK_SECONDS)


def test_what_is_read_and_not_run_names_what_there_is() -> None:
    once, broker = (block.text for block in fences(TUTORIAL) if block.title in READ)
    assert "pip install .\n" in once
    assert "pip install . " in (ROOT / "README.md").read_text()
    image = yaml.safe_load((ROOT / "docker-compose.yml").read_text())["services"]["kafka"]["image"]
    assert image in broker.split()
    assert READING in TUTORIAL
