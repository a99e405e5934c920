"""How far a job has come, kept beside what the brokers keep of it: so that nothing but the job says where it begins."""

import logging
from collections import deque
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import partial
from typing import Any

from schemas.jobs import AudienceJob
from schemas.records.states import Position, StartPosition
from streams.agents import remembered as start
from streams.agents.evidence import replaced_of, told_of
from streams.agents.remembered import Remembered
from streams.agents.start_position import UNREAD, Beginning, Known, ToldOffsets, begin, last_known_good, later
from streams.kafka.compacted import read_in_thread, read_topic
from streams.kafka.group_probe import GroupProbe, Topic
from streams.kafka.partition_position import PartitionPosition
from streams.kafka.producer import Writer
from streams.kafka.retry import always, retry_until_available
from streams.kafka.topics import TopicNames
from streams.pipeline.decode import Record
from streams.pipeline.offsets import Partition

log = logging.getLogger(__name__)

Wanted = Callable[[], bool]


@dataclass(frozen=True, slots=True)
class Found:
    """Where to begin on each partition, and what the topics were when that was found out."""

    beginnings: Mapping[Partition, Beginning]
    topics: Mapping[str, Topic]

    @property
    def offsets(self) -> dict[Partition, int]:
        """The first offset to read of each partition."""
        return {key: one.offset for key, one in self.beginnings.items()}

    @property
    def ends(self) -> dict[Partition, int]:
        """Where the next record of each partition would have been."""
        return {key: one.known.place.log_end for key, one in self.beginnings.items()}

    @property
    def unread(self) -> frozenset[Partition]:
        """Partitions of which nobody can have read anything before."""
        return frozenset(key for key, one in self.beginnings.items() if one.why in UNREAD)

    @property
    def total(self) -> int:
        """How many partitions there are, of all processes."""
        return sum(topic.partitions for topic in self.topics.values())


