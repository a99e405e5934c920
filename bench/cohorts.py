"""T9, cohorts: members of three audiences in their lists, within the limits of one key; how near to the ideal."""

import sys
import tempfile
import time
import uuid
from collections.abc import Callable
from math import ceil
from pathlib import Path

from bench.running import ROOT, Failed, Subject
from bench.table import Column, Figures, Result, Row, measured
from streams.simulator import SimulatorOptions
from tests.integration.cohorts import cohort_job, lists, member
from tests.integration.harness import Corridor, SimulatorThread, corridor

EVENTS, BATCH = 60_000, 1000
AUDIENCES = ("vip", "new", "gold")
#: So many times Infobip's own limits, so that a bench lasts no hour.
TIMES = 20.0
LIMITS: dict[str, float | None] = {"create_list": TIMES / 2, "add_to_list": TIMES / 10, "remove_from_list": TIMES / 5}
PATIENCE_SECONDS = 600.0
COLUMNS = (
    Column("seconds", "seconds", ".1f"),
    Column("of the ideal", "ratio", ".2f"),
    Column("adds", "calls"),
    Column("429s", "refused"),
)


def cohorts(broker: str, scale: float) -> Result:
    """Measure ours and a loop, each on topics and an Infobip of its own."""
    events = int(EVENTS * scale)
    of_each = [len(range(place, events, len(AUDIENCES))) for place in range(len(AUDIENCES))]
    ideal = (sum(ceil(members / BATCH) for members in of_each) - 1) * 10 / TIMES
    rows: list[Row] = []
    for who, does, started in (
        ("infobip-streams", "two processes, one owner of the turns", _ours),
        ("a loop", "reads 1,000, calls by audience, waits at 429", _loop),
    ):
        row = measured(who, does, lambda started=started: measure(broker, events, started, ideal), Failed)  # type: ignore[misc]
        print(f"  {who}: {row.why or row.figures}", flush=True)
        rows.append(row)
    title = f"T9: {events:,} members of three audiences, {TIMES:g} times Infobip's limits: ideally {ideal:.1f} s"
    return Result("t9", title, COLUMNS, rows)


#: Starts somebody, and returns what ends them.
Started = Callable[[Corridor, SimulatorThread], Callable[[], None]]


def measure(broker: str, events: int, started: Started, ideal: float) -> Figures:
    """Measure from the first add that was taken until everybody is in their list."""
    name = f"bench{uuid.uuid4().hex[:8]}"
    with (
        tempfile.TemporaryDirectory() as folder,
        SimulatorThread(SimulatorOptions(limits=LIMITS)) as infobip,
        corridor(broker, infobip.url, Path(folder), name) as made,
    ):
        made.publish(member(number, audience=AUDIENCES[number % len(AUDIENCES)]) for number in range(events))
        stop = started(made, infobip)
        try:
            began = _when(lambda: infobip.count("add_to_list", 200) > 0)
            ended = _when(lambda: sum(map(len, lists(infobip).values())) >= events)
        finally:
            stop()
        refused = sum(infobip.count(operation, 429) for operation in LIMITS)
        calls = infobip.count("add_to_list", 200)
    return {"seconds": ended - began, "ratio": (ended - began) / ideal, "calls": calls, "refused": refused}


def _ours(made: Corridor, _: SimulatorThread) -> Callable[[], None]:
    made.configuration["jobs"] = [cohort_job(made.name, made.topic, audiences=list(AUDIENCES))]
    made.configuration["jobs"][0]["flush"] = {"max_events": BATCH, "max_seconds": 1}
    made.configuration["authorizations"][0]["limits"] = LIMITS
    for _number in range(2):
        made.start()
    return made.close


def _loop(made: Corridor, infobip: SimulatorThread) -> Callable[[], None]:
    command = [sys.executable, "-m", "bench.cohort_loop", made.broker, made.topic, infobip.url]
    return Subject(command, ROOT / made.folder / "loop.log").kill


def _when(condition: Callable[[], bool]) -> float:
    deadline = time.monotonic() + PATIENCE_SECONDS
    while not condition():
        if time.monotonic() > deadline:
            raise Failed(f"not all are in their lists after {PATIENCE_SECONDS:.0f} s")
        time.sleep(0.02)
    return time.monotonic()
