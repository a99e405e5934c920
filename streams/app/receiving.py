"""The receiver in its process: what it listens to, writes and tells; beside jobs, or alone."""

import asyncio
import logging
from collections import Counter
from collections.abc import Iterable, Sequence
from functools import partial
from typing import Any

from schemas.config.webhooks import Webhooks
from schemas.configuration import Configuration
from schemas.jobs import AnyJob
from streams.app.operating import Operated, operated
from streams.app.signals import endings
from streams.errors import JobFailed
from streams.jobs.shelf import kind_of, triggers_of
from streams.kafka.admin import TopicAdmin
from streams.kafka.clients import client_settings
from streams.kafka.producer import RecordWriter, Writer
from streams.kafka.retry import retry_until_available
from streams.kafka.topic_making import create_missing
from streams.kafka.topics import OwnTopics, TopicNames, WantedTopic
from streams.receiver.arriving import reader_of
from streams.receiver.forms import FORMS
from streams.receiver.proofs import Proofs, Signature
from streams.receiver.publishing import Publisher
from streams.receiver.reading import Reading
from streams.receiver.server import Limits, Listener, Receiver

log = logging.getLogger(__name__)

#: Between two lines that say what came.
TELL_SECONDS = 60.0


def is_served(webhooks: Webhooks | None, jobs: Iterable[AnyJob]) -> bool:
    """Whether something is to be listened for: Infobip calls, and a job has it call."""
    return webhooks is not None and webhooks.mode == "push" and any(kind_of(job).hears for job in jobs)


async def serve(configuration: Configuration, topics: TopicAdmin, writer: RecordWriter, seen: Operated) -> None:
    """Make the topics that are missing, and listen until cancelled; what is worked on then is answered first.

    Raises:
        JobFailed: nothing can be listened on there; or the topics are not there, and cannot be made.

    """
    webhooks, kafka = configuration.webhooks, configuration.kafka
    if webhooks is None:
        return
    publisher = Publisher(writer, TopicNames(kafka.topic_prefix), seen.reports)
    made = asyncio.Event()
    seen.readiness.ask("receiver", lambda: None if made.is_set() else "its topics are not there yet")
    receiver = _receiver(webhooks, configuration.jobs, publisher, made)
    receiver.observer = seen.reports
    listener = Listener(receiver, webhooks.host, webhooks.port)
    try:
        await listener.open()
    except OSError as error:
        told = f"webhooks: cannot listen on {webhooks.host}, port {webhooks.port}: {error.strerror}"
        raise JobFailed(told) from error
    log.info("receiver_started host=%s port=%d", webhooks.host, listener.port)
    wanted = partial(_wanted, configuration)
    try:
        await retry_until_available(partial(create_missing, "receiver", kafka, topics, wanted))
        made.set()
        while True:
            await asyncio.sleep(TELL_SECONDS)
            _tell(receiver.counted)
    finally:
        await listener.close()
        _tell(receiver.counted)
        log.info("receiver_stopped")


async def receive(configuration: Configuration) -> None:
    """Serve alone until told to stop.

    Raises:
        StreamsError: nothing can be listened on, or written.

    """
    stopping, loop = asyncio.Event(), asyncio.get_running_loop()
    for number in endings():
        loop.add_signal_handler(number, stopping.set)
    async with operated(configuration.operations, stopping) as seen:
        await _receive(configuration, stopping, seen)


async def _receive(configuration: Configuration, stopping: asyncio.Event, seen: Operated) -> None:
    kafka = configuration.kafka
    settings = client_settings(kafka)
    writer = Writer(settings)
    works: list[asyncio.Task[Any]] = [
        asyncio.create_task(stopping.wait()),
        asyncio.create_task(writer.lost.wait()),
        asyncio.create_task(serve(configuration, TopicAdmin(kafka, settings), writer, seen)),
    ]
    try:
        async with seen.watching(TopicAdmin(kafka, settings)):
            await asyncio.wait(works, return_when=asyncio.FIRST_COMPLETED)
        if writer.failure is not None:
            raise writer.failure
        if works[-1].done():
            works[-1].result()
    finally:
        for work in works:
            work.cancel()
        await asyncio.gather(*works, return_exceptions=True)
        await writer.aclose()


def _wanted(configuration: Configuration, existing: dict[str, int]) -> list[WantedTopic]:
    """What the receiver writes: as the jobs of the file have it that hear of it."""
    kafka, webhooks = configuration.kafka, configuration.webhooks
    own = [OwnTopics(job, kafka, existing, webhooks) for job in configuration.jobs]
    found = [one for each in own for one in [*each.of_feedback(), each.dead_letters()]]
    return list({one.name: one for one in sorted(found, key=lambda one: one.partitions)}.values())


def _receiver(webhooks: Webhooks, jobs: Sequence[AnyJob], publisher: Publisher, made: asyncio.Event) -> Receiver:
    """What takes reports; until the topics are `made`, whoever waits for them is told to come again."""
    hmac = webhooks.hmac
    signature = None if hmac is None else Signature(hmac.header, hmac.algorithm.lower(), hmac.encoding)

    async def publish(what: Any, channel: Any, records: Sequence[Any], unreadable: Sequence[Any]) -> None:
        await made.wait()
        await publisher.publish(what, channel, Reading(records, unreadable))

    read: Any = reader_of(webhooks, triggers_of(jobs)).posted
    return Receiver(
        Proofs(webhooks.secrets, webhooks.tokens, signature),
        FORMS.keys(),
        read,
        publish,
        Limits(webhooks.max_body_bytes),
    )


def _tell(counted: Counter[str]) -> None:
    """Say what came, where anything did; and count anew."""
    if counted["refused"]:
        log.warning("requests_refused requests=%d: not proven, or no such address", counted["refused"])
    if counted.total():
        log.info("reports_received %s", " ".join(f"{name}={number}" for name, number in sorted(counted.items())))
    counted.clear()
