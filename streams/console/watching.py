"""What the console knows of jobs, kept up to date by a thread that reads on: a page is made without asking anybody."""

import asyncio
import logging
import time
from collections.abc import Mapping
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass, field
from datetime import UTC, datetime
from threading import Event
from typing import Any

from confluent_kafka import KafkaException

from schemas.configuration import Configuration
from schemas.jobs import AnyJob
from schemas.jobs.import_contacts import ImportContacts
from schemas.records.commands import JobCommand
from schemas.records.contact import ImportCursor
from streams.agents.commands import heard
from streams.console.flow import Flow, Standing
from streams.errors import NotAllowed, StreamsError
from streams.jobs.import_contacts.runs import due_at
from streams.jobs.import_contacts.topics import cursor as cursor_topic
from streams.jobs.shelf import topics_read
from streams.kafka.admin import TopicAdmin
from streams.kafka.clients import client_settings
from streams.kafka.group_probe import GroupProbe
from streams.kafka.onward import Onward
from streams.kafka.partition_position import PartitionPosition
from streams.kafka.threads import in_own_thread
from streams.kafka.topics import TopicNames
from streams.operating.status import JobStatus, Said, cursor_of, state_of, take_states
from streams.pipeline.offsets import Partition
from streams.summaries.reading import Reading, recalled
from streams.summaries.records import readable
from streams.summaries.sums import Sums

log = logging.getLogger(__name__)

#: Between two looks; between two looks at where jobs stand, which costs a few questions each; and after a failure.
LOOK_SECONDS, STAND_SECONDS, PAUSE_SECONDS = 1.0, 4.0, 5.0
#: For what is told meanwhile; and for what was told before, of which there may be much, until it is shown.
READ_SECONDS, SUM_SECONDS, FOLLOW_SECONDS = 0.05, 1.0, 5.0
#: What pages say where a bug keeps the console from knowing more.
CRASHED = "unexpected error, see the console's log"


@dataclass(slots=True)
class Snapshot:
    """What is known at a moment, as a page shows it."""

    at: datetime
    jobs: Mapping[str, JobStatus]
    flows: Mapping[str, Flow]
    #: Whether all is counted that was told before the console began; else figures are of the past.
    is_whole: bool
    #: Why a job's lag cannot be seen, by job.
    unseen: Mapping[str, str] = field(default_factory=dict)


