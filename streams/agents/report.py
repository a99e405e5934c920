"""How a process tells the others, and `status`, what its jobs are doing."""

import asyncio
import contextlib
import os
import socket
from collections.abc import Set as AbstractSet
from datetime import UTC, datetime

from schemas.states import JobState, StateKind
from streams.agents.write import Outgoing, Writer
from streams.infobip.standing import ClientState

REPEAT_SECONDS = 20.0
#: What a job is doing, by how its client fares.
STATES: dict[str, StateKind] = {"ok": "running", "waiting": "waiting", "unauthorized": "unauthorized"}


class Reporter:
    """The state of one job in this process, written when it changes and repeated while it lasts.

    `scopes` are those that the job needs of its key.
    """

    def __init__(self, job: str, topic: str, writer: Writer, scopes: AbstractSet[str]) -> None:
        self._job, self._topic, self._writer, self._scopes = job, topic, writer, scopes
        self._instance = f"{socket.gethostname()}-{os.getpid()}"
        self._state: StateKind = "starting"
        self._detail = self._note = ""
        self._partitions = 0
        self._since = datetime.now(UTC)
        self._changed = asyncio.Event()
        self._changed.set()

    def say(self, state: StateKind, detail: str = "") -> None:
        """Note a state; it is written soon."""
        if (state, detail) != (self._state, self._detail):
            if state != self._state:
                self._since = datetime.now(UTC)
            self._state, self._detail = state, detail
            self._changed.set()

    def note(self, note: str) -> None:
        """Note what is to be known beside the state, such as an open transaction; '' for nothing."""
        if note != self._note:
            self._note = note
            self._changed.set()

    def tell(self, client: ClientState) -> None:
        """Note how the job's client fares; a scope that only others need is none of its business."""
        if client.lacking and client.lacking not in self._scopes:
            self.say("running")
        else:
            self.say(STATES[client.kind], client.detail)

    def own(self, partitions: int) -> None:
        """Note how many partitions this process reads."""
        self._partitions = partitions
        self._changed.set()

    async def run(self) -> None:
        """Write until cancelled."""
        while True:
            # When nothing has changed it says so again, so that silence means death.
            with contextlib.suppress(TimeoutError):
                await asyncio.wait_for(self._changed.wait(), REPEAT_SECONDS)
            self._changed.clear()
            await self.write()

    async def write(self) -> None:
        """Write the state as it is now."""
        state = JobState(
            job=self._job,
            instance=self._instance,
            state=self._state,
            detail="; ".join(filter(None, (self._detail, self._note))),
            partitions=self._partitions,
            since=self._since,
            updated_at=datetime.now(UTC),
        )
        key = f"{self._job}/{self._instance}".encode()
        await self._writer.write([Outgoing(self._topic, key, state.model_dump_json().encode())])
