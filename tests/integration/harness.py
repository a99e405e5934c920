"""A worker process, a simulated Infobip and a topic: what tests of the whole way are made of."""

import asyncio
import os
import signal
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from copy import deepcopy
from datetime import UTC, datetime
from functools import partial
from pathlib import Path
from typing import Any, Self
from uuid import uuid4

import orjson
import yaml
from confluent_kafka import OFFSET_END, Consumer, KafkaError, KafkaException, Producer, TopicPartition
from confluent_kafka.admin import AdminClient, NewTopic

from schemas.records.outcomes import DeadLetter, Flush
from streams.config.load import load
from streams.kafka.compacted import read_topic
from streams.kafka.retry import is_retriable, retry_for_a_while
from streams.operating.status import as_json, gather
from streams.simulator import Simulator, SimulatorOptions
from tests.forked import Forked

ROOT = Path(__file__).parents[2]
LOOK_SECONDS = 0.05
#: Many tests share two cores: what takes a second alone may take a minute beside others.
PATIENCE_SECONDS = 240.0
#: The point at which nothing happens, in a process that looks around more often.
QUICK = "nothing:1:quick"


def until(condition: Callable[[], bool], what: str, seconds: float = PATIENCE_SECONDS) -> None:
    """Return as soon as the condition holds; fail when it does not in time."""
    deadline = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < deadline, f"not in {seconds:.0f} s: {what}"
        threading.Event().wait(LOOK_SECONDS)


def make_topic(admin: AdminClient, name: str, partitions: int, config: dict[str, str] | None = None) -> None:
    """Make a topic, and wait until the brokers tell of it: their controller knows it before they do."""
    topic = NewTopic(name, partitions, 1, config=config or {})
    admin.create_topics([topic])[name].result(30)
    until(lambda: name in admin.list_topics(timeout=30).topics, f"{name} is there")


class SimulatorThread:
    """A simulated Infobip on a thread of its own."""

    def __init__(self, options: SimulatorOptions | None = None) -> None:
        self.simulator = Simulator(options or SimulatorOptions(limits=None))
        self.url = ""
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._loop.run_forever, daemon=True)

    def __enter__(self) -> Self:
        self._thread.start()
        self.url = self.call(self.simulator.start())
        return self

    def __exit__(self, *_: object) -> None:
        self.call(self.simulator.stop())
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join()
        self._loop.close()

    def call(self, work: Any) -> Any:
        """Run a coroutine on the simulator's thread."""
        return asyncio.run_coroutine_threadsafe(work, self._loop).result(timeout=30)

    def do(self, action: Callable[[], Any]) -> Any:
        """Run a function on the simulator's thread."""

        async def run() -> Any:
            return action()

        return self.call(run())

    def tagged(self, tag: str) -> set[str]:
        """The emails of the people who have a tag."""
        return set(self.do(lambda: [_email(person) for person in self._shown(self.simulator.account.tagged(tag))]))

    def people(self) -> dict[str, dict[str, Any]]:
        """Everybody, by email."""
        shown = self.do(lambda: list(self._shown(self.simulator.account.people.values())))
        return {_email(person): person for person in shown}

    def count(self, operation: str, status: int | str | None = None) -> int:
        """How many calls of an operation were answered."""
        return int(self.do(lambda: self.simulator.counters.count(operation, status)))

    def _shown(self, people: Iterable[Any]) -> Iterator[dict[str, Any]]:
        return self.simulator.account.show(people)


def _email(person: dict[str, Any]) -> str:
    addresses = person.get("contactInformation", {}).get("email") or [{"address": ""}]
    return str(addresses[0]["address"])


class Worker:
    """`infobip-streams run`, or another command that lasts, in a process of its own."""

    def __init__(
        self,
        path: Path,
        log: Path,
        jobs: Sequence[str] = (),
        options: Sequence[str] = (),
        point: str | None = None,
        command: str = "run",
    ) -> None:
        self.log = log
        program = ["streams"] if point is None else ["tests.faults.subject", point]
        environ = {**os.environ, "INFOBIP_API_KEY": "demo-key"}
        self.process = Forked([*program, *options, command, "-c", str(path), *jobs], cwd=ROOT, environ=environ, out=log)

    def kill(self) -> None:
        """Kill it as a power cut would."""
        self.process.send_signal(signal.SIGKILL)
        self.process.wait(30)

    def pause(self) -> None:
        """Stop its clock, as a machine does that is put to sleep."""
        self.process.send_signal(signal.SIGSTOP)

    def resume(self) -> None:
        """Wake it."""
        self.process.send_signal(signal.SIGCONT)

    def stop(self, seconds: float = 60, by: signal.Signals = signal.SIGTERM) -> int:
        """Ask it to stop; its exit code."""
        self.process.send_signal(by)
        return self.process.wait(seconds)

    def said(self, text: str) -> bool:
        """Whether it logged this."""
        return text in self.log.read_text()


