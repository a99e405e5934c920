"""What Kafka says, read into a ledger.

A job's own topic of memberships, where it keeps one that tells enough, and its events from there on; else all of them.
Where the job is committed comes first, and the events up to the end of that time. What is behind is read when both
sides were compared, so that nobody is told as missing for whom an event is under way.
"""

from collections.abc import Iterator, Mapping, Sequence
from collections.abc import Set as AbstractSet
from dataclasses import dataclass, field, replace
from threading import Event
from typing import Literal

from schemas.jobs.export_audience import ExportAudience
from schemas.records.states import Coverage, StartPosition
from streams.errors import StreamsError
from streams.jobs.export_audience.membership_gaps import same_topic
from streams.jobs.export_audience.membership_topics import InputPartition, Inputs, MembershipTopics
from streams.jobs.export_audience.verification.ledger import Convert, Ledger
from streams.jobs.export_audience.verification.memberships import Memberships
from streams.jobs.export_audience.verification.rows import Places
from streams.pipeline.decode import Entry, Record
from streams.pipeline.offsets import Partition
from streams.pipeline.window import OpenWindow

Source = Literal["memberships", "addresses", "input"]
WINDOW_EVENTS = 1000


@dataclass(frozen=True, slots=True)
class Behind:
    """A partition: the end of what was compared, and the next event that the job reads (None: it has read none)."""

    topic: str
    partition: int
    compared: int
    committed: int | None

    @property
    def events(self) -> int:
        """How many events of those that were compared the job has not done yet."""
        return max(0, self.compared - (self.committed or 0))


@dataclass(slots=True)
class Told:
    """What the truth rests on: from which source, how many events were read, and what keeps it from being whole."""

    source: Source = "input"
    events: int = 0
    notes: list[str] = field(default_factory=list)


