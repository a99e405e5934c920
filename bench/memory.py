"""How much memory a backlog takes that cannot be delivered."""

import time

from bench.contenders import OURS
from bench.endpoint import Behaviour
from bench.running import Failed, prepared, started
from bench.stream import Stream, publish
from bench.table import Column, Figures, Result, measured

EVENTS, SECONDS = 1_000_000, 30.0
#: Nothing is let in.
BEHAVIOUR = Behaviour(refuse=1.0)
COLUMNS = (Column("events", "events"), Column("peak MB", "peak_mb"))


def memory(broker: str, scale: float) -> Result:
    """Look at ours for half a minute while everything it sends is refused."""
    stream = publish(broker, int(EVENTS * scale))
    row = measured(OURS.name, "", lambda: measure(stream), Failed)
    return Result("memory", f"Memory: a backlog, {SECONDS:.0f} s of 429s", COLUMNS, [row])


def measure(stream: Stream) -> Figures:
    """Give the most resident memory that was seen."""
    ends = time.monotonic() + SECONDS
    with prepared(OURS, stream, BEHAVIOUR) as run, started(run) as subject:
        seen = run.follow([subject], lambda _: time.monotonic() > ends)
        assert seen.delivered == 0
        return {"events": stream.events, "peak_mb": subject.peak_mb}
