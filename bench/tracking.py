"""T7, outcomes: messages joined with their reports; how many a second, and what it takes to keep the open ones."""

import shutil
import tempfile
import time
import uuid
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import partial
from pathlib import Path

from confluent_kafka import OFFSET_BEGINNING, Consumer, Producer, TopicPartition
from confluent_kafka.admin import AdminClient, NewTopic

from bench.peers import Options, Peer
from bench.peers.tracking import MESSAGES, OUTCOMES, PARTITIONS, REPORTS, STATE
from bench.peers.tracking.ours import PEER as OURS
from bench.reports import message_id
from bench.running import LOOK_SECONDS, PATIENCE_SECONDS, Failed, Subject
from bench.table import Column, Figures, Result, Row, measured, tell
from bench.tracked import message_maker, report_maker
from tests.integration.brokers import free_port

#: Messages that are joined with a report of each while the clock runs.
JOINED = 200_000
#: They come before it: what is made ready with the first of all is starting up. So many that every partition has some.
FIRST = 200
#: How many messages wait for their reports; the last for ours only, since the others would take an hour.
OPEN = (100_000, 1_000_000)
OPENED = {OURS.name: (*OPEN, 10_000_000)}
AGAIN = (f"{OURS.name}, again", OURS, ())
AT_ONCE = 5000
COLUMNS = (
    Column("a: records/s", "rate"),
    Column("CPU µs/record", "cpu_us", ",.1f"),
    *(
        Column(f"b: MB with {count:,} open", f"open_{number}_mb")
        for number, count in enumerate((0, *OPENED[OURS.name]))
    ),
    Column("c: restarted, s", "restarted_seconds", ",.1f"),
    Column("restored from topics, s", "restored_seconds", ",.1f"),
    Column("open then", "open"),
    Column("outcomes lost", "lost"),
    Column("outcomes repeated", "repeated"),
)


def outcomes(broker: str, peers: list[Peer], scale: float) -> Result:
    """Measure everybody, and the rate of ours again at the end: a drift of the machine shows."""
    rows: list[Row] = []
    for name, peer, counts in [*((peer.name, peer, OPENED.get(peer.name, OPEN)) for peer in peers), AGAIN]:
        opened = [int(count * scale) for count in counts]
        rows.append(measured(name, peer.does, partial(measure, peer, broker, scale, opened), Failed))
        tell(rows[-1], COLUMNS)
    title = (
        f"T7: messages of {len(message_maker()(0))} bytes and their delivery reports of {len(report_maker()(0))}, on "
        f"{PARTITIONS} partitions, one process; a: {int(JOINED * scale):,} of each, published while it runs, until all "
        "outcomes are there for who reads committed records; b: resident memory once so many wait for reports"
        f"{f', scaled by {scale:g}' if scale != 1 else ''}; c: stopped and started, with its store and without, until "
        "it gives outcomes again"
    )
    return Result("t7", title, COLUMNS, rows)


def measure(peer: Peer, broker: str, scale: float, opened: list[int]) -> Figures:
    """Give the figures of one peer.

    Raises:
        Failed: the peer cannot run here, ended, or did not get on.

    """
    with tracking(peer, broker) as tracked:
        figures = {**joined(tracked, int(JOINED * scale)), "open_0_mb": tracked.subject.resident_mb()}
        for number, count in enumerate(opened, 1):
            tracked.open(count)
            figures |= {f"open_{number}_mb": tracked.subject.resident_mb(), "open": count}
        if opened:
            figures["restarted_seconds"] = tracked.restarted(keeping=True)
            figures["restored_seconds"] = tracked.restarted(keeping=False)
        tracked.read.look()
        return {**figures, "lost": tracked.reported - len(tracked.read.seen), "repeated": tracked.read.repeated}


def joined(tracked: "Tracked", count: int) -> Figures:
    """Publish so many messages with their reports, and see how long it takes until all have outcomes."""
    cpu, began = tracked.subject.cpu_seconds(), time.monotonic()
    tracked.publish(count, reported=True)
    tracked.follow()
    seconds, spent = tracked.read.last - began, tracked.subject.cpu_seconds() - cpu
    return {"rate": 2 * count / seconds, "cpu_us": spent / (2 * count) * 1e6}


class Outcomes:
    """Counts whose outcomes have come to who reads committed records; `last` is when the last one came."""

    def __init__(self, consumer: Consumer) -> None:
        self._consumer = consumer
        self.seen: set[bytes] = set()
        self.repeated = 0
        self.last = 0.0

    def look(self) -> None:
        """Read what has come meanwhile."""
        for message in self._consumer.consume(AT_ONCE, LOOK_SECONDS):
            assert message.error() is None, message.error()
            key = message.key() or b""
            self.repeated += key in self.seen
            self.seen.add(key)
            self.last = time.monotonic()


