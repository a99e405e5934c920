"""What `subscriptions` does: it shows what Infobip is to tell of each number, and ends what is ours."""

from collections.abc import AsyncIterator, Callable, Collection, Iterable, Iterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import datetime

from pydantic import ValidationError

from schemas.config.webhooks import Webhooks
from schemas.configuration import Configuration
from schemas.infobip.inbound import InboundConfiguration
from schemas.jobs import AnyJob
from schemas.jobs.receive_messages import ReceiveMessages
from schemas.records.states import InboundSubscription, JobState
from streams.app.accounts import client_of
from streams.errors import ConfigurationError, StreamsError
from streams.infobip.client import Client
from streams.jobs.receive_messages import account
from streams.jobs.receive_messages.plan import (
    Standing,
    Wanted,
    chosen,
    is_of_another,
    is_ours,
    masked,
    standing_of,
    wanted_by,
)
from streams.jobs.receive_messages.subscription_records import kept_of, tombstone
from streams.jobs.receive_messages.topics import subscription
from streams.jobs.shelf import jobs_named
from streams.kafka.admin import TopicAdmin
from streams.kafka.compacted import read_topic
from streams.kafka.producer import Writer
from streams.kafka.refusals import in_words
from streams.kafka.topics import TopicNames
from streams.operating.status import SILENT_AFTER

COLUMNS = ("job", "key", "channel", "number", "keyword", "url", "state")
#: How a subscription stands, for whoever only looks.
STATES: dict[Standing, str] = {
    "in place": "in place",
    "changed": "changed",
    "lost": "changed",
    "missing": "missing",
    "somebody else's": "somebody else's",
}


@dataclass(frozen=True, slots=True)
class Subscribed:
    """One job, what it wants, what there is at Infobip, and what was kept of it."""

    job: ReceiveMessages
    wanted: Wanted
    found: InboundConfiguration | None
    kept: InboundSubscription | None

    @property
    def standing(self) -> Standing:
        """How it stands."""
        return standing_of(self.wanted, self.found, self.kept)

    @property
    def is_ours(self) -> bool:
        """Whether it may be ended: it tells us, or was made by the job and tells nobody else."""
        return self.found is not None and is_ours(self.wanted, self.found, self.kept)


def receivers_named(configuration: Configuration, names: list[str]) -> list[ReceiveMessages]:
    """The jobs of these names that receive messages; all of them without names.

    Raises:
        ConfigurationError: there is no such job, or it receives none.

    """
    jobs = jobs_named(configuration, names)
    found = [job for job in jobs if isinstance(job, ReceiveMessages)]
    if names and len(found) < len(jobs):
        others = [job for job in jobs if not isinstance(job, ReceiveMessages)]
        raise ConfigurationError([f"'{job.name}' is a job of kind {job.kind}, which receives none" for job in others])
    if not found:
        raise ConfigurationError(["jobs: none is of kind receive_messages"])
    return found


async def gather(configuration: Configuration, jobs: Sequence[ReceiveMessages]) -> list[Subscribed]:
    """What there is of each job; asks brokers and accounts once.

    Raises:
        StreamsError: somebody does not answer.

    """
    kafka, webhooks = configuration.kafka, configuration.webhooks
    assert webhooks is not None  # noqa: S101 - no file has such a job without
    topics = TopicAdmin(kafka)
    with in_words(kafka, topics.client_settings):
        kept = kept_of(topics, TopicNames(kafka.topic_prefix), [job.name for job in jobs])
    found: dict[str, Subscribed] = {}
    for authorization in {job.authorization: None for job in jobs}:
        async with _client(configuration, authorization) as client:
            for job in jobs:
                if job.authorization == authorization:
                    found[job.name] = await _asked(client, job, webhooks, kept.get(job.name))
    return [found[job.name] for job in jobs]


