"""What `check --online` asks for a webhook: whether the key is good for it, and how often its calls are made."""

from collections.abc import Sequence

from schemas.configuration import Configuration
from schemas.jobs.webhook import Webhook
from streams.infobip import account
from streams.infobip.client import Client
from streams.jobs.kind import Say
from streams.jobs.webhook.targets import target_of
from streams.pipeline.dispatch import proof


async def prove(client: Client, job: Webhook) -> bool:
    """Prove that the key may ask the logs of what the job sends; of other calls, nothing but one would tell."""
    send = target_of(job, client.address).send
    question = None if send is None else proof(send.channel)
    if question is not None:
        await account.prove(client, question)
    return question is not None


async def look(job: Webhook, configuration: Configuration, say: Say) -> Sequence[str]:
    """Say how often a call may be made; nothing is asked."""
    where = f"{job.method} {job.path or job.url}"
    if target_of(job, _account(job, configuration)).send is not None:
        say(f"{job.name}: {where} sends messages: nobody gets one twice")
    elif job.repeat == "never":
        say(f"{job.name}: {where} is called at most once for an event: of a lost answer there is a dead letter")
    else:
        say(
            f"{job.name}: {where} is called at least once for an event: again after a lost answer or a kill; "
            "`repeat: never` makes it at most once"
        )
    return ()


def _account(job: Webhook, configuration: Configuration) -> str:
    """The address of the job's account, https unless it says otherwise; elsewhere a path says nothing."""
    found = next((one.base_url for one in configuration.authorizations if one.name == job.authorization), "")
    return found if "://" in found else f"https://{found}"
