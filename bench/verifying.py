"""How long it takes to hold a million people of Infobip against what Kafka says, and what that takes of memory."""

import time

from bench.endpoint import Behaviour
from bench.peers import Options, Peer, always
from bench.peers.ours import configuration_of, started_with
from bench.quota import LIMIT, ideal_seconds
from bench.running import LOOK_SECONDS, Failed, prepared, started
from bench.stream import Stream, publish
from bench.table import Column, Figures, Result, measured, tell

PEOPLE = 1_000_000
#: One of so many members is not there: those are asked for again.
MISSING_ONE_OF = 1000
LATENCY_SECONDS = 0.02
COLUMNS = (
    Column("seconds", "seconds", ".1f"),
    Column("of the ideal", "ratio", ".3f"),
    Column("with start and end", "whole_seconds", ".1f"),
    Column("calls", "calls"),
    Column("429s", "refused"),
    Column("CPU µs/member", "cpu_us", ",.1f"),
    Column("peak MB", "peak_mb"),
)


def verifying(broker: str, scale: float) -> Result:
    """Measure a list at Infobip's limit, and without one: what is left then is ours."""
    people = int(PEOPLE * scale)
    stream = publish(broker, people + people // MISSING_ONE_OF)
    rows = []
    for who, does, limit in (("verify", f"{LIMIT} calls/s", LIMIT), ("verify, no limit", "as fast as it can", None)):
        rows.append(measured(who, does, lambda limit=limit: measure(stream, people, limit), Failed))  # type: ignore[misc]
        tell(rows[-1], COLUMNS)
    title = (
        f"Verify: {stream.events:,} members by Kafka, {people:,} people at Infobip, pages of 1,000, answers after "
        f"20 ms; at {LIMIT} calls/s ideally {ideal_seconds(people):.1f} s"
    )
    return Result("verify", title, COLUMNS, rows)


def measure(stream: Stream, people: int, limit: int | None) -> Figures:
    """Measure from the first call to the end of the process.

    Nothing was ever exported, so whoever is missing is under way, and the command ends well.
    """
    peer = Peer(name="verify", does="", command=_command, missing=always)
    behaviour = Behaviour(latency=LATENCY_SECONDS, limit=limit, people=people)
    with prepared(peer, stream, behaviour, rate=limit) as run, started(run) as subject:
        began = time.monotonic()
        cpu = 0.0
        while not subject.ended():
            cpu = max(cpu, subject.cpu_seconds())
            time.sleep(LOOK_SECONDS)
        ended, seen = time.monotonic(), run.seen()
        return {
            "seconds": ended - seen.first,
            "ratio": (ended - seen.first) / ideal_seconds(people),
            "whole_seconds": ended - began,
            "calls": seen.calls,
            "refused": seen.refused,
            "cpu_us": cpu / people * 1e6,
            "peak_mb": subject.peak_mb,
        }


def _command(broker: str, topic: str, url: str, group: str, options: Options) -> list[str]:
    configuration = configuration_of(broker, topic, url, group, options)
    configuration["kafka"]["state_dir"] = str(options.folder / "state")
    if options.rate is None:
        configuration["authorizations"][0]["limits"]["list_persons"] = 1e6
    return [*started_with(configuration, group, options, "verify"), group]