async def _asked(
    client: Client, job: ReceiveMessages, webhooks: Webhooks, kept: InboundSubscription | None
) -> Subscribed:
    wanted = wanted_by(job, webhooks)
    return Subscribed(job, wanted, chosen(wanted, await account.find(client, job), kept), kept)


@asynccontextmanager
async def _client(configuration: Configuration, name: str) -> AsyncIterator[Client]:
    (authorization,) = [one for one in configuration.authorizations if one.name == name]
    client = client_of(authorization)
    try:
        yield client
    finally:
        await client.aclose()


def lines(subscribed: Iterable[Subscribed]) -> Iterator[str]:
    """A line for each, below a heading; no address lets in whoever reads it."""
    rows = [COLUMNS, *(_row(one) for one in subscribed)]
    widths = [max(len(row[column]) for row in rows) for column in range(len(COLUMNS))]
    for row in rows:
        yield "  ".join(f"{text:<{width}}" for text, width in zip(row, widths, strict=True)).rstrip()


def _row(one: Subscribed) -> tuple[str, ...]:
    job, found = one.job, one.found
    key, url = ("-", "-") if found is None else (found.configuration_key, masked(one.wanted, found))
    return (job.name, key, job.channel, job.number, job.keyword or "-", url, STATES[one.standing])


def see_that_none_lives(configuration: Configuration, jobs: Collection[AnyJob], now: datetime, would: str) -> None:
    """See to it that no process runs these jobs: it would undo what is to be done, which `would` says.

    Raises:
        StreamsError: one does, or the brokers do not answer.

    """
    kafka = configuration.kafka
    topics, topic = TopicAdmin(kafka), TopicNames(kafka.topic_prefix).job_states
    with in_words(kafka, topics.client_settings):
        states = _states(topics, topic) if topic in topics.partitions() else []
    names = {job.name for job in jobs}
    living = [
        one for one in states if one.job in names and one.state != "stopped" and now - one.updated_at < SILENT_AFTER
    ]
    if living:
        told = ", ".join(f"'{one.job}' in {one.instance}" for one in living)
        raise StreamsError(
            f"stop first what would {would}: {told} (a process that was killed is taken for dead after "
            f"{SILENT_AFTER.total_seconds():.0f} s)"
        )


def _states(topics: TopicAdmin, topic: str) -> list[JobState]:
    """What each process last said of each job; records of other things are passed over."""
    latest: dict[bytes, JobState | None] = {}
    for message in read_topic(topics.client_settings, topic, [0]):
        try:
            said = JobState.model_validate_json(message.value() or b"")
        except ValidationError:
            said = None
        latest[message.key() or b""] = said
    return [one for one in latest.values() if one is not None]


async def remove(configuration: Configuration, subscribed: Sequence[Subscribed], say: Callable[[str], None]) -> None:
    """End what is ours, and let go of what was kept; what is somebody else's stays as it is. Raises as `gather`."""
    kafka = configuration.kafka
    names = TopicNames(kafka.topic_prefix)
    topics = TopicAdmin(kafka)
    writer = Writer(topics.client_settings)
    try:
        for one in subscribed:
            say(f"{one.job.name}: {await _ended(configuration, one)}")
            if one.kept is not None and is_of_another(one.job, one.kept):
                say(f"{one.job.name}: {one.kept.configuration_key}, of another number or keyword, is left at Infobip")
            if one.kept is not None:
                await writer.write([tombstone(subscription(names, one.job.name), one.job.name)])
    finally:
        await writer.aclose()


async def _ended(configuration: Configuration, one: Subscribed) -> str:
    """End one job's; what was done, in words."""
    found = one.found
    if found is None:
        return "there is none"
    if not one.is_ours:
        return f"configuration {found.configuration_key} is somebody else's, and left as it is"
    async with _client(configuration, one.job.authorization) as client:
        was_there = await account.end(client, found.configuration_key)
    return f"configuration {found.configuration_key} {'ended' if was_there else 'was gone already'}"
