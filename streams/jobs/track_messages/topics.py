"""The topics of ours that a job which follows messages reads and writes."""

from collections.abc import Sequence

from schemas.jobs.track_messages import TrackMessages
from streams.jobs.track_messages.roles import Topics
from streams.kafka.topics import OwnTopics, TopicNames, WantedTopic


def tracked(names: TopicNames, job: str) -> str:
    """What a job knows of each message, and how far it has read; compacted."""
    return names.of_job("tracked", job)


def topics_of(job: str, names: TopicNames) -> Topics:
    """The topics of a job."""
    return Topics(
        messages=names.messages,
        delivery_reports=names.delivery_reports,
        clicks=names.clicks,
        inbound_messages=names.inbound_messages,
        replies=names.of_job("replies", job),
        message_outcomes=names.message_outcomes,
        campaign_events=names.campaign_events,
        dead_letters=names.dead_letters,
    )


def inputs(job: TrackMessages, names: TopicNames) -> Sequence[str]:
    """What is joined, apart from what the job tells itself."""
    del job
    return (names.messages, names.delivery_reports, names.clicks, names.inbound_messages)


def read(job: TrackMessages, names: TopicNames) -> Sequence[str]:
    """All that the job reads."""
    return (*inputs(job, names), topics_of(job.name, names).replies)


def wanted(job: TrackMessages, own: OwnTopics) -> list[WantedTopic]:
    """Messages with what comes back of them, what is told of them, and what the job keeps."""
    return own.of_joins(tracked(own.names, job.name), topics_of(job.name, own.names).replies)
