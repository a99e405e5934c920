"""T3, what is lost: a tenth of the calls is answered 429, and the subject is killed on the way and started again."""

from bench.endpoint import Behaviour
from bench.peers import Peer
from bench.running import Failed, prepared, started
from bench.stream import Stream, publish
from bench.table import Column, Figures, Result, measured

EVENTS, KILL_AT = 100_000, 0.4
BEHAVIOUR = Behaviour(latency=0.02, refuse=0.1, seed=7, identities=True)
QUIET_SECONDS = 30.0
SETTLE_SECONDS = 5.0
COLUMNS = (
    Column("429s", "refused"),
    Column("most calls in flight", "flying"),
    Column("delivered again", "again"),
    Column("events more than once", "repeated"),
    Column("lost", "lost"),
    Column("seconds", "seconds", ".1f"),
)


def faults(broker: str, peers: list[Peer], scale: float) -> Result:
    """Count for every subject what came twice and what never came."""
    stream = publish(broker, int(EVENTS * scale))
    rows = []
    for peer in peers:
        row = measured(peer.name, peer.does, lambda peer=peer: measure(peer, stream), Failed)  # type: ignore[misc]
        print(f"  {peer.name}: {row.why or row.figures}", flush=True)
        rows.append(row)
    kill_at = int(stream.events * KILL_AT)
    title = f"T3: {stream.events:,} records, 10 % of calls answered 429, kill -9 at {kill_at:,}, started again"
    return Result("t3", title, COLUMNS, rows)


def measure(peer: Peer, stream: Stream) -> Figures:
    """Kill it when 40 % are delivered; what has not come after 30 quiet seconds is lost."""
    with prepared(peer, stream, BEHAVIOUR) as run:
        with started(run) as first:
            killed = run.follow([first], lambda seen: seen.delivered >= stream.events * KILL_AT)
        with started(run) as second:
            run.follow([second], lambda seen: seen.people >= stream.events, QUIET_SECONDS)
            # What is delivered again may come last.
            seen = run.settle([second], SETTLE_SECONDS)
        return {
            "refused": seen.refused,
            "flying": killed.most_flying,
            "again": seen.again,
            "repeated": seen.repeated,
            "lost": stream.events - seen.people,
            "seconds": seen.last - seen.first,
        }
