"""What the demo finds in the topics."""

from collections import Counter
from collections.abc import Collection, Iterator, Mapping
from typing import Any

import orjson
from confluent_kafka import Message as Record
from confluent_kafka.admin import AdminClient

from schemas.config.history import History
from schemas.jobs.track_messages import WAIT_FOR_REPLY
from schemas.records.delivery_report import DeliveryReport
from schemas.records.message import Message
from schemas.records.message_outcome import MessageOutcome
from schemas.records.outcomes import Flush
from streams.history.steps import Question
from streams.history.story import story
from streams.kafka.compacted import read_topic

CONTACTS, MESSAGES = "infobip_contacts", "infobip_messages"
REPORTS, CLICKS = "infobip_delivery_reports", "infobip_clicks"
INBOUND, CONSENTS = "infobip_inbound_messages", "infobip_consents"
OUTCOMES = "infobip_message_outcomes"


def contacts_of(settings: dict[str, Any]) -> dict[str, list[str]]:
    """Each contact's tags, as a consumer that reads committed sees them now."""
    contacts: dict[str, list[str]] = {}
    for message in _records(settings, CONTACTS):
        contacts[(message.key() or b"").decode()] = orjson.loads(message.value() or b"{}").get("infobip_tags", [])
    return contacts


def as_infobip_has_them(contacts: Mapping[str, list[str]], people: Mapping[str, frozenset[str]]) -> int:
    """How many contacts have the tags that their person has; both are by id."""
    return sum(set(tags) == people[key] for key, tags in contacts.items())


def outcomes_of(settings: dict[str, Any], job: str) -> Counter[str]:
    """How many events of a job had which outcome."""
    outcomes: Counter[str] = Counter()
    for message in _records(settings, "infobip_flushes"):
        flush = Flush.model_validate_json(message.value() or b"")
        if flush.job == job:
            outcomes.update(flush.outcomes)
    return outcomes


def statuses_of(settings: dict[str, Any]) -> Counter[str]:
    """How the messages went, each counted once however often it was told."""
    told = {}
    for record in _records(settings, MESSAGES):
        message = Message.model_validate_json(record.value() or b"")
        told[message.message_id] = message.message_status
    return Counter(told.values())


def told_of(settings: dict[str, Any]) -> Counter[str]:
    """What came back of the messages, each once however often it was told."""
    told: Counter[str] = Counter()
    for topic, name in ((CLICKS, "click_id"), (INBOUND, "inbound_id"), (CONSENTS, "address")):
        told[topic] = len({orjson.loads(record.value() or b"{}")[name] for record in _records(settings, topic)})
    reports = [DeliveryReport.model_validate_json(record.value() or b"") for record in _records(settings, REPORTS)]
    told.update(
        Counter(
            {one.report_id: str(one.status_group_name).lower() for one in reports if one.job == "order-sms"}.values()
        )
    )
    return told


def verdicts_of(settings: dict[str, Any]) -> dict[str, MessageOutcome]:
    """The last word on each message."""
    verdicts = {}
    for record in _records(settings, OUTCOMES):
        verdict = MessageOutcome.model_validate_json(record.value() or b"")
        verdicts[verdict.message_id] = verdict
    return verdicts


def told_whole(settings: dict[str, Any], clicked: Collection[str], answered: Collection[str]) -> int:
    """On how many messages the last word is there, with the click and the reply of those that have one."""
    return sum(
        (one.to not in clicked or bool(one.urls)) and (one.to not in answered or one.reply is not None)
        for one in verdicts_of(settings).values()
    )


def steps_stored(history: History, message_id: str) -> int:
    """How many sorts of steps of a message's life the history has, the outcome only with its reply."""
    told = story(history, Question(message=message_id), WAIT_FOR_REPLY)
    return len({one.step for one in told if one.step != "outcome" or one.said.get("reply")})


def count(settings: dict[str, Any], topic: str) -> int:
    """How many records a topic has."""
    return sum(1 for _ in _records(settings, topic))


def _records(settings: dict[str, Any], topic: str) -> Iterator[Record]:
    partitions = AdminClient(settings).list_topics(timeout=10).topics[topic].partitions
    return read_topic(settings, topic, range(len(partitions)))
