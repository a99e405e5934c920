"""The door to the process that renders a template: it is started, asked, and started anew when it died of an event."""

import asyncio
import json
import signal
import subprocess
import sys
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import asdict
from pathlib import Path
from typing import Any, Final

from streams.calls.waiting import known_wait
from streams.errors import ConfigurationError
from streams.templates.bounds import Bounds, too_large, too_slow
from streams.templates.rendered import Failed, Rendered
from streams.templates.source import Source
from streams.templates.worker import HEADER, TOGETHER

_ROOT = str(Path(__file__).parents[2])
#: Nothing of this machine's environment, and nothing of a current folder, is a template's.
_COMMAND: Final = (
    *(sys.executable, "-I", "-c"),
    f"import sys; sys.path.insert(0, {_ROOT!r}); from streams.templates.worker import main; main()",
)
#: Longer than any lot of events takes, however busy the machine is.
ANSWER_SECONDS: Final = 60.0
#: Longer than a process takes to be gone that has closed its pipes.
DYING_SECONDS: Final = 5.0
DEFAULT: Final = Bounds()


class Renderer:
    """Renders one template for events; used by one event loop, one question at a time."""

    def __init__(self, source: Source, bounds: Bounds = DEFAULT) -> None:
        self._source, self._bounds = source, bounds
        self._process: asyncio.subprocess.Process | None = None
        self._turn, self._died_of = asyncio.Lock(), ""

    @known_wait("its template to be rendered")
    async def render(self, events: Sequence[str]) -> list[Rendered]:
        """Render a template for events in JSON; what goes beyond its bounds fails alone, and the next goes on.

        Takes as long as all of them take together.

        Raises:
            ConfigurationError: the template does not compile.

        """
        results: list[Rendered] = []
        async with self._turn:
            while len(results) < len(events):
                await self._ask(events, results, singly=False)
                if len(results) < len(events):  # it died of one of the next
                    lot = events[: len(results) + TOGETHER]
                    await self._ask(lot, results, singly=True)
                    if len(results) < len(lot):
                        results.append(Failed(self._died_of))
        return results

    async def stay(self) -> None:
        """Wait until cancelled, and end the process then."""
        try:
            await asyncio.Event().wait()
        finally:
            await self.aclose()

    async def aclose(self) -> None:
        """End the process; it may be started again."""
        process, self._process = self._process, None
        if process is not None and process.returncode is None:
            with suppress(ProcessLookupError):
                process.kill()
            await process.wait()

    async def _ask(self, events: Sequence[str], results: list[Rendered], *, singly: bool) -> None:
        """Add what comes of the events that have no result yet, until the process dies."""
        try:
            process = await self._running()
            await self._write(process, {"events": events[len(results) :], "singly": singly})
            while len(results) < len(events):
                results += [_read(one) for one in await self._answer(process)]
        except (OSError, EOFError, TimeoutError):
            await self._bury()
        except asyncio.CancelledError:  # what it has still to say would be taken for the next answer
            self._abandon()
            raise

    def _abandon(self) -> None:
        process, self._process = self._process, None
        if process is not None:
            with suppress(ProcessLookupError):
                process.kill()

    async def _running(self) -> asyncio.subprocess.Process:
        if self._process is not None and self._process.returncode is None:
            return self._process
        process = self._process = await asyncio.create_subprocess_exec(
            *_COMMAND, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, env={}, cwd="/"
        )
        await self._write(process, _said(self._source, self._bounds))
        _compiled(self._source, await self._answer(process))
        return process

    async def _write(self, process: asyncio.subprocess.Process, said: Any) -> None:
        content, pipe = json.dumps(said).encode(), process.stdin
        if pipe is not None:
            pipe.write(HEADER.pack(len(content)) + content)
            await pipe.drain()

    async def _answer(self, process: asyncio.subprocess.Process) -> Any:
        pipe = process.stdout
        if pipe is None:
            raise EOFError
        async with asyncio.timeout(ANSWER_SECONDS):
            (size,) = HEADER.unpack(await pipe.readexactly(HEADER.size))
            return json.loads(await pipe.readexactly(size))

    async def _bury(self) -> None:
        """Find out what the process died of; one that lives, and does not answer, is ended."""
        process, self._died_of = self._process, too_slow(self._bounds)
        if process is None:
            return
        try:
            # It is gone by itself, as a rule; `kill` would take its last word away from whoever waits for it.
            self._died_of = _died(await asyncio.wait_for(process.wait(), DYING_SECONDS), self._bounds)
            self._process = None
        except TimeoutError:
            await self.aclose()


def compile_fault(source: Source, bounds: Bounds = DEFAULT) -> Failed | None:
    """What is wrong with a template before any event; None where nothing is. Blocks for as long as a process takes."""
    content = json.dumps(_said(source, bounds)).encode()
    done = subprocess.run(
        _COMMAND, input=HEADER.pack(len(content)) + content, capture_output=True, check=False, env={}, cwd="/"
    )
    if len(done.stdout) < HEADER.size:
        return Failed(_died(done.returncode, bounds))
    fault = json.loads(done.stdout[HEADER.size :])["fault"]
    return None if fault is None else Failed(**fault)


def _said(source: Source, bounds: Bounds) -> dict[str, Any]:
    """What the process is told of its template."""
    return {"name": source.name, "source": source.text, "files": source.files, "bounds": asdict(bounds)}


def _compiled(source: Source, answer: Any) -> None:
    if answer["fault"] is not None:
        raise ConfigurationError([Failed(**answer["fault"]).told(source.name)])


def _read(one: Any) -> Rendered:
    return Failed(**one) if isinstance(one, dict) else str(one).encode()


def _died(code: int, bounds: Bounds) -> str:
    return too_slow(bounds) if code == -signal.SIGPROF else too_large(bounds)
