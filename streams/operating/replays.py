"""Dead letters published back to where they came from, each event once to its job, and noted as done."""

import asyncio
import time
from base64 import b64decode
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime

from confluent_kafka import Message

from schemas.configuration import Configuration
from schemas.records.outcomes import TextEncoding
from schemas.records.replays import REPLAY_HEADER, Replayed
from streams.errors import StreamsError
from streams.jobs.shelf import topics_read
from streams.kafka.compacted import read_topic
from streams.kafka.producer import OutgoingRecord, Writer
from streams.kafka.retry import always
from streams.kafka.topic_making import make
from streams.kafka.topics import COMPACTED, TopicNames, WantedTopic
from streams.operating.letters import Letters, Line, Whole
from streams.summaries.records import readable

#: Letters published, and then noted as done, at once.
AT_ONCE, BYTES_AT_ONCE = 200, 8_388_608
#: Between two looks whether the rest is still wanted.
LOOK_SECONDS = 0.5

#: What was noted last of the replays of events.
Marks = Mapping[bytes, Replayed]


@dataclass(slots=True)
class Choice:
    """Of some letters the latest of each event, which are published; and the others, by why they are left out."""

    lines: dict[bytes, Line] = field(default_factory=dict)
    done: list[Line] = field(default_factory=list)
    people: list[Line] = field(default_factory=list)
    reports: list[Line] = field(default_factory=list)
    unread: list[Line] = field(default_factory=list)
    cut: list[Line] = field(default_factory=list)
    marks: Marks = field(default_factory=dict)

    @property
    def places(self) -> set[tuple[int, int]]:
        """Where the letters stand that are published."""
        return {(line.partition, line.offset) for line in self.lines.values()}


def read_marks(letters: Letters, events: Collection[bytes]) -> Marks:
    """What was noted of the replays of these events."""
    topic = letters.names.replays
    messages = read_topic(letters.settings, topic, range(letters.topics.partitions().get(topic, 0)))
    wanted = (message for message in messages if message.key() in events)
    return {message.key(): mark for message, mark in readable(topic, wanted, _mark)}


def done_at(line: Line, marks: Marks) -> datetime | None:
    """When a letter was published back; None where it was not, or where it came of that."""
    mark = marks.get(line.event or b"")
    return mark.replayed_at if mark is not None and line.failed_at <= mark.failed_at else None


def choose(letters: Letters, lines: Iterable[Line], configuration: Configuration, *, again: bool) -> Choice:
    """Choose what to publish: each event once, and none whose letters were all published back, unless `again`."""
    names = TopicNames(configuration.kafka.topic_prefix)
    read_by = {job.name: topics_read(job, names) for job in configuration.jobs}
    choice, latest, useful = Choice(), dict[bytes, Line](), list[tuple[bytes, Line]]()
    for line in lines:
        event = line.event
        if event is None:
            (choice.reports if line.job is None else choice.people).append(line)
        elif line.topic not in read_by.get(line.job or "", ()):
            choice.unread.append(line)
        elif line.is_cut:
            choice.cut.append(line)
        else:
            useful.append((event, line))
            if latest.setdefault(event, line).failed_at < line.failed_at:
                latest[event] = line
    choice.marks = marks = read_marks(letters, latest.keys())
    choice.lines = {event: line for event, line in latest.items() if again or done_at(line, marks) is None}
    choice.done = [line for event, line in useful if event not in choice.lines]
    return choice


@dataclass(frozen=True, slots=True)
class Manner:
    """How letters are published: `by` whom, at most so many a second; `told` is called with how many are done.

    It ends early, between two batches, once it is no more `wanted`. Both are called from the thread that publishes.
    """

    by: str | None = None
    per_second: float | None = None
    told: Callable[[int], None] = lambda _: None
    wanted: Callable[[], bool] = always

    @property
    def at_once(self) -> int:
        """How many letters are published together: where there is a rate, those of a second."""
        return AT_ONCE if self.per_second is None else max(1, min(AT_ONCE, int(self.per_second)))


async def publish(letters: Letters, found: Iterable[Whole], marks: Marks, manner: Manner) -> int:
    """Publish letters to the topics and partitions they came from, and note each once it is acknowledged; how many.

    Whoever is stopped in between publishes some once more the next time. Their messages have the same ids.

    Raises:
        StreamsError: a topic or a partition is not there any more; what came before is published.

    """
    existing = letters.topics.partitions()
    if letters.names.replays not in existing:
        make(letters.topics, WantedTopic(letters.names.replays, 1, COMPACTED, "state"))
    writer, done, began = Writer(letters.settings), 0, time.monotonic()
    try:
        for some in _gathered(found, manner.at_once):
            if not manner.wanted():
                break
            for one in some:
                _see_that_it_is_there(one, existing)
            await writer.write([original(one) for one in some])
            await writer.write([_note(letters.names.replays, one.line, marks, manner.by) for one in some])
            done += len(some)
            manner.told(done)
            if manner.per_second is not None:
                await _wait_until(began + done / manner.per_second, manner)
    finally:
        await writer.aclose()
    return done


async def _wait_until(moment: float, manner: Manner) -> None:
    """Wait until a moment of the steady clock, or until nobody wants the rest: at some a minute that is long before."""
    while manner.wanted() and (left := moment - time.monotonic()) > 0:  # noqa: ASYNC110 - whoever calls off tells nobody
        await asyncio.sleep(min(left, LOOK_SECONDS))


def original(one: Whole) -> OutgoingRecord:
    """The record as it was read, for its own topic and partition, with a word on whose letter it was.

    Raises:
        StreamsError: it was no record, but a person read from Infobip.

    """
    letter, event = one.letter, one.line.event
    if letter.topic is None or event is None:
        raise StreamsError(f"{letter.key or 'it'} is a person read from Infobip, which the job reads again by itself")
    headers = [(header.name, _bytes(header.value, header.encoding)) for header in letter.headers]
    return OutgoingRecord(
        letter.topic,
        _bytes(letter.key, letter.key_encoding),
        _bytes(letter.value, letter.value_encoding),
        letter.partition,
        [*(header for header in headers if header[0] != REPLAY_HEADER), (REPLAY_HEADER, event)],
    )


def _see_that_it_is_there(one: Whole, existing: Mapping[str, int]) -> None:
    """See to it that a record goes where somebody reads it. Raises StreamsError."""
    topic, partition = one.letter.topic or "", one.letter.partition or 0
    if partition >= existing.get(topic, 0):
        raise StreamsError(f"dead letter {one.line.name} came from partition {partition} of {topic}, which is gone")


def _gathered(found: Iterable[Whole], most: int) -> Iterator[list[Whole]]:
    """Some letters after the other, of no great weight together."""
    some: list[Whole] = []
    weight = 0
    for one in found:
        some.append(one)
        weight += len(one.letter.value or "")
        if len(some) == most or weight >= BYTES_AT_ONCE:
            yield some
            some, weight = [], 0
    if some:
        yield some


def _note(topic: str, line: Line, marks: Marks, by: str | None) -> OutgoingRecord:
    event = line.event or b""
    before = marks.get(event)
    failed_at = line.failed_at if before is None else max(line.failed_at, before.failed_at)
    mark = Replayed(failed_at=failed_at, replayed_at=datetime.now(UTC), by=by)
    return OutgoingRecord(topic, event, mark.model_dump_json().encode())


def _mark(message: Message) -> Replayed:
    return Replayed.model_validate_json(message.value() or b"")


def _bytes(text: str | None, encoding: TextEncoding) -> bytes | None:
    if text is None:
        return None
    return b64decode(text) if encoding == "base64" else text.encode()
