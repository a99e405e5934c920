"""Logs asked for reports that are missing, where no webhooks of the file have its sends do that already."""

from collections.abc import Collection, Sequence
from functools import partial

from schemas.config.webhooks import Webhooks, channel_word
from schemas.jobs.send_message import SendMessage
from schemas.jobs.track_messages import TrackMessages
from schemas.operations import Operation
from streams.agents.context import JobContext
from streams.channels import CHANNELS
from streams.jobs.kind import LedWork
from streams.kafka.retry import retry_until_available
from streams.kafka.topics import TopicNames
from streams.receiver.arriving import reader_of
from streams.receiver.feedback import Led, look_for_gaps
from streams.receiver.gaps import Gaps
from streams.receiver.open_messages import OpenMessages
from streams.receiver.publishing import Publisher

#: When a report is missing, where no webhooks say so.
GAP_AFTER_SECONDS = Webhooks.model_fields["gap_after"].default.total_seconds()


def operations(job: TrackMessages, webhooks: Webhooks | None) -> Collection[Operation]:
    """The logs of all channels: which of them are asked, the jobs of the file say."""
    if not job.pull or webhooks is not None:
        return ()
    return tuple(dict.fromkeys(channel.logs for channel in CHANNELS.values() if channel.logs is not None))


def senders(job: TrackMessages, context: JobContext) -> list[SendMessage]:
    """The sends of the file whose logs the job asks for: of its own account, and none that asks for itself."""
    if not job.pull or context.webhooks is not None:
        return []
    return [
        one
        for one in context.jobs
        if isinstance(one, SendMessage)
        and one.authorization == job.authorization
        and (not job.jobs or one.name in job.jobs)
        and CHANNELS[one.content.channel].logs is not None
    ]


def led(job: TrackMessages, names: TopicNames, webhooks: Webhooks | None) -> Sequence[LedWork]:
    """The group of those who ask, of whom one does."""
    asks = job.pull and webhooks is None
    return (LedWork(_group(job), (names.messages, names.delivery_reports)),) if asks else ()


async def ask(job: TrackMessages, sends: Sequence[SendMessage], context: JobContext) -> None:
    """Ask for what is missing of sends whenever this process is the one to do it, until cancelled."""
    name = context.kafka.instance_id
    led = Led(
        job=job.name,
        what="gaps",
        group=_group(job),
        instance_id=None if name is None else f"{name}.{job.name}.gaps",
        settings=context.settings,
        names=context.names,
    )
    looking = [partial(_gaps, one, logs, context) for one in sends if (logs := CHANNELS[one.content.channel].logs)]
    await look_for_gaps(looking, partial(retry_until_available, context.topics.partitions), led)


def _gaps(sender: SendMessage, logs: Operation, context: JobContext) -> Gaps:
    word = channel_word(sender.content.channel)
    return Gaps(
        sender.name,
        logs,
        OpenMessages(GAP_AFTER_SECONDS),
        context.client.perform,
        partial(reader_of(None).entries, "reports", word, "logs"),
        partial(Publisher(context.writer, context.names, context.reports).publish, "reports", word),
    )


def _group(job: TrackMessages) -> str:
    return f"{job.group_id}.gaps"
