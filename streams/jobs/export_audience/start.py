"""How an export is prepared: what its account must hold, where it starts, and what it remembers."""

from collections.abc import Collection
from dataclasses import replace
from functools import partial
from pathlib import Path

from schemas.config.webhooks import Webhooks
from schemas.jobs.export_audience import ExportAudience
from schemas.operations import ADD_TAG, LIST_PERSONS, MATCH_PEOPLE, REMOVE_TAG, UPSERT_PERSONS, Operation
from streams.agents.context import JobContext
from streams.agents.run import EventRun, agree_on_start
from streams.jobs.export_audience.account import prepare_account
from streams.jobs.export_audience.configuration.applying import Applying
from streams.jobs.export_audience.configuration.decision import decide
from streams.jobs.export_audience.configuration.remembered import configuration_record
from streams.jobs.export_audience.fast.exporter import FastExporter
from streams.jobs.export_audience.fast.shapes import fits
from streams.jobs.export_audience.member_store import MemberStore
from streams.jobs.export_audience.membership_store import MembershipStore
from streams.jobs.export_audience.membership_topics import doors_of
from streams.jobs.export_audience.plan import Exporter, StatefulExporter
from streams.jobs.export_audience.repair.carrier import Carrier
from streams.jobs.export_audience.repair.order_feed import OrderFeed
from streams.jobs.export_audience.topics import members, repairs
from streams.jobs.export_audience.verification.watch import watch

#: What is fetched ahead of what is read.
AHEAD_KILOBYTES = 4096
#: What is called for the sake of events.
TAGGING = (UPSERT_PERSONS, ADD_TAG, REMOVE_TAG, MATCH_PEOPLE)


def operations(_: ExportAudience, __: Webhooks | None) -> Collection[Operation]:
    """People are read and written."""
    return (LIST_PERSONS, *TAGGING)


async def prepare(job: ExportAudience, context: JobContext) -> EventRun:
    """See to what must be there before the first event is read, and say what to run.

    Raises:
        JobFailed: the account does not fit the job; or its configuration has changed, and it says nothing of that.

    """
    decision = await decide(job, context)
    attributes = await prepare_account(context.client, job)
    exporter = Exporter(job, attributes)
    positions = await agree_on_start(job, context)
    if decision.is_new:
        await context.writer.write([configuration_record(context.names.job_states, decision.remembered)])
    beside = [_carrier(job, context).run]
    if decision.is_open:
        beside.append(Applying(job, context, attributes).run)
    run = EventRun(
        job=job,
        processor=exporter,
        start_positions=positions,
        operations=TAGGING,
        goes_first=job.goes_first,
        beside=beside,
    )
    watching = () if job.verify is None else (partial(watch, job, job.verify, context),)
    if fits(job, exporter.fields):
        fast = FastExporter(exporter)
        return replace(run, processor=fast, decode=fast.decode, background=watching)
    if not job.keeps_members:
        return replace(run, background=watching)
    store = _store(job, exporter, context)
    working = (store.follow, *watching)
    run = replace(run, processor=StatefulExporter(exporter, store), state=(store,), background=working)
    return run if isinstance(store, MembershipStore) else replace(run, ready=store.ready)


def _store(job: ExportAudience, exporter: Exporter, context: JobContext) -> MembershipStore | MemberStore:
    """Who is in which audience and by which address, for the one topic that a job reads that has to know."""
    state, write = members(context.names, job), context.writer.write
    ahead = {"queued.max.messages.kbytes": AHEAD_KILOBYTES} if job.keep_members else {}
    settings = {**context.settings, **ahead}
    (door,) = doors_of(context.kafka, settings, context.topics, job, context.names).values()
    if not job.keep_members:
        return MembershipStore(job, state, door, write, exporter)
    return MemberStore(job, state, door, write, exporter, Path(context.kafka.state_dir) / state)


def _carrier(job: ExportAudience, context: JobContext) -> Carrier:
    """Who carries out what repairs order."""
    names = context.names
    feed = OrderFeed(context.settings, context.topics, repairs(names, job.name), names.job_states, job.name)
    doors = doors_of(context.kafka, context.settings, context.topics, job, names)
    return Carrier(job, feed, doors, names.job_states, context.observer)
