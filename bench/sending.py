"""T5, messages: an SMS to everybody who enters; how soon, how fast, and what kills and lost answers do."""

import time
from math import ceil

from bench.endpoint import Behaviour
from bench.peers import Peer
from bench.peers.sending.ours import PEER as OURS
from bench.running import Failed, prepared, started
from bench.stream import Stream, publish, trickle
from bench.table import Column, Figures, Result, Row, measured, tell
from bench.throughput import denominator

PER_SECOND, SECONDS = 100, 60
#: They reach every partition before the clock runs: what comes before them is starting up.
FIRST = 100
EVENTS = 100_000
LOST = 0.05
KILLS_AT_PERCENT = (20, 40, 60)
LATENCY_SECONDS = 0.02
#: Messages that somebody else sends by the same account, for each of ours.
OTHERS = 10
QUIET_SECONDS = 30.0
SETTLE_SECONDS = 5.0
COLUMNS = (
    Column("a: p50 ms", "p50_ms"),
    Column("p99 ms", "p99_ms"),
    Column("max ms", "max_ms"),
    Column("calls", "calls"),
    Column("b: messages/s", "rate"),
    Column("of the second half", "later_rate"),
    Column("CPU µs/message", "cpu_us", ",.1f"),
    Column("peak MB", "peak_mb"),
    Column("endpoint's share of a core", "endpoint_share", ".0%"),
    Column("c: answers lost", "cut"),
    Column("accepted twice", "repeated"),
    Column("lost", "lost"),
    Column("refused as repeated", "duplicates"),
    Column("questions to the logs", "asked"),
    Column("seconds from the last kill", "killed_seconds", ".1f"),
)


def sends(broker: str, peers: list[Peer], scale: float) -> Result:
    """Measure everybody in all three ways, and ours without a limit again at the end: a drift of the machine shows."""
    people, backlog = int(PER_SECOND * SECONDS * scale), publish(broker, int(EVENTS * scale))
    rows: list[Row] = []
    for peer in peers:
        _add(rows, measured(peer.name, peer.does, lambda peer=peer: measure(peer, backlog, people), Failed))  # type: ignore[misc]
    _add(rows, measured(f"{OURS.name}, again", OURS.does, lambda: fast(OURS, backlog), Failed))
    _add(rows, measured(f"{OURS.name}, and others", OURS.does, lambda: killed(OURS, backlog, OTHERS), Failed))
    _add(rows, measured("bare confluent-kafka + orjson", "only reads", lambda: denominator(backlog), Failed))
    *others, last = KILLS_AT_PERCENT
    title = (
        f"T5: an SMS to everybody who enters, calls of up to 500, answers after 20 ms, logs at Infobip's 120/min; "
        f"a: {people:,} enter at {PER_SECOND}/s, from the record's timestamp until the message is accepted; "
        f"b: {backlog.events:,} wait; c: the same, {LOST:.0%} of answers lost, "
        f"kill -9 at {', '.join(map(str, others))} and {last} %; and others: the same, beside {OTHERS} times as many "
        f"messages of others"
    )
    return Result("t5", title, COLUMNS, rows)


def measure(peer: Peer, backlog: Stream, people: int) -> Figures:
    return {**soon(peer, backlog.broker, people), **fast(peer, backlog), **killed(peer, backlog)}


def soon(
    peer: Peer, broker: str, people: int, per_second: float = PER_SECOND, answer_seconds: float = LATENCY_SECONDS
) -> Figures:
    """Measure from the time that a record bears until its message is accepted, both on the machine's clock."""
    stream = publish(broker, 0)
    everybody = range(FIRST + people)
    behaviour = Behaviour(latency=answer_seconds, identities=True)
    with prepared(peer, stream, behaviour) as run, started(run) as subject:
        trickle(stream, everybody[:FIRST], FIRST)
        before, cpu = run.follow([subject], lambda seen: seen.people >= FIRST), subject.cpu_seconds()
        published = trickle(stream, everybody[FIRST:], per_second)
        seen = run.follow([subject], lambda seen: seen.people >= len(everybody))
        cpu, accepted = subject.cpu_seconds() - cpu, run.accepted()[FIRST:]
    waited = sorted(after - at for at, after in zip(published, accepted, strict=True))
    calls = seen.calls - before.calls
    return {
        "p50_ms": percentile(waited, 50) * 1e3,
        "p99_ms": percentile(waited, 99) * 1e3,
        "max_ms": waited[-1] * 1e3,
        "calls": calls,
        "a_call": people / calls,
        "soon_cpu_us": cpu / people * 1e6,
    }


def fast(peer: Peer, backlog: Stream) -> Figures:
    """Measure from the first call to the last message; what comes before the first call is starting up.

    Ours asks the logs before the first window of each partition, at Infobip's 120/min: the second half is without that.
    """
    behaviour = Behaviour(latency=LATENCY_SECONDS, identities=True)
    with prepared(peer, backlog, behaviour) as run, started(run) as subject:
        run.follow([subject], lambda seen: seen.calls > 0)
        cpu, endpoint_cpu = subject.cpu_seconds(), run.endpoint_cpu_seconds()
        seen = run.follow([subject], lambda seen: seen.people >= backlog.events)
        cpu, endpoint_cpu = subject.cpu_seconds() - cpu, run.endpoint_cpu_seconds() - endpoint_cpu
        seconds = seen.last - seen.first
        return {
            "rate": backlog.events / seconds,
            "later_rate": later_rate(run.accepted()),
            "cpu_us": cpu / backlog.events * 1e6,
            "peak_mb": subject.peak_mb,
            "endpoint_share": endpoint_cpu / seconds,
        }


def killed(peer: Peer, backlog: Stream, others: int = 0) -> Figures:
    """Kill it again and again on the way, and start it again at once; who got nothing in 30 quiet seconds is lost."""
    behaviour = Behaviour(latency=LATENCY_SECONDS, identities=True, lose=LOST, seed=7, others=others)
    with prepared(peer, backlog, behaviour) as run:
        for percent in KILLS_AT_PERCENT:
            with started(run) as subject:
                run.follow([subject], lambda seen, percent=percent: seen.people >= backlog.events * percent // 100)  # type: ignore[misc]
        killed_at = time.monotonic()  # the endpoint's clock, too
        with started(run) as last:
            run.follow([last], lambda seen: seen.people >= backlog.events, QUIET_SECONDS)
            # What is sent again may come last.
            seen = run.settle([last], SETTLE_SECONDS)
        return {
            "cut": seen.cut,
            "repeated": seen.repeated,
            "lost": backlog.events - seen.people,
            "duplicates": seen.duplicates,
            "asked": seen.asked,
            "killed_seconds": seen.last - killed_at,
        }


def later_rate(times: list[float]) -> float:
    """How many a second there were of the later half."""
    ordered = sorted(times)
    half, last = ordered[len(ordered) // 2 - 1], ordered[-1]
    return sum(at > half for at in ordered) / max(last - half, 1e-9)


def percentile(ordered: list[float], percent: float) -> float:
    """The least figure that so many percent of all do not exceed."""
    return ordered[max(ceil(len(ordered) * percent / 100) - 1, 0)]


def _add(rows: list[Row], row: Row) -> None:
    tell(row, COLUMNS)
    rows.append(row)
