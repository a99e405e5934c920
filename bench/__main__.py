"""`python -m bench [quota] [throughput] [stages] [memory]`: all of them without a name. Needs KAFKA_BROKERS."""

import os
import subprocess
import sys
import tempfile
import time
import urllib.request
import uuid
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import orjson
import psutil
from rich.console import Console
from rich.table import Table

from bench import stages
from streams.sandbox import samples
from streams.sandbox.infobip import SimulatorOptions
from tests.integration.brokers import free_port
from tests.integration.harness import ROOT, Corridor, SimulatorThread, corridor, until

BROKER = os.environ.get("KAFKA_BROKERS", "")
FIELDS = {"first_name": "firstName", "lifetime_value": {"to": "ltv", "type": "DECIMAL"}}
PARTITIONS = 8
out = Console()


@contextmanager
def bench_corridor(infobip: str, **changes: Any) -> Iterator[Corridor]:
    with (
        tempfile.TemporaryDirectory() as folder,
        corridor(BROKER, infobip, Path(folder), f"b{uuid.uuid4().hex[:8]}", PARTITIONS) as made,
    ):
        made.change(map_fields=FIELDS, create_attributes=True, **changes)
        yield made


def quota() -> None:
    """50,000 enters at 5 requests/s and 50 ms, and a mixed stream: how near to the ideal, and how many calls."""
    table = Table(title="At Infobip's limit: 5 requests/s an operation, answers after 50 ms, 8 partitions")
    for heading in ("stream", "events", "seconds", "ideal", "ratio", "calls / 1,000 events", "429s"):
        table.add_column(heading, justify="right")
    streams: dict[str, Callable[[], Iterable[dict[str, Any]]]] = {
        "50,000 enters": lambda: samples.enters(50_000),
        "mixed, 2 of 3 enter": lambda: (
            samples.event(number, "exit" if number % 3 == 0 else "enter") for number in range(20_000)
        ),
    }
    for name, events in streams.items():
        with (
            SimulatorThread(SimulatorOptions(latency_seconds=0.05)) as infobip,
            bench_corridor(infobip.url) as made,
        ):
            published = made.publish(events())
            made.start()
            operations = ("upsert_persons", "add_tag", "remove_tag")
            until(lambda infobip=infobip: infobip.count("upsert_persons") > 0, "the first call")  # type: ignore[misc]
            began = time.monotonic()
            until(lambda made=made: made.lag() == 0, "all committed")  # type: ignore[misc]
            seconds = time.monotonic() - began
            counts = {operation: infobip.count(operation) for operation in operations}
            ideal = (max(counts.values()) - 1) / 5
            refused = sum(infobip.count(operation, 429) for operation in operations)
            per_thousand = sum(counts.values()) / published * 1000
            row = (name, f"{published:,}", f"{seconds:.2f}", f"{ideal:.2f}", f"{seconds / ideal:.3f}")
            table.add_row(*row, f"{per_thousand:.2f}", str(refused))
    out.print(table)


def throughput(events: int = 200_000, stock_events: int = 40_000) -> None:
    """The whole path without throttling, beside two peers that make the same calls, in the same run."""
    table = Table(title="Without throttling: the same calls to the same endpoint, 8 partitions, events of 250 bytes")
    for heading in ("who", "events", "events/s", "ratio to us", "CPU µs/event", "peak MB"):
        table.add_column(heading, justify="right")
    rates: dict[str, float] = {}
    rows = []
    for name, count in (
        ("infobip-streams", events),
        ("hand-written aiokafka + httpx", events),
        ("the same agent on Faust's take()", stock_events),
        ("infobip-streams, again", events),
        ("hand-written, again", events),
    ):
        rate, cpu, peak = _run(name, count)
        out.print(f"{name}: {rate:,.0f} events/s, {cpu:.1f} µs of CPU an event, {peak:.0f} MB")
        rates[name] = rate
        rows.append((name, count, rate, cpu, peak))
    ours = (rates["infobip-streams"] + rates["infobip-streams, again"]) / 2
    for name, count, rate, cpu, peak in rows:
        table.add_row(name, f"{count:,}", f"{rate:,.0f}", f"{rate / ours:.3f}", f"{cpu:.1f}", f"{peak:.0f}")
    out.print(table)


