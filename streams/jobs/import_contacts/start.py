"""How an import is begun: its tags looked for, its owner found, its progress shown."""

import asyncio
import logging
from collections.abc import Collection
from datetime import UTC, datetime
from functools import partial

from schemas.config.webhooks import Webhooks
from schemas.jobs.import_contacts import ImportContacts
from schemas.operations import GET_TAG, LIST_PERSONS, Operation
from streams.agents.context import JobContext
from streams.agents.leader import lead
from streams.agents.run import OwnRun
from streams.agents.watchdog import StepWatch
from streams.calls.pacing import unpaced
from streams.infobip import account
from streams.jobs.import_contacts.importer import ContactsAgent
from streams.jobs.import_contacts.topics import cursor

log = logging.getLogger(__name__)


def operations(_: ImportContacts, __: Webhooks | None) -> Collection[Operation]:
    """People and tags are read."""
    return (LIST_PERSONS, GET_TAG)


async def prepare(job: ImportContacts, context: JobContext) -> OwnRun:
    """Look for the job's tags; what is given imports from then on."""
    for tag in job.tags:
        if not await account.tag_exists(context.client, tag, wait=True):
            log.warning("tag_missing job=%s tag=%r: nobody has it yet", job.name, tag)
    return OwnRun(work=partial(_import, job, context, datetime.now(UTC)))


async def _import(job: ImportContacts, context: JobContext, watching_since: datetime) -> None:
    """Import whenever this process is the one to do it, until the job is done or the process is told to stop."""

    def say(detail: str) -> None:
        if context.client.state.kind == "ok":
            context.reporter.set_state("running", detail)
        else:  # what keeps it from running is more to know
            context.tell()

    async def as_owner() -> None:
        log.info("import_owned job=%s", job.name)
        agent = ContactsAgent(
            job,
            unpaced(context.pauses.of(job.name).bound(context.client.perform, at_once=True)),
            context.settings,
            context.names,
            context.progress(job.name),
            say,
            watching_since,
            context.observer,
        )
        working = asyncio.create_task(agent.work())
        watching = asyncio.create_task(StepWatch(context.topics.partitions, agent).run())
        try:
            await asyncio.wait({working, watching}, return_when=asyncio.FIRST_COMPLETED)
            if not working.done():
                watching.result()
            await working
        finally:
            watching.cancel()
            working.cancel()
            await asyncio.gather(working, watching, return_exceptions=True)

    await lead(job, context, cursor(context.names, job.name), as_owner)
