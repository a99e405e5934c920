"""The topics of ours that an export writes besides those of every job."""

from schemas.jobs.export_audience import ExportAudience
from streams.kafka.topics import OwnTopics, TopicNames, WantedTopic

#: Orders hold people, and are carried out within minutes.
REPAIRS_MS = 24 * 3600 * 1000
#: The audiences of a profile cannot be cut, and may take nearly as much as brokers take by default.
STATE_BYTES_MIN = 1_000_000


def members(names: TopicNames, job: ExportAudience) -> str:
    """Who is in which audiences, or what they entered them by, which tells where they are, too; compacted."""
    return names.of_job("addresses" if job.remembers else "memberships", job.name)


def wanted(job: ExportAudience, own: OwnTopics) -> list[WantedTopic]:
    """Who is in which audiences, where the job has to know; what a change orders, where it is brought to members."""
    ordered = on_demand(job, own) if job.on_change == "apply" else []
    if not job.keeps_members:
        return ordered
    return [own.partitioned_state(members(own.names, job), grows=True, least=STATE_BYTES_MIN), *ordered]


def repairs(names: TopicNames, job: str) -> str:
    """What repairs order."""
    return names.of_job("repairs", job)


def on_demand(job: ExportAudience, own: OwnTopics) -> list[WantedTopic]:
    """What repairs order, as the first of them makes it."""
    return [own.records(repairs(own.names, job.name), {"retention.ms": str(REPAIRS_MS)})]
