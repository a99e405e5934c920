"""The topics of ours that an export writes besides those of every job."""

from schemas.jobs.export_audience import ExportAudience
from streams.kafka.topics import OwnTopics, TopicNames, WantedTopic

#: The audiences of a profile cannot be cut, and may take nearly as much as brokers take by default.
STATE_BYTES_MIN = 1_000_000


def members(names: TopicNames, job: ExportAudience) -> str:
    """Who is in which audiences, or what they entered them by, which tells where they are, too; compacted."""
    return names.of_job("addresses" if job.remembers else "memberships", job.name)


def wanted(job: ExportAudience, own: OwnTopics) -> list[WantedTopic]:
    """Who is in which audiences, where the job has to know."""
    if not job.keeps_members:
        return []
    return [own.partitioned_state(members(own.names, job), grows=True, least=STATE_BYTES_MIN)]
