"""The topics of ours that a send writes besides those of every job."""

from schemas.jobs.send_message import SendMessage
from streams.kafka.topics import LARGE, OwnTopics, TopicNames, WantedTopic


def speed(names: TopicNames, job: str) -> str:
    """Until when a job has used up its speed limit, by partition of its input; compacted."""
    return names.of_job("speed", job)


def once(names: TopicNames, job: str) -> str:
    """Who has had a message of a job that sends one to each person; compacted."""
    return names.of_job("once", job)


def wanted(job: SendMessage, own: OwnTopics) -> list[WantedTopic]:
    """Messages, what comes back of them, and what its options have it remember."""
    found = [own.records(own.names.messages, LARGE), *own.of_feedback()]
    if job.once is not None:
        found.append(own.partitioned_state(once(own.names, job.name)))
    if job.paces:
        found.append(own.state(speed(own.names, job.name), "its clocks are read back together"))
    return found
