"""Templates really rendered, in the process of their own that they run in."""

import asyncio
import os
import signal
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import orjson

from streams.templates.bounds import Bounds
from streams.templates.rendered import Failed, Rendered
from streams.templates.renderer import Renderer
from streams.templates.source import Source

LIBRARY = "local event = import 'lytemplates.libsonnet';\n"


async def rendered_by(renderer: Renderer, *events: Any) -> list[Rendered]:
    """What comes of events, one after the other."""
    return await renderer.render([orjson.dumps(event).decode() for event in events])


def render(
    name: str, text: str, events: Sequence[Any], files: Mapping[str, str] | None = None, bounds: Bounds | None = None
) -> list[Rendered]:
    """Render a template for events, and leave no process behind."""

    async def work() -> list[Rendered]:
        renderer = Renderer(Source(name, text, dict(files or {})), bounds or Bounds())
        try:
            return await rendered_by(renderer, *events)
        finally:
            await renderer.aclose()

    return asyncio.run(work())


def values(found: Sequence[Rendered]) -> list[Any]:
    """The bodies as data; a failure as it is told."""
    return [one.told("a") if isinstance(one, Failed) else orjson.loads(one) for one in found]


def renderers() -> list[Path]:
    """Where the system shows the processes that this one has started to render."""
    return [one for one in Path("/proc").glob("[0-9]*") if _is_renderer(one)]


def kill_renderers() -> None:
    """Kill them, as a system without memory would."""
    for process in renderers():
        os.kill(int(process.name), signal.SIGKILL)


def _is_renderer(process: Path) -> bool:
    try:
        parent = (process / "stat").read_text().rpartition(") ")[2].split()[1]
        return int(parent) == os.getpid() and b"streams.templates.worker" in (process / "cmdline").read_bytes()
    except OSError:  # it is gone
        return False
