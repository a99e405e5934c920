"""A changed configuration brought to existing members, while new events are done by it already.

The process that owns the first partition leads: once no process with another configuration is left, it holds Infobip
against Kafka and orders what differs, as a repair does. What a job remembers says so until that is done; so whoever
leads next, after a kill at any moment, compares anew and orders what is left.
"""

import asyncio
import logging
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from datetime import UTC, datetime
from functools import partial
from pathlib import Path
from typing import Any

from confluent_kafka import KafkaException

from schemas.jobs.export_audience import ExportAudience
from schemas.records.repairs import RepairAction
from schemas.records.states import ExportedConfiguration
from streams.agents.beside import Beside
from streams.agents.context import JobContext
from streams.calls.call import Call, Reply
from streams.calls.pacing import UNPACED, ignore
from streams.errors import StreamsError, WriterLost
from streams.jobs.export_audience.configuration.changes import Changes
from streams.jobs.export_audience.configuration.decision import taken_by
from streams.jobs.export_audience.configuration.effect import effect_of, following, remembered, union
from streams.jobs.export_audience.configuration.ledger import ChangedLedger
from streams.jobs.export_audience.configuration.remembered import (
    Remembered,
    configuration_record,
    read_remembered,
)
from streams.jobs.export_audience.fields import compile_fields
from streams.jobs.export_audience.membership_topics import doors_of
from streams.jobs.export_audience.plan import Attributes
from streams.jobs.export_audience.repair.order_book import OrderBook
from streams.jobs.export_audience.repair.repair import Repair, Repaired, plan_of
from streams.jobs.export_audience.verification import store
from streams.jobs.export_audience.verification.ledger import Convert
from streams.jobs.export_audience.verification.people import People, Perform
from streams.jobs.export_audience.verification.truth import Truth
from streams.jobs.export_audience.verification.verification import Findings, Verification
from streams.kafka.compacted import read_in_thread
from streams.kafka.threads import in_own_thread

log = logging.getLogger(__name__)

#: How often it is looked whether processes with another configuration are left, and when it is tried again.
LOOK_SECONDS, AGAIN_SECONDS = 5.0, 30.0
#: Partitions that are shared out anew may come back to who led.
PATIENCE_SECONDS = 30.0