class Corridor:
    """One job on its own topics: configuration, publishing, and what came of it."""

    def __init__(self, broker: str, infobip: str, folder: Path, name: str, partitions: int = 4) -> None:
        self.broker, self.folder, self.name = broker, folder, name
        self.topic = f"{name}.memberships"
        self.partitions = partitions
        self.settings = {"bootstrap.servers": broker}
        self.configuration: dict[str, Any] = {
            "kafka": {"brokers": broker, "topic_prefix": f"{name}."},
            "authorizations": [{"name": "main", "base_url": infobip, "api_key": "${INFOBIP_API_KEY}"}],
            "jobs": [self.job(name)],
        }
        self.workers: list[Worker] = []
        self._admin = AdminClient(self.settings)

    def job(self, name: str, **changes: Any) -> dict[str, Any]:
        """An export job of this corridor."""
        job = {
            "name": name,
            "kind": "export_audience",
            "authorization": "main",
            "topics": [self.topic],
            "audiences": ["vip"],
            "tag": "VIP",
            "flush": {"max_events": 1000, "max_seconds": 1},
        }
        return {**job, **changes}

    def change(self, **changes: Any) -> None:
        """Change the first job."""
        self.configuration["jobs"][0].update(changes)

    def create_topic(self, config: dict[str, str] | None = None, name: str | None = None) -> None:
        """Create the input, or another one."""
        make_topic(self._admin, name or self.topic, self.partitions, config)

    def make_topic_anew(self) -> None:
        """Delete the input and create it again."""
        self._admin.delete_topics([self.topic])[self.topic].result(30)

        def created() -> bool:
            try:
                self.create_topic()
            except KafkaException as error:
                if error.args[0].code() != KafkaError.TOPIC_ALREADY_EXISTS:
                    raise
                return False  # the old one is still on its way out
            return True

        until(created, "the topic is deleted and made anew")

    def status(self, job: str | None = None) -> dict[str, Any]:
        """What `status` says of a job."""
        configuration = load(self.write_configuration(), {"INFOBIP_API_KEY": "demo-key"})
        told = as_json(gather(configuration), datetime.now(UTC))
        return next(one for one in told if one["job"] == (job or self.name))

    def write_configuration(
        self, instance: str | None = None, brokers: str | None = None, infobip: str | None = None
    ) -> Path:
        """Write jobs.yaml; for one process it may have a name, and other ways to the brokers and to Infobip."""
        own = "" if brokers is None and infobip is None else f"-{len(self.workers)}"
        path = self.folder / f"jobs{instance or ''}{own}.yaml"
        written = deepcopy(self.configuration)
        written["kafka"] |= {"instance_id": instance} if instance else {}
        written["kafka"] |= {"brokers": brokers} if brokers else {}
        if infobip:
            written["authorizations"][0]["base_url"] = infobip
        draft = path.with_suffix(f".{uuid4().hex}")
        draft.write_text(yaml.safe_dump(written))
        draft.replace(path)  # a process that starts reads the one before, or this one, and never half of it
        return path

    def start(
        self,
        *jobs: str,
        options: Sequence[str] = (),
        instance: str | None = None,
        point: str | None = None,
        command: str = "run",
        **ways: str,
    ) -> Worker:
        """Start a worker: under a name that outlives it, to die or hang at a named point, by other `ways`, if given."""
        path, log = self.write_configuration(instance, **ways), self.folder / f"worker-{len(self.workers)}.log"
        worker = Worker(path, log, jobs, options, point, command)
        self.workers.append(worker)
        return worker

    def publish(
        self, events: Iterable[dict[str, Any] | bytes], compression: str = "none", topic: str | None = None
    ) -> int:
        """Publish events to the input or another topic, keyed by their profile; how many."""
        producer = Producer({**self.settings, "linger.ms": 20, "compression.type": compression})
        count = 0
        for event in events:
            value = event if isinstance(event, bytes) else orjson.dumps(event)
            key = "stray" if isinstance(event, bytes) else event["profile_id"]
            while True:
                try:
                    producer.produce(topic or self.topic, key=key, value=value)
                    break
                except BufferError:
                    producer.poll(0.5)
            count += 1
        assert producer.flush(60) == 0
        return count

    def lag(self, job: str | None = None, topic: str | None = None) -> int:
        """Events of the input, or another topic, that the job has not committed; -1 while the brokers do not tell."""
        consumer = Consumer({**self.settings, "group.id": f"infobip-streams.{job or self.name}"})
        try:
            places = [TopicPartition(topic or self.topic, number) for number in range(self.partitions)]
            lag = 0
            for place in retry_for_a_while(lambda: consumer.committed(places, timeout=30)):
                end = TopicPartition(place.topic, place.partition)
                low, high = retry_for_a_while(partial(consumer.get_watermark_offsets, end, timeout=30))
                lag += high - max(place.offset, low)
        except KafkaException as error:
            if not is_retriable(error):
                raise
            return -1  # a broker that comes back knows its partitions only after a while
        else:
            return lag
        finally:
            consumer.close()

    def commit(self, offsets: dict[int, int]) -> None:
        """Commit offsets of the input from outside, while no worker runs."""
        places = [TopicPartition(self.topic, number, offset) for number, offset in offsets.items()]
        consumer = Consumer({**self.settings, "group.id": f"infobip-streams.{self.name}"})
        try:
            consumer.commit(offsets=places, asynchronous=False)
        finally:
            consumer.close()

    def delete_group(self) -> bool:
        """Have the brokers forget what the job has committed; whether they did: not while the group has members."""
        group = f"infobip-streams.{self.name}"
        try:
            self._admin.delete_consumer_groups([group])[group].result(30)
        except KafkaException as error:
            if error.args[0].code() != KafkaError.NON_EMPTY_GROUP:
                raise
            return False
        return True

    def delete_records(self, topic: str) -> None:
        """Have the brokers delete what is in one of our topics by now."""
        name = f"{self.name}.{topic}"
        partitions = range(len(self._admin.list_topics(timeout=30).topics[name].partitions))
        ends = [TopicPartition(name, number, OFFSET_END) for number in partitions]
        for done in self._admin.delete_records(ends).values():
            done.result(30)

    def read(self, topic: str) -> list[Any]:
        """Every record of one of our topics."""
        name = f"{self.name}.{topic}"
        found = self._admin.list_topics(timeout=30).topics.get(name)
        return list(read_topic(self.settings, name, range(len(found.partitions)))) if found else []

    def flushes(self, job: str | None = None) -> list[Flush]:
        """What the windows told."""
        flushes = [Flush.model_validate_json(record.value()) for record in self.read("infobip_flushes")]
        return [flush for flush in flushes if flush.job == (job or self.name)]

    def outcomes(self) -> Counter[str]:
        """All outcomes told."""
        outcomes: Counter[str] = Counter()
        for flush in self.flushes():
            outcomes.update(flush.outcomes)
        return outcomes

    def dead_letters(self) -> list[DeadLetter]:
        """What could not be used."""
        return [DeadLetter.model_validate_json(record.value()) for record in self.read("infobip_dead_letters")]

    def offsets_told(self) -> dict[int, set[int]]:
        """Which offsets the flush records speak of, by partition."""
        told: dict[int, set[int]] = {number: set() for number in range(self.partitions)}
        for flush in self.flushes():
            for place in flush.partitions:
                told[place.partition].update(range(place.first_offset, place.last_offset + 1))
        return told

    def offsets_published(self) -> dict[int, set[int]]:
        """Which offsets there are, by partition."""
        consumer = Consumer({**self.settings, "group.id": "harness"})
        try:
            return {
                number: set(range(*consumer.get_watermark_offsets(TopicPartition(self.topic, number), timeout=30)))
                for number in range(self.partitions)
            }
        finally:
            consumer.close()

    def said(self, text: str) -> bool:
        """Whether any worker logged this."""
        return any(worker.said(text) for worker in self.workers)

    @property
    def alive(self) -> bool:
        """Whether any worker is running."""
        return any(worker.process.poll() is None for worker in self.workers)

    def close(self) -> None:
        """Leave no process behind."""
        for worker in self.workers:
            if worker.process.poll() is None:
                worker.kill()


@contextmanager
def corridor(
    broker: str,
    infobip: str,
    folder: Path,
    name: str,
    partitions: int = 4,
    topic_config: dict[str, str] | None = None,
) -> Iterator[Corridor]:
    """A corridor whose topic exists, and whose workers are gone at the end."""
    made = Corridor(broker, infobip, folder, name, partitions)
    made.create_topic(topic_config)
    try:
        yield made
    finally:
        made.close()
