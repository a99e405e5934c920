"""An export and a send side by side, on the same topics, in processes that run both."""

import os
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from functools import partial
from pathlib import Path
from typing import Any

import orjson
from confluent_kafka import Consumer, KafkaError, KafkaException, Producer, TopicPartition
from confluent_kafka.admin import AdminClient, AlterConfigOpType, ConfigEntry, ConfigResource, NewPartitions, NewTopic

from schemas.records.message import Message
from streams.kafka.retry import retry_for_a_while
from streams.simulator import SimulatorOptions
from tests.faults.arena import OPERATIONS, Arena
from tests.faults.model import AUDIENCES, TAG, Event
from tests.forked import call
from tests.integration.harness import ROOT, SimulatorThread, Worker, until
from tests.integration.importing import Contacts

ASK_SECONDS, SOON_SECONDS = 30, 5
#: The simulated account has no limits here, so the service needs none: faults strike at full speed.
LIMITS = dict.fromkeys((*OPERATIONS, "send_sms", "list_sms_logs"), 1000)

Place = tuple[str, int, int]


class Duet(Contacts):
    """An export whose audiences share a tag, and a send, both of the same events; and where each event stands."""

    def __init__(
        self, broker: str, infobip: str, folder: Path, name: str, partitions: int = 4, copies: int = 1, **both: Any
    ) -> None:
        super().__init__(broker, infobip, folder, name, partitions)
        self.settings["socket.timeout.ms"] = "10000"  # a broker that stands still must not keep us
        self.copies = copies
        self.admin = AdminClient(self.settings)
        self.configuration["authorizations"][0]["limits"] = dict(LIMITS)
        export = self.job(name, map_fields={"first": "firstName"}, flush={"max_events": 100, "max_seconds": 1})
        self.configuration["jobs"] = [{**export, "audiences": list(AUDIENCES), "tag": TAG}, self._send()]
        self.change_both(**{"existing_members": True, **both})
        #: Where each event went that counts, by topic, partition and offset.
        self.places: set[Place] = set()

    def _send(self) -> dict[str, Any]:
        return {
            "name": f"{self.name}-send",
            "kind": "send_message",
            "authorization": "main",
            "topics": [self.topic],
            "audiences": list(AUDIENCES),
            "sender": "Acme",
            "message_fields": ["first"],
            "content": {"channel": "sms", "text": "{{first}}"},
            "max_per_request": 20,
            "flush": {"max_events": 50, "max_seconds": 0.3},
        }

    @property
    def jobs(self) -> list[dict[str, Any]]:
        """Both jobs as they are configured now."""
        found: list[dict[str, Any]] = self.configuration["jobs"]
        return found[:2]

    def change_both(self, **changes: Any) -> None:
        """Change both jobs; what runs goes on as it was."""
        for job in self.jobs:
            job.update(changes)

    # --- topics -------------------------------------------------------------------------------------------------------

    def make_topic(
        self,
        name: str | None = None,
        config: Mapping[str, str] | None = None,
        places: Sequence[Sequence[int]] | None = None,
    ) -> str:
        """Create an input, its copies on the brokers named by partition, and return once everybody can write to it."""
        name = name or self.topic
        copies: dict[str, Any] = {"replica_assignment": places} if places else {"replication_factor": self.copies}
        topic = NewTopic(name, self.partitions, config=dict(config or {}), **copies)
        self.admin.create_topics([topic])[name].result(ASK_SECONDS)
        until(lambda: len(self.partitions_of(name)) == self.partitions, f"{name} is there")
        return name

    def make_anew(self, name: str | None = None) -> None:
        """Delete an input, and create one of the same name."""
        name = name or self.topic
        self.admin.delete_topics([name])[name].result(ASK_SECONDS)
        until(lambda: self._creates(name), f"{name} is made anew")
        until(lambda: len(self.partitions_of(name)) == self.partitions, f"{name} is there")
        self.places = {place for place in self.places if place[0] != name}

    def _creates(self, name: str) -> bool:
        topic = NewTopic(name, self.partitions, self.copies)
        with suppress(KafkaException):  # while the deletion is on its way, the name is taken
            self.admin.create_topics([topic])[name].result(ASK_SECONDS)
            return True
        return False

    def add_partitions(self, count: int) -> None:
        """Give the input more partitions, `count` in all."""
        self.admin.create_partitions([NewPartitions(self.topic, count)])[self.topic].result(ASK_SECONDS)
        self.partitions = count
        until(lambda: len(self.partitions_of(self.topic)) == count, f"there are {count} partitions")

    def configure(self, topic: str, **settings: str) -> None:
        """Change settings of a topic while it is in use; `_` stands for the dot."""
        entries = [
            ConfigEntry(name.replace("_", "."), value, incremental_operation=AlterConfigOpType.SET)
            for name, value in settings.items()
        ]
        resource = ConfigResource(ConfigResource.Type.TOPIC, topic, incremental_configs=entries)
        # By somebody new: an older client goes on asking for the broker that it held for the controller, dead or not.
        admin = AdminClient({**self.settings, "log_level": 0})
        admin.incremental_alter_configs([resource])[resource].result(ASK_SECONDS)

    def brokers(self) -> frozenset[int]:
        """The numbers of the brokers that are known to be alive."""
        return frozenset(self._listed().brokers)

    def partitions_of(self, topic: str) -> list[int]:
        """The partitions that there are now and that have a leader."""
        # Asked by somebody new each time: whoever is connected to a broker that stands still hears nothing for long.
        found = retry_for_a_while(self._listed).topics.get(topic)
        return [] if found is None else [one.id for one in found.partitions.values() if one.leader >= 0]

    def _listed(self) -> Any:
        return AdminClient({**self.settings, "log_level": 0}).list_topics(timeout=SOON_SECONDS)

    def forget_offsets(self) -> None:
        """Delete the consumer groups of both jobs, as the brokers do by themselves after a week without members."""

        def gone(group: str) -> bool:
            try:
                self.admin.delete_consumer_groups([group])[group].result(ASK_SECONDS)
            except KafkaException as error:
                if error.args[0].code() == KafkaError.NON_EMPTY_GROUP:  # a killed member is missed after its session
                    return False
                raise
            return True

        for job in self.jobs:
            group = f"infobip-streams.{job['name']}"
            until(partial(gone, group), f"the group {group} is deleted")

    # --- events -------------------------------------------------------------------------------------------------------

    def put(self, events: Iterable[Event], topic: str | None = None, *, acks: str = "all", counts: bool = True) -> None:
        """Publish events that count, each once and in their order, and return when the brokers have them.

        `counts`: whether both jobs must tell of them.
        """
        own: dict[str, Any] = {"acks": acks, "enable.idempotence": acks == "all", "linger.ms": 5}
        producer = Producer({**self.settings, **own})
        put: set[Place] = set()
        for event in events:
            produce(producer, topic or self.topic, event, put)
        assert producer.flush(120) == 0, "the brokers do not take what is published"
        if counts:
            self.places |= put

    # --- what came of it ----------------------------------------------------------------------------------------------

    def behind(self) -> int:
        """Events that one of the jobs has not committed; a topic that ends before what is committed counts, too."""
        return sum(retry_for_a_while(partial(self._behind, job)) for job in self.jobs)

    def _behind(self, job: Mapping[str, Any]) -> int:
        consumer = Consumer({**self.settings, "log_level": 0, "group.id": f"infobip-streams.{job['name']}"})
        try:
            places = [TopicPartition(topic, one) for topic in job["topics"] for one in self.partitions_of(topic)]
            behind = 0
            for place in consumer.committed(places, timeout=SOON_SECONDS):
                end = TopicPartition(place.topic, place.partition)
                low, high = consumer.get_watermark_offsets(end, timeout=SOON_SECONDS)
                behind += abs(high - max(place.offset, low))
            return behind
        finally:
            consumer.close()

    def statuses(self) -> list[dict[str, Any]]:
        """What `status --json` says of each job."""
        environment = {**os.environ, "INFOBIP_API_KEY": "demo-key"}
        command = ["streams", "status", "-c", str(self.write_configuration()), "--json"]
        said = call(command, cwd=ROOT, environ=environment)
        assert said.returncode == 0, f"status fails: {said.stderr[-500:]}"
        found: list[dict[str, Any]] = orjson.loads(said.stdout)
        return found

    def untold(self) -> int:
        """How many events that count no flush record tells of, over both jobs."""
        untold = 0
        for job in self.jobs:
            untold += len({place for place in self.places if place[0] in job["topics"]} - self._told(job["name"]))
        return untold

    def _told(self, job: str) -> set[Place]:
        return {
            (place.topic, place.partition, offset)
            for flush in self.flushes(job)
            for place in flush.partitions
            for offset in range(place.first_offset, place.last_offset + 1)
        }

    def counted(self, text: str) -> int:
        """How often all workers together logged this."""
        return sum(worker.log.read_text().count(text) for worker in self.workers)

    def ready(self, worker: Worker) -> bool:
        """Whether both jobs of a worker have been given their partitions."""
        return worker.log.read_text().count("partitions_assigned") >= len(self.jobs)

    def begins(self, topic: str) -> set[int]:
        """The partitions of a topic on which the send is told to have a beginning."""
        states = (orjson.loads(record.value()) for record in self.read("infobip_job_states") if record.value())
        return {one["partition"] for one in states if one.get("topic") == topic and one["job"] == self.jobs[1]["name"]}

    def messages_told(self) -> dict[str, str]:
        """The status of each message that is told of, by its id."""
        records = (Message.model_validate_json(record.value()) for record in self.read("infobip_messages"))
        return {message.message_id: message.status for message in records}


