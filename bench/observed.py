"""What it costs to be observed: T1 with its metrics counted, served and asked for every second, and without."""

from collections.abc import Iterator
from contextlib import contextmanager, suppress
from threading import Event, Thread

import httpx

from bench.contenders import OURS
from bench.peers import ours
from bench.running import Failed
from bench.stream import Stream, publish
from bench.table import Column, Figures, Result, measured, tell
from bench.throughput import EVENTS, measure
from tests.integration.brokers import free_port

ROUNDS, ASK_SECONDS = 3, 1.0
COLUMNS = (
    Column("CPU µs/event, the best", "cpu_us", ",.2f"),
    Column("the worst", "worst_us", ",.2f"),
    Column("events/s, the best", "rate"),
    Column("asked", "asked"),
)


def observed(broker: str, scale: float) -> Result:
    """Take both in turn, and of each the best round: others use the machine, too."""
    stream = publish(broker, int(EVENTS * scale))
    rounds: dict[str, list[Figures]] = {"without": [], "with metrics": []}

    for _ in range(ROUNDS):
        rounds["without"].append(measure(OURS, stream))
        rounds["with metrics"].append(measure_observed(stream))
    rows = [measured(name, "", lambda figures=figures: best(figures), Failed) for name, figures in rounds.items()]  # type: ignore[misc]
    for row in rows:
        tell(row, COLUMNS)
    return Result("metrics", f"Metrics: {stream.events:,} records, {ROUNDS} rounds of each in turn", COLUMNS, rows)


def best(rounds: list[Figures]) -> Figures:
    costs = [figures["cpu_us"] for figures in rounds]
    return {
        "cpu_us": min(costs),
        "worst_us": max(costs),
        "rate": max(figures["rate"] for figures in rounds),
        "asked": sum(figures.get("asked", 0.0) for figures in rounds),
    }


def measure_observed(stream: Stream) -> Figures:
    port = free_port()
    with asked(port) as answers:
        return {**measure(ours.observed(port), stream), "asked": float(len(answers))}


@contextmanager
def asked(port: int) -> Iterator[list[int]]:
    """Ask for the metrics until the end; the sizes of the answers."""
    answers: list[int] = []
    over = Event()

    def ask() -> None:
        while not over.wait(ASK_SECONDS):
            with suppress(httpx.TransportError):  # it has not begun yet, or has ended
                answers.append(len(httpx.get(f"http://127.0.0.1:{port}/metrics", timeout=10).content))

    asking = Thread(target=ask, daemon=True)
    asking.start()
    try:
        yield answers
    finally:
        over.set()
        asking.join()