class Publisher:
    """Publishes what subjects read."""

    def __init__(self, broker: str, prefix: str) -> None:
        settings = {"bootstrap.servers": broker, "linger.ms": 20, "queue.buffering.max.messages": 200_000}
        self._producer, self._prefix = Producer(settings), prefix

    def publish(self, topic: str, key: bytes, value: bytes) -> None:
        """Publish one record, as soon as there is room for it; in the partition that our own producers choose, too."""
        while True:
            try:
                self._producer.produce(f"{self._prefix}{topic}", value, key)
                break
            except BufferError:
                self._producer.poll(LOOK_SECONDS)

    def flush(self) -> None:
        """Return once the brokers have all of it."""
        unsent = self._producer.flush(PATIENCE_SECONDS)
        assert unsent == 0, f"{unsent} records could not be published"


class Tracked:
    """One subject, the topics it reads, and what of it has come."""

    def __init__(self, start: Callable[[], Subject], store: Path, publisher: Publisher, read: Outcomes) -> None:
        self._start, self._store, self._publisher = start, store, publisher
        self.read, self.subject = read, start()
        #: How many messages there are, how many of them with a report, and how many open.
        self.messages = self.reported = self._open = 0
        self._message, self._report = message_maker(), report_maker()

    def publish(self, count: int, *, reported: bool) -> None:
        """Publish so many messages more, each with its report or without."""
        for number in range(self.messages, self.messages + count):
            key = message_id(number).encode()
            self._publisher.publish(MESSAGES, key, self._message(number))
            if reported:
                self._publisher.publish(REPORTS, key, self._report(number))
        self._publisher.flush()
        self.messages += count
        self.reported += count if reported else 0

    def follow(self) -> None:
        """Watch until all that have reports have outcomes.

        Raises:
            Failed: the subject ended, or nothing came for two minutes.

        """
        moved = time.monotonic()
        while len(self.read.seen) < self.reported:
            self.subject.check()
            self.read.look()
            if time.monotonic() - max(moved, self.read.last) > PATIENCE_SECONDS:
                raise Failed(
                    f"{self.reported - len(self.read.seen):,} outcomes do not come: {self.subject.last_words()}"
                )

    def open(self, count: int) -> None:
        """Have so many messages open; return once they are read: what is behind them in every partition has come."""
        while self._open < count:
            more = min(AT_ONCE * 20, count - self._open)
            self.publish(more, reported=False)
            self._open += more
            self.pass_through()

    def pass_through(self) -> None:
        """Publish some messages with reports on every partition, and wait for their outcomes."""
        self.publish(FIRST, reported=True)
        self.follow()

    def restarted(self, *, keeping: bool) -> float:
        """Stop and start it, with what it keeps on its disk or without; the seconds until it gives outcomes again."""
        self.subject.stop()
        if not keeping:
            shutil.rmtree(self._store)
        began = time.monotonic()
        self.subject = self._start()
        self.pass_through()
        return self.read.last - began


@contextmanager
def tracking(peer: Peer, broker: str) -> Iterator[Tracked]:
    """Give a subject that gives outcomes, on topics of its own.

    Raises:
        Failed: the peer cannot run here, or gives no outcomes.

    """
    if reason := peer.missing():
        raise Failed(reason)
    prefix, group = f"bench-{uuid.uuid4().hex[:8]}.", f"bench-{uuid.uuid4().hex[:8]}"
    _create(broker, prefix)
    url = f"http://127.0.0.1:{free_port()}"  # nobody is there: nothing is asked of Infobip
    with tempfile.TemporaryDirectory(prefix="bench-") as folder, _read(broker, prefix) as read:
        options = Options(Path(folder))
        command = peer.command(broker, prefix, url, group, options)
        start = partial(Subject, command, options.folder / "log")
        tracked = Tracked(start, options.folder / STATE, Publisher(broker, prefix), read)
        try:
            tracked.pass_through()
            yield tracked
        finally:
            tracked.subject.kill()


def _create(broker: str, prefix: str) -> None:
    admin = AdminClient({"bootstrap.servers": broker})
    topics = [NewTopic(f"{prefix}{name}", PARTITIONS, 1) for name in (MESSAGES, REPORTS, OUTCOMES)]
    for created in admin.create_topics(topics).values():
        created.result(30)


@contextmanager
def _read(broker: str, prefix: str) -> Iterator[Outcomes]:
    settings = {"bootstrap.servers": broker, "group.id": "bench-outcomes", "enable.auto.commit": False}
    consumer = Consumer({**settings, "isolation.level": "read_committed", "fetch.wait.max.ms": 20})
    topic = f"{prefix}{OUTCOMES}"
    consumer.assign([TopicPartition(topic, number, OFFSET_BEGINNING) for number in range(PARTITIONS)])
    try:
        yield Outcomes(consumer)
    finally:
        consumer.close()
