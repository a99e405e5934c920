"""What membership events say of a profile: by which addresses, and which ids, exports have made it a person."""

from collections.abc import Iterable, Iterator, Mapping

from confluent_kafka import Message

from schemas.configuration import Configuration
from schemas.jobs.export_audience import ExportAudience
from streams.cli.erasing.person import Person
from streams.jobs.export_audience.membership_records import Read
from streams.kafka.admin import TopicAdmin
from streams.kafka.compacted import read_topic
from streams.pipeline.decode import Entry, decode
from streams.profiles.address import resolver

#: What begins a character in JSON that is written by its number: then an id does not stand there as it is.
ESCAPE = b"\\u"


def learn(configuration: Configuration, topics: TopicAdmin, existing: Mapping[str, int], person: Person) -> None:
    """Learn of a profile what the events say that exports read and the brokers still have.

    Blocks for as long as reading all of these topics takes.
    """
    if person.profile is None:
        return
    exports = [job for job in configuration.jobs if isinstance(job, ExportAudience)]
    person.external_ids.update({one.name: set() for one in configuration.authorizations})
    for job in exports:
        if job.external_id_field == "profile_id":
            person.external_ids[job.authorization].add(person.profile)
    for topic in dict.fromkeys(topic for job in exports for topic in job.topics if topic in existing):
        readers = [job for job in exports if topic in job.topics]
        messages = read_topic(topics.client_settings, topic, range(existing[topic]))
        learn_from(topic, messages, readers, person)


def learn_from(topic: str, messages: Iterable[Message], readers: Iterable[ExportAudience], person: Person) -> None:
    """Learn from the records of one topic what each of these jobs takes from them."""
    resolvers = [
        (job, resolver(job.email_field, job.phone_field, job.external_id_field, job.default_region)) for job in readers
    ]
    for entry in _events(topic, messages, person):
        for job, resolve in resolvers:
            known = resolve(entry.profile_id, entry.profile) if job.wants(entry.audience) else None
            if known is not None:
                person.learn(known.email, known.phone)
                if known.external_id is not None:
                    person.external_ids.setdefault(job.authorization, set()).add(known.external_id)


def _events(topic: str, messages: Iterable[Message], person: Person) -> Iterator[Entry]:
    """The profile's events; all others are passed over as bytes."""
    wanted = person.key or b""
    for message in messages:
        key, value = message.key(), message.value()
        if value is None or not (key == wanted or wanted in value or ESCAPE in value):
            continue
        entry = decode(Read(topic, message.partition(), message.offset(), key, value), value)
        if isinstance(entry, Entry) and entry.profile_id == person.profile:
            yield entry
