"""What `check --online` asks an account for a job that mirrors audiences."""

from schemas.configuration import Configuration
from schemas.jobs.sync_cohort import SyncCohort
from streams.infobip import account
from streams.infobip.client import Client
from streams.jobs.kind import Findings, Say


async def prove(client: Client, _: SyncCohort) -> bool:
    """Prove that the key may read people; nothing of the lists can be asked without changing them."""
    await account.check(client)
    return True


async def check(_: Client, job: SyncCohort, __: Configuration, say: Say) -> Findings:
    """Which lists there will be; which of them there are Infobip does not tell."""
    names = [job.name_of(audience) for audience in job.audiences] or [job.name_of("<audience>")]
    say(f"lists of {job.name}: {', '.join(names)}, each made with its first member")
    return Findings()
