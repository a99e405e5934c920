"""What the demo runs beside itself, as an operator would: commands of this package, each in a process of its own.

In one process they would hold each other up, and Infobip's limits count milliseconds.
"""

import asyncio
import contextlib
import os
import signal
import sys
from collections import Counter
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any, NoReturn, cast

import httpx
import orjson

from streams.errors import StreamsError

STOP_SECONDS = 30.0
#: The folder that this package is in.
ROOT = Path(__file__).resolve().parents[2]


class Command:
    """One command that runs. What it says on standard error is said on ours."""

    def __init__(self, name: str, process: asyncio.subprocess.Process) -> None:
        self._name, self._process = name, process
        self._repeating = asyncio.create_task(self._repeat())

    @classmethod
    async def start(cls, folder: Path, *arguments: str, environment: Mapping[str, str] | None = None) -> "Command":
        """Start a command in a folder, with `environment` added to what is set."""
        process = await asyncio.create_subprocess_exec(
            *(sys.executable, "-m", "streams", *arguments),
            cwd=folder,
            env={**os.environ, "PYTHONPATH": _path(), **(environment or {})},
            stdin=asyncio.subprocess.DEVNULL,
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.PIPE,
            start_new_session=True,
        )
        return cls(arguments[0], process)

    @property
    def is_running(self) -> bool:
        """Whether it has not ended."""
        return self._process.returncode is None

    async def line(self) -> str:
        """Return the next line that it says, without its end; empty once it has ended."""
        return (await cast("asyncio.StreamReader", self._process.stdout).readline()).decode().rstrip()

    async def ended(self) -> NoReturn:
        """Wait until it has ended. Raises StreamsError, which says so."""
        code = await self._process.wait()
        await asyncio.shield(self._repeating)  # what it said of it comes first
        raise StreamsError(f"`infobip-streams {self._name}` has ended before its time, with exit code {code}")

    async def stop(self) -> int:
        """Tell it to end, and return its exit code; killed when it does not."""
        self._tell(signal.SIGTERM)
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(STOP_SECONDS):
                await self._process.wait()
        return await self.kill()

    async def kill(self) -> int:
        """End it at once, if it runs, and return its exit code."""
        self._tell(signal.SIGKILL)
        code = await self._process.wait()
        await asyncio.shield(self._repeating)
        return code

    def _tell(self, number: signal.Signals) -> None:
        if self.is_running:
            with contextlib.suppress(ProcessLookupError):
                # `Process.send_signal` would take the exit code of one that has just ended away from whoever awaits it.
                os.kill(self._process.pid, number)

    async def _repeat(self) -> None:
        async for line in cast("asyncio.StreamReader", self._process.stderr):
            sys.stderr.write(line.decode(errors="replace"))


class SimulatedInfobip:
    """The simulated Infobip, seen by its own endpoints."""

    def __init__(self, url: str, http: httpx.AsyncClient, command: Command) -> None:
        self.url, self._http, self._command = url, http, command

    async def ended(self) -> NoReturn:
        """Wait until it has ended. Raises StreamsError, which says so."""
        await self._command.ended()

    async def people(self) -> dict[str, frozenset[str]]:
        """The tags of each person, by id."""
        said = await self._lines("/simulator/people")
        return {str(one["id"]): frozenset(one.get("tags") or ()) for one in said}

    async def messages(self) -> list[dict[str, Any]]:
        """Every message that was handed over, in order."""
        return await self._lines("/simulator/messages")

    async def tagged(self, tag: str) -> int:
        """How many people have a tag."""
        return int((await self._state())["tags"].get(tag, 0))

    async def accepted(self, channel: str) -> int:
        """How many messages of a channel were taken."""
        return int((await self._state())["messages"].get(channel, {}).get("accepted", 0))

    async def calls(self) -> dict[str, Counter[str]]:
        """How many calls of each operation were answered with which status."""
        return {name: Counter(answers) for name, answers in (await self._state())["calls"].items()}

    async def _state(self) -> dict[str, Any]:
        return dict(orjson.loads(await self._get("/simulator/state")))

    async def _lines(self, path: str) -> list[dict[str, Any]]:
        return [orjson.loads(line) for line in (await self._get(path)).splitlines()]

    async def _get(self, path: str) -> bytes:
        try:
            return (await self._http.get(path)).raise_for_status().content
        except httpx.HTTPError as error:
            raise StreamsError(f"the simulated Infobip does not answer any more: {error!r}") from error


@asynccontextmanager
async def running(
    folder: Path, *arguments: str, environment: Mapping[str, str] | None = None
) -> AsyncIterator[Command]:
    """Run a command, as `Command.start` does; whoever leaves before it has ended kills it."""
    command = await Command.start(folder, *arguments, environment=environment)
    try:
        yield command
    finally:
        await command.kill()


@asynccontextmanager
async def simulated_infobip(folder: Path, fates: tuple[str, ...]) -> AsyncIterator[SimulatedInfobip]:
    """Run a simulated Infobip on a free port. Raises StreamsError: it does not start."""
    told = [word for fate in fates for word in ("--fate", fate)]
    async with running(folder, "simulator", "--port", "0", *told) as command:
        if not (said := await command.line()):
            raise StreamsError("the simulated Infobip did not start")
        url = said.rpartition(" ")[2]
        async with httpx.AsyncClient(base_url=url, trust_env=False) as http:
            yield SimulatedInfobip(url, http, command)


def _path() -> str:
    """Where commands find this very package first: it need not be installed, or another release of it may be."""
    return os.pathsep.join(filter(None, [str(ROOT), os.environ.get("PYTHONPATH")]))
