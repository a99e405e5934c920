"""A job that holds Infobip against Kafka by itself, again and again: in the process that leads, beside its events."""

import asyncio
import logging
from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, datetime, timedelta
from functools import partial
from typing import Any

from pydantic import ValidationError

from schemas.config.webhooks import Webhooks
from schemas.jobs.export_audience import ExportAudience, Verify
from schemas.records.outcomes import Outcome
from schemas.records.repairs import RepairAction
from schemas.records.states import Verified
from streams.agents.context import JobContext
from streams.calls.call import Call, Reply
from streams.calls.pacing import UNPACED, ignore
from streams.errors import StreamsError, WriterLost
from streams.jobs.export_audience.configuration.effect import effect_of
from streams.jobs.export_audience.configuration.remembered import read_remembered
from streams.jobs.export_audience.repair.order_book import OrderBook
from streams.jobs.export_audience.repair.repair import Repair, plan_of
from streams.jobs.export_audience.verification.run import Ready, Setting, conversion, ready
from streams.jobs.export_audience.verification.schedule import due_at
from streams.jobs.export_audience.verification.verification import Findings
from streams.jobs.kind import LedWork
from streams.kafka.compacted import read_in_thread, read_topic
from streams.kafka.producer import OutgoingRecord
from streams.kafka.topics import TopicNames
from streams.receiver.feedback import Led

log = logging.getLogger(__name__)

#: The clock is looked at so often: it may be set, and machines sleep.
LOOK_SECONDS = 60.0
NOW = timedelta(0)
#: More of the members than this is not mended without somebody's word, in percent.
PERCENT_MAX = 5.0
NOTHING: Mapping[Outcome, int] = {}


def led(job: ExportAudience, names: TopicNames, _: Webhooks | None, __: str) -> Sequence[LedWork]:
    """The group of those who verify, of whom one does."""
    return () if job.verify is None else (LedWork(_group(job), (names.job_states,)),)


async def watch(job: ExportAudience, verify: Verify, context: JobContext) -> None:
    """Verify whenever it is due and this process is the one to do it, until cancelled."""
    name = context.kafka.instance_id
    leading = Led(
        job=job.name,
        what="verify",
        group=_group(job),
        instance_id=None if name is None else f"{name}.{job.name}.verify",
        settings=context.settings,
        names=context.names,
        tell=_failed,
    )
    await leading.run(Watch(job, verify, context).run)


