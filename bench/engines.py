"""One engine of templates alone, for the email starter: `python -m bench.engines NAME EVENTS` prints its figures.

It needs the engine's package and nothing else that is not Python's own.
"""

import importlib
import json
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

STARTERS = Path(__file__).parents[1] / "streams/templates/starters"
#: Events of one evaluation, as the service has it.
TOGETHER = 50
#: Evaluations between two searches for garbage, of the engine that leaves it to be searched for.
COLLECT_EVERY = 10
ROUNDS, SECONDS_MAX = 5, 20.0
#: Renders a list of events, which is JSON; the result is a list of texts, or JSON of one.
Render = Callable[[str], Any]

_GET = "{get(name, default=null):: if name in super && super[name] != null then super[name] else default}"
_RUN = """
const run = (text) => JSON.stringify(JSON.parse(text).map((event) => {
  Object.defineProperty(event, 'get', {enumerable: false, value: (name, otherwise = null) =>
    Object.hasOwn(event, name) && event[name] !== null ? event[name] : otherwise});
  return JSON.stringify(module.exports(event));
}));
run
"""


def event(number: int) -> dict[str, Any]:
    """What a template is given of a membership event."""
    return {
        "email": f"person{number}@example.com",
        "phone": "+14155550000",
        "first_name": "Ann",
        "last_name": "Novak",
        "lifetime_value": 10.0,
        "order_id": f"A-{number}",
        "event_id": f"e-{number}",
        "message_id": f"00000000-0000-5000-8000-{number:012}",
        "action": "enter",
        "audience": "vip",
        "profile_id": f"u-{number}",
        "occurred_at": "2026-11-20T10:00:00Z",
    }


def jsonnet_program() -> str:
    """The starter as a function that each event of a list is given to."""
    text = (STARTERS / "email.jsonnet").read_text().replace("(import 'lytemplates.libsonnet')", "given")
    render = f"std.manifestJsonEx(template(event + {_GET}), '')"
    return f"local template(given) =\n{text}\n; [{render} for event in std.parseJson(std.extVar('events'))]"


def rjsonnet() -> Render:
    engine, program, made = importlib.import_module("rjsonnet"), jsonnet_program(), 0

    def render(events: str) -> Any:
        nonlocal made
        made += 1
        if made % COLLECT_EVERY == 0:
            engine.gc()
        return engine.evaluate_snippet("email", program, ext_vars={"events": events}, gc=False)

    return render


def google_jsonnet() -> Render:
    engine, program = importlib.import_module("_jsonnet"), jsonnet_program()
    return lambda events: engine.evaluate_snippet("email", program, ext_vars={"events": events})


def quickjs() -> Render:
    context = importlib.import_module("quickjs").Context()
    context.eval("var module = {}; " + (STARTERS / "email.js").read_text())
    run: Render = context.eval(_RUN)
    return run


def mini_racer() -> Render:
    context = importlib.import_module("py_mini_racer").MiniRacer()
    context.eval("var module = {}; " + (STARTERS / "email.js").read_text())
    context.eval(_RUN.replace("const run", "var run"))
    return lambda events: context.call("run", events)


ENGINES: dict[str, Callable[[], Render]] = {
    "rjsonnet": rjsonnet,
    "jsonnet": google_jsonnet,
    "quickjs-ng": quickjs,
    "mini-racer": mini_racer,
}


def measure(make: Callable[[], Render], events: int) -> dict[str, float]:
    """Figures of an engine: until its first body, of a lot and of one event alone, and its memory."""
    began = time.perf_counter()
    render = make()
    first = render(json.dumps([event(0)]))
    start_ms = (time.perf_counter() - began) * 1e3
    bodies = first if isinstance(first, list) else json.loads(first)
    assert json.loads(bodies[0])["messages"][0]["destinations"][0]["to"][0]["destination"] == event(0)["email"]
    lot, alone = (json.dumps([event(number) for number in range(size)]) for size in (TOGETHER, 1))
    return {
        "start_ms": start_ms,
        "cpu_us": best(lambda: render(lot), events // TOGETHER) / TOGETHER,
        "alone_us": best(lambda: render(alone), events // TOGETHER),
        "peak_mb": peak_mb(),
    }


def best(action: Callable[[], Any], times: int) -> float:
    """CPU time of one, in microseconds: the best of some rounds, which end after some seconds."""
    rounds: list[float] = []
    until, each = time.monotonic() + SECONDS_MAX, max(1, times // ROUNDS)
    while len(rounds) < ROUNDS and (not rounds or time.monotonic() < until):
        began, made = time.process_time(), 0
        while made < each and (not made or time.monotonic() < until):
            action()
            made += 1
        rounds.append((time.process_time() - began) / made)
    return min(rounds) * 1e6


def peak_mb() -> float:
    """The most resident memory of this process: what it was forked from does not count."""
    lines = Path("/proc/self/status").read_text().splitlines()
    return next(int(line.split()[1]) for line in lines if line.startswith("VmHWM")) / 1024


if __name__ == "__main__":
    print(json.dumps(measure(ENGINES[sys.argv[1]], int(sys.argv[2]))), flush=True)
