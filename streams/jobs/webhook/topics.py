"""The topics of ours that a webhook writes besides those of every job."""

from schemas.jobs.webhook import Webhook
from streams.kafka.topics import ENOUGH_BYTES, LIMIT, OwnTopics, TopicNames, WantedTopic


def marks(names: TopicNames, job: str) -> str:
    """Up to where a job that makes no call twice has begun to call, by partition of its input; compacted."""
    return names.of_job("begun", job)


def wanted(job: Webhook, own: OwnTopics) -> list[WantedTopic]:
    """What was called and answered; of sends messages, and what comes back of them."""
    found = [own.records(own.names.calls, {LIMIT: str(ENOUGH_BYTES)})]
    if job.sends is not None:
        found += [own.records(own.names.messages, {LIMIT: str(ENOUGH_BYTES)}), *own.of_feedback()]
    if job.repeat == "never":
        found.append(own.state(marks(own.names, job.name), "its marks are read back together"))
    return found