class StartPositions:
    """A job's starting positions and positions; it outlives the job's consumers."""

    def __init__(self, job: AudienceJob, settings: dict[str, Any], names: TopicNames, writer: Writer) -> None:
        self.look = GroupProbe(job.group_id, settings)
        self._job, self._settings, self._names, self._writer = job, settings, names, writer
        #: When this process first looked: what was agreed later than that cannot be forgotten offsets.
        self._since = datetime.now(UTC)
        #: Whether no process of the job had ever begun.
        self.is_new = False
        self._kept: dict[Partition, Position] = {}
        self._ids: dict[str, str] = {}
        #: Positions that a log was found to be too short for.
        self._replaced: set[Partition] = set()
        self._seen: dict[Partition, deque[tuple[int, int]]] = {}
        #: Up to where it was told that events had expired.
        self._expired: dict[Partition, int] = {}

    def topic_id(self, topic: str) -> str:
        """What the brokers called a topic when its reading began; '' where that is not known."""
        return self._ids.get(topic, "")

    # --- before the first event is read ---------------------------------------------------------------------------

    async def agree(self, awaited: Collection[str]) -> None:
        """Agree with the job's other processes on where it begins on topics on which it has not begun yet.

        Waits for the brokers as long as they are away. `awaited` are topics that came after the job's start.
        """
        topics, standing = await retry_until_available(self._stand)
        told = await retry_until_available(self._remembered)
        known = told.topics | {place.topic for place in standing if place.committed is not None}
        self.is_new = not known
        ids = {name: topic.id for name, topic in topics.items()}
        starts = start.first_positions(self._job, standing, known, ids, datetime.now(UTC), awaited)
        if not starts:
            return
        states = self._names.job_states
        await self._writer.write(start.start_records(states, starts))
        told = await retry_until_available(self._remembered)
        agreed = [told.starts.get((one.topic, one.partition), one) for one in starts]
        # What is told last is what compaction keeps.
        await self._writer.write(start.start_records(states, agreed))
        log.info(
            "start_agreed job=%s partitions=%d existing_members=%s",
            self._job.name,
            len(agreed),
            self._job.existing_members,
        )

    def stand(self) -> list[PartitionPosition]:
        """Where the job stands on every partition there is now. Blocks for some round trips; raises KafkaException."""
        return self._stand()[1]

    def _stand(self) -> tuple[dict[str, Topic], list[PartitionPosition]]:
        topics = self.look.topics(self._job.topics)
        every = [(name, number) for name, topic in topics.items() for number in range(topic.partitions)]
        return topics, self.look.partition_positions(every)

    def _remembered(self, wanted: Wanted = always) -> Remembered:
        states = self._names.job_states
        topics = self.look.topics([states])
        numbers = range(topics[states].partitions) if states in topics else ()
        return start.remembered(self._job.name, read_topic(self._settings, states, numbers, wanted))

    # --- when partitions are assigned -----------------------------------------------------------------------------

    async def begin(self, committed: Mapping[Partition, int | None]) -> Found:
        """Where to begin on partitions that were just given to this process; `committed` is what the group has.

        Waits for the brokers as long as they are away.
        """
        found: Found = await read_in_thread(partial(self._begin, committed))
        for key, one in found.beginnings.items():
            if one.why in ("recreated", "truncated"):
                self._expired.pop(key, None)
            elif one.why == "expired":
                self.expired(key, one.looked_for or 0, one.offset)
        tell(self._job.name, found.beginnings.values())
        return found

    def _begin(self, committed: Mapping[Partition, int | None], wanted: Wanted) -> Found:
        topics, told = self.look.topics(self._job.topics), self._remembered(wanted)
        standing = {place.key: place for place in self.look.partition_positions(committed)}
        known = {
            key: Known(
                PartitionPosition(*key, place.low, place.high, committed[key], place.end),
                topics[key[0]].id if key[0] in topics else "",
                told.starts.get(key),
                told.positions.get(key),
            )
            for key, place in standing.items()
        }
        replaced = replaced_of(self.look, known)
        replaced |= {key for key in self._replaced & known.keys() if not known[key].is_made_anew}
        known = {
            key: Known(one.place, one.topic_id, one.start, one.position, key in replaced) for key, one in known.items()
        }
        return Found(self._beginnings(known, wanted), topics)

    def _beginnings(self, known: Mapping[Partition, Known], wanted: Wanted) -> dict[Partition, Beginning]:
        unsure = {key for key, one in known.items() if one.why in ("lost", "truncated") or self._is_old_start(one)}
        told = self._told(known, unsure, wanted) if unsure else {}
        found = {key: begin(one, told.get(key)) for key, one in known.items()}
        short = {key: one for key, one in found.items() if one.why == "truncated"}
        times = {key: last_known_good(one, told.get(key)) for key, one in short.items()}
        asked = {key: int(time.timestamp() * 1000) for key, time in times.items() if time is not None}
        by_time = self.look.by_time(asked) if asked else {}
        return {**found, **{key: later(short[key], by_time[key]) for key in asked}}

    def _told(
        self, known: Mapping[Partition, Known], unsure: set[Partition], wanted: Wanted
    ) -> dict[Partition, ToldOffsets]:
        """How far the flush records tell of the partitions of which it is not sure where they were left."""
        flushes = self._names.flushes
        topics = self.look.topics([flushes])
        numbers = range(topics[flushes].partitions) if flushes in topics else ()
        messages = read_topic(self._settings, flushes, numbers, wanted)
        ids = {key: known[key].topic_id for key in unsure}
        kept = {key: position.offset for key in unsure if (position := known[key].position) is not None}
        return told_of(self._job.name, ids, messages, kept)

    def _is_old_start(self, known: Known) -> bool:
        """Whether a partition is at its start although the job may have read it before."""
        return known.why == "start" and known.start is not None and known.start.started_at < self._since

    async def begun(self, found: Found) -> None:
        """Keep where reading began; to be called once that is committed, and before anything is read.

        Until it is kept, a topic that was made anew is begun again by whoever owns it next.
        """
        self._ids = {name: topic.id for name, topic in found.topics.items()}
        now = datetime.now(UTC)
        anew = [
            StartPosition(
                job=self._job.name,
                topic=key[0],
                partition=key[1],
                start_offset=one.offset,
                end_offset=one.known.place.log_end,
                started_at=now,
                topic_id=one.known.topic_id,
            )
            for key, one in found.beginnings.items()
            if one.why == "recreated"
        ]
        self._replaced -= found.beginnings.keys()
        self._seen = {key: deque() for key in found.beginnings}
        self._kept = {}
        moved = []
        for key, one in found.beginnings.items():
            kept = one.known.position
            if kept is not None and (kept.offset, kept.topic_id) == (one.offset, one.known.topic_id):
                self._kept[key] = kept
            else:
                moved.append(self._position(key, one.offset, now))
        await self._write(moved, start.start_records(self._names.job_states, anew))

    # --- while it reads -------------------------------------------------------------------------------------------

    def too_short(self, partition: Partition) -> None:
        """Note that a partition's log ends before what was to be read next."""
        self._replaced.add(partition)

    def expired(self, partition: Partition, first: int, low: int) -> None:
        """Say how many events from `first` on the brokers deleted before they were read; each is told of once."""
        events = low - max(first, self._expired.get(partition, 0))
        if events > 0:
            self._expired[partition] = low
            log.warning(
                "events_expired job=%s topic=%s partition=%d events=%d: deleted by the topic's retention, unread",
                *(self._job.name, *partition, events),
            )

    def read(self, records: Sequence[Record]) -> None:
        """Note the last of some records of one partition: it tells later whether the log is still the same."""
        last: Any = records[-1]
        seen = self._seen.get((last.topic, last.partition))
        if seen is not None:
            seen.append((last.offset, last.timestamp))

    async def keep(self, committed: Mapping[Partition, int]) -> None:
        """Keep positions that moved; `committed` must have been committed just now, by their owner."""
        now = datetime.now(UTC)
        moved = [
            self._position(key, offset, now)
            for key, offset in committed.items()
            if key not in self._kept or self._kept[key].offset != offset
        ]
        await self._write(moved)

    def moved(self, committed: Mapping[Partition, int]) -> dict[Partition, int]:
        """Those of the positions that are not kept yet."""
        return {
            key: offset
            for key, offset in committed.items()
            if key not in self._kept or self._kept[key].offset != offset
        }

    def _position(self, key: Partition, offset: int, now: datetime) -> Position:
        seen = self._seen.get(key, deque())
        while len(seen) > 1 and seen[1][0] < offset:
            seen.popleft()
        known = seen[0] if seen and seen[0][0] < offset else (None, None)
        return Position(
            job=self._job.name,
            topic=key[0],
            partition=key[1],
            topic_id=self._ids.get(key[0], ""),
            offset=offset,
            at=now,
            seen_offset=known[0],
            seen_timestamp=known[1],
        )

    async def _write(self, positions: Sequence[Position], others: Sequence[Any] = ()) -> None:
        records = [*others, *start.position_records(self._names.job_states, positions)]
        await self._writer.write(records)
        self._kept.update({(one.topic, one.partition): one for one in positions})


def tell(job: str, beginnings: Iterable[Beginning]) -> None:
    """Say of each partition what is not as it should be, and how many begin at the job's start."""
    counts: dict[str, int] = {}
    for one in beginnings:
        place, topic = one.known.place, one.known.place.topic
        counts[one.why] = counts.get(one.why, 0) + 1
        match one.why:
            case "recreated":
                log.warning(
                    "topic_recreated job=%s topic=%s partition=%d: it was deleted and made anew; begins at %d",
                    *(job, topic, place.partition, one.offset),
                )
            case "lost":
                log.error(
                    "offsets_lost job=%s topic=%s partition=%d: the brokers have no committed offset any more; "
                    "begins at %d, where it was last told of",
                    *(job, topic, place.partition, one.offset),
                )
            case "truncated":
                log.error(
                    "log_truncated job=%s topic=%s partition=%d committed=%d end=%d: records that were read are gone; "
                    "begins at %d, where later ones may be",
                    *(job, topic, place.partition, one.looked_for or 0, place.log_end, one.offset),
                )
    if started := counts.get("start", 0):
        log.info("start_committed job=%s partitions=%d", job, started)
