"""What the demo finds: in the topics, and in the simulated Infobip."""

from collections import Counter
from collections.abc import Iterator
from typing import Any

import orjson
from confluent_kafka import Message as Record
from confluent_kafka.admin import AdminClient

from schemas.records.delivery_report import DeliveryReport
from schemas.records.message import Message
from schemas.records.outcomes import Flush
from streams.kafka.compacted import read_topic
from streams.simulator import Simulator

CONTACTS, MESSAGES = "infobip_contacts", "infobip_messages"
REPORTS, CLICKS = "infobip_delivery_reports", "infobip_clicks"
INBOUND, CONSENTS = "infobip_inbound_messages", "infobip_consents"


def tagged(simulator: Simulator, tag: str) -> int:
    """How many people have a tag."""
    return sum(1 for _ in simulator.account.tagged(tag))


def contacts_of(settings: dict[str, Any]) -> dict[str, list[str]]:
    """Each contact's tags, as a consumer that reads committed sees them now."""
    contacts: dict[str, list[str]] = {}
    for message in _records(settings, CONTACTS):
        contacts[(message.key() or b"").decode()] = orjson.loads(message.value() or b"{}").get("infobip_tags", [])
    return contacts


def as_infobip_has_them(contacts: dict[str, list[str]], simulator: Simulator) -> int:
    """How many contacts have the tags that their person has."""
    people = simulator.account.people
    return sum(set(tags) == people[int(key)].tag_names for key, tags in contacts.items())


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


def count(settings: dict[str, Any], topic: str) -> int:
    """How many records a topic has."""
    return sum(1 for _ in _records(settings, topic))


def _records(settings: dict[str, Any], topic: str) -> Iterator[Record]:
    partitions = AdminClient(settings).list_topics(timeout=10).topics[topic].partitions
    return read_topic(settings, topic, range(len(partitions)))
