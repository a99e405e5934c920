"""Latency: how soon an SMS is on its way to somebody who enters, and in how many calls, at several paces."""

from collections.abc import Iterator
from functools import partial

from bench.peers import Peer
from bench.running import Failed
from bench.sending import soon
from bench.table import Column, Result, Row, measured, tell

#: People a second who enter, and how long Infobip takes to answer, in seconds.
CASES = ((5, 0.02), (100, 0.02), (500, 0.02), (100, 0.15))
SECONDS = 30
COLUMNS = (
    Column("p50 ms", "p50_ms", ",.1f"),
    Column("p99 ms", "p99_ms", ",.1f"),
    Column("max ms", "max_ms"),
    Column("calls", "calls"),
    Column("messages a call", "a_call", ",.1f"),
    Column("CPU µs/message", "soon_cpu_us"),
)


def latency(broker: str, peers: list[Peer], scale: float) -> Result:
    """Measure everybody in every case, one after the other: what else the machine does befalls them alike."""
    seconds = SECONDS * scale
    title = (
        f"Latency: an SMS to everybody who enters, for {seconds:.0f} s, from the record's timestamp until the message "
        "has come, so without the time of its answer; calls of up to 500"
    )
    return Result("latency", title, COLUMNS, list(_rows(broker, peers, seconds)))


def _rows(broker: str, peers: list[Peer], seconds: float) -> Iterator[Row]:
    for pace, answer in CASES:
        for peer in peers:
            name = f"{peer.name}, {pace}/s, answers after {answer * 1e3:.0f} ms"
            row = measured(name, peer.does, partial(soon, peer, broker, int(pace * seconds), pace, answer), Failed)
            tell(row, COLUMNS)
            yield row
