"""What `check --online` asks an account for an export."""

from schemas.configuration import Configuration
from schemas.jobs.export_audience import ExportAudience
from streams.infobip import account
from streams.infobip.client import Client
from streams.jobs.export_audience.account import known_attributes
from streams.jobs.export_audience.plan import attribute_faults
from streams.jobs.kind import Findings, Say


async def prove(client: Client, _: ExportAudience) -> bool:
    """Prove that the key may read people."""
    await account.check(client)
    return True


async def check(client: Client, job: ExportAudience, _: Configuration, say: Say) -> Findings:
    """The custom attributes that are missing or of another type; tags that are missing will be created."""
    for tag in job.tags:
        say(f"tag {tag}: {'is there' if await account.tag_exists(client, tag) else 'will be created'}")
    attributes = await known_attributes(client, job, wait=False)
    return Findings([f"map_fields: {fault}" for fault in attribute_faults(job, attributes.types)])
