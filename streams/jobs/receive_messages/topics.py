"""The topics of ours that a job that receives messages writes besides those of every job."""

from schemas.jobs.receive_messages import ReceiveMessages
from streams.kafka.topics import OwnTopics, TopicNames, WantedTopic


def subscription(names: TopicNames, job: str) -> str:
    """What Infobip tells a job of; its one partition belongs to the process that sees to it. Compacted."""
    return names.of_job("subscriptions", job)


def wanted(job: ReceiveMessages, own: OwnTopics) -> list[WantedTopic]:
    """What comes from Infobip, and what it tells the job of."""
    topic = subscription(own.names, job.name)
    return [*own.of_feedback(), own.state(topic, "its owner is the one process that subscribes")]
