"""What comes back of the messages of a job: asked for where Infobip cannot call, and looked for where it is missing."""

import logging
from collections.abc import Callable, Coroutine, Sequence
from functools import partial
from typing import Any
from urllib.parse import urlsplit

from schemas.config.webhooks import Webhooks, channel_word
from schemas.jobs import AnyJob, authorization_of
from schemas.operations import Operation
from streams.agents.context import JobContext
from streams.channels.channel import Channel
from streams.jobs.kind import LedWork
from streams.kafka.retry import retry_until_available
from streams.kafka.topics import TopicNames
from streams.receiver.arriving import reader_of
from streams.receiver.feedback import Led, look_for_gaps, pull
from streams.receiver.gaps import Gaps
from streams.receiver.open_messages import OpenMessages
from streams.receiver.publishing import Publisher
from streams.receiver.pulling import Pulled, Puller

log = logging.getLogger(__name__)

Work = Callable[[], Coroutine[Any, Any, None]]


def feedback(job: AnyJob, channel: Channel, context: JobContext) -> Sequence[Work]:
    """What runs beside a job that sends on a channel, until it is cancelled."""
    webhooks = context.webhooks
    if webhooks is None:
        return ()
    works: list[Work] = []
    if channel.logs is not None:
        works.append(partial(_looked_for, job, channel, context, webhooks, channel.logs))
    if webhooks.mode == "pull" and channel.reports is not None:
        works.append(partial(_pulled, job, channel, context, webhooks, channel.reports))
    elif webhooks.mode == "pull":
        log.warning(
            "reports_not_pulled job=%s channel=%s: Infobip tells its reports to an address only; use webhooks.mode "
            "push to have them",
            *(job.name, channel.name),
        )
    return works


async def _looked_for(job: AnyJob, channel: Channel, context: JobContext, webhooks: Webhooks, logs: Operation) -> None:
    publish, read = Publisher(context.writer, context.names, context.reports).publish, reader_of(webhooks)
    word = channel_word(channel.name)

    def gaps() -> Gaps:
        return Gaps(
            job.name,
            logs,
            OpenMessages(webhooks.gap_after.total_seconds()),
            context.client.perform,
            partial(read.entries, "reports", word, "logs"),
            partial(publish, "reports", word),
        )

    partitions = partial(retry_until_available, context.topics.partitions)
    await look_for_gaps([gaps], partitions, _led(job, context, "gaps", _gaps_group(job)))


async def _pulled(job: AnyJob, channel: Channel, context: JobContext, webhooks: Webhooks, reports: Operation) -> None:
    word = channel_word(channel.name)
    puller = Puller(
        Pulled("reports", word, reports),
        context.client.perform,
        reader_of(webhooks).pulled,
        Publisher(context.writer, context.names, context.reports).publish,
        webhooks.every_seconds,
    )
    await pull(puller, _led(job, context, "pull", _pulling_group(job, context.client.address, word)))


def led(job: AnyJob, channel: Channel, names: TopicNames, webhooks: Webhooks | None, account: str) -> Sequence[LedWork]:
    """The groups of what runs beside the job."""
    found: list[LedWork] = []
    if webhooks is not None and channel.logs is not None:
        found.append(LedWork(_gaps_group(job), (names.messages, names.delivery_reports)))
    if webhooks is not None and webhooks.mode == "pull" and channel.reports is not None:
        found.append(LedWork(_pulling_group(job, account, channel_word(channel.name))))
    return found


def _gaps_group(job: AnyJob) -> str:
    return f"{job.group_id}.gaps"


def _pulling_group(job: AnyJob, account: str, channel: str) -> str:
    """All jobs that send by a channel of an account hear the same reports: one process asks for all of them.

    The account is told by its host and by its authorization's name: several may stand behind one host.
    """
    host = urlsplit(account if "//" in account else f"//{account}").hostname
    return f"infobip-streams.pull.{host}.{authorization_of(job)}.{channel}"


def _led(job: AnyJob, context: JobContext, what: str, group: str) -> Led:
    name = context.kafka.instance_id
    return Led(
        job=job.name,
        what=what,
        group=group,
        instance_id=None if name is None else f"{name}.{job.name}.{what}",
        settings=context.settings,
        names=context.names,
    )
