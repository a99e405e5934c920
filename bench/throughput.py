"""T1, how fast: the same stream through every subject in turn, to an endpoint that takes 20 ms."""

import subprocess
import sys
from dataclasses import replace

import orjson

from bench.contenders import OURS
from bench.endpoint import Behaviour
from bench.peers import Peer
from bench.running import ROOT, Failed, prepared, started
from bench.stream import Stream, publish
from bench.table import Column, Figures, Result, Row, measured, tell

EVENTS = 100_000
BEHAVIOUR = Behaviour(latency=0.02)
COLUMNS = (
    Column("events", "events"),
    Column("events/s", "rate"),
    Column("of ours", "ratio", ".3f"),
    Column("CPU µs/event", "cpu_us", ",.1f"),
    Column("peak MB", "peak_mb"),
    Column("endpoint's µs/event", "endpoint_us", ",.1f"),
)


def throughput(broker: str, peers: list[Peer], scale: float) -> Result:
    """Measure ours first and again at the end, so that a drift of the machine shows."""
    stream = publish(broker, int(EVENTS * scale))
    rows = []
    for peer in (*peers, replace(OURS, name=f"{OURS.name}, again")):
        row = measured(peer.name, peer.does, lambda peer=peer: measure(peer, stream), Failed)  # type: ignore[misc]
        tell(row, COLUMNS)
        rows.append(row)
    rows.append(measured("bare confluent-kafka + orjson", "only reads", lambda: denominator(stream), Failed))
    title = f"T1: {stream.events:,} records, {stream.partitions} partitions, calls of 1,000, answers after 20 ms"
    return Result("t1", title, COLUMNS, with_ratios(rows))


def measure(peer: Peer, stream: Stream, behaviour: Behaviour = BEHAVIOUR) -> Figures:
    """Measure from the first call to the last delivery; what comes before the first call is starting up."""
    events = min(stream.events, peer.most_events or stream.events)
    with prepared(peer, stream, behaviour) as run, started(run) as subject:
        run.follow([subject], lambda seen: seen.calls > 0)
        cpu, endpoint_cpu = subject.cpu_seconds(), run.endpoint_cpu_seconds()
        seen = run.follow([subject], lambda seen: seen.delivered >= events)
        cpu, endpoint_cpu = subject.cpu_seconds() - cpu, run.endpoint_cpu_seconds() - endpoint_cpu
        seconds = seen.last - seen.first
        return {
            "events": seen.delivered,
            "seconds": seconds,
            "rate": seen.delivered / seconds,
            "cpu_us": cpu / seen.delivered * 1e6,
            "endpoint_us": endpoint_cpu / seen.delivered * 1e6,
            "peak_mb": subject.peak_mb,
        }


def denominator(stream: Stream) -> Figures:
    """Read the same stream and do nothing with it."""
    command = [sys.executable, "-m", "bench.peers.bare", stream.broker, stream.topic, stream.group()]
    ran = subprocess.run([*command, str(stream.events)], cwd=ROOT, check=False, capture_output=True, text=True)
    if ran.returncode:
        raise Failed(ran.stderr.strip().splitlines()[-1])
    told = orjson.loads(ran.stdout)
    return {
        "events": stream.events,
        "seconds": told["seconds"],
        "rate": stream.events / told["seconds"],
        "cpu_us": told["cpu_seconds"] / stream.events * 1e6,
        "peak_mb": told["peak_bytes"] / 1e6,
    }


def with_ratios(rows: list[Row]) -> list[Row]:
    """Set every rate beside the mean of ours."""
    ours = [row.figures["rate"] for row in rows if row.who.startswith(OURS.name) and row.figures]
    if not ours:
        return rows
    mean = sum(ours) / len(ours)
    return [
        replace(row, figures={**row.figures, "ratio": row.figures["rate"] / mean}) if row.figures else row
        for row in rows
    ]
