"""Processes of the service that begin from nothing."""

import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

ROOT = Path(__file__).parents[2]
JOBS = """
kafka: {brokers: "127.0.0.1:1"}
authorizations: [{name: main, base_url: "http://127.0.0.1:1", api_key: k}]
jobs: [{name: vip, kind: export_audience, label: VIP, authorization: main, topics: [m]}]
"""


@contextmanager
def started(folder: Path, *arguments: str, before: tuple[str, ...] = ()) -> Iterator["subprocess.Popen[str]"]:
    process = subprocess.Popen(
        [*before, sys.executable, "-m", "streams", *arguments],
        cwd=folder,
        env={**os.environ, "PYTHONPATH": f"{folder}:{ROOT}"},
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )
    try:
        yield process
    finally:
        process.kill()
        process.communicate()


def wait_for(line: str, process: "subprocess.Popen[str]") -> None:
    assert process.stdout is not None
    assert any(line in each for each in process.stdout), "it ended before"
