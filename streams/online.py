"""What `check --online` asks: the brokers, the accounts, and for what each job needs there."""

import asyncio
from collections.abc import Callable, Mapping

from confluent_kafka import KafkaException

from schemas.content.whatsapp_template import WhatsappTemplateContent
from schemas.jobs import AnyJob, Configuration, ExportAudience, ImportContacts, SendMessage
from schemas.tokens import tokens_of
from streams.agents.kafka import Topics
from streams.agents.topics import missing_inputs, wanted_topics
from streams.channels.whatsapp_template import template_faults
from streams.errors import Forbidden, StreamsError
from streams.infobip import account
from streams.infobip.client import Client
from streams.prepare import check_key, client_of, job_faults

Say = Callable[[str], None]


async def check_online(configuration: Configuration, say: Say) -> list[str]:
    """Every fault found, each with its path in the file; what is well, and what a run will create, is said."""
    faults = await asyncio.to_thread(_check_topics, configuration, say)
    for number, authorization in enumerate(configuration.authorizations):
        client = client_of(authorization)
        jobs = {index: job for index, job in enumerate(configuration.jobs) if job.authorization == authorization.name}
        try:
            faults += await check_account(client, jobs, say)
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


async def check_account(client: Client, jobs: Mapping[int, AnyJob], say: Say) -> list[str]:
    """Every fault that an account shows in its jobs, which are given with their places in the file.

    Raises:
        StreamsError: the key is no good for them, or Infobip does not answer.

    """
    # One of each kind, and of each channel: the others would be asked the same.
    asking = {job.content.channel if isinstance(job, SendMessage) else "": job for job in jobs.values()}
    if not jobs:
        await account.check(client)
    proofs = [await check_key(client, job) for job in asking.values()]
    faults = [f"jobs[{index}].{fault}" for index, job in jobs.items() for fault in await _check_job(client, job, say)]
    # Templates were asked for, too.
    if not jobs or any(proofs) or "whatsapp_template" in asking:
        say(f"authorization {client.name}: the key works")
    else:
        say(f"authorization {client.name}: nothing but a message would prove the key")
    return faults


async def _check_job(client: Client, job: AnyJob, say: Say) -> list[str]:
    missing = [tag for tag in job.tags if not await account.tag_exists(client, tag)]
    match job:
        case ExportAudience():
            for tag in job.tags:
                say(f"tag {tag}: {'will be created' if tag in missing else 'is there'}")
            return [f"map_fields: {fault}" for fault in await job_faults(client, job)]
        case ImportContacts():
            return [f"tags: there is no tag {tag!r}: nobody would be imported" for tag in missing]
        case SendMessage(content=WhatsappTemplateContent() as content, sender=str(sender)):
            return await _check_template(client, content, sender, say)
    return []


async def _check_template(client: Client, content: WhatsappTemplateContent, sender: str, say: Say) -> list[str]:
    which = f"template {content.template_name} in {content.language}"
    try:
        templates = await account.read_templates(client, sender)
    except Forbidden as error:
        # Sending needs no such scope.
        say(f"{which}: not looked at, because {error}")
        return []
    if templates is None:
        return [f"sender: Infobip knows no WhatsApp sender {sender}"]
    faults = [f"content.{fault}" for fault in template_faults(content, templates)]
    if not faults:
        chosen = any(tokens_of(content.template_name)) or any(tokens_of(content.language))
        say(f"{which}: {'depends on the profile, so not all was looked at' if chosen else 'is there and fits'}")
    return faults
