"""What `check --online` asks an account for a job that follows messages: nothing, for it reads Kafka alone."""

from schemas.configuration import Configuration
from schemas.jobs.track_messages import TrackMessages
from streams.infobip.client import Client
from streams.jobs.kind import Findings, Say


async def prove(client: Client, job: TrackMessages) -> bool:
    """Nothing is asked: a key that is no good keeps nobody from reading what is in Kafka."""
    del client, job
    return False


async def check(client: Client, job: TrackMessages, configuration: Configuration, say: Say) -> Findings:
    """Find jobs that are followed and not in the file: they may be another's, so that is only said."""
    del client
    names = {one.name for one in configuration.jobs}
    for name in job.jobs:
        if name not in names:
            say(f"job '{job.name}' follows the messages of {name}, which is no job of this file")
    return Findings()
