"""One job's lists in the hands of the process that makes the calls: read back, kept up to date, and told of."""

import asyncio
import logging
from collections import Counter
from collections.abc import Callable, Collection, Iterable
from contextlib import suppress
from datetime import UTC, datetime
from functools import partial
from typing import Any

from confluent_kafka import Message

from schemas.jobs.sync_cohort import SyncCohort
from schemas.operations import CREATE_LIST
from schemas.records.outcomes import Flush
from streams.calls.call import Reply
from streams.jobs.sync_cohort import records, topics
from streams.jobs.sync_cohort.mirror import Mirror, Step, Told
from streams.jobs.sync_cohort.records import Kept, Unreadable
from streams.kafka.admin import TopicAdmin
from streams.kafka.compacted import read_in_thread, read_topic
from streams.kafka.producer import OutgoingRecord
from streams.kafka.retry import always, retry_until_available
from streams.kafka.tail import tail
from streams.kafka.topics import TopicNames
from streams.kafka.transactions import TransactionalProducer

log = logging.getLogger(__name__)

#: Between two looks for topics of a job that has not begun yet.
LOOK_SECONDS = 5.0


class Desk:
    """One job. What it writes goes in transactions: whoever opens them last is the one that writes.

    `clock` is seconds on a clock that never goes back; `changed` is called when there may be something to say.
    """

    def __init__(
        self,
        job: SyncCohort,
        settings: dict[str, Any],
        names: TopicNames,
        clock: Callable[[], float],
        changed: Callable[[], None],
    ) -> None:
        self.job, self.mirror = job, Mirror(job)
        self._settings, self._flushes = settings, names.flushes
        self._members, self._lists = topics.members(names, job.name), topics.lists(names, job.name)
        self._clock, self._changed = clock, changed
        self._door = TransactionalProducer(settings, self._lists)

    async def run(self, admin: TopicAdmin) -> None:
        """Read back what there is, and on, until cancelled.

        Raises:
            JobFailed: the brokers do not allow it.
            Stalled: another process has taken over.

        """
        try:
            await self._wait_for_topics(admin)
            # From here on nobody else can write: what is read back is the last word.
            await self._door.open()
            self.mirror = await read_in_thread(partial(recalled, self._settings, self.job, self._lists))
            await self._write(self.mirror.recalled())
            async with tail(self._settings, self._members) as reading:
                begun = False
                while True:
                    self._take(await reading.read())
                    if reading.caught_up and not begun:
                        begun = True
                        self.mirror.complete(self._clock())
                        log.info("lists_led job=%s lists=%d", self.job.name, len(self.mirror.cohorts))
                    await self._write(self.mirror.done())
                    self._changed()
        finally:
            await self._door.aclose()

    async def begin(self, step: Step) -> None:
        """Write down what a call is about, which only the one process can that may make it."""
        await self._write(self.mirror.intent(step, datetime.now(UTC)))

    async def answered(self, step: Step, told: Told, reply: Reply, seconds: float) -> None:
        """Write down what an answer means, and whoever's windows are in the lists by it."""
        made = step.operation == CREATE_LIST and not told.in_doubt
        over = (records.call_over(CREATE_LIST.name),) if made else ()
        flush = flush_record(self.job.name, step, told, reply, seconds)
        kept = [self._record(one) for one in (*told.kept, *over, *self.mirror.done())]
        _say(self.job.name, step, told)
        await self._door.write([*kept, OutgoingRecord(self._flushes, self.job.name.encode(), flush)])

    async def known(self, told: Told) -> None:
        """Write down what became of a list that may have been made."""
        await self._write([*told.kept, records.call_over(CREATE_LIST.name)])

    async def _write(self, kept: Collection[Kept]) -> None:
        if kept:
            await self._door.write([self._record(one) for one in kept])

    def _record(self, one: Kept) -> OutgoingRecord:
        return OutgoingRecord(self._lists, one.key, one.value)

    def _take(self, messages: Iterable[Message]) -> None:
        for message in messages:
            try:
                self.mirror.take(message.key(), message.value(), self._clock())
            except Unreadable:
                log.warning("record_unreadable topic=%s offset=%d: passed over", self._members, message.offset())

    async def _wait_for_topics(self, admin: TopicAdmin) -> None:
        """Wait until some process has begun with the job."""
        wanted = {self._members, self._lists}
        while not wanted <= (await retry_until_available(admin.partitions)).keys():  # noqa: ASYNC110 - others make them
            await asyncio.sleep(LOOK_SECONDS)


def recalled(settings: dict[str, Any], job: SyncCohort, topic: str, wanted: Callable[[], bool] = always) -> Mirror:
    """A job's lists as they were told of last, before `Mirror.recalled`; raises as `read_topic`."""
    mirror = Mirror(job)
    for message in read_topic(settings, topic, [0], wanted):
        try:
            mirror.recall(message.key(), message.value())
        except Unreadable:
            log.warning("record_unreadable topic=%s offset=%d: passed over", topic, message.offset())
    return mirror


def flush_record(job: str, step: Step, told: Told, reply: Reply, seconds: float) -> bytes:
    """What tells of one call: its counters and refused ids; its events are told of by their windows."""
    flush = Flush(
        job=job,
        partitions=(),
        events=0,
        outcomes={},
        calls={step.operation.name: 1},
        answers={step.operation.name: reply.answers},
        retries=reply.retries,
        left_out_fields={},
        seconds=round(seconds, 6),
        flushed_at=datetime.now(UTC),
        created_count=told.created,
        modified_count=told.modified,
        errors=dict(told.errors),
    )
    return flush.model_dump_json().encode()


def _say(job: str, step: Step, told: Told) -> None:
    what = (job, step.operation, len(step.ids))
    if told.vanished:
        log.warning("list_vanished job=%s list=%s: it is made anew", job, step.list_id)
    elif told.in_doubt:
        log.warning("list_in_doubt job=%s: the answer to %s was lost", job, step.operation)
    elif told.refused:
        log.warning("list_refused job=%s operation=%s ids=%d reason=%s", *what, told.refused)
    else:
        log.info("list_synced job=%s operation=%s ids=%d refused=%d", *what, Counter(told.errors).total())


def overview(
    settings: dict[str, Any], job: SyncCohort, lists: str, members: str
) -> tuple[Mirror, dict[str, str | None]]:
    """A job's lists and what waits, as its topics tell now; and when Infobip last took a change, by audience.

    Blocks as reading does; raises as `read_topic`.
    """
    mirror = recalled(settings, job, lists)
    mirror.recalled()
    synced: dict[str, str | None] = {}
    for message in read_topic(settings, lists, [0]):
        with suppress(Unreadable):
            match records.read(message.key(), message.value()):
                case [records.LIST, audience], {"synced_at": at}:
                    synced[audience] = at or synced.get(audience)
    for message in read_topic(settings, members, [0]):
        with suppress(Unreadable):
            mirror.take(message.key(), message.value(), 0.0)
    mirror.complete(0.0)
    return mirror, synced
