"""A job of which one process of all works: whenever it is this one, until the work is done or it is told to stop."""

import asyncio
from collections.abc import Callable, Coroutine
from functools import partial
from typing import Any

from schemas.jobs import AnyJob
from streams.agents.context import JobContext
from streams.kafka.leadership import Leadership


async def lead(job: AnyJob, context: JobContext, topic: str, work: Callable[[], Coroutine[Any, Any, None]]) -> None:
    """Work while the one partition of the topic is this process's.

    Raises:
        InstanceTaken: another running process has this one's instance id.
        JobFailed: the brokers do not allow the group.
        Stalled: the membership is lost.

    """
    name = context.kafka.instance_id
    # What the group knows this process as, if it has a name that outlives it.
    instance_id = f"{name}.{job.name}" if name else None
    leadership = Leadership(context.settings, job.group_id, topic, instance_id)
    context.tell()
    context.reporter.set_partitions(0)  # it stands by
    working = asyncio.create_task(leadership.run_as_leader(partial(_as_owner, context, work)))
    stopping = asyncio.create_task(context.stopping.wait())
    try:
        await asyncio.wait({working, stopping}, return_when=asyncio.FIRST_COMPLETED)
        if working.done():
            working.result()
    finally:
        stopping.cancel()
        working.cancel()
        await asyncio.gather(working, return_exceptions=True)


async def _as_owner(context: JobContext, work: Callable[[], Coroutine[Any, Any, None]]) -> None:
    """Work, and tell that the partition is this process's for as long."""
    context.reporter.set_partitions(1)
    try:
        await work()
    finally:
        context.reporter.set_partitions(0)
