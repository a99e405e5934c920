"""What `check --online` asks an account for an import."""

from schemas.configuration import Configuration
from schemas.jobs.import_contacts import ImportContacts
from streams.infobip import account
from streams.infobip.client import Client
from streams.jobs.kind import Findings, Say


async def prove(client: Client, _: ImportContacts) -> bool:
    """Prove that the key may read people."""
    await account.check(client)
    return True


async def check(client: Client, job: ImportContacts, _: Configuration, __: Say) -> Findings:
    """Tags that nobody can have."""
    missing = [tag for tag in job.tags if not await account.tag_exists(client, tag)]
    return Findings([f"tags: there is no tag {tag!r}: nobody would be imported" for tag in missing])
