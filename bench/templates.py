"""T8, templates: the email starter rendered as a job has it rendered, and the same body built in plain Python."""

import asyncio
import json
import subprocess
import sys
import time
from collections.abc import Callable
from functools import partial
from statistics import median

import orjson
import psutil

from bench.engines import ENGINES, event
from bench.running import ROOT, Failed
from bench.table import Column, Figures, Result, Row, measured, tell
from streams.templates.renderer import Renderer
from streams.templates.source import Source
from streams.templates.starters import ENDINGS, Language, StarterName, text_of

EVENTS, WINDOW, ROUNDS, ALONE = 20_000, 500, 5, 200
#: Google's Jsonnet takes a tenth of a second for each evaluation.
ENGINE_EVENTS, ENGINE_SECONDS = 10_000, 300
COLUMNS = (
    Column("events/s", "rate"),
    Column("CPU µs/event", "cpu_us", ".1f"),
    Column("one alone: µs", "alone_us"),
    Column("start-up: ms", "start_ms"),
    Column("peak MB", "peak_mb"),
)


def templates(scale: float) -> Result:
    """Measure a body by hand, both languages, and each engine that is installed, by itself."""
    events = max(WINDOW, int(EVENTS * scale))
    subjects: list[tuple[str, str, Callable[[], Figures]]] = [
        ("plain Python", "a dict, by orjson", partial(by_hand, events)),
        *((f"{one}", "the starter, in its process", partial(ours, one, events)) for one in Language),
        *((name, "the engine alone", partial(alone, name, int(ENGINE_EVENTS * scale))) for name in ENGINES),
    ]
    rows: list[Row] = []
    for who, does, measure in subjects:
        rows.append(measured(who, does, measure, Failed))
        tell(rows[-1], COLUMNS)
    return Result("t8", f"T8: {events:,} bodies of the email starter, {WINDOW} asked for at once", COLUMNS, rows)


def body(said: dict[str, object]) -> bytes:
    """The body of the email starter, as somebody writes it in Python."""
    placeholders = {"first_name": said.get("first_name") or "", "order_id": said.get("order_id") or ""}
    to = {"destination": said["email"], "placeholders": orjson.dumps(placeholders).decode()}
    message = {
        "sender": "Acme <orders@example.com>",
        "destinations": [{"to": [to]}],
        "content": {"templateId": "100000"},
    }
    return orjson.dumps({"messages": [message]})


def by_hand(events: int) -> Figures:
    """Build bodies in plain Python from the same JSON."""
    asked = [orjson.dumps(event(number)) for number in range(events)]
    rounds, cpu = [], []
    for _ in range(ROUNDS):
        began, used = time.perf_counter(), time.process_time()
        for one in asked:
            body(orjson.loads(one))
        rounds.append(time.perf_counter() - began)
        cpu.append(time.process_time() - used)
    return {"rate": events / min(rounds), "cpu_us": min(cpu) / events * 1e6}


def ours(language: Language, events: int) -> Figures:
    """Render the starter as a job does, in windows; CPU of the process that renders and of the one that asks."""
    return asyncio.run(_ours(language, [orjson.dumps(event(number)).decode() for number in range(events)]))


async def _ours(language: Language, events: list[str]) -> Figures:
    source = Source(f"email{ENDINGS[language]}", text_of(StarterName.email, language))
    renderer = Renderer(source)
    try:
        began = time.perf_counter()
        (first,) = await renderer.render(events[:1])
        started = time.perf_counter() - began
        if not isinstance(first, bytes) or orjson.loads(first) != orjson.loads(body(orjson.loads(events[0]))):
            raise Failed("it gives another body")
        rounds = [await _round(renderer, events) for _ in range(ROUNDS)]
        singly = [await _seconds(renderer, [one]) for one in events[:ALONE]]
    finally:
        await renderer.aclose()
    return {
        "rate": len(events) / min(seconds for seconds, _ in rounds),
        "cpu_us": min(cpu for _, cpu in rounds) / len(events) * 1e6,
        "alone_us": median(singly) * 1e6,
        "start_ms": started * 1e3,
    }


async def _round(renderer: Renderer, events: list[str]) -> tuple[float, float]:
    """Seconds, and CPU seconds, of this process and of that which renders."""
    used = _cpu()
    seconds = await _seconds(renderer, events)
    return seconds, _cpu() - used


async def _seconds(renderer: Renderer, events: list[str]) -> float:
    began = time.perf_counter()
    for start in range(0, len(events), WINDOW):
        await renderer.render(events[start : start + WINDOW])
    return time.perf_counter() - began


def _cpu() -> float:
    """CPU seconds of this process, of those that it has started, and of theirs that have ended."""
    here = time.process_time()
    return here + sum(sum(process.cpu_times()[:4]) for process in psutil.Process().children())


def alone(name: str, events: int) -> Figures:
    """Measure an engine in an interpreter of its own.

    Raises:
        Failed: it is not installed, or did not do it.

    """
    command = [sys.executable, "-m", "bench.engines", name, str(events)]
    try:
        done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False, timeout=ENGINE_SECONDS)
    except subprocess.TimeoutExpired:
        raise Failed(f"it took longer than {ENGINE_SECONDS} s") from None
    if "ModuleNotFoundError" in done.stderr:
        raise Failed(f"{name} is not installed: `pip install {name}` beside the service")
    if done.returncode:
        raise Failed((done.stderr.strip().splitlines() or ["it said nothing"])[-1])
    figures: Figures = json.loads(done.stdout)
    return {**figures, "rate": 1e6 / figures["cpu_us"]}
