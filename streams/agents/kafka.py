"""One set of broker settings, said in the words of each client we open."""

import asyncio
import logging
import ssl
import time
from collections.abc import Callable, Collection, Iterator, Mapping
from contextlib import contextmanager
from typing import Any, TypeVar
from urllib.parse import quote

import faust
from confluent_kafka import KafkaError, KafkaException, TopicCollection
from confluent_kafka.admin import AdminClient, ConfigResource, NewPartitions, NewTopic

from schemas.jobs import KafkaSettings
from streams.agents.threads import in_own_thread

log = logging.getLogger(__name__)

T = TypeVar("T")

#: A killed process holds its partitions for so long.
SESSION_SECONDS = 12.0
HEARTBEAT_SECONDS = 3.0
#: Short, because a process that is told to stop waits for the question it has just asked.
REQUEST_SECONDS = 5.0
#: Brokers answer so, or not at all, while they start, move leaders or are away: the question is good, only early.
EARLY = frozenset(
    {
        KafkaError.COORDINATOR_LOAD_IN_PROGRESS,
        KafkaError.COORDINATOR_NOT_AVAILABLE,
        KafkaError.NOT_COORDINATOR,
        KafkaError.LEADER_NOT_AVAILABLE,
        KafkaError.NOT_LEADER_FOR_PARTITION,
        KafkaError.UNKNOWN_TOPIC_OR_PART,
        KafkaError.REQUEST_TIMED_OUT,
        KafkaError.NETWORK_EXCEPTION,
        KafkaError.NOT_CONTROLLER,
        KafkaError.BROKER_NOT_AVAILABLE,
        KafkaError.REPLICA_NOT_AVAILABLE,
        KafkaError.PREFERRED_LEADER_NOT_AVAILABLE,
        KafkaError.OFFSET_NOT_AVAILABLE,
        KafkaError.FENCED_LEADER_EPOCH,
        KafkaError.UNKNOWN_LEADER_EPOCH,
        KafkaError.UNKNOWN_TOPIC_ID,
        KafkaError.INCONSISTENT_TOPIC_ID,
        KafkaError.STALE_BROKER_EPOCH,
        KafkaError.STALE_CTRL_EPOCH,
        KafkaError.ELIGIBLE_LEADERS_NOT_AVAILABLE,
        KafkaError.KAFKA_STORAGE_ERROR,
        KafkaError.NOT_ENOUGH_REPLICAS,
        KafkaError.NOT_ENOUGH_REPLICAS_AFTER_APPEND,
        KafkaError.UNSTABLE_OFFSET_COMMIT,
        KafkaError.THROTTLING_QUOTA_EXCEEDED,
        KafkaError._TRANSPORT,  # noqa: SLF001 - the client library's own codes begin with an underscore
        KafkaError._UNKNOWN_PARTITION,  # noqa: SLF001 - its metadata are older than the partition
        KafkaError._UNKNOWN_TOPIC,  # noqa: SLF001
        KafkaError._TIMED_OUT,  # noqa: SLF001
        KafkaError._ALL_BROKERS_DOWN,  # noqa: SLF001
        KafkaError._RESOLVE,  # noqa: SLF001 - names come and go with the brokers that bear them
        KafkaError._WAIT_COORD,  # noqa: SLF001
    }
)
#: What no patience mends.
NOT_ALLOWED = frozenset(
    {
        KafkaError.GROUP_AUTHORIZATION_FAILED,
        KafkaError.TOPIC_AUTHORIZATION_FAILED,
        KafkaError.SASL_AUTHENTICATION_FAILED,
        KafkaError._AUTHENTICATION,  # noqa: SLF001
    }
)
EARLY_SECONDS = 30.0
#: A client that failed so often in a row makes way for a new one: it may keep to a broker that is gone. Not at once,
#: because where the brokers are far or slow, to connect takes longer than a question, and goes on in between.
FAILURES_OF_A_CLIENT = 3
#: The id of a topic that has none: sixteen bytes of nothing, in base64.
NO_ID = "A" * 22
PAUSE_SECONDS = 0.2
WAIT_SECONDS = 2.0
NOTICE_EVERY = 15


def client_settings(kafka: KafkaSettings) -> dict[str, Any]:
    """The settings every confluent-kafka client starts from."""
    settings: dict[str, Any] = {
        "bootstrap.servers": ",".join(kafka.brokers),
        "client.id": "infobip-streams",
        # librdkafka's own lines name no job and repeat for each broker: we say what we wait for.
        "log_level": 0,
    }
    security = kafka.security
    if security is None:
        return settings
    settings["security.protocol"] = security.protocol
    if security.mechanism is not None:
        settings["sasl.mechanism"] = security.mechanism
        settings["sasl.username"] = security.username
        settings["sasl.password"] = security.password.get_secret_value() if security.password else ""
    files = {
        "ssl.ca.location": security.ca_file,
        "ssl.certificate.location": security.certificate_file,
        "ssl.key.location": security.key_file,
    }
    return {**settings, **{name: path for name, path in files.items() if path is not None}}


def faust_brokers(kafka: KafkaSettings) -> str:
    """The brokers as Faust takes them."""
    return ";".join(f"kafka://{quote(broker, safe=':[]')}" for broker in kafka.brokers)


def faust_credentials(kafka: KafkaSettings) -> Any:
    """The credentials as Faust takes them; None for a plain connection."""
    security = kafka.security
    if security is None or security.protocol == "PLAINTEXT":
        return None
    context = None
    if security.protocol.endswith("SSL"):
        context = ssl.create_default_context(cafile=security.ca_file)
        if security.certificate_file is not None:
            context.load_cert_chain(security.certificate_file, security.key_file)
    if security.protocol == "SSL":
        return faust.SSLCredentials(context)
    return faust.SASLCredentials(
        username=security.username,
        password=security.password.get_secret_value() if security.password else "",
        mechanism=security.mechanism,
        ssl_context=context,
    )


