"""The thread of a job that keeps a history: it reads, stores, and goes on where the database says.

While one batch is on its way into the database the next is read. The consumer is a plain one: all it does for this job
is to share out partitions and to fetch, and a thread may wait for the database for as long as a poll may be late.
"""

import logging
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from threading import Event
from typing import Any

from confluent_kafka import OFFSET_BEGINNING, Consumer, KafkaError, KafkaException, Message, TopicPartition

from schemas.jobs.store_history import StoreHistory
from schemas.records.outcomes import Flush
from streams.agents.backlog import Backlog
from streams.errors import InstanceTaken, JobFailed, Stalled
from streams.history.places import Place
from streams.history.rows import Unreadable
from streams.history.store import Store
from streams.jobs.store_history.batch import Batch
from streams.jobs.store_history.plan import Arrived, Plan
from streams.jobs.store_history.writing import Writing
from streams.kafka.admin import TopicAdmin
from streams.kafka.leadership import FENCED
from streams.kafka.lease import HEARTBEAT_SECONDS, SESSION_SECONDS
from streams.kafka.partition_position import PartitionPosition
from streams.kafka.refusals import Asked, brokers_of
from streams.kafka.retry import FATAL
from streams.observer import UNOBSERVED, JobObserver

log = logging.getLogger(__name__)

#: A batch is waited for until it is full, or for so long.
GATHER_SECONDS = 0.5
READ_RECORDS, READ_SECONDS = 500, 0.1
#: A batch and what the database may take for it are less: whoever polls no more loses its partitions.
POLL_SECONDS_MAX = 300
#: What is fetched ahead.
AHEAD_KILOBYTES = 32 * 1024
TELL_SECONDS, LOOK_SECONDS = 60.0, 10.0
#: Between two batches of old rows that are deleted, and between two looks whether there are any.
TRIM_SECONDS, TRIM_AGAIN_SECONDS = 1.0, 3600.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Surroundings:
    """Whom the thread asks and tells.

    `tell` returns once dead letters, and what tells of a batch, are acknowledged; `own` takes of how many partitions it
    reads. `called_off` is set to end it. While it `is_paused` it stays in the group and reads nothing. `observer` is
    told of each batch.
    """

    settings: dict[str, Any]
    instance_id: str | None
    topics: Sequence[str]
    admin: TopicAdmin
    tell: Callable[[Sequence[tuple[Arrived, Unreadable]], Flush], None]
    own: Callable[[int], None]
    called_off: Event
    observer: JobObserver = UNOBSERVED
    is_paused: Callable[[], bool] = lambda: False


