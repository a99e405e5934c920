"""Dead letters read back: all of them in a line each, with a bounded memory, or some whole, by their names."""

import heapq
import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime

import orjson
from confluent_kafka import Message

from schemas.configuration import Configuration
from schemas.records.outcomes import DeadLetter
from schemas.records.replays import REPLAY_HEADER, Replay
from streams.errors import StreamsError
from streams.kafka.admin import TopicAdmin
from streams.kafka.clients import client_settings
from streams.kafka.compacted import read_at, read_topic
from streams.kafka.topics import TopicNames
from streams.pipeline.origin import read_replay
from streams.summaries.records import readable

#: What the client fetches ahead, so that a hundred thousand letters are read in little memory.
FEW_KILOBYTES = 4096
_NAME = re.compile(r"(\d{1,9})-(\d{1,18})")

#: Says what is asked for of the letters of a topic.
Wanted = Callable[["Line"], bool]


@dataclass(slots=True)
class Line:
    """What a line says of a dead letter: the key and the value that it holds are left where they are.

    `job` is None for what Infobip sent to nobody's job. `read_at` is where its record was read, None for what came from
    Infobip; `replay` what the record said of itself if it was one.
    """

    partition: int
    offset: int
    job: str | None
    reason: str
    detail: str
    topic: str | None
    read_at: tuple[int, int] | None
    timestamp: int | None
    replay: str | None
    is_cut: bool
    failed_at: datetime

    @property
    def name(self) -> str:
        """What the commands call it: its place in the dead letters' topic."""
        return f"{self.partition}-{self.offset}"

    @property
    def source(self) -> str:
        """Where it was read, in words."""
        return "Infobip" if self.read_at is None else "{}-{}@{}".format(self.topic, *self.read_at)

    @property
    def event(self) -> bytes | None:
        """The job's event that it is about, wherever that was read: a `Replay` as JSON; None for what Infobip said."""
        if self.job is None or self.topic is None or self.read_at is None:
            return None
        event = None if self.replay is None else read_replay(self.replay)
        if event is None:
            partition, offset = self.read_at
            event = Replay(job=self.job, topic=self.topic, partition=partition, offset=offset, timestamp=self.timestamp)
        return event.model_dump_json().encode()


@dataclass(frozen=True, slots=True)
class Whole:
    """A dead letter, and its line."""

    line: Line
    letter: DeadLetter


@dataclass(slots=True)
class Listing:
    """The newest letters that are wanted, how many there are in all, and which jobs have any."""

    lines: list[Line] = field(default_factory=list)
    count: int = 0
    jobs: set[str] = field(default_factory=set)


class Letters:
    """The dead letters of a configuration's brokers."""

    def __init__(self, configuration: Configuration) -> None:
        kafka = configuration.kafka
        settings = client_settings(kafka)
        self.kafka, self.settings = kafka, {**settings, "queued.max.messages.kbytes": FEW_KILOBYTES}
        self.topics = TopicAdmin(kafka, settings)
        self.names = TopicNames(kafka.topic_prefix)
        self._topic = self.names.dead_letters

    def newest(self, wanted: Wanted, limit: int) -> Listing:
        """The newest `limit` letters that are wanted, oldest first; all are looked at, and no more are kept."""
        listing, heap = Listing(), list[tuple[datetime, int, int, Line]]()
        for line, _ in self.scan():
            if line.job is not None:
                listing.jobs.add(line.job)
            if wanted(line):
                listing.count += 1
                keep = heapq.heappush if len(heap) < limit else heapq.heappushpop
                keep(heap, (line.failed_at, line.partition, line.offset, line))
        listing.lines = [line for *_, line in sorted(heap)]
        return listing

    def scan(self) -> Iterator[tuple[Line, Message]]:
        """Every letter there is now, partition by partition in order, with its record."""
        partitions = self.topics.see([self._topic]).get(self._topic, 0)
        messages = read_topic(self.settings, self._topic, range(partitions))
        return ((line, message) for message, line in readable(self._topic, messages, line_of))

    def named(self, names: Sequence[str]) -> list[Whole]:
        """The letters of these names, whole and in this order; only they are read.

        Raises:
            StreamsError: one of them does not exist.

        """
        partitions = self.topics.see([self._topic]).get(self._topic, 0)
        places = {(int(match[1]), int(match[2])) for match in map(_NAME.fullmatch, names) if match is not None}
        messages = read_at(self.settings, self._topic, {place for place in places if place[0] < partitions})
        found = {one.line.name: one for _, one in readable(self._topic, messages, whole)}
        if missing := [name for name in names if name not in found]:
            raise StreamsError(f"there is no dead letter {', '.join(missing)}; `dead-letters list` names them")
        return [found[name] for name in dict.fromkeys(names)]


def whole(message: Message) -> Whole:
    """A letter with all that it holds. Raises ValueError where it is none of ours."""
    return Whole(line_of(message), DeadLetter.model_validate_json(message.value() or b""))


def line_of(message: Message) -> Line:
    """Read what a line says. Raises ValueError where it is no dead letter of ours."""
    said = orjson.loads(message.value() or b"")
    try:
        headers = ((header["name"], header["value"]) for header in said["headers"])
        topic, timestamp = said["topic"], said.get("timestamp")
        found = Line(
            partition=message.partition(),
            offset=message.offset(),
            job=None if said["job"] is None else str(said["job"]),
            reason=str(said["reason"]),
            detail=str(said["detail"]),
            topic=topic,
            read_at=None if topic is None else (int(said["partition"]), int(said["offset"])),
            timestamp=timestamp,
            replay=next((value for name, value in headers if name == REPLAY_HEADER), None),
            is_cut=bool(said.get("cut")),
            failed_at=moment(said["failed_at"]),
        )
    except (KeyError, TypeError, OverflowError) as error:
        raise ValueError("is no dead letter") from error
    # Who lists and replays letters makes names of these.
    if not isinstance(found.topic, str | None) or type(found.timestamp) not in (int, type(None)):
        raise ValueError("is no dead letter")
    return found


def moment(text: str) -> datetime:
    """Read a time; without a zone it is UTC. Raises ValueError."""
    read = datetime.fromisoformat(text)
    return read if read.tzinfo is not None else read.replace(tzinfo=UTC)


def counted(number: int, what: str = "dead letter") -> str:
    """So many of something, in words."""
    return f"{number:,} {what}{'' if number == 1 else 's'}"
