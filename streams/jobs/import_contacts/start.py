"""How an import is begun: its tags looked for, its owner found, its progress shown."""

import asyncio
import logging
from collections.abc import Callable, Coroutine
from datetime import UTC, datetime
from functools import partial
from typing import Any

from schemas.jobs.import_contacts import ImportContacts
from streams.agents.context import Stage
from streams.agents.watchdog import StepWatch
from streams.infobip import account
from streams.jobs.import_contacts.importer import ContactsAgent
from streams.kafka.leadership import Ownership

log = logging.getLogger(__name__)


async def prepare_import(job: ImportContacts, stage: Stage) -> Callable[[], Coroutine[Any, Any, None]]:
    """Look for the job's tags; what is given imports from then on."""
    for tag in job.tags:
        if not await account.tag_exists(stage.client, tag, wait=True):
            log.warning("tag_missing job=%s tag=%r: nobody has it yet", job.name, tag)
    return partial(_import, job, stage, datetime.now(UTC))


async def _import(job: ImportContacts, stage: Stage, watching_since: datetime) -> None:
    """Import whenever this process is the one to do it, until the job is done or the process is told to stop."""

    def say(detail: str) -> None:
        if stage.client.state.kind == "ok":
            stage.reporter.say("running", detail)
        else:  # what keeps it from running is more to know
            stage.tell()

    async def as_owner() -> None:
        log.info("import_owned job=%s", job.name)
        stage.reporter.own(1)
        agent = ContactsAgent(
            job, stage.client.perform, stage.settings, stage.names, stage.progress(job.name), say, watching_since
        )
        working = asyncio.create_task(agent.work())
        watching = asyncio.create_task(StepWatch(stage.topics.partitions, agent).run())
        try:
            await asyncio.wait({working, watching}, return_when=asyncio.FIRST_COMPLETED)
            if not working.done():
                watching.result()
            await working
        finally:
            watching.cancel()
            working.cancel()
            await asyncio.gather(working, watching, return_exceptions=True)
            stage.reporter.own(0)

    ownership = Ownership(stage.settings, job.group_id, stage.names.cursor(job.name), _instance(job, stage))
    stage.tell()
    working = asyncio.create_task(ownership.run_as_owner(as_owner))
    stopping = asyncio.create_task(stage.stopping.wait())
    try:
        await asyncio.wait({working, stopping}, return_when=asyncio.FIRST_COMPLETED)
        if working.done():
            working.result()
    finally:
        stopping.cancel()
        working.cancel()
        await asyncio.gather(working, return_exceptions=True)


def _instance(job: ImportContacts, stage: Stage) -> str | None:
    """What the group knows this process as, if it has a name that outlives it."""
    return f"{stage.kafka.instance_id}.{job.name}" if stage.kafka.instance_id else None
