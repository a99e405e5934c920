"""The steps of `erase`: look for a person, show what there is, let go of it, and of that by which it is found last."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from schemas.configuration import Configuration
from schemas.jobs import AnyJob
from schemas.records.topics import TOPICS
from streams.cli.erasing import infobip, inputs
from streams.cli.erasing.infobip import Account
from streams.cli.erasing.person import Person
from streams.cli.erasing.topics import DERIVED, ORIGINS, Finder, full
from streams.cli.subscriptions import see_that_none_lives
from streams.console import masking
from streams.history import erasure as rows
from streams.kafka.admin import TopicAdmin
from streams.kafka.compacted import read_topic
from streams.kafka.producer import OutgoingRecord, Writer
from streams.kafka.refusals import in_words

#: Entries of lists are for the job to take back, which tells Infobip, unless the person is gone there anyway.
LISTS = "infobip_cohorts"

#: The kinds of jobs that write a topic.
_WRITTEN_BY = {topic.short: topic.written_by for topic in TOPICS}

Records = Mapping[str, Sequence[OutgoingRecord]]


@dataclass(frozen=True, slots=True)
class Found:
    """What is there of a person.

    `origins` are tombstones by topic that are found by whom was asked for, `derived` those that are found by what that
    tells, in the order in which they are written. `left` are topics of jobs that let go by themselves. `accounts` is
    None where Infobip is not asked. `jobs` are those whose state the records are.
    """

    person: Person
    rows: Mapping[str, int]
    origins: Records
    derived: Records
    left: Sequence[str]
    accounts: Sequence[Account] | None
    jobs: tuple[AnyJob, ...]

    @property
    def is_nothing(self) -> bool:
        """Whether there is nothing to let go of."""
        people = any(account.people for account in self.accounts or ())
        return not (people or self.origins or self.derived or any(self.rows.values()))


async def look(
    configuration: Configuration, profile: str | None, to: str | None, say: Callable[[str], None], *, in_infobip: bool
) -> Found:
    """What there is of a person; nothing is changed. Blocks for as long as reading the topics takes.

    Raises:
        ConfigurationError: it is not said who.
        StreamsError: the database, the brokers or Infobip do not answer, or do not let us.

    """
    person, history, kafka = Person.of(profile, to), configuration.history, configuration.kafka
    topics = TopicAdmin(kafka)
    with in_words(kafka, topics.client_settings):
        existing = topics.partitions()
        jobs: dict[str, AnyJob] = {}
        origins = _find(configuration, topics, existing, person, ORIGINS, jobs)
        inputs.learn(configuration, topics, existing, person)
        traces = rows.Traces({})
        if history is not None:
            traces = rows.look(history, profile, person.address, person.addresses)
            person.addresses |= traces.addresses
            person.messages |= traces.messages
        accounts = await infobip.look(configuration, person, say) if in_infobip else None
        derived = _find(configuration, topics, existing, person, DERIVED, jobs)
    left = [] if in_infobip else [one for one in derived if one in _lists(configuration)]
    kept = {topic: records for topic, records in reversed(derived.items()) if topic not in left}
    return Found(person, traces.rows, origins, kept, left, accounts, tuple(jobs.values()))


async def erase(configuration: Configuration, found: Found, now: datetime, say: Callable[[str], None]) -> None:
    """Remove what was found, where no process would write it again; may be stopped anywhere, and said again.

    Raises:
        StreamsError: a process would write it again; or who is needed does not answer, or does not let us.

    """
    see_that_none_lives(configuration, found.jobs, now, "write it again")
    writer = Writer(TopicAdmin(configuration.kafka).client_settings)
    try:
        for records in found.derived.values():
            await writer.write(records)
        if found.accounts is not None:
            await infobip.delete(configuration, found.accounts, say)
        if configuration.history is not None:
            rows.erase(configuration.history, found.person.profile, found.person.address, found.person.addresses)
        for records in found.origins.values():
            await writer.write(records)
    finally:
        await writer.aclose()


def lines(found: Found) -> Iterator[str]:
    """A line for each place in which something is."""
    for table, count in found.rows.items():
        if count:
            yield f"history {table}: {count:,} row{'' if count == 1 else 's'}"
    for topic in dict.fromkeys((*found.origins, *found.derived)):
        count = len(found.origins.get(topic, ())) + len(found.derived.get(topic, ()))
        yield f"topic {topic}: {count:,} record{'' if count == 1 else 's'}"
    if found.accounts is not None:
        yield from infobip.lines(found.accounts, masking.text)
        if not any(found.person.identities(one.name) for one in found.accounts):
            yield "Infobip: nothing is known that the person could be found by: say --address"


def _find(
    configuration: Configuration,
    topics: TopicAdmin,
    existing: Mapping[str, int],
    person: Person,
    finders: Mapping[str, Finder],
    jobs: dict[str, AnyJob],
) -> dict[str, list[OutgoingRecord]]:
    """What there is in topics, in the order of their finders; the jobs that write these are noted."""
    prefix, found = configuration.kafka.topic_prefix, dict[str, list[OutgoingRecord]]()
    for short, finder in finders.items():
        writers = {full(short, prefix, job.name): list[AnyJob]() for job in configuration.jobs}
        for job in configuration.jobs:
            if job.kind in _WRITTEN_BY[short]:
                writers[full(short, prefix, job.name)].append(job)
        for topic in sorted(writers.keys() & existing.keys()):
            if records := finder(topic, read_topic(topics.client_settings, topic, range(existing[topic])), person):
                found[topic] = records
                jobs.update({job.name: job for job in writers[topic]})
    return found


def _lists(configuration: Configuration) -> frozenset[str]:
    return frozenset(full(LISTS, configuration.kafka.topic_prefix, job.name) for job in configuration.jobs)
