"""How a job that receives messages is begun: one process subscribes and sees to it, and asks where nobody can call."""

import logging
from collections.abc import Collection
from functools import partial

from schemas.config.webhooks import Webhooks
from schemas.jobs.receive_messages import ReceiveMessages
from schemas.operations import LIST_INBOUND_CONFIGURATIONS, PUT_INBOUND_CONFIGURATION, Operation
from streams.agents.context import JobContext
from streams.agents.leader import lead
from streams.agents.run import OwnRun
from streams.calls.call import Call, Reply
from streams.calls.pacing import ignore, unpaced
from streams.errors import JobFailed
from streams.jobs.receive_messages.plan import CHANNELS, wanted_by
from streams.jobs.receive_messages.subscription_records import read_kept
from streams.jobs.receive_messages.topics import subscription
from streams.jobs.receive_messages.upkeep import Upkeep
from streams.kafka.compacted import read_in_thread
from streams.receiver.arriving import reader_of
from streams.receiver.publishing import Publisher
from streams.receiver.pulling import Pulled, Puller
from streams.receiver.triggers import Trigger
from streams.together import together

log = logging.getLogger(__name__)


def operations(job: ReceiveMessages, webhooks: Webhooks | None) -> Collection[Operation]:
    """Configurations are read and written; where nobody can call, messages are asked for."""
    inbox = CHANNELS[job.channel].inbox
    pulled = () if webhooks is None or webhooks.mode == "push" or inbox is None else (inbox,)
    return (LIST_INBOUND_CONFIGURATIONS, PUT_INBOUND_CONFIGURATION, *pulled)


def trigger(job: ReceiveMessages) -> Trigger:
    """Which messages are the job's."""
    return Trigger(job.name, job.channel, job.number, job.keyword)


async def prepare(job: ReceiveMessages, context: JobContext) -> OwnRun:
    """What is given subscribes from then on.

    Raises:
        JobFailed: there is nothing by which Infobip could tell.

    """
    if context.webhooks is None:
        raise JobFailed(f"job '{job.name}': webhooks are missing, by which Infobip tells what was written")
    work = partial(_receive, job, context, context.webhooks)
    return OwnRun(work=partial(lead, job, context, subscription(context.names, job.name), work))


async def _receive(job: ReceiveMessages, context: JobContext, webhooks: Webhooks) -> None:
    """See to the subscription, and ask for messages where nobody can call, until cancelled; raises as either does."""
    pause = context.pauses.of(job.name)
    await pause.resumed()
    log.info("subscription_owned job=%s", job.name)
    topic = subscription(context.names, job.name)
    kept = await read_in_thread(partial(read_kept, context.settings, topic))
    upkeep = Upkeep(job, wanted_by(job, webhooks), context.client, context.writer, topic, kept, resumed=pause.resumed)
    # Nothing is asked for before it is known that the messages are nobody else's.
    await upkeep.look()
    puller = _puller(job, context, webhooks)
    await together([upkeep.run(), *(() if puller is None else (puller.run(),))])


def _puller(job: ReceiveMessages, context: JobContext, webhooks: Webhooks) -> Puller | None:
    """What asks for messages. An account has one inbox a channel: whoever asks is told what is any job's."""
    form = CHANNELS[job.channel]
    if webhooks.mode == "push" or form.inbox is None:
        return None
    unless_paused = unpaced(context.pauses.of(job.name).bound(context.client.perform, at_once=True))

    async def perform(call: Call) -> Reply:
        return await unless_paused(call, ignore)

    return Puller(
        Pulled("inbound", job.channel, form.inbox),
        perform,
        reader_of(webhooks, context.triggers).pulled,
        Publisher(context.writer, context.names, context.reports).publish,
        webhooks.every_seconds,
    )
