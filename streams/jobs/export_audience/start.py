"""How an export is begun: what its account must hold, where it starts, and then it consumes."""

import logging
from collections.abc import Callable, Coroutine
from datetime import UTC, datetime
from functools import partial
from typing import Any

from schemas.jobs.export_audience import ExportAudience
from streams.agents.context import Stage
from streams.agents.run import agree_on_start, consume
from streams.jobs.export_audience.exported_tags import changes, read_tags, tags_of, tags_record
from streams.jobs.export_audience.membership_store import Held
from streams.jobs.export_audience.membership_topics import KafkaDoor
from streams.jobs.export_audience.plan import Exporter
from streams.kafka.compacted import aside
from streams.prepare import prepare_account

log = logging.getLogger(__name__)


async def prepare_export(job: ExportAudience, stage: Stage) -> Callable[[], Coroutine[Any, Any, None]]:
    """See to what must be there before the first event is read; what is given consumes from then on."""
    exporter = Exporter(job, await prepare_account(stage.client, job))
    positions = await agree_on_start(job, stage)
    await _tell_of_changes(job, stage)
    held = _held(job, exporter, stage) if job.keeps_members else None
    return partial(consume, job, exporter, stage, positions, held=held)


async def _tell_of_changes(job: ExportAudience, stage: Stage) -> None:
    """Say what a change of audiences and tags leaves as it is; those who were exported are not exported again."""
    topic, now = stage.names.job_states, tags_of(job)
    before = await aside(partial(read_tags, stage.settings, topic, job.name))
    if before is not None and before.tags == now:
        return
    if before is not None:
        told = "; ".join(changes(before.tags, now))
        log.warning("configuration_changed job=%s %s; rename the job to export everybody anew", job.name, told)
    await stage.writer.write([tags_record(topic, job, datetime.now(UTC))])


def _held(job: ExportAudience, exporter: Exporter, stage: Stage) -> Held:
    """Who is in which audience and by which address, for the one topic that a job reads that has to know."""
    names = stage.names
    state = names.members(job)
    door = KafkaDoor(stage.kafka, stage.settings, stage.topics, job, state, names.job_states)
    return Held(job, state, door, stage.writer.write, exporter)