class Applying:
    """Brings members of one job to its configuration, whenever this process leads, until that is done."""

    def __init__(self, job: ExportAudience, context: JobContext, attributes: Attributes) -> None:
        self._job, self._context, self._attributes = job, context, attributes
        self._now = effect_of(job)
        self._awaited: Sequence[str] = ()
        self._place = (job.topics[0], 0)

    async def run(self, beside: Beside) -> None:
        """Apply until cancelled. What keeps it from that keeps no event waiting; it is tried again."""
        while True:
            while self._place not in (partitions := beside.partitions):
                await beside.changed(partitions)
            leading = asyncio.create_task(self._lead(beside))
            losing = asyncio.create_task(self._until_lost(beside))
            try:
                await asyncio.wait({leading, losing}, return_when=asyncio.FIRST_COMPLETED)
                if leading.done():
                    leading.result()
                    await asyncio.Event().wait()
            finally:
                for task in (leading, losing):
                    task.cancel()
                await asyncio.gather(leading, losing, return_exceptions=True)

    async def _until_lost(self, beside: Beside) -> None:
        while self._place in (partitions := beside.partitions):
            await beside.changed(partitions)
            with suppress(TimeoutError):
                async with asyncio.timeout(PATIENCE_SECONDS):
                    while self._place not in (partitions := beside.partitions):
                        await beside.changed(partitions)

    async def _lead(self, beside: Beside) -> None:
        """Return once nothing is left to be done."""
        while True:
            pause = LOOK_SECONDS
            try:
                await beside.resumed()
                if await self._step(beside):
                    return
            except WriterLost:
                raise
            except (KafkaException, StreamsError) as error:
                pause = AGAIN_SECONDS
                log.warning("configuration_not_applied job=%s reason=%s: it is tried again", self._job.name, error)
            await asyncio.sleep(pause)

    async def _step(self, beside: Beside) -> bool:
        """Do what can be done now; whether nothing is left."""
        known, instance = await self._remembered(), self._context.reporter.instance
        said, digest = known.configuration, self._now.digest
        if said is None or (said.digest == digest and not said.applying):
            return True
        others = known.others(instance, datetime.now(UTC))
        if said.digest != digest:
            # Processes with the newer one are about to replace this one, or are gone: then it was taken back.
            if said.digest not in others.values():
                keeps = self._job.on_change != "apply"
                await self._note(beside, following(said, self._now, datetime.now(UTC), keeps=keeps))
            return False
        if left := sorted(other for other, its in others.items() if its != digest):
            self._await(left)
            return False
        await self._apply(said, beside)
        return False

    async def _apply(self, said: ExportedConfiguration, beside: Beside) -> None:
        """Hold Infobip against Kafka, have done what differs, and note that it is."""
        job, context = self._job, self._context
        formers = [remembered(one) for one in said.applying]
        changes = [Changes(one, self._now) for one in formers]
        told = "; ".join(one.in_words for one in changes)
        log.info("configuration_applying job=%s from=%s", job.name, told)
        with store.opened(Path(context.kafka.state_dir) / f"apply_{job.name}") as kept:
            # Who was in none of the audiences may be nobody yet, and is written as whoever enters is.
            written = any(one.of_people or one.of_audiences for one in changes)
            convert = self._convert(with_type=any(one.of_people for one in changes))
            ledger = ChangedLedger(job, formers, taken_by(context.jobs, job), kept, convert if written else None)
            everything = union(job, formers)
            doors = doors_of(context.kafka, context.settings, context.topics, everything, context.names)
            truth = Truth(everything, doors, ledger)
            people = People(ledger.job, self._unless_paused(), fields=written)
            work = ChangedVerification(ledger, truth, people, self._say)
            book = OrderBook(job, context.kafka, context.settings, context.topics, beside.write)
            by = f"{context.reporter.instance}, on_change: apply"
            actions: list[RepairAction] = ["add", "remove"]
            if any(one.of_people for one in changes):
                actions.append("fields")
            repair = Repair(job, work, ledger, truth, book, convert=convert, by=by, say=self._say)
            done = await repair.run(await work.run(), actions)
        self._tell(done, work.strangers, plan_of(done.findings, actions).people)
        if (await self._remembered()).configuration == said:
            await self._note(beside, said.model_copy(update={"applying": ()}))

    def _unless_paused(self) -> Perform:
        """What asks Infobip, and waits while somebody has paused the job."""
        perform = self._context.pauses.of(self._job.name).bound(self._context.client.perform)

        async def performed(call: Call) -> Reply:
            return await perform(call, ignore, UNPACED)

        return performed

    async def _remembered(self) -> Remembered:
        context = self._context
        return await read_in_thread(
            partial(read_remembered, context.settings, context.names.job_states, self._job.name)
        )

    async def _note(self, beside: Beside, said: ExportedConfiguration) -> None:
        await beside.write([configuration_record(self._context.names.job_states, said)])

    def _convert(self, *, with_type: bool) -> Convert:
        """What reads the fields of profiles, and tells the type of people where that has changed."""
        known, job = self._attributes, self._job
        targets = {path: (target.to, target.type) for path, target in job.map_fields.items()}
        convert = compile_fields(targets, known.types, known.object_schemas)

        def converted(profile: Mapping[str, Any]) -> tuple[dict[str, Any], list[str]]:
            words, left_out = convert(profile)
            return {**words, "type": job.person_type}, left_out

        return converted if with_type else convert

    def _await(self, left: Sequence[str]) -> None:
        """Say, once, whom it waits for."""
        if self._awaited != left:
            self._awaited = left
            log.warning(
                "configuration_awaited job=%s processes=%s: they run with another one; members are brought to it once "
                "they are replaced",
                *(self._job.name, ", ".join(left)),
            )

    def _say(self, told: str) -> None:
        log.info("configuration_applying job=%s %s", self._job.name, told)

    def _tell(self, done: Repaired, strangers: Mapping[str, int], left: int) -> None:
        """Say what came of it."""
        did = ", ".join(f"{name}={count}" for name, count in sorted(done.outcomes.items()))
        kept = "".join(
            f"; {count:,} others have '{tag}', of whom Kafka does not tell" for tag, count in strangers.items()
        )
        log.info("configuration_applied job=%s rounds=%d %s%s", self._job.name, done.rounds, did, kept)
        if left:
            log.warning(
                "configuration_differs job=%s people=%d: not brought to it, see the dead letters, and verify",
                *(self._job.name, left),
            )


class ChangedVerification(Verification):
    """A verification by a ledger that knows former configurations; whoever Kafka does not tell of is left alone."""

    def __init__(self, ledger: ChangedLedger, truth: Truth, people: People, say: Callable[[str], None]) -> None:
        super().__init__(ledger, truth, people, None, say)
        self._changed = ledger
        #: By tag of before, how many have it of whom Kafka does not tell.
        self.strangers: Mapping[str, int] = {}

    async def _look_again(self, *, again: bool) -> None:
        if not again and self._changed.parts_tags:
            await in_own_thread(self._comparison.take_as_seen, "apply")
        else:
            await super()._look_again(again=again)

    def _meet(self) -> None:
        for place, entries in self._truth.retold():
            self._changed.meet(entries, place)

    async def _judged(self, sampled: int | None, *, again: bool) -> Findings:
        if not again and self._truth.told.source != "input":  # what is kept of members does not tell who left since
            await in_own_thread(self._meet, "apply")
        found = await super()._judged(sampled, again=again)
        self.strangers = await in_own_thread(lambda: self._changed.spare(found.drift.to_remove), "apply")
        return found
