"""The process that renders one template: it reads events, writes what came of them, and has nothing else.

It dies of what goes beyond its bounds, and says nothing more; whoever started it knows by which event that was.
"""

import json
import os
import resource
import signal
import struct
import sys
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from typing import Any, BinaryIO, Final, Protocol

from streams.templates.bounds import Bounds
from streams.templates.rendered import Failed, Rendered

HEADER: Final = struct.Struct("!I")
#: Events of one evaluation: with more, one costs hardly less.
TOGETHER: Final = 50
#: Of more events than this, a copy of the process renders each so many, where the engine leaves garbage.
COPIED_FROM: Final = 2 * TOGETHER
COPIED_TO: Final = 20 * TOGETHER
#: What the interpreter and the engine take besides the template.
SLACK_BYTES: Final = 32 * 1024 * 1024


class Engine(Protocol):
    """What renders one template; `collects` is whether it looks for the garbage that it leaves."""

    collects: bool

    def compile(self) -> Failed | None:
        """What is wrong with the template before any event; None where nothing is."""
        ...

    def render(self, events: Sequence[str]) -> list[Rendered]:
        """What comes of events, which are JSON, one by one."""
        ...


def main() -> None:
    """Serve until standard input ends: first the template, then events."""
    inputs, outputs = sys.stdin.buffer, sys.stdout.buffer
    said = _read(inputs)
    if said is None:
        return
    bounds = Bounds(**said["bounds"])
    engine = engine_of(said["name"], said["source"], said["files"], bounds, guard(bounds))
    _keep_within(bounds)
    fault = engine.compile()
    _write(outputs, {"fault": None if fault is None else fault.wire()})
    while (asked := _read(inputs)) is not None:
        _serve(engine, asked, outputs)


def engine_of(name: str, source: str, files: Mapping[str, str], bounds: Bounds, begin: Callable[[], None]) -> Engine:
    """The engine of a template, by the ending of its name; the other one is not even loaded."""
    if name.endswith(".js"):
        from streams.templates.javascript import JavaScript  # noqa: PLC0415

        return JavaScript(source, bounds, begin)
    from streams.templates.jsonnet import Jsonnet  # noqa: PLC0415

    return Jsonnet(source, files, bounds, begin)


def guard(bounds: Bounds) -> Callable[[], None]:
    """What begins the time of a rendering anew; the process dies when it is over, whatever it is about."""

    def begin() -> None:
        # Of the processor, and not by the wall: a busy machine is nobody's fault. A little more than an engine that
        # ends by itself, and says where.
        signal.setitimer(signal.ITIMER_PROF, bounds.seconds * 1.5)

    return begin


def _serve(engine: Engine, asked: Mapping[str, Any], outputs: BinaryIO) -> None:
    """Render events in lots, and tell of each lot as it is done."""
    events = asked["events"]
    if asked["singly"] or not engine.collects or len(events) < COPIED_FROM:
        _render(engine, events, outputs, 1 if asked["singly"] else TOGETHER)
        return
    for start in range(0, len(events), COPIED_TO):
        _render_in_a_copy(engine, events[start : start + COPIED_TO], outputs)


def _render(engine: Engine, events: Sequence[str], outputs: BinaryIO, together: int) -> None:
    for start in range(0, len(events), together):
        results = engine.render(events[start : start + together])
        signal.setitimer(signal.ITIMER_PROF, 0)
        _write(outputs, [one.wire() if isinstance(one, Failed) else one.decode() for one in results])


def _render_in_a_copy(engine: Engine, events: Sequence[str], outputs: BinaryIO) -> None:
    """Render in a copy of this process, which takes its garbage with it: to look for it takes twice as long.

    What the copy dies of, this process dies of, too.
    """
    try:
        copy = os.fork()
    except OSError:  # there are too many processes
        _render(engine, events, outputs, TOGETHER)
        return
    if copy == 0:
        code = 1
        try:
            engine.collects = False
            _render(engine, events, outputs, TOGETHER)
            code = 0
        finally:
            os._exit(code)
    _, status = os.waitpid(copy, 0)
    if os.WIFSIGNALED(status):
        os.kill(os.getpid(), os.WTERMSIG(status))
    if status:
        os._exit(1)


def _keep_within(bounds: Bounds) -> None:
    """Bound the memory of this process, where the system can; files and children it may not have."""
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    with suppress(OSError, ValueError):
        with open("/proc/self/statm", encoding="ascii") as sizes:  # noqa: PTH123 - pathlib takes as long as the engine
            pages = int(sizes.read().split()[0])
        most = pages * os.sysconf("SC_PAGE_SIZE") + bounds.memory_bytes + SLACK_BYTES
        resource.setrlimit(resource.RLIMIT_AS, (most, most))
    with suppress(OSError, ValueError):
        resource.setrlimit(resource.RLIMIT_FSIZE, (0, 0))
        resource.setrlimit(resource.RLIMIT_NOFILE, (3, 3))


def _read(inputs: BinaryIO) -> Any:
    header = inputs.read(HEADER.size)
    if len(header) < HEADER.size:
        return None
    return json.loads(inputs.read(HEADER.unpack(header)[0]))


def _write(outputs: BinaryIO, said: Any) -> None:
    content = json.dumps(said).encode()
    outputs.write(HEADER.pack(len(content)) + content)
    outputs.flush()
