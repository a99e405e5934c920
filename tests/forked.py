"""Processes of the service, forked from one that has imported all of it: most of a start is imports, over and over.

Each is a process of its own all the same: it has its own memory, is killed by its own signals, and shares nothing with
others but what was imported. What happens before the first import is tested with processes that begin from nothing.
"""

import os
import signal
import subprocess
import sys
import time
from collections.abc import Mapping, Sequence
from multiprocessing import get_context
from pathlib import Path
from tempfile import TemporaryDirectory

#: Forks them; what it imports, they have.
CONTEXT = get_context("forkserver")
CONTEXT.set_forkserver_preload(["streams.cli.main", "tests.preloaded", "tests.faults.subject"])


class Forked:
    """`python -m PROGRAM ...` in a process of its own, asked as `subprocess.Popen` is; output is appended to files."""

    def __init__(
        self, program: Sequence[str], *, cwd: Path, environ: Mapping[str, str], out: Path, err: Path | None = None
    ) -> None:
        said = (list(program), str(cwd), dict(environ), str(out), str(out if err is None else err))
        out.touch()  # whoever waits for a word in it need not wait for the file
        self._process = CONTEXT.Process(target=_run, args=said)
        self._process.start()
        self.pid = self._process.pid or 0

    @property
    def returncode(self) -> int | None:
        """What `poll` has found last."""
        return self._process.exitcode

    def poll(self) -> int | None:
        """Its exit code, a signal's number below zero; None while it runs."""
        return self._process.exitcode

    def wait(self, timeout: float | None = None) -> int:
        """Its exit code; raises `subprocess.TimeoutExpired`."""
        self._process.join(timeout)
        code = self._process.exitcode
        if code is None:
            raise subprocess.TimeoutExpired(self._process.name, timeout or 0)
        return code

    def send_signal(self, number: int) -> None:
        """Send it a signal, if it runs."""
        if self._process.exitcode is None:
            os.kill(self.pid, number)

    def kill(self) -> None:
        """Kill it."""
        self.send_signal(signal.SIGKILL)


def call(
    program: Sequence[str], *, cwd: Path, environ: Mapping[str, str], timeout: float = 60
) -> "subprocess.CompletedProcess[str]":
    """Run a program to its end, as `subprocess.run` does with captured output."""
    with TemporaryDirectory() as folder:
        out, err = Path(folder, "out"), Path(folder, "err")
        process = Forked(program, cwd=cwd, environ=environ, out=out, err=err)
        try:
            code = process.wait(timeout)
        finally:
            process.kill()
        return subprocess.CompletedProcess([*program], code, out.read_text(), err.read_text())


def _run(program: list[str], cwd: str, environ: dict[str, str], out: str, err: str) -> None:
    """Become the program: its folder, its environment, its output, its command line."""
    os.chdir(cwd)
    os.environ.clear()
    os.environ.update(environ)
    time.tzset()
    for stream, path in ((1, out), (2, err)):
        sink = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o644)
        os.dup2(sink, stream)
        os.close(sink)
    sys.stdout = open(1, "w", closefd=False)  # noqa: SIM115 - for as long as the process lives
    sys.stderr = open(2, "w", closefd=False, buffering=1)  # noqa: SIM115 - the same
    from streams.__main__ import main  # noqa: PLC0415 - it is there already, in the process that forks
    from tests.faults.subject import arm  # noqa: PLC0415 - the same

    name, *arguments = program
    if name == "tests.faults.subject":
        arm(arguments.pop(0))
    sys.argv = [name, *arguments]
    main()