class Watch:
    """One process that verifies, as long as it leads."""

    def __init__(self, job: ExportAudience, verify: Verify, context: JobContext) -> None:
        self._job, self._verify, self._context = job, verify, context

    async def run(self) -> None:
        """Verify whenever it is due, until cancelled. Raises as a verification does."""
        context, job = self._context, self._job
        last = await read_in_thread(partial(last_verified, context.settings, context.names.job_states, job.name))
        try:
            while True:
                self._tell(last)
                due = self._due_at(last)
                log.info("verification_due job=%s at=%s", job.name, f"{due:%Y-%m-%d %H:%M:%S}Z")
                await self._until(due)
                await self._until_settled()
                await context.pauses.of(job.name).resumed()
                async with context.one_at_a_time:
                    found = await self._unless_paused()
                if found is None:
                    continue
                last = found
                await context.writer.write([verified_record(context.names.job_states, last)])
                _say(last)
        finally:
            context.observer.verified(None, None)

    def _due_at(self, last: Verified | None) -> datetime:
        return due_at(self._verify, self._job.name, None if last is None else last.began_at, datetime.now(UTC))

    async def _until(self, moment: datetime) -> None:
        left = moment - datetime.now(UTC)
        while left > NOW:
            await asyncio.sleep(min(left.total_seconds(), LOOK_SECONDS))
            left = moment - datetime.now(UTC)

    async def _until_settled(self) -> None:
        """Return once members have been brought to this configuration, by which they are about to be judged.

        Else they would be told as drift, and a repair of them would give up what is ordered to bring them there. So it
        is where processes run with a newer one, which will do that.
        """
        context, job, told = self._context, self._job, False
        ours, states = effect_of(job).digest, context.names.job_states
        while True:
            known = await read_in_thread(partial(read_remembered, context.settings, states, job.name))
            said, others = known.configuration, known.others(context.reporter.instance, datetime.now(UTC))
            if said is None or not (said.applying or (said.digest != ours and said.digest in others.values())):
                return
            if not told:
                told = True
                log.info("verification_waits job=%s: until members are brought to a changed configuration", job.name)
            await asyncio.sleep(LOOK_SECONDS)

    def _tell(self, last: Verified | None) -> None:
        if last is not None:
            self._context.observer.verified(last.drift, last.ended_at)

    async def _unless_paused(self) -> Verified | None:
        """What was found; None where somebody paused the job meanwhile.

        Then it begins anew when the job is resumed: other jobs that are to verify must not wait for that.
        """
        switch = self._context.pauses.of(self._job.name)

        async def paused() -> None:
            while not switch.paused:
                await switch.changed()

        working, pausing = asyncio.create_task(self._verified_on_disk()), asyncio.create_task(paused())
        try:
            await asyncio.wait({working, pausing}, return_when=asyncio.FIRST_COMPLETED)
            return working.result() if working.done() else None
        finally:
            working.cancel()
            pausing.cancel()
            await asyncio.gather(working, pausing, return_exceptions=True)

    async def _verified_on_disk(self) -> Verified:
        """Verify; a disk that is full or damaged ends that, and not the job.

        Raises:
            StreamsError: so it did.

        """
        try:
            return await self._verified()
        except Exception as error:
            if type(error) is not Exception:  # the library of the store raises nothing more particular
                raise
            raise StreamsError(f"kafka.state_dir: {' '.join(str(error).split())}") from error

    async def _verified(self) -> Verified:
        job, context = self._job, self._context
        perform = context.pauses.of(job.name).bound(context.client.perform)

        async def performed(call: Call) -> Reply:
            return await perform(call, ignore, UNPACED)

        setting = Setting(context.kafka, context.settings, context.topics, context.client, performed)
        # Where who is in is read from a topic of the job's own, that says nothing of fields.
        fields = bool(job.map_fields) and not job.keeps_members
        async with ready(job, setting, sample=None, fields=fields, say=self._note, wait=True) as made:
            found = await made.work.run()
            return await self._mended(made, found, fields=fields)

    async def _mended(self, made: Ready, found: Findings, *, fields: bool) -> Verified:
        """What was found, and what is left of it once it is mended where that is asked for."""
        job, context = self._job, self._context
        # Where Kafka does not tell of everybody, who has a tag in vain by it may be a member.
        allowed: dict[RepairAction, bool] = {"add": True, "fields": fields, "remove": not found.told.notes}
        actions = [action for action, is_allowed in allowed.items() if is_allowed]
        plan = plan_of(found, actions)
        if not self._verify.repair or not plan.people:
            return told_of(job, found, fields=fields)
        if plan.percent > PERCENT_MAX:
            log.error(
                "repair_refused job=%s people=%d percent=%.1f: more than %.0f %% of the members; see to what is wrong, "
                "then say `infobip-streams repair %s --force`",
                *(job.name, plan.people, plan.percent, PERCENT_MAX, job.name),
            )
            return told_of(job, found, fields=fields, detail=f"not repaired: {plan.percent:.1f} % would change")
        book = OrderBook(job, context.kafka, context.settings, context.topics, context.writer.write)
        convert = await conversion(context.client, job, wait=True)
        work = Repair(job, made.work, made.ledger, made.truth, book, convert=convert, by=_group(job), say=self._note)
        try:
            repaired = await work.run(found, actions)
        except WriterLost:
            raise
        except StreamsError as error:  # what was found is told all the same, and is not looked for at once again
            log.error("repair_failed job=%s reason=%s", job.name, error)  # noqa: TRY400 - expected, so one clear line
            return told_of(job, found, fields=fields, detail=f"not repaired: {error}")
        log.info("repaired job=%s rounds=%d %s", job.name, repaired.rounds, _counted(repaired.outcomes))
        return told_of(job, repaired.findings, fields=fields, repaired=repaired.outcomes)

    def _note(self, words: str) -> None:
        log.info("verification_goes_on job=%s %s", self._job.name, words)


def told_of(
    job: ExportAudience, found: Findings, *, fields: bool, repaired: Mapping[Outcome, int] = NOTHING, detail: str = ""
) -> Verified:
    """What a verification found, as it is noted."""
    drift = found.drift
    return Verified(
        job=job.name,
        began_at=found.began_at,
        ended_at=found.ended_at,
        members=found.members,
        tagged=found.tagged,
        missing=drift.missing.count,
        too_many=drift.too_many.count,
        by_former_address=drift.by_former_address.count,
        changed_fields=drift.changed.count if fields else None,
        under_way=drift.under_way,
        notes=tuple(found.told.notes),
        repaired=dict(repaired.items()),
        detail=detail,
    )


def _failed(job: str, _: str, seconds: float, error: Exception) -> None:
    log.error("verification_failed job=%s tried_again_in=%.0f s reason=%s", job, seconds, error)


def _say(said: Verified) -> None:
    told = (said.job, said.members, _counted(said.drift), said.under_way, said.seconds)
    if said.differ:
        log.warning("drift_found job=%s members=%d %s under_way=%d seconds=%.0f", *told)
    else:
        log.info("verified job=%s members=%d %s under_way=%d seconds=%.0f", *told)
    for note in said.notes:
        log.warning("verified_in_part job=%s: %s", said.job, note)


def _counted(counts: Mapping[Any, int]) -> str:
    return " ".join(f"{name}={count}" for name, count in counts.items())


def verified_record(topic: str, said: Verified) -> OutgoingRecord:
    """What was found, to be read when the job is looked at or starts again."""
    return OutgoingRecord(topic, _key_of(said.job), said.model_dump_json().encode())


def last_verified(settings: dict[str, Any], topic: str, job: str, still_wanted: Callable[[], bool]) -> Verified | None:
    """What was found the last time; None where nobody has looked. Blocks; raises KafkaException."""
    found = None
    for message in read_topic(settings, topic, [0], still_wanted):
        if message.key() == _key_of(job) and (value := message.value()) is not None:
            try:
                found = Verified.model_validate_json(value)
            except ValidationError:  # of a newer version, which says nothing to us
                found = None
    return found


def _key_of(job: str) -> bytes:
    return f"{job}/verification".encode()


def _group(job: ExportAudience) -> str:
    return f"{job.group_id}.verify"
