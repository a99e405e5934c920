"""T4, the way back: people of Infobip as contacts on a topic; near to the limit, without a limit, and after a kill."""

import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager

import orjson

from bench.committed import Committed, committed, nobody
from bench.endpoint import Behaviour
from bench.peers import Peer
from bench.peers.importing.ours import PEER as OURS
from bench.quota import LIMIT, ideal_seconds
from bench.running import PATIENCE_SECONDS, ROOT, Failed, Run, Subject, prepared, started
from bench.table import Column, Figures, Result, measured, tell

PEOPLE = 100_000
#: More than once, because whether a page is written twice depends on the moment.
KILLS_AT_PERCENT = (20, 30, 40, 50, 60)
LATENCY_SECONDS = 0.02
#: A killed process keeps what is its own for a session of 10 s; after so long in silence nobody else will come.
QUIET_SECONDS = 30.0
SETTLE_SECONDS = 2.0
COLUMNS = (
    Column("a: seconds", "limited_seconds", ".2f"),
    Column("of the ideal", "limited_ratio", ".2f"),
    Column("calls", "limited_calls"),
    Column("429s", "limited_refused"),
    Column("b: people/s", "rate"),
    Column("CPU µs/person", "cpu_us", ",.1f"),
    Column("peak MB", "peak_mb"),
    Column("endpoint's share of a core", "endpoint_share", ".0%"),
    Column("c: written twice", "repeated"),
    Column("lost", "lost"),
    Column("seconds from the last kill", "killed_seconds", ".1f"),
)


def imports(broker: str, peers: list[Peer], scale: float) -> Result:
    """Measure everybody in all three ways, and ours without a limit again at the end: a drift of the machine shows."""
    people = int(PEOPLE * scale)
    rows = []
    for peer in peers:
        rows.append(measured(peer.name, peer.does, lambda peer=peer: measure(peer, broker, people), Failed))  # type: ignore[misc]
        tell(rows[-1], COLUMNS)
    rows.append(measured(f"{OURS.name}, again", OURS.does, lambda: unlimited(OURS, broker, people), Failed))
    tell(rows[-1], COLUMNS)
    rows.append(measured("bare confluent-kafka", "only writes", lambda: floor(broker, people), Failed))
    tell(rows[-1], COLUMNS)
    *others, last = KILLS_AT_PERCENT
    kills = f"kill -9 at {', '.join(map(str, others))} and {last} %"
    title = (
        f"T4: {people:,} people, pages of 1,000, answers after 20 ms; a: {LIMIT} calls/s, ideally "
        f"{ideal_seconds(people):.1f} s; b: no limit; c: no limit, {kills}"
    )
    return Result("t4", title, COLUMNS, rows)


def measure(peer: Peer, broker: str, people: int) -> Figures:
    return {**limited(peer, broker, people), **unlimited(peer, broker, people), **killed(peer, broker, people)}


def limited(peer: Peer, broker: str, people: int) -> Figures:
    """Measure from the first call until a consumer has everybody."""
    with _importing(peer, broker, people, LIMIT) as (run, contacts), started(run) as subject:
        _until(subject, contacts, people)
        seen = run.seen()
        seconds = contacts.last - seen.first  # of two processes, but of one clock: the machine's
        return {
            "limited_seconds": seconds,
            "limited_ratio": seconds / ideal_seconds(people),
            "limited_calls": seen.calls,
            "limited_refused": seen.refused,
        }


def unlimited(peer: Peer, broker: str, people: int) -> Figures:
    """Measure the same; what comes before the first call is starting up."""
    with _importing(peer, broker, people) as (run, contacts), started(run) as subject:
        run.follow([subject], lambda seen: seen.calls > 0)
        cpu, endpoint_cpu = subject.cpu_seconds(), run.endpoint_cpu_seconds()
        cpu = _until(subject, contacts, people) - cpu
        endpoint_cpu = run.endpoint_cpu_seconds() - endpoint_cpu
        seconds = contacts.last - run.seen().first
        return {
            "seconds": seconds,
            "rate": people / seconds,
            "cpu_us": cpu / people * 1e6,
            "peak_mb": subject.peak_mb,
            "endpoint_share": endpoint_cpu / seconds,
        }


def killed(peer: Peer, broker: str, people: int) -> Figures:
    """Kill it again and again on the way, and start it again at once; who has not come by the end is lost."""
    with _importing(peer, broker, people) as (run, contacts):
        for percent in KILLS_AT_PERCENT:
            with started(run) as subject:
                _until(subject, contacts, people * percent // 100)
        killed_at = moved = time.monotonic()
        with started(run) as last:
            while not last.ended() and time.monotonic() - moved < QUIET_SECONDS:
                moved = time.monotonic() if contacts.look() else moved
            # What is written again may come last.
            contacts.settle(SETTLE_SECONDS)
        return {
            "repeated": contacts.repeated,
            "lost": people - contacts.people,
            "killed_seconds": contacts.last - killed_at,
        }


def floor(broker: str, people: int) -> Figures:
    """Write as many contacts that are ready."""
    command = [sys.executable, "-m", "bench.peers.importing.ready", broker, nobody(broker, people).topic, str(people)]
    ran = subprocess.run(command, cwd=ROOT, check=False, capture_output=True, text=True)
    if ran.returncode:
        raise Failed(ran.stderr.strip().splitlines()[-1])
    told = orjson.loads(ran.stdout)
    return {
        "seconds": told["seconds"],
        "rate": people / told["seconds"],
        "cpu_us": told["cpu_seconds"] / people * 1e6,
        "peak_mb": told["peak_bytes"] / 1e6,
    }


@contextmanager
def _importing(peer: Peer, broker: str, people: int, limit: int | None = None) -> Iterator[tuple[Run, Committed]]:
    stream = nobody(broker, people)
    behaviour = Behaviour(latency=LATENCY_SECONDS, limit=limit, people=people)
    with prepared(peer, stream, behaviour, rate=limit) as run, committed(stream) as contacts:
        yield run, contacts


def _until(subject: Subject, contacts: Committed, people: int) -> float:
    """Watch until so many have come, and give the subject's CPU seconds until then.

    Raises:
        Failed: it ended before, or nobody came for two minutes.

    """
    cpu, moved = 0.0, time.monotonic()
    while contacts.people < people:
        cpu = max(cpu, subject.cpu_seconds())  # of one that has ended there is none to be read
        if subject.ended():
            contacts.settle(SETTLE_SECONDS)
            if contacts.people < people:
                raise Failed(f"ended with {contacts.people:,} of {people:,} people: {subject.last_words()}")
        moved = time.monotonic() if contacts.look() else moved
        if time.monotonic() - moved > PATIENCE_SECONDS:
            raise Failed(f"nobody came for {PATIENCE_SECONDS:.0f} s: {subject.last_words()}")
    return max(cpu, subject.cpu_seconds())
