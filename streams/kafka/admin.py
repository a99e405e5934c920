"""What is asked of brokers about topics, and how: for a while, or for as long as they are away."""

import asyncio
import logging
import time
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass
from functools import partial
from typing import Any, TypeVar

from confluent_kafka import KafkaError, KafkaException, TopicCollection
from confluent_kafka.admin import AdminClient, ConfigResource, NewPartitions, NewTopic

from schemas.config.kafka import KafkaSettings
from streams.errors import NotAllowed
from streams.kafka.clients import client_settings
from streams.kafka.complaints import complaints_of
from streams.kafka.refusals import Asked, Why, not_allowed, raise_in_words, why
from streams.kafka.threads import in_own_thread
from streams.kafka.tokens import NoToken, Tokens

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
FATAL = frozenset(
    {
        KafkaError.GROUP_AUTHORIZATION_FAILED,
        KafkaError.TOPIC_AUTHORIZATION_FAILED,
        KafkaError.SASL_AUTHENTICATION_FAILED,
        KafkaError._AUTHENTICATION,  # noqa: SLF001
    }
)
EARLY_SECONDS = 30.0
#: A client that had to wait in vain so often makes way for a new one: it may keep to a broker that is gone. Not at
#: once, because where the brokers are far or slow, to connect takes longer than a question, and goes on in between.
PATIENCE_WITH_A_CLIENT = 3
#: The id of a topic that has none: sixteen bytes of nothing, in base64.
NO_ID = "A" * 22
PAUSE_SECONDS = 0.2
WAIT_SECONDS = 2.0
NOTICE_EVERY = 15
#: A login or a certificate is refused for good when it was so often in a row: brokers that start may do so once.
REFUSALS = 3


class TopicAdmin:
    """What topics there are, and the making of those that are missing."""

    def __init__(self, kafka: KafkaSettings, settings: Mapping[str, Any] | None = None) -> None:
        self._kafka = kafka
        #: What its client is made of; others that are made of it complain in the same place.
        self.client_settings = dict(client_settings(kafka) if settings is None else settings)
        self._waited = 0
        self._admin = self._client()

    def _client(self) -> AdminClient:
        if isinstance(tokens := self.client_settings.get("oauth_cb"), Tokens):
            # A client without a token would wait for ten seconds, and tell less.
            try:
                tokens.get()
            except NoToken as error:
                raise NotAllowed(f"kafka.security.token_provider: {error}") from error
        return AdminClient(self.client_settings)

    @contextmanager
    def _question(self) -> Iterator[None]:
        """Ask; where the answer was no good, or none came again and again, the next time by a new client."""
        try:
            yield
        except KafkaException as error:
            if is_retriable(error):
                # What it complains of is heard only when it is asked for.
                self._admin.poll(0)
                self._waited += 1
                if not is_time_out(error) or self._waited == PATIENCE_WITH_A_CLIENT:
                    self._admin, self._waited = self._client(), 0
            raise

    @property
    def brokers(self) -> str:
        """Their addresses."""
        return ",".join(self._kafka.brokers)

    def partitions(self) -> dict[str, int]:
        """Every topic's number of partitions. Raises KafkaException when no broker answers in time."""
        with self._question():
            listed = self._admin.list_topics(timeout=REQUEST_SECONDS).topics
        return {name: len(topic.partitions) for name, topic in listed.items()}

    def see(self, names: Collection[str]) -> dict[str, int]:
        """The partitions of those of the topics that are there.

        Raises:
            NotAllowed: of one of them no ACL lets us know whether it is there.
            KafkaException: no broker answers in time.

        """
        existing = self.partitions()
        if hidden := self.hidden(sorted(set(names) - existing.keys())):
            raise not_allowed(self.brokers, "; ".join(f"READ topic {name}" for name in hidden))
        return {name: existing[name] for name in names if name in existing}

    def hidden(self, names: Iterable[str]) -> list[str]:
        """Those of the topics of which no ACL lets us know whether they are there.

        Raises KafkaException when no broker answers in time.
        """
        found: list[str] = []
        asked = list(names)
        if not asked:
            return found
        with self._question():
            told = self._admin.describe_topics(TopicCollection(asked), request_timeout=REQUEST_SECONDS)
            for name, one in told.items():
                try:
                    one.result()
                except KafkaException as error:
                    if error.args[0].code() == KafkaError.TOPIC_AUTHORIZATION_FAILED:
                        found.append(name)
                    elif is_retriable(error) and error.args[0].code() != KafkaError.UNKNOWN_TOPIC_OR_PART:
                        raise
        return found

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
                    raise_in_words(Asked(self.brokers, topic=name), error)
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
                    if is_retriable(error):
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

    def grow(self, name: str, partitions: int, *, validate_only: bool = False) -> None:
        """Give a topic more partitions, or with `validate_only` ask whether it could be; as many by now is as good.

        Raises KafkaException: the brokers refuse it, or do not answer in time.
        """
        with self._question():
            wanted = [NewPartitions(name, partitions)]
            asked = self._admin.create_partitions(wanted, request_timeout=REQUEST_SECONDS, validate_only=validate_only)
            try:
                asked[name].result()
            except KafkaException as error:
                if error.args[0].code() != KafkaError.INVALID_PARTITIONS or self.partitions().get(name, 0) < partitions:
                    raise
                return
        if not validate_only:
            log.info("topic_grown topic=%s partitions=%d", name, partitions)


