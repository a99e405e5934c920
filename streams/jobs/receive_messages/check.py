"""What `check --online` asks an account for a job that receives messages."""

import asyncio
from collections.abc import Iterable, Iterator
from datetime import UTC, datetime
from functools import partial

from schemas.configuration import Configuration
from schemas.infobip.inbound import InboundConfiguration
from schemas.jobs.receive_messages import ReceiveMessages
from schemas.records.states import InboundSubscription
from streams.errors import StreamsError
from streams.infobip.client import Client
from streams.jobs.kind import Findings, Say
from streams.jobs.receive_messages import account
from streams.jobs.receive_messages.plan import (
    Standing,
    Wanted,
    chosen,
    difference,
    refusal,
    standing_of,
    wanted_by,
    what_becomes,
)
from streams.jobs.receive_messages.subscription_records import kept_of
from streams.kafka.admin import TopicAdmin
from streams.kafka.refusals import in_words
from streams.kafka.topics import TopicNames


async def prove(client: Client, job: ReceiveMessages) -> bool:
    """Prove that the key may read the configurations of the number."""
    await account.find(client, job)
    return True


async def check(client: Client, job: ReceiveMessages, configuration: Configuration, say: Say) -> Findings:
    """Who is told of what people write to the number; what a run will make or change is said."""
    if configuration.webhooks is None:
        return Findings()
    wanted = wanted_by(job, configuration.webhooks)
    found = await account.find(client, job)
    kept = await asyncio.to_thread(partial(_kept, job, configuration, say))
    own = chosen(wanted, found, kept)
    standing = standing_of(wanted, own, kept)
    for line in (*_beside(job, own, found), f"{_named(job)}: {_in_words(job, wanted, standing, own)}"):
        say(line)
    refused = refusal(job, standing, own, kept, datetime.now(UTC))
    return Findings([] if refused is None else [f"number: {refused}"], proves=True)


def _kept(job: ReceiveMessages, configuration: Configuration, say: Say) -> InboundSubscription | None:
    """What the job has had before; brokers that do not tell are a fault that is found by itself."""
    kafka = configuration.kafka
    topics = TopicAdmin(kafka)
    try:
        with in_words(kafka, topics.client_settings):
            return kept_of(topics, TopicNames(kafka.topic_prefix), [job.name]).get(job.name)
    except StreamsError as error:
        say(f"{_named(job)}: what the job had before was not looked at, because {error}")
        return None


def _named(job: ReceiveMessages) -> str:
    return f"number {job.number} on {job.channel}, {_of(job.keyword)}"


def _of(keyword: str | None) -> str:
    return f"keyword {keyword}" if keyword else "no keyword"


def _beside(
    job: ReceiveMessages, own: InboundConfiguration | None, found: Iterable[InboundConfiguration]
) -> Iterator[str]:
    """What else is told of the number."""
    for one in found:
        if one is not own:
            which = f"number {job.number} on {job.channel}, {_of(one.keyword)}"
            yield f"{which}: configuration {one.configuration_key} {what_becomes(one)}"


def _in_words(job: ReceiveMessages, wanted: Wanted, standing: Standing, own: InboundConfiguration | None) -> str:
    """How the job's own configuration stands."""
    if own is None:
        return "will be subscribed to"
    told = f"configuration {own.configuration_key}"
    match standing:
        case "in place":
            return f"{told} is in place"
        case "changed":
            return f"{told} will be changed ({', '.join(difference(wanted, own))})"
        case _:
            taken = "; it will be taken over" if job.take_over else ""
            return f"{told} {what_becomes(own)}, which is not ours{taken}"
