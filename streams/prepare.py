"""What an account must hold before a job runs: the key, custom attributes, tags; looked at, and made where missing."""

import asyncio
import logging
from collections.abc import Callable, Mapping
from typing import get_args

from schemas.config.authorization import Authorization
from schemas.jobs import AnyJob, AudienceJob
from schemas.jobs.export_audience import AttributeType, ExportAudience
from schemas.jobs.send_message import SendMessage
from schemas.operations import ADD_TAG, LIST_PERSONS, MATCH_PEOPLE, REMOVE_TAG, UPSERT_PERSONS, Operation
from streams.channels import SHELF
from streams.config.files import trusting
from streams.errors import JobFailed, Unreachable
from streams.infobip import account
from streams.infobip.client import Client
from streams.infobip.health import ClientState
from streams.jobs.export_audience.plan import Attributes, attribute_faults, missing_attributes
from streams.jobs.send_message.dispatch import proof

log = logging.getLogger(__name__)

#: Operations that read and write people.
PEOPLE = (LIST_PERSONS, UPSERT_PERSONS)
#: Operations that carry the events of an export.
TAGGING = (UPSERT_PERSONS, ADD_TAG, REMOVE_TAG, MATCH_PEOPLE)
WAIT_SECONDS = 2.0
NOTICE_EVERY = 15


def client_of(authorization: Authorization, on_state: Callable[[ClientState], None] | None = None) -> Client:
    """The client of an authorization."""
    return Client(
        authorization.name,
        authorization.base_url,
        authorization.key,
        tls=trusting(authorization.ca_file),
        limits=dict(authorization.limits),
        on_state=on_state,
    )


def operations_of(job: AudienceJob) -> tuple[Operation, ...]:
    """What a job calls for the sake of events: its share of these limits is that of its partitions."""
    if not isinstance(job, SendMessage):
        return TAGGING
    channel = SHELF[job.content.channel]
    return (channel.operation,) if channel.logs is None else (channel.operation, channel.logs)


def scopes_of(job: AnyJob) -> frozenset[str]:
    """What the key of a job must be good for."""
    if not isinstance(job, SendMessage):
        return frozenset(operation.scope for operation in PEOPLE)
    return frozenset(operation.scope for operation in SHELF[job.content.channel].operations)


async def wait_for_account(client: Client, job: AnyJob) -> None:
    """Return once Infobip answers and takes the key; a refused key is an error, an outage is waited for."""
    tries = 0
    while True:
        try:
            await check_key(client, job)
        except Unreachable as error:
            if tries % NOTICE_EVERY == 0:
                log.warning("infobip_awaited job=%s reason=%s", job.name, error)
            tries += 1
            await asyncio.sleep(WAIT_SECONDS)
        else:
            return


async def check_key(client: Client, job: AnyJob) -> bool:
    """Prove that the key is good for a job; False where nothing would prove it but a message. Raises as `account`."""
    if not isinstance(job, SendMessage):
        await account.check(client)
        return True
    question = proof(SHELF[job.content.channel])
    if question is not None:
        await account.prove(client, question)
    return question is not None


async def prepare_account(client: Client, job: ExportAudience) -> Attributes:
    """See to it that the attributes and tags of a job exist; what the account says of its attributes.

    Raises:
        JobFailed: the job maps to an attribute of another type, or to one that is missing and may not be created.

    """
    known = await known_attributes(client, job, wait=True)
    if faults := attribute_faults(job, known.types):
        raise JobFailed(f"job '{job.name}': {'; '.join(faults)}")
    missing = missing_attributes(job, known.types)
    for name, kind in missing.items():
        await account.create_attribute(client, name, kind, wait=True)
    for tag in job.tags:
        await account.ensure_tag(client, tag, wait=True)
    return Attributes({**known.types, **missing}, known.object_schemas)


async def known_attributes(client: Client, job: ExportAudience, *, wait: bool) -> Attributes:
    """The account's attributes; not asked for by a job that maps no fields."""
    if not job.map_fields:
        return Attributes()
    found = await account.read_attributes(client, wait=wait)
    return Attributes(
        _typed({name: attribute.data_type for name, attribute in found.items()}),
        {name: _typed(attribute.object_schema) for name, attribute in found.items() if attribute.object_schema},
    )


def _typed(said: Mapping[str, str]) -> dict[str, AttributeType]:
    """Keep the types we know how to convert to."""
    known: tuple[AttributeType, ...] = get_args(AttributeType)
    return {name: kind for name, text in said.items() for kind in known if kind == text}


async def job_faults(client: Client, job: ExportAudience) -> list[str]:
    """What an account lacks for a job; a missing tag is no fault, because the job creates it."""
    return attribute_faults(job, (await known_attributes(client, job, wait=False)).types)
