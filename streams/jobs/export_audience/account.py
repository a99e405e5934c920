"""What an account must hold before an export runs: attributes and tags, looked at, and made where missing."""

from collections.abc import Mapping
from typing import get_args

from schemas.jobs.export_audience import AttributeType, ExportAudience
from streams.errors import JobFailed
from streams.infobip import account
from streams.infobip.client import Client
from streams.jobs.export_audience.plan import Attributes, attribute_faults, missing_attributes


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
