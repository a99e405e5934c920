"""How long it takes to begin: commands that a person waits for, and a run until its first call."""

import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from functools import partial
from pathlib import Path

import orjson
from confluent_kafka import Consumer

from bench.contenders import OURS
from bench.endpoint import Behaviour
from bench.running import ROOT, Failed, prepared, started
from bench.stream import Stream, publish
from bench.table import Column, Figures, Result, Row, measured, tell
from streams.demo import samples
from streams.demo.jobs import JOBS

ROUNDS, RUNS = 5, 3
EVENTS, PREVIEWED = 20_000, 100
PATIENCE_SECONDS = 60.0
COLUMNS = (
    Column("ms", "ms"),
    Column("CPU ms", "cpu_ms"),
    Column("MB", "mb"),
    Column("ms of the brokers' rebalance", "rebalance_ms"),
    Column("ms beyond it", "beyond_ms"),
)
#: What the demo's jobs.yaml takes from the environment.
SECRETS = {"INFOBIP_API_KEY": "demo-key", "WEBHOOK_SECRET": "a-secret-of-thirty-two-characters"}


def starting(broker: str) -> Result:
    """Time each command, the best of five processes, and runs of one export, the best of three.

    A run begins with its process, and has begun with its first call for the sake of an event. Of that time the brokers'
    rebalance is what a bare consumer waits, which does nothing but join a group of its own.
    """
    with tempfile.TemporaryDirectory(prefix="bench-") as folder:
        rows = [
            told(who, partial(best, command, Path(folder), more))
            for who, command, more in commands(Path(folder), broker)
        ]
    rows.append(told("run, to its first call for an event", partial(run, publish(broker, EVENTS))))
    title = f"Start: the best of {ROUNDS} processes, or of {RUNS} runs; bytecode is there"
    return Result("starting", title, COLUMNS, rows)


def told(who: str, measure: Callable[[], Figures]) -> Row:
    row = measured(who, "", measure, Failed)
    tell(row, COLUMNS)
    return row


def commands(folder: Path, broker: str) -> Iterator[tuple[str, Sequence[str], Mapping[str, str]]]:
    """Give each command by name, with what its environment has besides."""
    jobs, events = folder / "jobs.yaml", folder / "events.jsonl"
    jobs.write_text(JOBS.format(broker=broker, infobip="http://localhost:1", port=8090, number="447860099299"))
    events.write_bytes(b"\n".join(orjson.dumps(one) for one in samples.enters(PREVIEWED)))
    yield "--help", ["--help"], {}
    yield "--version", ["--version"], {}
    yield "run --help", ["run", "--help"], {}
    yield "check, of the demo's jobs.yaml", ["check", "-c", str(jobs)], SECRETS
    yield "preview, of 100 events", ["preview", "-c", str(jobs), "vip", str(events)], SECRETS
    yield "status", ["status", "-c", str(jobs)], SECRETS


def best(words: Sequence[str], folder: Path, more: Mapping[str, str]) -> Figures:
    """Give the least of everything; the first process of all leaves its bytecode to the others, and does not count.

    Raises:
        Failed: it ended with another code than 0.

    """
    kept = {name: value for name, value in os.environ.items() if name != "PYTHONDONTWRITEBYTECODE"}
    environment = {**kept, "PYTHONPYCACHEPREFIX": str(folder / "bytecode"), **more}
    _, *rounds = [once(words, folder / "log", environment) for _ in range(ROUNDS + 1)]
    return {figure: min(one[figure] for one in rounds) for figure in rounds[0]}


def once(words: Sequence[str], log: Path, environment: Mapping[str, str]) -> Figures:
    began = time.perf_counter()
    with log.open("wb") as sink:
        process = subprocess.Popen(
            [sys.executable, "-m", "streams", *words], cwd=ROOT, env=environment, stdout=sink, stderr=sink
        )
        _, status, used = os.wait4(process.pid, 0)
    seconds = time.perf_counter() - began
    process.returncode = os.waitstatus_to_exitcode(status)
    if process.returncode:
        raise Failed(f"ended with code {process.returncode}: {log.read_text()[-200:]}")
    return {"ms": seconds * 1000, "cpu_ms": (used.ru_utime + used.ru_stime) * 1000}


def run(stream: Stream) -> Figures:
    """Give the soonest run, and how much of it is the brokers' rebalance: what the soonest bare consumer waits."""
    rebalance = min(rebalance_seconds(stream) for _ in range(RUNS)) * 1000  # of the first they make a topic of theirs
    soonest = min((run_once(stream) for _ in range(RUNS)), key=lambda figures: figures["ms"])
    return {**soonest, "rebalance_ms": rebalance, "beyond_ms": soonest["ms"] - rebalance}


def run_once(stream: Stream) -> Figures:
    with prepared(OURS, stream, Behaviour()) as run:
        began = time.monotonic()
        with started(run) as subject:
            run.follow([subject], lambda seen: seen.upserted > 0)  # looks every 50 ms
            seconds = time.monotonic() - began
            return {"ms": seconds * 1000, "cpu_ms": subject.cpu_seconds() * 1000, "mb": subject.resident_mb()}


def rebalance_seconds(stream: Stream) -> float:
    """How long a bare consumer waits for its partitions.

    Raises:
        Failed: it is given none.

    """
    assigned: list[float] = []
    consumer = Consumer({"bootstrap.servers": stream.broker, "group.id": stream.group()})
    began = time.monotonic()
    consumer.subscribe([stream.topic], on_assign=lambda *_: assigned.append(time.monotonic()))
    while not assigned and time.monotonic() - began < PATIENCE_SECONDS:
        consumer.poll(0.01)
    consumer.close()
    if not assigned:
        raise Failed("a bare consumer was given no partitions")
    return assigned[0] - began