class Recorder:
    """One membership in the job's group, from joining to leaving it; used once."""

    def __init__(
        self, job: StoreHistory, plan: Plan, store: Store, around: Surroundings, keeps_for: timedelta | None
    ) -> None:
        self._job, self._plan, self._store, self._around, self._keeps_for = job, plan, store, around, keeps_for
        self._instance = f"{around.instance_id}.{job.name}" if around.instance_id else ""
        self._asked = Asked(brokers_of(around.settings), "READ", topic=around.topics[0], group=job.group_id)
        self._consumer = Consumer(self._settings())
        self._positions: dict[Place, int] = {}
        #: What the brokers call each topic.
        self._ids: dict[str, str] = {}
        self._batch, self._writing = Batch(), Writing()
        self._began = time.monotonic()
        self._trim_at, self._tell_at, self._stored = 0.0, time.monotonic() + TELL_SECONDS, 0
        self._complaint, self._paused = "", False
        self._backlog, self._look_at = Backlog(), 0.0
        #: How many records the batch has that is on its way, and when it began to be stored.
        self._under_way = (0, 0.0)

    def run(self) -> None:
        """Read and store until called off; then what was read is stored, and the group is left.

        Raises:
            Unreachable: the database is away; nothing is lost.
            JobFailed: no repetition would mend what happened.
            InstanceTaken: another running process has this one's instance id.
            Stalled: the membership is lost, or another process has stored our partitions' records.

        """
        try:
            self._consumer.subscribe(
                [*self._around.topics], on_assign=self._assigned, on_revoke=self._revoked, on_lost=self._revoked
            )
            while not self._around.called_off.is_set():
                self._heed()
                self._gather()
                self._keep()
                self._trim()
                self._tell()
                self._look()
            self._keep()
            self._settle()
        except KafkaException as error:
            self._judge(error.args[0])
            raise Stalled(f"the membership in the group is lost: {error.args[0].str()}") from error
        finally:
            self._writing.wait()
            self._consumer.close()
            self._around.own(0)
            self._around.observer.rests()

    def _heed(self) -> None:
        """Fetch nothing while the job is paused, and go on where it was when it is resumed."""
        paused, owned = self._around.is_paused(), [TopicPartition(*place) for place in self._positions]
        if paused:  # again and again, for the sake of partitions that came meanwhile
            self._consumer.pause(owned)
        elif self._paused and not paused:
            self._consumer.resume(owned)
            for place, offset in self._positions.items():  # what came nevertheless was passed over
                self._consumer.seek(TopicPartition(*place, offset or OFFSET_BEGINNING))
        self._paused = paused

    def _gather(self) -> None:
        """Read until the batch is full or old enough."""
        self._began = time.monotonic()
        deadline, batch, wanted = time.monotonic() + GATHER_SECONDS, self._batch, not self._around.called_off.is_set()
        while wanted and not batch.is_full and (left := deadline - time.monotonic()) > 0:
            for message in self._consumer.consume(READ_RECORDS, min(left, READ_SECONDS)):
                if (error := message.error()) is None:
                    self._take(message)
                else:
                    self._complain(error)

    def _take(self, message: Message) -> None:
        place, offset = Place(message.topic(), message.partition()), message.offset()
        position = self._positions.get(place)
        if position is None or self._paused:  # it went to another process meanwhile; or it is read again
            return
        share = self._batch.shares.get(place)
        expected = position if share is None else share.next_offset
        if offset != expected:
            self._look_into_gap(place, expected, offset)
        record = _arrived(message)
        self._batch.add(place, position, record, self._plan.row(record))

    def _keep(self) -> None:
        """Have the batch stored, once the one before is."""
        batch, self._batch = self._batch, Batch()
        if not batch.shares:
            if self._writing.is_done:
                self._settle()
            return
        flush = batch.flush(self._job.name, time.monotonic() - self._began, datetime.now(UTC)).of_topics(self._ids)
        # Acknowledged before the positions move: a crash in between tells all of it again, of the same offsets.
        self._around.tell(batch.unreadable, flush)
        self._around.observer.buried("undecodable" for _ in batch.unreadable)
        self._settle()
        rows, steps = batch.rows, batch.steps
        for step in steps:
            self._positions[step.place] = step.new
        self._stored += len(rows)
        self._under_way = (len(rows), time.monotonic())
        self._writing.begin(lambda: self._store.write(rows, steps, datetime.now(UTC)), steps)

    def _settle(self) -> None:
        """Wait for what is being stored, and show the brokers how far that is. Raises as `Store.write`."""
        if steps := self._writing.finish():
            rows, began = self._under_way
            self._around.observer.settled([("stored", rows)], time.monotonic() - began)
            self._around.observer.committed()
        ours = [TopicPartition(one.place.topic, one.place.partition, one.new) for one in steps]
        if ours := [one for one in ours if (one.topic, one.partition) in self._positions]:
            self._consumer.commit(offsets=ours, asynchronous=True)

    def _assigned(self, consumer: Consumer, partitions: list[TopicPartition]) -> None:
        """Go on where the database says."""
        self._settle()
        places = [Place(one.topic, one.partition) for one in partitions]
        ids = self._around.admin.ids({place.topic for place in places})
        self._ids |= ids
        found = self._store.positions(places, ids, datetime.now(UTC))
        self._positions |= found
        consumer.incremental_assign(
            [TopicPartition(*place, offset or OFFSET_BEGINNING) for place, offset in found.items()]
        )
        self._owned()

    def _revoked(self, consumer: Consumer, partitions: list[TopicPartition]) -> None:
        """Let what is on its way arrive, so that whoever comes finds it; the rest is theirs."""
        self._writing.wait()
        places = [Place(one.topic, one.partition) for one in partitions]
        self._batch.drop(places)
        for place in places:
            self._positions.pop(place, None)
        consumer.incremental_unassign(partitions)
        self._owned()

    def _owned(self) -> None:
        log.info("partitions_assigned job=%s partitions=%d", self._job.name, len(self._positions))
        self._around.own(len(self._positions))

    def _look_into_gap(self, place: Place, expected: int, offset: int) -> None:
        """Say where records are gone; what transactions and compaction leave out says nothing."""
        told = (self._job.name, place.topic, place.partition)
        if offset < expected:
            log.warning("history_went_back job=%s topic=%s partition=%d from=%d to=%d", *told, expected, offset)
            return
        low, _ = self._consumer.get_watermark_offsets(TopicPartition(*place), cached=True)
        if 0 < expected < low:
            log.warning(
                "history_gap job=%s topic=%s partition=%d records=%d: deleted before they were stored",
                *told,
                low - expected,
            )

    def _trim(self) -> None:
        """Delete a batch of what is older than is kept, now and then."""
        if self._paused or self._keeps_for is None or time.monotonic() < self._trim_at or not self._positions:
            return
        self._settle()
        gone = self._store.trim(datetime.now(UTC) - self._keeps_for)
        self._trim_at = time.monotonic() + (TRIM_SECONDS if gone else TRIM_AGAIN_SECONDS)
        if gone:
            log.info("history_trimmed job=%s rows=%d", self._job.name, gone)

    def _tell(self) -> None:
        if time.monotonic() >= self._tell_at:
            self._tell_at += TELL_SECONDS
            if self._stored:
                log.info("history_stored job=%s rows=%d", self._job.name, self._stored)
            self._stored = 0

    def _look(self) -> None:
        """Tell now and then how far it is behind, as far as what was fetched says where partitions end."""
        if time.monotonic() < self._look_at:
            return
        self._look_at = time.monotonic() + LOOK_SECONDS
        places = []
        for place, position in self._positions.items():
            low, high = self._consumer.get_watermark_offsets(TopicPartition(*place), cached=True)
            if high >= 0:
                places.append(PartitionPosition(*place, max(low, 0), high, position))
        self._around.observer.lags(*self._backlog.stand(places, time.time()))

    def _complain(self, error: KafkaError) -> None:
        """Raise what ends a membership; say what keeps us from reading, once as long as it is the same."""
        self._judge(error)
        if error.str() != self._complaint:
            self._complaint = error.str()
            log.warning("brokers_awaited job=%s reason=%s", self._job.name, self._complaint)

    def _judge(self, error: KafkaError) -> None:
        """Raise what ends a membership; anything else passes by itself."""
        if (refusal := self._asked.refused(error)) is not None:
            raise refusal
        if error.code() in FATAL:
            raise JobFailed(f"the brokers refuse the consumer: {error.str()} ({error.name()})")
        if FENCED in error.str():
            raise InstanceTaken(self._instance)
        if error.fatal() or error.code() == KafkaError._FATAL:  # noqa: SLF001 - the library's own code
            raise Stalled(f"the membership in the group is lost: {error.str()} ({error.name()})")

    def _settings(self) -> dict[str, Any]:
        static = {"group.instance.id": self._instance} if self._instance else {}
        return {
            **self._around.settings,
            **static,
            "group.id": self._job.group_id,
            "enable.auto.commit": False,
            "isolation.level": "read_committed",
            # Where the database's position is in the log no more.
            "auto.offset.reset": "earliest",
            "session.timeout.ms": int(SESSION_SECONDS * 1000),
            "heartbeat.interval.ms": int(HEARTBEAT_SECONDS * 1000),
            "max.poll.interval.ms": POLL_SECONDS_MAX * 1000,
            "queued.max.messages.kbytes": AHEAD_KILOBYTES,
            "partition.assignment.strategy": "cooperative-sticky",
            # Partitions that are added are seen after so long.
            "topic.metadata.refresh.interval.ms": 30_000,
        }


def _arrived(message: Message) -> Arrived:
    kind, timestamp = message.timestamp()
    return Arrived(
        message.topic(),
        message.partition(),
        message.offset(),
        message.key(),
        message.value(),
        message.headers(),
        timestamp if kind else None,
    )
