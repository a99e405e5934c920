"""T6, reports: what Infobip posts, on a topic; how many a second in bodies of 1 and of 100, and how soon."""

import socket
import subprocess
import sys
import tempfile
import time
import uuid
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import orjson
from confluent_kafka import Consumer, TopicPartition
from confluent_kafka.admin import AdminClient, NewTopic

from bench.peers import Options, Peer
from bench.peers.receiving import PATH, TOPIC
from bench.peers.receiving.ours import PEER as OURS
from bench.posting import Posted
from bench.reports import bodies
from bench.running import LOOK_SECONDS, PATIENCE_SECONDS, ROOT, Failed, Subject
from bench.sending import percentile
from bench.stream import Stream
from bench.table import Column, Figures, Result, Row, measured, tell
from tests.integration.brokers import free_port

#: Posts from a process of its own.
CALLER = ["-m", "bench.posting"]
CONNECTIONS = 32
#: Reports of each size of body: some ten seconds of either.
SINGLES, BATCHED, BATCH = 30_000, 200_000, 100
PER_SECOND, SECONDS = 500, 30
#: They come before any clock runs: what is made ready with the first of all is starting up.
FIRST = 2000
PARTITIONS = 8
AT_ONCE = 5000
COLUMNS = (
    Column("a: reports/s in bodies of 1", "single_rate"),
    Column("CPU µs/report", "single_cpu_us", ",.1f"),
    Column(f"b: reports/s in bodies of {BATCH}", "batched_rate"),
    Column("CPU µs/report", "batched_cpu_us", ",.1f"),
    Column("c: p50 ms", "p50_ms", ",.1f"),
    Column("p99 ms", "p99_ms", ",.1f"),
    Column("max ms", "max_ms", ",.1f"),
    Column("peak MB", "peak_mb"),
    Column("caller's share of a core in a", "caller_share", ".0%"),
    Column("bodies not answered 200", "refused"),
    Column("reports lost", "lost"),
    Column("written twice", "repeated"),
)


def reports(broker: str, peers: list[Peer], scale: float) -> Result:
    """Measure everybody, and ours again at the end: a drift of the machine shows."""
    rows: list[Row] = []
    for name, peer in [*((peer.name, peer) for peer in peers), (f"{OURS.name}, again", OURS)]:
        rows.append(measured(name, peer.does, lambda peer=peer: measure(peer, broker, scale), Failed))  # type: ignore[misc]
        tell(rows[-1], COLUMNS)
    size = len(next(bodies(range(1), 1)))
    title = (
        f"T6: delivery reports of SMS ({size} bytes) over {CONNECTIONS} connections, answered once acknowledged; "
        f"a: {int(SINGLES * scale):,} in bodies of 1, b: {int(BATCHED * scale):,} in bodies of {BATCH}, as fast as "
        f"they are answered; c: {PER_SECOND} bodies of 1 a second for {SECONDS * scale:.0f} s, from the time that each "
        "is due until its answer"
    )
    return Result("t6", title, COLUMNS, rows)


def measure(peer: Peer, broker: str, scale: float) -> Figures:
    with listening(peer, broker) as posts:
        posts.post(int(FIRST * scale), 1)
        single, single_cpu = posts.post(int(SINGLES * scale), 1)
        batched, batched_cpu = posts.post(int(BATCHED * scale), BATCH)
        paced, _ = posts.post(int(PER_SECOND * SECONDS * scale), 1, PER_SECOND)
        written = posts.written()
    waited = sorted(paced.waited)
    return {
        "single_rate": int(SINGLES * scale) / single.seconds,
        "single_cpu_us": single_cpu / int(SINGLES * scale) * 1e6,
        "batched_rate": int(BATCHED * scale) / batched.seconds,
        "batched_cpu_us": batched_cpu / int(BATCHED * scale) * 1e6,
        "p50_ms": percentile(waited, 50) * 1e3,
        "p99_ms": percentile(waited, 99) * 1e3,
        "max_ms": waited[-1] * 1e3,
        "peak_mb": posts.subject.peak_mb,
        "caller_share": single.cpu_seconds / single.seconds,
        "refused": single.refused + batched.refused + paced.refused,
        "lost": posts.reports - len(written),
        "repeated": sum(times > 1 for times in written.values()),
    }


