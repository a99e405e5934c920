"""How a job that follows messages is begun: its topics joined, and logs asked for reports that are missing."""

import logging
from collections.abc import Collection, Sequence
from functools import partial
from pathlib import Path

from schemas.config.webhooks import Webhooks
from schemas.jobs.track_messages import TrackMessages
from schemas.operations import Operation
from streams.agents.context import JobContext
from streams.agents.join_positions import JoinSource
from streams.agents.join_run import JoinRun
from streams.jobs.kind import LedWork
from streams.jobs.track_messages import gaps, plan, topics
from streams.kafka.topics import TopicNames

log = logging.getLogger(__name__)


def operations(job: TrackMessages, webhooks: Webhooks | None) -> Collection[Operation]:
    """Nothing is called but logs, and those only where the job is to ask them."""
    return gaps.operations(job, webhooks)


def led(job: TrackMessages, names: TopicNames, webhooks: Webhooks | None, account: str) -> Sequence[LedWork]:
    """The group of those who ask the logs, of whom one does."""
    del account
    return gaps.led(job, names, webhooks)


async def prepare(job: TrackMessages, context: JobContext) -> JoinRun:
    """Say what is joined; nothing is to be made beforehand."""
    names = context.names
    source = JoinSource(
        name=job.name,
        group_id=job.group_id,
        inputs=topics.inputs(job, names),
        relay=topics.topics_of(job.name, names).replies,
        state=topics.tracked(names, job.name),
        flushes=names.flushes,
        since_seconds=plan.reaches_back(job).total_seconds(),
        directory=Path(context.kafka.state_dir) / topics.tracked(names, job.name),
    )
    senders = gaps.senders(job, context)
    asking = [partial(gaps.ask, job, senders, context)] if senders else []
    return JoinRun(source=source, join=plan.join_of(job, topics.topics_of(job.name, names)), background=asking)
