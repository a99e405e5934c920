"""How a process tells the others, and `status`, what its jobs are doing."""

import asyncio
import contextlib
import os
import socket
from collections.abc import Set as AbstractSet
from datetime import UTC, datetime, timedelta
from secrets import token_hex
from typing import Any

from pydantic import ValidationError

from schemas.records.states import JobState, StateKind
from streams.infobip.health import ClientState
from streams.kafka.compacted import read_topic
from streams.kafka.producer import OutgoingRecord, RecordWriter

REPEAT_SECONDS = 20.0
#: What a process reported is kept for so long after it was last heard of.
KEPT_FOR = timedelta(days=1)
#: In which states a job does not do its work. One that waits does what can be done, and so does one that is paused.
UNREADY: frozenset[StateKind] = frozenset({"starting", "unauthorized", "failed"})
#: In which it reads, or stands by to.
AT_WORK: frozenset[StateKind] = frozenset({"running", "waiting"})
#: What a job is doing, by how its client fares.
STATES: dict[str, StateKind] = {"ok": "running", "waiting": "waiting", "unauthorized": "unauthorized"}
#: A job that has ended is not said to be paused.
ENDED: frozenset[StateKind] = frozenset({"stopped", "failed"})


class StateReporter:
    """The state of one job in this process, written when it changes and repeated while it lasts.

    `scopes` are those that the job needs of its key; `instance_id` is the process's name, if it has one that outlives
    restarts: then it goes on where it was. Otherwise it makes itself one, which no other has: containers may all have
    the same process id, and some the same host name.
    """

    def __init__(
        self, job: str, topic: str, writer: RecordWriter, scopes: AbstractSet[str], instance_id: str | None = None
    ) -> None:
        self._job, self._topic, self._writer, self._scopes = job, topic, writer, scopes
        self._instance = instance_id or f"{socket.gethostname()}-{os.getpid()}-{token_hex(3)}"
        self._state: StateKind = "starting"
        self._detail = self._note = ""
        #: How many it reads; None before they were shared out.
        self._partitions: int | None = None
        #: Who has paused the job and when, in words; '' while it is not paused. And since when this process knows.
        self._pause, self._paused_since = "", datetime.now(UTC)
        self._since = datetime.now(UTC)
        self._configuration: str | None = None
        self._changed = asyncio.Event()
        self._changed.set()

    @property
    def instance(self) -> str:
        """What this process is called."""
        return self._instance

    def set_configuration(self, digest: str) -> None:
        """Note with which configuration the job runs here, of kinds that remember theirs."""
        if digest != self._configuration:
            self._configuration = digest
            self._changed.set()

    def set_state(self, state: StateKind, detail: str = "") -> None:
        """Note a state; it is written soon."""
        if (state, detail) != (self._state, self._detail):
            if state != self._state:
                self._since = datetime.now(UTC)
            if state == "starting":
                self._partitions = None
            self._state, self._detail = state, detail
            self._changed.set()

    def set_note(self, note: str) -> None:
        """Note what is to be known beside the state, such as an open transaction; '' for nothing."""
        if note != self._note:
            self._note = note
            self._changed.set()

    def set_pause(self, by: str) -> None:
        """Note who has paused the job and when, in words; '' where it is not paused any more."""
        if by != self._pause:
            self._pause, self._paused_since = by, datetime.now(UTC)
            self._changed.set()

    def on_client_state(self, client: ClientState) -> None:
        """Note how the job's client fares; a scope that only others need is none of its business."""
        if client.lacking and client.lacking not in self._scopes:
            self.set_state("running")
        else:
            self.set_state(STATES[client.kind], client.detail)

    def set_partitions(self, partitions: int) -> None:
        """Note how many partitions this process reads."""
        self._partitions = partitions
        self._changed.set()

    @property
    def state(self) -> StateKind:
        """What the job is doing. Asked from any thread, as are the next two."""
        return self._state

    @property
    def since(self) -> datetime:
        """When that began."""
        return self._since

    @property
    def partitions(self) -> int:
        """How many partitions this process reads."""
        return self._partitions or 0

    def unready(self) -> str | None:
        """Why the job does not do its work, in words; None where it does. Asked from any thread."""
        if self._state in UNREADY:
            return ": ".join(filter(None, (self._state, self._detail)))
        if self._partitions is None and self._state in AT_WORK:
            return ": ".join(filter(None, ("partitions are not shared out yet", self._detail)))
        return None

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
        is_paused = bool(self._pause) and self._state not in ENDED
        said = (self._pause, self._note) if is_paused else (self._detail, self._note)
        state = JobState(
            job=self._job,
            instance=self._instance,
            state="paused" if is_paused else self._state,
            # Infobip's words may end in the middle of a character.
            detail="; ".join(filter(None, said)).encode(errors="replace").decode(),
            partitions=self.partitions,
            since=self._paused_since if is_paused else self._since,
            updated_at=datetime.now(UTC),
            configuration=self._configuration,
        )
        key = f"{self._job}/{self._instance}".encode()
        # Former versions read no record that says more than they know.
        left_out = {"configuration"} if self._configuration is None else None
        await self._writer.write([OutgoingRecord(self._topic, key, state.model_dump_json(exclude=left_out).encode())])


def outlived(settings: dict[str, Any], topic: str, job: str, now: datetime) -> list[OutgoingRecord]:
    """Tombstones for what processes of a job have reported that were not heard of for long.

    To be written behind a report of our own: it is the last one that says how the job fares.
    """
    heard: dict[bytes, datetime | None] = {}
    prefix = f"{job}/".encode()
    for message in read_topic(settings, topic, [0]):
        key, value = message.key(), message.value()
        if key is None or not key.startswith(prefix) or key.startswith(prefix + b"start/"):
            continue
        try:
            heard[key] = None if value is None else JobState.model_validate_json(value).updated_at
        except ValidationError:  # another's, or of a newer version
            heard[key] = None
    return [OutgoingRecord(topic, key, None) for key, at in heard.items() if at is not None and now - at > KEPT_FOR]
