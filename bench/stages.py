"""CPU time of each quiet stage, in microseconds an event."""

import time
from collections.abc import Callable
from datetime import UTC, datetime
from functools import partial
from typing import Any

import orjson

from bench import sending_stages
from bench.stopwatch import EVENTS, ROUNDS, Read
from bench.table import Column, Result, Row
from schemas.jobs.export_audience import ExportAudience
from streams.app.process import collect_seldom
from streams.calls.call import Reply
from streams.demo import samples
from streams.jobs.export_audience.fast.exporter import FastExporter, upserts
from streams.jobs.export_audience.plan import Attributes, Exporter
from streams.observe.meters import JobMeter, Meters
from streams.pipeline.settle import flush_record
from streams.pipeline.window import OpenWindow
from streams.profiles.phones import normal_phone

WINDOW = 1000


def best(action: Callable[[], Any]) -> float:
    """The best of some rounds, in microseconds an event: the least disturbed by others."""
    rounds = []
    for _ in range(ROUNDS):
        began = time.process_time()
        action()
        rounds.append(time.process_time() - began)
    return min(rounds) / EVENTS * 1e6


def measure() -> dict[str, float]:
    collect_seldom()
    fields = {"first_name": {"to": "firstName"}, "lifetime_value": {"to": "ltv", "type": "DECIMAL"}}
    job = ExportAudience.model_validate(
        {
            "name": "bench",
            "kind": "export_audience",
            "authorization": "main",
            "topics": ["memberships"],
            "audiences": ["vip"],
            "tag": "VIP",
            "map_fields": fields,
        }
    )
    exporter = FastExporter(Exporter(job, Attributes({"ltv": "DECIMAL"})))
    records = [Read(orjson.dumps(samples.event(number, "enter")), number) for number in range(EVENTS)]

    def gather() -> list[Any]:
        window, windows = OpenWindow(job.wants, WINDOW, job.name, exporter.decode), []
        for start in range(0, EVENTS, WINDOW):
            window.take(records[start : start + WINDOW], 0.0)
            windows.append(window.cut())
        return windows

    windows = gather()
    folded = [exporter.fold(window) for window in windows]
    welcome = {"results": [{"index": n, "id": n, "status": "UPDATED"} for n in range(WINDOW)], "errors": []}

    def deliver() -> None:
        for one in folded:
            dialogue = exporter.deliver(one)
            next(dialogue)
            dialogue.send([Reply(207, welcome)])
            try:
                dialogue.send([Reply(200)])
            except StopIteration as end:
                flush_record(
                    "bench", one.window, end.value, calls={}, answers={}, retries=0, seconds=0, now=datetime.now(UTC)
                )

    def encode() -> None:
        for one in folded:
            upserts(one.people)

    national = [f"0151 {20_000_000 + number}" for number in range(EVENTS)]
    unknown = [f"+1555{1_000_000 + number}" for number in range(EVENTS)]

    return {
        "read (orjson alone)": best(lambda: [orjson.loads(record.value) for record in records]),
        "decode": best(lambda: [exporter.decode(record, record.value) for record in records]),
        "gather (decode and window)": best(gather),
        "fold": best(lambda: [exporter.fold(window) for window in windows]),
        "plan and settle": best(deliver),
        "encode the upsert": best(encode),
        "tell the metrics": best(partial(tell_metrics, len(windows))),
        "read a national phone number": best(lambda: [normal_phone(number, "DE") for number in national]),
        "read one that does not exist": best(lambda: [normal_phone(number, None) for number in unknown]),
    }


def tell_metrics(windows: int) -> None:
    """Tell of windows as the service does: each with its outcomes, two calls and a commit."""
    meters = Meters()
    job = JobMeter(meters, "bench", "export_audience")
    for _ in range(windows):
        job.in_flight(1)
        for operation in ("upsert_persons", "add_tag"):
            meters.tried("main", operation, 200, 0.02, 5.0)
        job.settled([("accepted", WINDOW)], 0.1)
        job.buried(())
        job.sent(())
        job.in_flight(0)
        job.committed()


def stages() -> Result:
    """CPU time of each stage."""
    columns = (Column("µs / event", "cpu_us", ".2f"),)
    rows = [Row(name, figures={"cpu_us": cost}) for name, cost in {**measure(), **sending_stages.measure()}.items()]
    return Result("stages", "CPU by stage of ours, one core", columns, rows)
