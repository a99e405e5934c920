"""How ours grows: from 10,000 to 1,000,000 events, and from 1 to 64 partitions."""

from bench.contenders import OURS
from bench.running import Failed
from bench.stream import publish
from bench.table import Column, Result, measured
from bench.throughput import measure

SIZES = ((10_000, 8), (100_000, 8), (1_000_000, 8), (100_000, 1), (100_000, 64))
COLUMNS = (
    Column("events", "events"),
    Column("partitions", "partitions"),
    Column("events/s", "rate"),
    Column("CPU µs/event", "cpu_us", ",.1f"),
    Column("peak MB", "peak_mb"),
)


def growth(broker: str, scale: float) -> Result:
    """Measure each size on a stream of its own."""
    rows = []
    for events, partitions in SIZES:
        stream = publish(broker, int(events * scale), partitions)
        who = f"{stream.events:,} on {partitions}"
        row = measured(who, "", lambda stream=stream: measure(OURS, stream), Failed)  # type: ignore[misc]
        row.figures.update(partitions=partitions)
        print(f"  {who}: {row.why or row.figures}", flush=True)
        rows.append(row)
    return Result("growth", "Growth: ours, answers after 20 ms", COLUMNS, rows)
