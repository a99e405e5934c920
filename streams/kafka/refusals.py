"""Why brokers take no client of ours, or let it not do what it must: in words that say what to change."""

import re
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any, NamedTuple, Never

from confluent_kafka import KafkaError, KafkaException

from schemas.config.kafka import KafkaSettings
from streams.errors import NotAllowed, StreamsError
from streams.kafka.complaints import LOGIN_REFUSED, Complaint, Complaints, complaints_of
from streams.kafka.knock import Away, Refusal, knock

#: How a complaint of librdkafka's begins and ends: whom it was talking to, and what it was doing.
_COMPLAINT = re.compile(r"(?:\w+://)?(?P<address>[^/\s]+)/\S+: (?P<words>.*?)(?: \(after [^()]*\))?", re.DOTALL)
#: What a client hears where brokers do not take it, or are away.
UNHEARD = frozenset(
    {
        KafkaError._TRANSPORT,  # noqa: SLF001 - the client library's own codes begin with an underscore
        KafkaError._TIMED_OUT,  # noqa: SLF001
        KafkaError._ALL_BROKERS_DOWN,  # noqa: SLF001
        KafkaError._RESOLVE,  # noqa: SLF001
        KafkaError._SSL,  # noqa: SLF001
        *LOGIN_REFUSED,
    }
)
WHERE = "`infobip-streams topics --acls` lists all that are needed"


class Why(NamedTuple):
    """Why brokers do not answer; `final` where waiting changes nothing."""

    text: str
    final: bool


@dataclass(frozen=True, slots=True)
class Asked:
    """What was asked of brokers, for whoever must grant it: an operation on a topic, in a group, under a name."""

    brokers: str
    operation: str = "READ"
    topic: str = ""
    group: str = ""
    name: str = ""

    def refused(self, error: KafkaError) -> NotAllowed | None:
        """What no ACL allows, if that is what an error says."""
        match error.code():
            case KafkaError.TOPIC_AUTHORIZATION_FAILED if self.topic:
                return not_allowed(self.brokers, f"{self.operation} topic {self.topic}")
            case KafkaError.GROUP_AUTHORIZATION_FAILED if self.group:
                return not_allowed(self.brokers, f"READ group {self.group}")
            case KafkaError.TRANSACTIONAL_ID_AUTHORIZATION_FAILED if self.name:
                return not_allowed(self.brokers, f"WRITE transactional id {self.name}")
            case KafkaError.CLUSTER_AUTHORIZATION_FAILED:
                return NotAllowed(f"{self.brokers}: no ACL lets us WRITE any topic: grant it; {WHERE}")
        return None


def raise_in_words(asked: Asked, error: KafkaException) -> Never:
    """Raise an error in the words of who must change something, where it is about a permission; else as it is."""
    refusal = asked.refused(error.args[0])
    if refusal is not None:
        raise refusal from error
    raise error


def not_allowed(brokers: str, what: str) -> NotAllowed:
    """Say which permission is missing: an operation and a resource, or several."""
    return NotAllowed(f"{brokers}: no ACL lets us {what}: grant it; {WHERE}")


def brokers_of(settings: Mapping[str, Any]) -> str:
    """The addresses that a client is made with."""
    return str(settings.get("bootstrap.servers", "the brokers"))


def why(kafka: KafkaSettings, complaints: Complaints, error: KafkaError, since: float) -> Why:
    """Why a question that began then (by the monotonic clock) had no answer; blocks for some seconds."""
    brokers = ",".join(kafka.brokers)
    if token := complaints.token(since):
        return Why(f"{brokers}: kafka.security.token_provider: {token}", final=False)
    complaint = complaints.worst(since)
    if error.code() in UNHEARD:
        try:
            knock(kafka.brokers, kafka.security)
        except Refusal as refusal:
            return Why(str(refusal), final=True)
        except Away as away:
            if complaint is None or complaint.code not in LOGIN_REFUSED:
                return Why(str(away), final=False)
    if complaint is not None and complaint.code in LOGIN_REFUSED:
        return Why(_login(kafka, complaint), final=True)
    return Why(f"{brokers}: {error.str() if complaint is None else _parted(complaint)[1]}", final=False)


def _login(kafka: KafkaSettings, complaint: Complaint) -> str:
    address, words = _parted(complaint)
    who = address or ",".join(kafka.brokers)
    security = kafka.security
    if security is None or security.username is None:
        return f"{who}: it refuses our token ({words}): see kafka.security.token_provider"
    return f"{who}: it refuses the login of {security.username} ({words}): see kafka.security.username and password"


def _parted(complaint: Complaint) -> tuple[str, str]:
    """Whom a complaint is about, and what it says."""
    parts = _COMPLAINT.fullmatch(complaint.text)
    if parts is None:
        return "", complaint.text
    return parts["address"], " ".join(parts["words"].split())


@contextmanager
def in_words(kafka: KafkaSettings, settings: Mapping[str, Any]) -> Iterator[None]:
    """Say in one line why brokers did not answer a command.

    Raises:
        StreamsError: in the place of KafkaException; it names the addresses.

    """
    began = time.monotonic()
    try:
        yield
    except KafkaException as error:
        told = why(kafka, complaints_of(settings), error.args[0], began)
        raise StreamsError(f"kafka.brokers: {told.text}") from error
