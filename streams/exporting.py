"""How an export is begun: what its account must hold, where it starts, and then it consumes."""

from collections.abc import Callable, Coroutine
from functools import partial
from typing import Any

from schemas.jobs import ExportAudience
from streams.agents.held import Held
from streams.agents.held_door import KafkaDoor
from streams.consuming import agree_on_start, consume
from streams.jobs.export_audience import Exporter
from streams.prepare import prepare_account
from streams.stage import Stage


async def prepare_export(job: ExportAudience, stage: Stage) -> Callable[[], Coroutine[Any, Any, None]]:
    """See to what must be there before the first event is read; what is given consumes from then on."""
    exporter = Exporter(job, await prepare_account(stage.client, job))
    positions = await agree_on_start(job, stage)
    held = _held(job, exporter, stage) if job.shares_tags else None
    return partial(consume, job, exporter, stage, positions, held=held)


def _held(job: ExportAudience, exporter: Exporter, stage: Stage) -> Held:
    """Who is in which audience, for the one topic that a job with shared tags reads."""
    names = stage.names
    state = names.memberships(job.name)
    door = KafkaDoor(stage.settings, stage.topics, job, state, names.job_states)
    return Held(job, state, door, stage.writer.write, exporter)
