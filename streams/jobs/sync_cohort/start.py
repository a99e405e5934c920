"""How a job that mirrors audiences is prepared: where it starts, and what runs beside it."""

from collections.abc import Collection, Sequence
from functools import partial

from schemas.config.webhooks import Webhooks
from schemas.jobs.sync_cohort import SyncCohort
from schemas.operations import ADD_TO_LIST, CREATE_LIST, GET_TAG, LIST_PERSONS, REMOVE_FROM_LIST, Operation
from streams.agents.context import JobContext
from streams.agents.run import EventRun, agree_on_start
from streams.jobs.kind import LedWork
from streams.jobs.sync_cohort.keeping import Keeper
from streams.jobs.sync_cohort.leading import group_of, lead_lists
from streams.jobs.sync_cohort.plan import CohortProcessor
from streams.jobs.sync_cohort.topics import lists, members
from streams.kafka.topics import TopicNames

#: So many events of a process wait for their turn at most: enough that calls are full where audiences are many. They
#: are held in memory, for their dead letters, and are read again after a kill, which costs no call.
WAITING_EVENTS_MAX = 64_000


def operations(_: SyncCohort, __: Webhooks | None) -> Collection[Operation]:
    """Lists are made and changed; people prove the key, and tags tell of lists."""
    return (LIST_PERSONS, GET_TAG, CREATE_LIST, ADD_TO_LIST, REMOVE_FROM_LIST)


async def prepare(job: SyncCohort, context: JobContext) -> EventRun:
    """Agree on where to begin; what is given keeps windows, and makes the calls of the key where it is to."""
    positions = await agree_on_start(job, context)
    names = context.names
    keeper = Keeper(context.settings, members(names, job.name), lists(names, job.name))
    return EventRun(
        job=job,
        processor=CohortProcessor(job),
        start_positions=positions,
        operations=(),  # one process makes all calls, and has the whole of their limits
        deliver=keeper.deliver,
        inflight_windows_max=max(8, WAITING_EVENTS_MAX // job.flush.max_events),
        background=(keeper.follow, partial(lead_lists, job, context)),
    )


def led(job: SyncCohort, names: TopicNames, _: Webhooks | None, account: str) -> Sequence[LedWork]:
    """The group of the process that makes the calls."""
    return [LedWork(group_of(job, account), (names.job_states,))]
