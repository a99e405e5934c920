"""`pause` and `resume`: what a person says of jobs, written where every process of theirs hears it."""

from collections.abc import Sequence
from datetime import UTC, datetime

from schemas.configuration import Configuration
from schemas.jobs import AnyJob
from schemas.records.commands import CommandName, JobCommand
from streams.agents.commands import heard
from streams.errors import StreamsError
from streams.kafka.admin import TopicAdmin
from streams.kafka.compacted import read_topic
from streams.kafka.producer import OutgoingRecord, Writer
from streams.kafka.refusals import in_words
from streams.kafka.retry import retry_for_a_while
from streams.kafka.topic_making import NotMade, make
from streams.kafka.topics import OwnTopics, TopicNames

TOLD = {
    "pause": "paused: its processes stop reading it within two seconds, and finish what is in flight",
    "resume": "resumed: its processes go on reading it",
}


async def say(configuration: Configuration, jobs: Sequence[AnyJob], command: CommandName, by: str) -> list[str]:
    """Pause or resume jobs; a line for each that says what was done. Returns once the brokers have it.

    Raises:
        StreamsError: there is nowhere to write it, or it is not allowed.
        KafkaException: the brokers do not answer.

    """
    topics, names = TopicAdmin(configuration.kafka), TopicNames(configuration.kafka.topic_prefix)
    with in_words(configuration.kafka, topics.client_settings):
        _see_that_there_is(configuration, jobs[0], topics)
        before = commands(topics, names)
    lines, records = [], []
    for job in jobs:
        now, last = datetime.now(UTC), before.get(job.name)
        if (last is not None and last.command == "pause") == (command == "pause"):
            lines.append(f"{job.name}: {as_it_was(last)}")
            continue
        said = JobCommand(job=job.name, command=command, by=by, at=now)
        records.append(OutgoingRecord(names.commands, job.name.encode(), said.model_dump_json().encode()))
        lines.append(f"{job.name}: {TOLD[command]}")
    writer = Writer(topics.client_settings)
    try:
        await writer.write(records)
    finally:
        await writer.aclose()
    return lines


def commands(topics: TopicAdmin, names: TopicNames) -> dict[str, JobCommand]:
    """What was said last of each job. Blocks; raises as `read_topic`."""
    there = retry_for_a_while(topics.partitions).get(names.commands, 0)
    found = heard(names.commands, read_topic(topics.client_settings, names.commands, [0] if there else []))
    return {job: command for job, command in found.items() if command is not None}


def in_words_of(command: JobCommand) -> str:
    """Who said it and when."""
    return f"by {command.by} at {command.at:%Y-%m-%d %H:%M:%S}Z"


def as_it_was(last: JobCommand | None) -> str:
    """Say that there is nothing to do."""
    return f"is paused already, {in_words_of(last)}" if last and last.command == "pause" else "is not paused"


def _see_that_there_is(configuration: Configuration, job: AnyJob, topics: TopicAdmin) -> None:
    """See to the topic, which the first run makes, or the first command. Raises StreamsError where it cannot."""
    existing, kafka = topics.partitions(), configuration.kafka
    wanted = OwnTopics(job, kafka, existing).commands()
    if wanted.name in existing:
        return
    if not kafka.topics.create:
        raise StreamsError(
            f"topic {wanted.name} is missing: create it with {wanted.settings}; kafka.topics.create is false"
        )
    try:
        make(topics, wanted)
    except NotMade as reason:
        raise StreamsError(f"topic {wanted.name} is missing: create it with {wanted.settings}; {reason}") from reason
