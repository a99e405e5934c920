"""What Infobip tells a job of, kept in a compacted topic: so that its own configuration is known from others'."""

import logging
from collections.abc import Callable, Iterable
from typing import Any

from pydantic import ValidationError

from schemas.records.states import InboundSubscription
from streams.jobs.receive_messages.topics import subscription
from streams.kafka.admin import TopicAdmin
from streams.kafka.compacted import read_topic
from streams.kafka.producer import OutgoingRecord
from streams.kafka.retry import always
from streams.kafka.topics import TopicNames

log = logging.getLogger(__name__)


def read_kept(settings: dict[str, Any], topic: str, wanted: Callable[[], bool] = always) -> InboundSubscription | None:
    """What was kept last; None where nothing was, or a tombstone. The topic must be there. Raises as `read_topic`."""
    latest = None
    for message in read_topic(settings, topic, [0], wanted):
        try:
            value = message.value()
            latest = None if value is None else InboundSubscription.model_validate_json(value)
        except ValidationError:
            log.warning("subscription_unreadable topic=%s offset=%d", topic, message.offset())
    return latest


def kept_of(topics: TopicAdmin, names: TopicNames, jobs: Iterable[str]) -> dict[str, InboundSubscription]:
    """What was kept of these jobs, by their names; blocks as reading does.

    Raises:
        KafkaException: the brokers do not answer.
        NotAllowed: they do not let us read.

    """
    existing = topics.partitions()
    wanted = {job: subscription(names, job) for job in jobs}
    read = {job: read_kept(topics.client_settings, topic) for job, topic in wanted.items() if topic in existing}
    return {job: kept for job, kept in read.items() if kept is not None}


def record(topic: str, kept: InboundSubscription) -> OutgoingRecord:
    """What keeps it."""
    return OutgoingRecord(topic, kept.job.encode(), kept.model_dump_json().encode())


def tombstone(topic: str, job: str) -> OutgoingRecord:
    """What lets go of it."""
    return OutgoingRecord(topic, job.encode(), None)
