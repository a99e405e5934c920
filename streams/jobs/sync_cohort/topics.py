"""The topics of ours that a job that mirrors audiences writes besides those of every job."""

from schemas.jobs.sync_cohort import SyncCohort
from streams.kafka.topics import OwnTopics, TopicNames, WantedTopic


def members(names: TopicNames, job: str) -> str:
    """Who is to be in which list; compacted."""
    return names.of_job("cohort_members", job)


def lists(names: TopicNames, job: str) -> str:
    """Which lists there are, and who is in them; compacted."""
    return names.of_job("cohorts", job)


def wanted(job: SyncCohort, own: OwnTopics) -> list[WantedTopic]:
    """Who is to be in lists, and who is."""
    return [
        own.state(members(own.names, job.name), "one process reads all of it, in its order"),
        own.state(lists(own.names, job.name), "one process writes it, in its order", transactional=True),
    ]
