"""The story of messages told from the topics themselves, where there is no history: each is read once, to its end."""

from collections.abc import Callable, Iterator, Mapping
from datetime import timedelta
from functools import partial
from typing import Any

from confluent_kafka import Message
from orjson import loads

from schemas.configuration import Configuration
from schemas.jobs.send_message import SendMessage
from schemas.jobs.store_history import StoreHistory
from streams.history.columns import address
from streams.history.layout import MEMBERSHIPS
from streams.history.rows import Row, Sort, moment_of
from streams.history.steps import Question, Told, entered, in_order, replies_to, told
from streams.history.story import record_of
from streams.jobs.store_history.plan import Arrived, Plan
from streams.jobs.store_history.topics import sorts
from streams.kafka.admin import TopicAdmin
from streams.kafka.compacted import read_topic
from streams.kafka.refusals import in_words
from streams.kafka.topics import TopicNames
from streams.summaries.records import readable

#: The keys of records that name a person's address.
ADDRESSES = ("to", "recipient", "from")
Wanted = Callable[[Mapping[str, Any]], bool]


class Topics:
    """The topics of a file's brokers, read from their beginning to their end as it is now."""

    def __init__(self, configuration: Configuration) -> None:
        self._admin = TopicAdmin(configuration.kafka)
        self._existing = self._admin.partitions()
        sends = [job for job in configuration.jobs if isinstance(job, SendMessage)]
        self._inputs = dict.fromkeys(topic for job in sends for topic in job.topics)
        self._topics = {sort: name for name, sort in sorts(TopicNames(configuration.kafka.topic_prefix)).items()}
        self._plan = Plan(StoreHistory(name="trace", kind="store_history"), {})

    def records(self, sort: Sort, wanted: Wanted) -> Iterator[Told]:
        """The records of a sort that are wanted, as steps."""
        topic = self._topics[sort]
        for message, said in readable(topic, self._messages(topic), _said):
            if wanted(said):
                yield told(sort, said, moment_of(_timestamp(message)))

    def entered(self, wanted: Wanted) -> Iterator[Told]:
        """The membership events of the file's sends that are wanted, of those that enter."""
        for topic in self._inputs:
            for message in self._messages(topic):
                row = self._plan.row(_arrived(message))
                if isinstance(row, Row):
                    said = record_of(MEMBERSHIPS, dict(zip(_MEMBERSHIP, row.values, strict=True)))
                    if wanted(said):
                        yield entered(said, moment_of(_timestamp(message)))

    def _messages(self, topic: str) -> Iterator[Message]:
        return read_topic(self._admin.client_settings, topic, range(self._existing.get(topic, 0)))


_MEMBERSHIP = [column.name for column in MEMBERSHIPS.columns]


def story_of_topics(configuration: Configuration, question: Question, reply_within: timedelta) -> list[Told]:
    """All steps that the topics still hold, in the order of time; blocks for as long as reading them takes.

    Raises:
        StreamsError: the brokers do not answer, or do not let us read.

    """
    kafka = configuration.kafka
    with in_words(kafka, TopicAdmin(kafka).client_settings):
        return in_order(_steps(Topics(configuration), question, reply_within))


def _steps(topics: Topics, question: Question, reply_within: timedelta) -> list[Told]:
    messages = [*topics.records("messages", partial(_is_asked_for, question))]
    ids = {one.said["message_id"] for one in messages} | ({question.message} if question.message else set())
    events = {one.said.get("event_id") for one in messages} | ({question.event} if question.event else set())

    def belongs(said: Mapping[str, Any]) -> bool:
        return said.get("message_id") in ids or (question.message is None and _is_asked_for(question, said))

    found = [*messages, *topics.entered(lambda said: said["event_id"] in events or _is_asked_for(question, said))]
    for sort in ("delivery_reports", "clicks", "message_outcomes"):
        found += topics.records(sort, belongs)
    return found + _replies(topics, question, messages, reply_within)


def _replies(topics: Topics, question: Question, messages: list[Told], within: timedelta) -> list[Told]:
    """What was answered: to the messages, by their ids or their addresses, or from the address that is asked for."""
    ids = {one.said["message_id"] for one in messages}
    known = {address(one.said.get("to") or "") for one in messages} | {question.address}

    def may_belong(said: Mapping[str, Any]) -> bool:
        return said.get("reply_to") in ids or address(said.get("from") or "") in known

    replies = [*topics.records("inbound_messages", may_belong)]
    if question.address is not None or not replies:
        return replies
    every = topics.records("messages", lambda said: address(said.get("to") or "") in known)
    named = [one for one in replies if one.said.get("reply_to")]
    unnamed = [one for one in replies if not one.said.get("reply_to")]
    return [one for one in named if one.said["reply_to"] in ids] + replies_to(messages, every, unnamed, within)


def _is_asked_for(question: Question, said: Mapping[str, Any]) -> bool:
    """Whether a record names what is asked for."""
    if question.message is not None:
        return bool(said.get("message_id") == question.message)
    if question.event is not None:
        return bool(said.get("event_id") == question.event)
    if question.profile is not None:
        return bool(said.get("profile_id") == question.profile)
    return any(address(said[key]) == question.address for key in ADDRESSES if isinstance(said.get(key), str))


def _said(message: Message) -> dict[str, Any]:
    """What a record says. Raises ValueError where it is none of ours."""
    said = loads(message.value() or b"")
    if not isinstance(said, dict):
        raise ValueError("is no object")  # noqa: TRY004 - as what is no JSON
    return said


def _timestamp(message: Message) -> int | None:
    kind, at = message.timestamp()
    return at if kind else None


def _arrived(message: Message) -> Arrived:
    place = (message.topic(), message.partition(), message.offset())
    return Arrived(*place, message.key(), message.value(), message.headers(), _timestamp(message))