class Watcher:
    """Reads on for as long as it is wanted. Its thread makes a new `snapshot` each time, and never changes one."""

    def __init__(self, configuration: Configuration) -> None:
        kafka = configuration.kafka
        self._jobs, self._names = configuration.jobs, TopicNames(kafka.topic_prefix)
        self._settings = client_settings(kafka)
        self.admin = TopicAdmin(kafka, self._settings)
        self.snapshot: Snapshot | None = None
        #: What keeps it from knowing more, in words; '' for nothing.
        self.trouble = ""
        self._called_off = Event()
        self._changed: set[asyncio.Event] = set()
        self._reading: Reading | None = None
        self._following: Onward | None = None
        self._listening: Onward | None = None
        #: What was said last of each job; and why that cannot be heard, '' where it can.
        self._said: dict[str, JobCommand | None] = {}
        self._deaf = ""
        self._probes: dict[str, GroupProbe] = {}
        self._states: dict[bytes, Said] = {}
        self._cursors: dict[str, ImportCursor] = {}
        self._standing: dict[str, list[PartitionPosition]] = {}
        self._unseen: dict[str, str] = {}
        self._flows: dict[str, Flow] = {job.name: Flow() for job in self._jobs}
        self._stand_at = 0.0
        self._partitions: Mapping[str, int] = {}

    # --- what the loop does ---------------------------------------------------------------------------------------

    async def run(self) -> None:
        """Watch until cancelled; what goes wrong is shown, and tried again."""
        try:
            while True:
                try:
                    await in_own_thread(self._look, "console")
                    pause, trouble = LOOK_SECONDS, ""
                except (StreamsError, KafkaException) as error:
                    pause, trouble = PAUSE_SECONDS, in_words(error)
                except Exception:
                    pause, trouble = PAUSE_SECONDS, CRASHED
                    if self.trouble != CRASHED:  # the same again and again would fill the log
                        log.exception("console_crashed")
                if trouble != self.trouble:
                    self.trouble = trouble
                    if trouble not in ("", CRASHED):
                        log.warning("console_blind reason=%s", trouble)
                for changed in self._changed:
                    changed.set()
                await asyncio.sleep(pause)
        finally:
            self._called_off.set()

    @property
    def changing(self) -> AbstractContextManager[Any]:
        """To be held while what jobs did is looked at: its thread changes it."""
        return nullcontext() if self._reading is None else self._reading.changing

    @property
    def sums(self) -> Sums:
        """What jobs did."""
        return Sums() if self._reading is None else self._reading.sums

    def listen(self) -> asyncio.Event:
        """An event that is set whenever something may have changed; to be given back by `leave`."""
        changed = asyncio.Event()
        self._changed.add(changed)
        return changed

    def leave(self, changed: asyncio.Event) -> None:
        """Listen no more."""
        self._changed.discard(changed)

    # --- what its thread does -------------------------------------------------------------------------------------

    def _look(self) -> None:
        """Take in what was told since the last look. Raises KafkaException, StreamsError."""
        try:
            self._take_in()
        except (StreamsError, KafkaException):
            raise
        except Exception:  # what is half counted is counted anew
            for reading in (self._reading, self._following, self._listening):
                if reading is not None:
                    reading.close()
            self._reading = self._following = self._listening = None
            raise

    def _take_in(self) -> None:
        now = time.monotonic()
        stand = now >= self._stand_at
        if stand:
            self._partitions = self.admin.partitions()
        self._follow()
        self._listen(stand=stand)
        self._read_sums(stand=stand)
        if stand:
            self._stand()
            self._stand_at = now + STAND_SECONDS
        self.snapshot = self._shown()

    def _read_sums(self, *, stand: bool) -> None:
        names = self._names
        if self._reading is None:
            sums = recalled(self._settings, names.summaries, self._partitions.get(names.summaries, 0), parts=True)
            topics = (names.flushes, names.dead_letters)
            self._reading = Reading(self._settings, names, topics, sums, stays=True)
        if stand:
            self._reading.begin(self.admin)
        until = time.monotonic() + SUM_SECONDS
        while time.monotonic() < until and not self._called_off.is_set():
            if not self._reading.go_on(READ_SECONDS) and self._reading.caught_up:
                break

    def _follow(self) -> None:
        """Read what processes and imports say of themselves."""
        cursors = {cursor_topic(self._names, job.name): job.name for job in self._jobs if _imports(job)}
        places: dict[Partition, int] = {
            (topic, 0): 0 for topic in (self._names.job_states, *cursors) if topic in self._partitions
        }
        following = self._following
        if following is None or following.reached.keys() != places.keys():
            if following is not None:
                following.close()
            following = self._following = Onward(self._settings, places)
        # A topic that is deleted meanwhile has no end to be met: it is left to the next look which topics there are.
        until = time.monotonic() + FOLLOW_SECONDS
        while time.monotonic() < until:
            messages = following.read(READ_SECONDS)
            states = [one for one in messages if one.topic() == self._names.job_states]
            for one in states:
                if one.value() is None:
                    self._states.pop(one.key() or b"", None)
            for message, said in readable(self._names.job_states, states, state_of):
                self._states[message.key() or b""] = said
            rest = [one for one in messages if one.topic() in cursors]
            for message, cursor in readable("infobip_cursor", rest, cursor_of):
                self._cursors[cursors[message.topic() or ""]] = cursor
            if (following.caught_up and not messages) or self._called_off.is_set():
                return

    def _listen(self, *, stand: bool) -> None:
        """Read which jobs are paused; where that may not be read, processes still say what they heed."""
        topic = self._names.commands
        if topic not in self._partitions or (self._deaf and not stand):
            return
        if self._listening is None:
            self._listening = Onward(self._settings, {(topic, 0): 0})
        try:
            while messages := self._listening.read(READ_SECONDS):
                self._said |= heard(topic, messages)
        except NotAllowed as error:
            if str(error) != self._deaf:
                log.warning("pauses_unseen reason=%s", error)
            self._deaf = str(error)
        else:
            self._deaf = ""

    def _stand(self) -> None:
        """Ask where the jobs stand."""
        at = time.monotonic()
        for job in self._jobs:
            wanted = [
                (topic, number)
                for topic in topics_read(job, self._names)
                for number in range(self._partitions.get(topic, 0))
            ]
            if not wanted or self._called_off.is_set():
                continue
            group = getattr(job, "group_id", "")
            probe = self._probes.setdefault(group, GroupProbe(group, self._settings))
            try:
                places = probe.partition_positions(wanted)
            except NotAllowed as error:
                self._unseen[job.name] = str(error)
                continue
            self._unseen.pop(job.name, None)
            self._standing[job.name] = places
            committed = sum(max(place.committed or 0, place.low) for place in places)
            end, lag = sum(place.high for place in places), sum(place.lag for place in places)
            self._flows[job.name].note(Standing(at, committed, end, lag))

    def _shown(self) -> Snapshot:
        now = datetime.now(UTC)
        statuses = {job.name: self._status(job, now) for job in self._jobs}
        take_states(statuses, self._states.values())
        is_whole = self._reading is not None and self._reading.caught_up
        return Snapshot(now, statuses, self._flows, is_whole, dict(self._unseen))

    def _status(self, job: AnyJob, now: datetime) -> JobStatus:
        status = JobStatus(job.name, self._standing.get(job.name, []), did=self.sums.job(job.name))
        said = self._said.get(job.name)
        status.pause = said if said is not None and said.command == "pause" else None
        if isinstance(job, ImportContacts):
            status.cursor = self._cursors.get(job.name, ImportCursor(job=job.name))
            status.next_run_at = due_at(job, status.cursor, now) if job.keep_updated else None
        return status


def _imports(job: AnyJob) -> bool:
    return isinstance(job, ImportContacts)


def in_words(error: Exception) -> str:
    """What the brokers answered, or did not."""
    return str(error.args[0].str()) if isinstance(error, KafkaException) else str(error)