def is_retriable(error: KafkaException) -> bool:
    """Whether the same question may be answered later."""
    return error.args[0].code() in EARLY


def is_time_out(error: KafkaException) -> bool:
    """Whether nobody answered in time."""
    return bool(error.args[0].code() == KafkaError._TIMED_OUT)  # noqa: SLF001 - the library's own code


def always() -> bool:
    """Stand in for a question that nobody calls off."""
    return True


def retry_for_a_while(ask: Callable[[], T], wanted: Callable[[], bool] = always) -> T:
    """Ask a broker, and again for a while where the question came too early and the answer is still wanted."""
    deadline = time.monotonic() + EARLY_SECONDS
    while True:
        try:
            return ask()
        except KafkaException as error:
            if not is_retriable(error) or time.monotonic() > deadline or not wanted():
                raise
        time.sleep(PAUSE_SECONDS)


@dataclass(frozen=True, slots=True)
class Asker:
    """On whose behalf brokers are asked, and which."""

    job: str
    kafka: KafkaSettings
    settings: Mapping[str, Any]

    def why(self, error: KafkaError, since: float) -> Why:
        """Why a question that began then had no answer; blocks for some seconds."""
        return why(self.kafka, complaints_of(self.settings), error, since)


#: Who asks in this task, and in those that it starts.
ASKER: ContextVar[Asker | None] = ContextVar("ASKER", default=None)


async def retry_until_available(ask: Callable[[], T]) -> T:
    """Ask a broker in a thread, and again for as long as the brokers are away; now and then a line says so.

    Raises:
        NotAllowed: the brokers are there, and refuse us time and again.
        KafkaException: any other answer that waiting does not change.

    """
    asker, tries, refusals = ASKER.get(), 0, 0
    while True:
        began = time.monotonic()
        try:
            return await in_own_thread(ask, "brokers")
        except KafkaException as error:
            if not is_retriable(error):
                raise
            reason = error.args[0]
        if tries % NOTICE_EVERY == 0 or refusals:
            told = Why(reason.str(), final=False)
            if asker is not None:
                told = await in_own_thread(partial(asker.why, reason, began), "knock")
            refusals = refusals + 1 if told.final else 0
            if refusals == REFUSALS:
                raise NotAllowed(told.text)
            if tries % NOTICE_EVERY == 0:
                log.warning("brokers_awaited job=%s reason=%s", "" if asker is None else asker.job, told.text)
        tries += 1
        await asyncio.sleep(WAIT_SECONDS)