class Posts:
    """What is posted to one subject, every report once; and what of it is on its topic."""

    def __init__(self, subject: Subject, url: str, stream: Stream) -> None:
        self.subject, self._url, self._stream = subject, url, stream
        #: How many were posted.
        self.reports = 0

    def post(self, reports: int, batch: int, rate: float = 0.0) -> tuple[Posted, float]:
        """Post so many more from a process of its own; what came of it, and the CPU seconds that the subject took.

        Raises:
            Failed: the subject ended, or whoever posts did not come to an end.

        """
        numbers = {"first": self.reports, "reports": reports, "batch": batch, "connections": CONNECTIONS}
        options = [f"--{name}={value}" for name, value in {**numbers, "rate": rate}.items()]
        self.reports += reports
        cpu = self.subject.cpu_seconds()
        command = [sys.executable, *CALLER, self._url, *options]
        with tempfile.TemporaryFile() as sink:
            with subprocess.Popen(command, cwd=ROOT, stdout=sink, stderr=sink) as caller:
                self._watch(caller)
            sink.seek(0)
            *_, told = sink.read().splitlines() or [b""]
        if caller.returncode:
            raise Failed(f"whoever posts ended with code {caller.returncode}: {told.decode(errors='replace')}")
        return Posted(**orjson.loads(told)), self.subject.cpu_seconds() - cpu

    def _watch(self, caller: subprocess.Popen[bytes]) -> None:
        ends = time.monotonic() + PATIENCE_SECONDS
        try:
            while caller.poll() is None:
                self.subject.check()
                if time.monotonic() > ends:
                    raise Failed(f"not all was answered within {PATIENCE_SECONDS:.0f} s: {self.subject.last_words()}")
                time.sleep(LOOK_SECONDS)
        finally:
            caller.kill()

    def written(self) -> Counter[bytes]:
        """How often each message's report is on the topic."""
        return written(self._stream)


@contextmanager
def listening(peer: Peer, broker: str) -> Iterator[Posts]:
    """Give a subject that listens, and a topic for it.

    Raises:
        Failed: the peer cannot run here, or does not listen.

    """
    if reason := peer.missing():
        raise Failed(reason)
    stream, url = _topic(broker), f"http://127.0.0.1:{free_port()}{PATH}"
    with tempfile.TemporaryDirectory(prefix="bench-") as folder:
        options = Options(Path(folder))
        command = peer.command(stream.broker, stream.topic, url, stream.group(), options)
        subject = Subject(command, options.folder / "log")
        try:
            _await_listener(subject, int(url.split(":")[2].partition("/")[0]))
            yield Posts(subject, url, stream)
        finally:
            subject.kill()


def written(stream: Stream) -> Counter[bytes]:
    """How often each key is on a topic, up to its present end."""
    consumer = Consumer({"bootstrap.servers": stream.broker, "group.id": "bench-written", "enable.auto.commit": False})
    found: Counter[bytes] = Counter()
    try:
        places = [TopicPartition(stream.topic, number, 0) for number in range(stream.partitions)]
        left = sum(consumer.get_watermark_offsets(place, 30)[1] for place in places)
        consumer.assign(places)
        while left > 0:
            messages = consumer.consume(min(AT_ONCE, left), PATIENCE_SECONDS)
            assert messages, f"{left} records of {stream.topic} do not come"
            found.update(message.key() or b"" for message in messages)
            left -= len(messages)
    finally:
        consumer.close()
    return found


def _topic(broker: str) -> Stream:
    stream = Stream(broker, f"bench-{uuid.uuid4().hex[:8]}.{TOPIC}", PARTITIONS, 0)
    admin = AdminClient({"bootstrap.servers": broker})
    admin.create_topics([NewTopic(stream.topic, PARTITIONS, 1)])[stream.topic].result(30)
    return stream


def _await_listener(subject: Subject, port: int) -> None:
    ends = time.monotonic() + PATIENCE_SECONDS
    while True:
        subject.check()
        try:
            socket.create_connection(("127.0.0.1", port), 5).close()
        except OSError as error:
            if time.monotonic() > ends:
                raise Failed(f"it does not listen: {subject.last_words()}") from error
            time.sleep(LOOK_SECONDS)
        else:
            return
