"""What is asked of brokers about topics, and the making of those that are missing."""

import logging
from collections.abc import Collection, Iterable, Iterator, Mapping
from concurrent.futures import Future
from contextlib import contextmanager
from typing import Any, TypeVar

from confluent_kafka import KafkaError, KafkaException, TopicCollection
from confluent_kafka.admin import AdminClient, ConfigResource, NewPartitions, NewTopic

from schemas.config.kafka import KafkaSettings
from streams.errors import NotAllowed
from streams.kafka.clients import client_settings
from streams.kafka.refusals import Asked, not_allowed, raise_in_words
from streams.kafka.retry import REQUEST_SECONDS, is_retriable, is_time_out
from streams.kafka.tokens import NoToken, Tokens

log = logging.getLogger(__name__)

T = TypeVar("T")

#: A client that had to wait in vain so often makes way for a new one: it may keep to a broker that is gone. Not at
#: once, because where the brokers are far or slow, to connect takes longer than a question, and goes on in between.
PATIENCE_WITH_A_CLIENT = 3
#: The id of a topic that has none: sixteen bytes of nothing, in base64.
NO_ID = "A" * 22
#: What is answered of a topic that is not there, or that we may not know of.
UNSEEN = frozenset({KafkaError.UNKNOWN_TOPIC_OR_PART, KafkaError.TOPIC_AUTHORIZATION_FAILED})


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
    def _question(self) -> Iterator[AdminClient]:
        """Ask a client; where its answer was no good, or none came again and again, the next is asked of a new one.

        Whoever asks holds the client until it has answered: one that nobody holds ends, and its answers may never come.
        """
        admin = self._admin
        try:
            yield admin
        except KafkaException as error:
            if is_retriable(error):
                # What it complains of is heard only when it is asked for.
                admin.poll(0)
                if admin is self._admin:  # else others have been told so too, and there is a new one already
                    self._waited += 1
                    if not is_time_out(error) or self._waited >= PATIENCE_WITH_A_CLIENT:
                        self._admin, self._waited = self._client(), 0
            raise

    @property
    def brokers(self) -> str:
        """Their addresses."""
        return ",".join(self._kafka.brokers)

    def partitions(self) -> dict[str, int]:
        """Every topic's number of partitions. Raises KafkaException when no broker answers in time."""
        with self._question() as admin:
            listed = admin.list_topics(timeout=REQUEST_SECONDS).topics
        return {name: len(topic.partitions) for name, topic in listed.items()}

    def counts(self, names: Collection[str]) -> dict[str, int]:
        """The partitions of those of the topics that are there, and that we may know of; nobody else is asked for.

        Raises KafkaException when no broker answers in time.
        """
        found = {}
        with self._question() as admin:
            asked = admin.describe_topics(TopicCollection(list(names)), request_timeout=REQUEST_SECONDS)
            for name, told in asked.items():
                try:
                    found[name] = len(_told(told).partitions)
                except KafkaException as error:
                    if error.args[0].code() not in UNSEEN:
                        raise
        return found

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
        with self._question() as admin:
            told = admin.describe_topics(TopicCollection(asked), request_timeout=REQUEST_SECONDS)
            for name, one in told.items():
                try:
                    _told(one)
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
        with self._question() as admin:
            asked = admin.describe_topics(TopicCollection(list(names)), request_timeout=REQUEST_SECONDS)
            for name, told in asked.items():
                try:
                    given = _told(told).topic_id
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
        with self._question() as admin:
            asked = [ConfigResource(ConfigResource.Type.TOPIC, name) for name in names]
            for resource, told in admin.describe_configs(asked, request_timeout=REQUEST_SECONDS).items():
                try:
                    found[resource.name] = {name: str(entry.value) for name, entry in _told(told).items()}
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
        with self._question() as admin:
            asked = admin.create_topics([topic], request_timeout=REQUEST_SECONDS, validate_only=validate_only)
            try:
                _told(asked[name])
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
        with self._question() as admin:
            wanted = [NewPartitions(name, partitions)]
            asked = admin.create_partitions(wanted, request_timeout=REQUEST_SECONDS, validate_only=validate_only)
            try:
                _told(asked[name])
            except KafkaException as error:
                if error.args[0].code() != KafkaError.INVALID_PARTITIONS or self.partitions().get(name, 0) < partitions:
                    raise
                return
        if not validate_only:
            log.info("topic_grown topic=%s partitions=%d", name, partitions)


def _told(answer: "Future[T]") -> T:
    """What a client answers. Blocks until it does.

    An error is raised anew: the answer's own would hold whoever asked, and the client, until garbage is looked for.
    """
    error = answer.exception()
    if error is not None:
        raise error.__class__(*error.args)
    return answer.result()
