"""The topics of ours that an import writes besides those of every job."""

from schemas.jobs.import_contacts import ImportContacts
from streams.kafka.topics import LARGE, POLICY, OwnTopics, TopicNames, WantedTopic


def cursor(names: TopicNames, job: str) -> str:
    """How far an import has come; its one partition belongs to the process that works. Compacted."""
    return names.of_job("cursor", job)


def imported(names: TopicNames, job: str) -> str:
    """Which version of each person an import has written last; compacted."""
    return names.of_job("imported", job)


def wanted(job: ImportContacts, own: OwnTopics) -> list[WantedTopic]:
    """Contacts, the cursor, and what was written before."""
    names = own.names
    return [
        own.latest(names.contacts, {**LARGE, POLICY: "compact"}),
        own.state(cursor(names, job.name), "its owner is the one process that works", transactional=True),
        own.state(imported(names, job.name), "the process that works reads it back"),
    ]