def _run(name: str, events: int) -> tuple[float, float, float]:
    """Events a second from the first call to the last, CPU microseconds an event, and peak memory."""
    port = free_port()
    endpoint = subprocess.Popen([sys.executable, "-m", "bench.endpoint", str(port)], cwd=ROOT)
    url = f"http://127.0.0.1:{port}"
    try:
        with bench_corridor(url) as made:
            limits = {"upsert_persons": 1e6, "add_tag": 1e6}
            made.configuration["authorizations"][0]["limits"] = limits
            made.publish(samples.enters(events))
            if name.startswith("infobip-streams"):
                subject = made.start().process
            else:
                module = "bench.handwritten" if name.startswith("hand") else "bench.stock"
                command = [sys.executable, "-m", module, BROKER, made.topic, url, made.name]
                subject = subprocess.Popen(command, cwd=ROOT)
            process = psutil.Process(subject.pid)
            until(lambda: _seen(url)["calls"] > 0, "the first call")
            began, peak = sum(process.cpu_times()[:2]), 0.0
            while (seen := _seen(url))["tagged"] < events:
                assert subject.poll() is None, f"{name} ended early"
                peak = max(peak, process.memory_info().rss / 1e6)
                time.sleep(0.05)
            cpu = (sum(process.cpu_times()[:2]) - began) / events * 1e6
            subject.kill()
            subject.wait()
            return events / (seen["last"] - seen["first"]), cpu, peak
    finally:
        endpoint.kill()
        endpoint.wait()


def _seen(url: str) -> dict[str, Any]:
    try:
        with urllib.request.urlopen(f"{url}/seen", timeout=10) as answer:  # noqa: S310 - our own endpoint
            seen: dict[str, Any] = orjson.loads(answer.read())
            return seen
    except OSError:
        return {"calls": 0, "tagged": 0}


def memory(events: int = 1_000_000, seconds: float = 30.0) -> None:
    """Resident memory while a backlog waits for an Infobip that is away."""
    with SimulatorThread() as infobip, bench_corridor(infobip.url) as made:
        made.publish(samples.enters(events))
        infobip.do(lambda: infobip.simulator.faults.add("upsert_persons:outage"))
        worker = made.start()
        process = psutil.Process(worker.process.pid)
        until(lambda: infobip.count("upsert_persons") > 0, "the first call")
        peak, ends = 0.0, time.monotonic() + seconds
        while time.monotonic() < ends:
            peak = max(peak, process.memory_info().rss / 1e6)
            time.sleep(0.1)
        assert made.lag() == events
    out.print(f"Resident memory while {events:,} events wait, over {seconds:.0f} s: at most {peak:.0f} MB (aim: 250)")


def show_stages() -> None:
    """CPU time of each stage."""
    table = Table(title="CPU by stage, one core")
    table.add_column("stage")
    table.add_column("µs / event", justify="right")
    for name, cost in stages.measure().items():
        table.add_row(name, f"{cost:.2f}")
    out.print(table)


PARTS = {"stages": show_stages, "quota": quota, "throughput": throughput, "memory": memory}


def main() -> None:
    chosen = sys.argv[1:] or list(PARTS)
    if unknown := [name for name in chosen if name not in PARTS]:
        sys.exit(f"bench: no part is called {', '.join(unknown)} (there are: {', '.join(PARTS)})")
    if not BROKER and set(chosen) != {"stages"}:
        sys.exit("bench: set KAFKA_BROKERS, or use `make bench`, which starts a broker")
    for name in chosen:
        PARTS[name]()


if __name__ == "__main__":
    main()
