"""The sum kept by one process of all: it counts what is told, and writes the sum now and then, all of it or nothing."""

import asyncio
import logging
import time
from datetime import UTC, datetime
from functools import partial
from threading import Event, Lock
from typing import Any

from confluent_kafka import KafkaException

from streams.errors import StreamsError
from streams.kafka.admin import TopicAdmin
from streams.kafka.compacted import read_in_thread
from streams.kafka.leadership import Leadership
from streams.kafka.producer import OutgoingRecord
from streams.kafka.retry import retry_until_available
from streams.kafka.threads import in_own_thread
from streams.kafka.topic_making import make
from streams.kafka.topics import COMPACTED, TopicNames, WantedTopic
from streams.kafka.transactions import TransactionalProducer
from streams.summaries.reading import Reading, recalled
from streams.summaries.sums import Sums

log = logging.getLogger(__name__)

#: Between two writings of what has changed: whoever reads the sum reads so much of what is told at most.
WRITE_SECONDS = 15.0
#: Between two looks for topics that are not there yet.
LOOK_SECONDS = 5.0
#: Before it is tried again when it failed: nothing waits for it.
PAUSE_SECONDS = 60.0
READ_SECONDS = 0.5
#: A few megabytes are read back whenever somebody asks, so little is left to be compacted.
CONFIG = {**COMPACTED, "segment.bytes": str(8 * 1024 * 1024), "min.cleanable.dirty.ratio": "0.1"}


def group_of(names: TopicNames) -> str:
    """The group of the processes that may keep the sum, of which one does."""
    return f"{names.prefix}infobip-streams.summaries"


def wanted_topic(names: TopicNames) -> WantedTopic:
    """Where it is kept."""
    return WantedTopic(names.summaries, 1, CONFIG, "state", exactly="only the first is read back", transactional=True)


async def keep_sums(settings: dict[str, Any], names: TopicNames, admin: TopicAdmin, *, may_create: bool) -> None:
    """Keep the sum whenever this process is the one to do it, until cancelled; what goes wrong is told and tried again.

    Jobs do not need it: without it `status` reads more.
    """
    told = ""
    while True:
        try:
            await _wait_for_topics(names, admin, may_create=may_create)
            leadership = Leadership(settings, group_of(names), names.summaries, None)
            await leadership.run_as_leader(partial(_keep, settings, names, admin))
        except (StreamsError, KafkaException) as error:
            reason = error.args[0].str() if isinstance(error, KafkaException) else str(error)
            if reason != told:
                told = reason
                log.warning("summaries_not_kept tried_again_in=%.0f s reason=%s", PAUSE_SECONDS, reason)
        except Exception:
            # A bug: the traceback helps to mend it, and no job goes by the sum.
            log.exception("summaries_crashed")
        await asyncio.sleep(PAUSE_SECONDS)


async def _wait_for_topics(names: TopicNames, admin: TopicAdmin, *, may_create: bool) -> None:
    """Return once there is something to count, and somewhere to keep it."""
    while True:
        existing = await retry_until_available(admin.partitions)
        if names.flushes in existing:
            if names.summaries in existing:
                return
            if may_create:
                await retry_until_available(partial(make, admin, wanted_topic(names)))
                return
        await asyncio.sleep(LOOK_SECONDS)


async def _keep(settings: dict[str, Any], names: TopicNames, admin: TopicAdmin) -> None:
    """Count and write until cancelled. Raises Stalled where another process has taken over."""
    door = TransactionalProducer(settings, names.summaries)
    reading: Reading | None = None
    called_off, using = Event(), Lock()
    try:
        await door.open()  # from here on nobody else can write: what is read back is the last word
        sums = await read_in_thread(lambda wanted: recalled(settings, names.summaries, 1, parts=True, wanted=wanted))
        log.info("summaries_kept jobs=%d", len(sums.jobs))
        reading = Reading(settings, names, (names.flushes, names.dead_letters), sums, stays=True)
        while True:
            await retry_until_available(partial(reading.begin, admin))
            await in_own_thread(partial(_count, reading, using, called_off), "summaries")
            await _write(door, names.summaries, sums)
    finally:
        called_off.set()
        await door.aclose()
        if reading is not None:
            # A thread that was left behind may still read.
            await asyncio.shield(in_own_thread(partial(_close, reading, using), "summaries"))


def _count(reading: Reading, using: Lock, called_off: Event) -> None:
    """Count for a while, in a thread."""
    deadline = time.monotonic() + WRITE_SECONDS
    with using:
        while time.monotonic() < deadline and not called_off.is_set():
            reading.go_on(READ_SECONDS)


def _close(reading: Reading, using: Lock) -> None:
    with using:
        reading.close()


async def _write(door: TransactionalProducer, topic: str, sums: Sums) -> None:
    """Write what has changed, with the offsets up to which it counts, in one transaction."""
    records = [OutgoingRecord(topic, key, value) for key, value in sums.changed(datetime.now(UTC))]
    if records:
        await door.write(records)
