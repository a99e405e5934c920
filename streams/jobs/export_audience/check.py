"""What `check --online` asks an account for an export."""

import asyncio
from collections.abc import Sequence

from schemas.configuration import Configuration
from schemas.jobs.export_audience import ExportAudience
from streams.errors import StreamsError
from streams.infobip import account
from streams.infobip.client import Client
from streams.jobs.export_audience.account import known_attributes
from streams.jobs.export_audience.configuration.changes import Changes
from streams.jobs.export_audience.configuration.decision import Reader, stops_at
from streams.jobs.export_audience.configuration.effect import effect_of, remembered
from streams.jobs.export_audience.configuration.remembered import read_remembered
from streams.jobs.export_audience.plan import attribute_faults
from streams.jobs.kind import Findings, Say
from streams.kafka.admin import TopicAdmin
from streams.kafka.refusals import in_words
from streams.kafka.retry import always
from streams.kafka.topics import TopicNames

#: What becomes of members, by what `on_change` says.
DONE = {
    "stop": "it is taken back before it was applied, so the job goes on with new events only",
    "apply": "`on_change: apply` does that",
    "keep": "`on_change: keep` leaves them as they are, and goes on with new events only",
}


async def prove(client: Client, _: ExportAudience) -> bool:
    """Prove that the key may read people."""
    await account.check(client)
    return True


async def check(client: Client, job: ExportAudience, configuration: Configuration, say: Say) -> Findings:
    """The custom attributes that are missing or of another type, and a change that the job would stop at.

    Tags that are missing will be created.
    """
    for tag in job.tags:
        say(f"tag {tag}: {'is there' if await account.tag_exists(client, tag) else 'will be created'}")
    attributes = await known_attributes(client, job, wait=False)
    faults = [f"map_fields: {fault}" for fault in attribute_faults(job, attributes.types)]
    return Findings([*faults, *await _changed(client, job, configuration, say)])


async def _changed(client: Client, job: ExportAudience, configuration: Configuration, say: Say) -> Sequence[str]:
    """Say what has changed since the job last began; a fault where it would stop at that."""
    kafka = configuration.kafka
    admin, topic = TopicAdmin(kafka), TopicNames(kafka.topic_prefix).job_states
    settings = admin.client_settings
    try:
        with in_words(kafka, settings):
            if topic not in await asyncio.to_thread(admin.partitions):
                return ()
            known = await asyncio.to_thread(read_remembered, settings, topic, job.name, always)
    except StreamsError as error:  # which is a fault of the brokers, and told as that
        say(f"job {job.name}: nobody knows whether its configuration has changed: {error}")
        return ()
    if (said := known.configuration) is None or not (changes := Changes(remembered(said), effect_of(job))):
        return ()
    told = await Reader(kafka, admin, settings, client, configuration.jobs).explain(job, changes, say)
    if stops_at(job, said, changes):
        return [f"on_change: {told}; {changes.choices}"]
    say(f"job {job.name}: {told}; {DONE[job.on_change]}")
    return ()
