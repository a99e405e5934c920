"""What `check --online` asks: the brokers, the accounts, and for what each job needs there."""

import asyncio
from collections.abc import Callable

from confluent_kafka import KafkaException

from schemas.jobs import Authorization, Configuration, ExportAudience, ImportContacts
from streams.agents.kafka import Topics
from streams.agents.topics import missing_inputs, wanted_topics
from streams.errors import StreamsError
from streams.infobip import account
from streams.infobip.client import Client
from streams.prepare import client_of, job_faults

Say = Callable[[str], None]


async def check_online(configuration: Configuration, say: Say) -> list[str]:
    """Every fault found, each with its path in the file; what is well, and what a run will create, is said."""
    faults = await asyncio.to_thread(_check_topics, configuration, say)
    for number, authorization in enumerate(configuration.authorizations):
        client = client_of(authorization)
        try:
            await account.check(client)
            say(f"authorization {authorization.name}: the key works")
            faults += await _check_jobs(configuration, authorization, client, say)
        except StreamsError as error:
            faults.append(f"authorizations[{number}]: {error}")
        finally:
            await client.aclose()
    return faults


def _check_topics(configuration: Configuration, say: Say) -> list[str]:
    kafka = configuration.kafka
    topics = Topics(kafka)
    try:
        existing = topics.partitions()
    except KafkaException as error:
        return [f"kafka.brokers: {','.join(kafka.brokers)}: {topics.heard() or error.args[0].str()}"]
    say(f"brokers {','.join(kafka.brokers)}: they answer")
    faults, created = [], dict[str, None]()
    for index, job in enumerate(configuration.jobs):
        faults += [f"jobs[{index}].topics: there is no topic {topic}" for topic in missing_inputs(job, existing)]
        created |= {one.name: None for one in wanted_topics(job, kafka, existing) if one.name not in existing}
    for name in created:
        say(f"topic {name}: will be created")
    return faults


async def _check_jobs(
    configuration: Configuration, authorization: Authorization, client: Client, say: Say
) -> list[str]:
    faults = []
    for index, job in enumerate(configuration.jobs):
        if job.authorization != authorization.name:
            continue
        missing = [tag for tag in job.tags if not await account.tag_exists(client, tag)]
        match job:
            case ExportAudience():
                faults += [f"jobs[{index}].map_fields: {fault}" for fault in await job_faults(client, job)]
                for tag in job.tags:
                    say(f"tag {tag}: {'will be created' if tag in missing else 'is there'}")
            case ImportContacts():
                faults += [f"jobs[{index}].tags: there is no tag {tag!r}: nobody would be imported" for tag in missing]
    return faults
