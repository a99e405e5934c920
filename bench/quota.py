"""T2, how near to the limit: the endpoint takes 5 calls of an operation in any second, as Infobip publishes."""

from dataclasses import replace

from bench.endpoint import Behaviour
from bench.peers import Peer
from bench.running import Failed, prepared, started
from bench.stream import Stream, publish
from bench.table import Column, Figures, Result, Row, measured

EVENTS = 50_000
BATCH = 1000
LIMIT = 5
BEHAVIOUR = Behaviour(latency=0.02, limit=LIMIT, identities=True)
QUIET_SECONDS = 30.0
COLUMNS = (
    Column("seconds", "seconds", ".2f"),
    Column("of the ideal", "ratio", ".2f"),
    Column("calls", "calls"),
    Column("429s", "refused"),
    Column("delivered again", "again"),
    Column("lost", "lost"),
)


def quota(broker: str, peers: list[Peer], scale: float) -> Result:
    """Measure how long everybody needs when only so many calls are let in."""
    stream = publish(broker, int(EVENTS * scale))
    ideal = ideal_seconds(stream.events)
    rows: list[Row] = []
    for peer in peers:
        row = measured(peer.name, peer.does, lambda peer=peer: measure(peer, stream), Failed)  # type: ignore[misc]
        if row.figures:
            row = replace(row, figures={**row.figures, "ratio": row.figures["seconds"] / ideal})
        print(f"  {peer.name}: {row.why or row.figures}", flush=True)
        rows.append(row)
    title = f"T2: {stream.events:,} records, {LIMIT} calls/s of an operation, calls of 1,000: ideally {ideal:.1f} s"
    return Result("t2", title, COLUMNS, rows)


def ideal_seconds(events: int) -> float:
    """Full calls, evenly spaced, the first at once."""
    return max(-(-events // BATCH) - 1, 1) / LIMIT


def measure(peer: Peer, stream: Stream) -> Figures:
    """Measure from the first call to the last delivery; what has not come after 30 quiet seconds is lost."""
    with prepared(peer, stream, BEHAVIOUR, rate=LIMIT) as run, started(run) as subject:
        seen = run.follow([subject], lambda seen: seen.people >= stream.events, QUIET_SECONDS)
        return {
            "seconds": seen.last - seen.first,
            "calls": seen.calls,
            "refused": seen.refused,
            "again": seen.again,
            "lost": stream.events - seen.people,
        }