class Truth:
    """Reads it; every method blocks as the brokers and the disk do, and raises KafkaException.

    `doors` are the ways to the job's topics, by their names.
    """

    def __init__(self, job: ExportAudience, doors: Mapping[str, MembershipTopics], ledger: Ledger) -> None:
        self._job, self._doors, self._ledger = job, doors, ledger
        self._stopped = Event()
        self.told = Told()
        self._standing: dict[str, Inputs] = {}
        self._partitions: list[Partition] = []
        #: Of each partition the first event to read next.
        self._next: dict[Partition, int] = {}
        #: What was not done when reading began may be under way.
        self._done: dict[Partition, int] = {}

    def look(self) -> None:
        """Note where the job and its topics stand.

        Raises:
            StreamsError: a topic is not there.

        """
        for topic, door in self._doors.items():
            if not (partitions := door.look((), self._wanted).partitions):
                raise StreamsError(f"topic {topic} is not there")
            self._standing[topic] = standing = door.look(range(partitions), self._wanted)
            self._begin(topic, standing.places)

    def read(self) -> Told:
        """Read all up to the end as it was when `look` was called."""
        starts = self._from_memberships()
        if starts is None:
            starts = self._from_input()
        self._next = dict(starts)
        self._read_on({key: self._place(key).high for key in self._partitions})
        return self.told

    def committed(self) -> Places:
        """The next event that the job reads, by the partition's place: all before it are done at Infobip."""
        now = self._look_again()
        return {number: now[key].committed or 0 for number, key in enumerate(self._partitions)}

    def follow(self) -> None:
        """Read what came since, up to the end as it is now."""
        self._read_on({key: place.high for key, place in self._look_again().items()})

    def behind(self, committed: Places) -> list[Behind]:
        """How far behind what was compared the job was."""
        return [
            Behind(topic, partition, self._next[(topic, partition)], committed.get(number))
            for number, (topic, partition) in enumerate(self._partitions)
        ]

    def learn(self, wanted: AbstractSet[int], convert: Convert) -> None:
        """Note in the ledger all that the input still tells of people, by the hashes of their names."""
        for place, entries in self.retold():
            self._ledger.learn(entries, place, wanted, convert)

    def retold(self) -> Iterator[tuple[int, Sequence[Entry]]]:
        """Events that are there yet up to where they were read, with their partition's place, and in its order."""
        for number, key in enumerate(self._partitions):
            first, end = self._place(key).low, self._next[key]
            if first < end:
                for entries in self._entries(key, first, end):
                    yield number, entries

    def compared(self) -> list[tuple[Partition, str, int]]:
        """Each partition by its place: its topic's id, and the end of what was read of it."""
        return [(key, self._standing[key[0]].topic_id, self._next[key]) for key in self._partitions]

    def stop(self) -> None:
        """Have whoever reads end soon; from any thread."""
        self._stopped.set()

    def _wanted(self) -> bool:
        return not self._stopped.is_set()

    # --- where to begin -------------------------------------------------------------------------------------------

    def _from_memberships(self) -> dict[Partition, int] | None:
        """Read the job's own topic; from where its events are to be read then. None where it does not tell enough."""
        job = self._job
        tells = job.remembers or (job.shares_tags and job.external_id_field == "profile_id")
        if not tells or self._ledger.needs_events or len(job.topics) > 1:
            return None
        ((topic, door),) = self._doors.items()
        standing = self._standing[topic]
        if not standing.state_partitions:
            return None
        memberships = Memberships(job, self._ledger)
        memberships.take(door.read_state(range(standing.state_partitions), self._wanted))
        starts: dict[Partition, int] = {}
        for number, place in standing.places.items():
            said = memberships.coverage.get(number)
            if said is None or not self._covers(said, standing) or place.committed is None:
                return None
            # What is told of by now may be later; events are read twice rather than never.
            starts[topic, number] = min(said.next_offset, place.committed)
        for key, first in starts.items():
            self._note_lost(key, first)
            if not memberships.coverage[key[1]].whole:
                self.told.notes.append(
                    f"{topic}, partition {key[1]}: events were deleted before the job kept its members; who entered by "
                    "them only is told as too many"
                )
        self._ledger.enter(memberships.latest())
        self.told.source = "addresses" if job.remembers else "memberships"
        return starts

    def _covers(self, said: Coverage, standing: Inputs) -> bool:
        needed = self._job.sharing
        whole = said.audiences is None or (needed is not None and needed <= set(said.audiences))
        return whole and said.next_offset >= 0 and same_topic(said.topic_id, standing.topic_id)

    def _from_input(self) -> dict[Partition, int]:
        """Where the job began on each of its topics."""
        starts: dict[Partition, int] = {}
        for topic, door in self._doors.items():
            told = door.starts()
            standing = self._standing[topic]
            for number, place in standing.places.items():
                starts[topic, number] = first = self._first(told.get(number), place, standing.topic_id)
                self._note_lost((topic, number), first)
            if door.is_compacted():
                self.told.notes.append(
                    f"{topic} is compacted: who is not told of by the last event of their key is not known"
                )
        return starts

    def _first(self, start: StartPosition | None, place: InputPartition, topic_id: str) -> int:
        if start is not None:
            is_of_this = start.end_offset <= place.high and same_topic(start.topic_id, topic_id)
            return start.start_offset if is_of_this else 0  # a topic that is made anew is read from its beginning
        return 0 if self._job.existing_members or place.committed is not None else place.high

    def _note_lost(self, key: Partition, first: int) -> None:
        low = self._place(key).low
        if low > first:
            self.told.notes.append(
                f"{key[0]}, partition {key[1]}: events before offset {low} are deleted; who entered by them only is "
                "told as too many"
            )

    # --- events ---------------------------------------------------------------------------------------------------

    def _read_on(self, ends: Mapping[Partition, int]) -> None:
        for number, key in enumerate(self._partitions):
            first = max(self._next[key], self._place(key).low)
            self._next[key] = max(first, ends[key])
            if first < ends[key]:
                self._read_partition(number, key, first, ends[key])

    def _read_partition(self, number: int, key: Partition, first: int, end: int) -> None:
        for entries in self._entries(key, first, end):
            self._ledger.fold(entries, number, self._done[key])

    def _entries(self, key: Partition, first: int, end: int) -> Iterator[Sequence[Entry]]:
        """The job's events from an offset of a partition to before another."""
        window = OpenWindow(self._job.wants, WINDOW_EVENTS, self._job.name)
        for read in self._events(key, first, end):
            records = read
            self.told.events += len(records)
            while records:
                records = records[window.take(records, 0.0) :]
                if window.full:
                    yield window.cut().entries
        yield window.cut().entries

    def _events(self, key: Partition, first: int, end: int) -> Iterator[Sequence[Record]]:
        topic, partition = key
        return iter(self._doors[topic].read_events(partition, first, end, self._wanted))

    def _place(self, key: Partition) -> InputPartition:
        topic, partition = key
        return self._standing[topic].places[partition]

    def _look_again(self) -> dict[Partition, InputPartition]:
        """How all partitions stand now, with those that were added meanwhile: profiles may have moved there.

        Raises:
            StreamsError: a topic is another one by now.

        """
        found: dict[Partition, InputPartition] = {}
        for topic, door in self._doors.items():
            known = self._standing[topic]
            now = door.look(range(len(known.places)), self._wanted)
            if not same_topic(now.topic_id, known.topic_id):
                raise StreamsError(f"topic {topic} was deleted and made anew meanwhile: begin again")
            places = dict(now.places)
            if now.partitions > len(places):
                added = door.look(range(len(places), now.partitions), self._wanted).places
                self._standing[topic] = replace(known, places={**known.places, **added})
                self._begin(topic, added)
                self._next |= {(topic, number): 0 for number in added}
                places |= added
            found |= {(topic, number): place for number, place in places.items()}
        return found

    def _begin(self, topic: str, places: Mapping[int, InputPartition]) -> None:
        """Reckon with these partitions from now on."""
        self._partitions += [(topic, number) for number in places]
        self._done |= {(topic, number): place.committed or 0 for number, place in places.items()}
