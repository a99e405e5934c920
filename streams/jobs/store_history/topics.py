"""The topics of ours that a history is made of."""

from collections.abc import Mapping, Sequence

from schemas.jobs.store_history import StoreHistory
from streams.history.rows import Sort
from streams.kafka.topics import OwnTopics, TopicNames, WantedTopic


def sorts(names: TopicNames) -> Mapping[str, Sort]:
    """What each topic holds."""
    return {
        names.messages: "messages",
        names.delivery_reports: "delivery_reports",
        names.clicks: "clicks",
        names.inbound_messages: "inbound_messages",
        names.message_outcomes: "message_outcomes",
    }


def read(_: StoreHistory, names: TopicNames) -> Sequence[str]:
    """What is read: all of it, whoever writes it."""
    return [*sorts(names)]


def wanted(_: StoreHistory, own: OwnTopics) -> list[WantedTopic]:
    """What is read: it is made where it is missing, for who writes it may come later."""
    return own.of_history()