class Topics:
    """What topics there are, and the making of those that are missing."""

    def __init__(self, kafka: KafkaSettings) -> None:
        self._kafka = kafka
        self._complaint, self._failures = "", 0
        self._admin = self._client()

    def _client(self) -> AdminClient:
        return AdminClient({**client_settings(self._kafka), "error_cb": self._complain})

    @contextmanager
    def _question(self) -> Iterator[None]:
        """Ask; where no answer comes again and again, the next time by a new client."""
        try:
            yield
        except KafkaException as error:
            if is_early(error):
                self._failures += 1
                if self._failures % FAILURES_OF_A_CLIENT == 0:
                    self._admin = self._client()
            raise
        self._failures = 0

    def _complain(self, error: KafkaError) -> None:
        self._complaint = error.str()

    def heard(self) -> str:
        """What the client last complained of, such as a refused login."""
        return self._complaint

    def partitions(self) -> dict[str, int]:
        """Every topic's number of partitions. Raises KafkaException when no broker answers in time."""
        with self._question():
            listed = self._admin.list_topics(timeout=REQUEST_SECONDS).topics
        return {name: len(topic.partitions) for name, topic in listed.items()}

    def ids(self, names: Collection[str]) -> dict[str, str]:
        """What the brokers call each topic that is there: one that is deleted and made anew has another id (KIP-516).

        A topic without an id, as on brokers that give none, has an empty one. Raises KafkaException when no broker
        answers in time.
        """
        if not names:
            return {}
        found = {}
        with self._question():
            asked = self._admin.describe_topics(TopicCollection(list(names)), request_timeout=REQUEST_SECONDS)
            for name, told in asked.items():
                try:
                    given = told.result().topic_id
                except KafkaException as error:
                    if error.args[0].code() == KafkaError.UNKNOWN_TOPIC_OR_PART:
                        continue
                    raise
                found[name] = "" if given is None or str(given) == NO_ID else str(given)
        return found

    def settings(self, names: Collection[str]) -> dict[str, dict[str, str] | None]:
        """The settings of topics that are there, None where we may not see them.

        Raises KafkaException when no broker answers in time.
        """
        if not names:
            return {}
        found: dict[str, dict[str, str] | None] = {}
        with self._question():
            asked = [ConfigResource(ConfigResource.Type.TOPIC, name) for name in names]
            for resource, told in self._admin.describe_configs(asked, request_timeout=REQUEST_SECONDS).items():
                try:
                    found[resource.name] = {name: str(entry.value) for name, entry in told.result().items()}
                except KafkaException as error:
                    if is_early(error):
                        raise
                    found[resource.name] = None
        return found

    def create(self, name: str, partitions: int, config: Mapping[str, str], *, validate_only: bool = False) -> bool:
        """Create a topic, or with `validate_only` ask whether it could be; False: somebody else has done so.

        Raises KafkaException: the brokers refuse it, or do not answer in time.
        """
        factor = self._kafka.replication_factor
        topic = NewTopic(
            name, partitions, **({} if factor is None else {"replication_factor": factor}), config=dict(config)
        )
        with self._question():
            asked = self._admin.create_topics([topic], request_timeout=REQUEST_SECONDS, validate_only=validate_only)
            try:
                asked[name].result()
            except KafkaException as error:
                if error.args[0].code() != KafkaError.TOPIC_ALREADY_EXISTS:
                    raise
                return False
        if not validate_only:
            log.info("topic_created topic=%s partitions=%d", name, partitions)
        return True

    def grow(self, name: str, partitions: int) -> None:
        """Give a topic more partitions; that it has as many by now is as good.

        Raises KafkaException: the brokers refuse it, or do not answer in time.
        """
        with self._question():
            asked = self._admin.create_partitions([NewPartitions(name, partitions)], request_timeout=REQUEST_SECONDS)
            try:
                asked[name].result()
            except KafkaException as error:
                if error.args[0].code() != KafkaError.INVALID_PARTITIONS or self.partitions().get(name, 0) < partitions:
                    raise
                return
        log.info("topic_grown topic=%s partitions=%d", name, partitions)


def is_early(error: KafkaException) -> bool:
    """Whether the same question may be answered later."""
    return error.args[0].code() in EARLY


def always() -> bool:
    """Stand in for a question that nobody calls off."""
    return True


def patiently(ask: Callable[[], T], wanted: Callable[[], bool] = always) -> T:
    """Ask a broker, and again for a while where the question came too early and the answer is still wanted."""
    deadline = time.monotonic() + EARLY_SECONDS
    while True:
        try:
            return ask()
        except KafkaException as error:
            if not is_early(error) or time.monotonic() > deadline or not wanted():
                raise
        time.sleep(PAUSE_SECONDS)


async def persistently(ask: Callable[[], T], heard: Callable[[], str] = str) -> T:
    """Ask a broker in a thread, and again for as long as the brokers are away; now and then a line says so.

    `heard` tells what the client complained of: a refused login is clearer than the time-out that follows it.
    """
    tries = 0
    while True:
        try:
            return await in_own_thread(ask, "brokers")
        except KafkaException as error:
            if not is_early(error):
                raise
            if tries % NOTICE_EVERY == 0:
                log.warning("brokers_awaited reason=%s", heard() or error.args[0].str())
            tries += 1
        await asyncio.sleep(WAIT_SECONDS)
