"""A verification made ready, for a command or a process of the job: its ledger on disk, its truth, its people."""

from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

from schemas.config.kafka import KafkaSettings
from schemas.jobs.export_audience import ExportAudience
from streams.infobip.client import Client
from streams.jobs.export_audience.account import known_attributes
from streams.jobs.export_audience.fields import compile_fields
from streams.jobs.export_audience.membership_topics import doors_of
from streams.jobs.export_audience.verification import store
from streams.jobs.export_audience.verification.ledger import Convert, Ledger
from streams.jobs.export_audience.verification.people import People, Perform
from streams.jobs.export_audience.verification.truth import Truth
from streams.jobs.export_audience.verification.verification import Say, Verification
from streams.kafka.admin import TopicAdmin
from streams.kafka.threads import in_own_thread
from streams.kafka.topics import TopicNames

#: What is fetched ahead of what is read.
AHEAD_KILOBYTES = 4096


@dataclass(frozen=True, slots=True)
class Setting:
    """Where a verification takes place: brokers, and what makes calls until Infobip has had its last word."""

    kafka: KafkaSettings
    settings: dict[str, Any]
    topics: TopicAdmin
    client: Client
    perform: Perform


@dataclass(frozen=True, slots=True)
class Ready:
    """A verification that is about to begin, and what it is made of; the ledger is open as long as it is given."""

    ledger: Ledger
    truth: Truth
    work: Verification


@asynccontextmanager
async def ready(
    job: ExportAudience, setting: Setting, *, sample: int | None, fields: bool, say: Say, wait: bool
) -> AsyncGenerator[Ready, None]:
    """Give a verification that has not begun; `say` is told how far it comes. With `wait` outages are waited for.

    Raises:
        JobFailed: nothing can be kept in `kafka.state_dir`.
        StreamsError: Infobip is not to be asked for attributes.

    """
    kafka = setting.kafka
    convert = await conversion(setting.client, job, wait=wait) if fields else None
    settings = {**setting.settings, "queued.max.messages.kbytes": AHEAD_KILOBYTES}
    doors = doors_of(kafka, settings, setting.topics, job, TopicNames(kafka.topic_prefix))
    folder = Path(kafka.state_dir) / f"verify_{job.name}"
    kept = await in_own_thread(partial(store.empty, folder), "verify")
    try:
        ledger = Ledger(job, kept, convert)
        truth = Truth(job, doors, ledger)
        people = People(job, setting.perform, fields=fields)
        yield Ready(ledger, truth, Verification(ledger, truth, people, sample, say))
    finally:
        await in_own_thread(kept.discard, "verify")


async def conversion(client: Client, job: ExportAudience, *, wait: bool) -> Convert:
    """What converts a profile's fields, by the account's attributes. Raises as `ready`."""
    attributes = await known_attributes(client, job, wait=wait)
    targets = {path: (target.to, target.type) for path, target in job.map_fields.items()}
    return compile_fields(targets, attributes.types, attributes.object_schemas)