class Crew:
    """Processes that all run both jobs, and whoever supervises them."""

    def __init__(self, made: Duet, size: int, names: Sequence[str | None] = ()) -> None:
        self.ended = 0
        self._made, self._names = made, names or [None] * size
        self.workers = [self.start(place) for place in range(size)]

    def revive(self) -> None:
        """Start those again that ended by themselves, which they may where a fresh start is the way on."""
        for place, worker in enumerate(self.workers):
            if worker.process.poll() is not None:
                self.ended += 1
                self.workers[place] = self.start(place)

    def renew(self) -> None:
        """Stop all in order, and start as many."""
        self.stop()
        self.workers = [self.start(place) for place in range(len(self.workers))]

    def stop(self) -> None:
        """Stop all in order."""
        self.revive()
        for worker in self.workers:
            until(partial(self._made.ready, worker), f"it has come up, see {worker.log}")
            code = worker.stop()
            assert code == 0, f"it ended with {code}, see {worker.log}"

    def start(self, place: int) -> Worker:
        """Start the process of a place, under its name if it has one."""
        worker = self._made.start(instance=self._names[place])
        until(partial(self._made.ready, worker), f"it comes up, see {worker.log}")
        return worker


def produce(producer: Producer, topic: str, event: Event, put: set[Place]) -> None:
    """Hand one event to a producer; `put` is told where it went."""

    def noted(error: Any, message: Any) -> None:
        assert error is None, f"not published: {error}"
        put.add((message.topic(), message.partition(), message.offset()))

    while True:
        try:
            producer.produce(topic, key=event["profile_id"], value=orjson.dumps(event), on_delivery=noted)
        except BufferError:
            producer.poll(0.1)
        else:
            return


@contextmanager
def duet(
    arena: Arena,
    options: SimulatorOptions | None = None,
    *,
    broker: str | None = None,
    topic_config: Mapping[str, str] | None = None,
    **how: Any,
) -> Iterator[tuple[SimulatorThread, Duet]]:
    """An Infobip, and both jobs on an input of their own."""
    folder = arena.own_folder()
    with SimulatorThread(options or SimulatorOptions(limits=None)) as infobip:
        made = Duet(broker or arena.bootstrap, infobip.url, folder, folder.name, **how)
        made.make_topic(config=topic_config)
        try:
            yield infobip, made
        finally:
            made.close()
