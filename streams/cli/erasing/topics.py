"""What there is of a person in topics of ours that keep the last record of each key, and what lets go of it.

A finder is given all records of a topic, those of a partition in their order. Some learn addresses, messages and ids
while they look, by which others find more; so those whose records tell of a person by the profile, or by the address
that was asked for, come first, and are let go last: who is stopped midway finds all the rest again.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import Any

import orjson
from confluent_kafka import Message

from schemas.records.topics import TOPICS
from streams.cli.erasing.person import Person
from streams.jobs.export_audience.entered import parts_of
from streams.jobs.export_audience.membership_records import COVERS, EPOCH, Gathered, Read, membership
from streams.jobs.sync_cohort import records as cohort_records
from streams.jobs.track_messages.notes import ADDRESS, address_key
from streams.jobs.track_messages.replies import canonical
from streams.jobs.track_messages.state import decode
from streams.kafka.producer import OutgoingRecord
from streams.pipeline.join_entries import state_of

Finder = Callable[[str, Iterable[Message], Person], list[OutgoingRecord]]
#: Whether a record, by its key and value, is the person's.
Theirs = Callable[[bytes, bytes], bool]


def memberships(topic: str, messages: Iterable[Message], person: Person) -> list[OutgoingRecord]:
    """Which audiences a profile is in, and what it entered them by.

    A tombstone says up to which event it is meant, as a job's own does: one that does not is taken for late.
    """
    gathered, there = Gathered(topic), dict[tuple[int, bytes], bool]()
    gathered.take(_of_memberships(topic, messages, person, there))
    found: list[OutgoingRecord] = []
    for partition, known in gathered.kept.items():
        for profile, kept in known.items():
            is_there = there.pop((partition, profile.encode()), False)
            if (kept.audiences or is_there) and not _goes_by_another(person, kept.audiences):
                position = kept.position._replace(epoch=gathered.epoch(partition, 0))
                found.append(membership(topic, partition, profile, frozenset(), position))
    return found + [OutgoingRecord(topic, key, None, place) for (place, key), is_there in there.items() if is_there]


def _of_memberships(
    topic: str, messages: Iterable[Message], person: Person, there: dict[tuple[int, bytes], bool]
) -> Iterator[Read]:
    """The person's records, and those that say what counts; by partition and key, whether one is there."""
    keys = set() if person.key is None else {person.key}
    for message in messages:
        key, value, partition = message.key(), message.value(), message.partition()
        if key is None:
            continue
        if person.profile is None and _entered_by(person, value):
            keys.add(key)
        elif key == person.key:
            person.learn(*_addresses_in(value))
        if key in keys:
            there[partition, key] = value is not None
        if key in keys or key in (EPOCH, COVERS):
            yield Read(topic, partition, message.offset(), key, value, message.headers())


def _goes_by_another(person: Person, ways: frozenset[str]) -> bool:
    """Whether a profile that has entered by an address once is in nothing by it any more."""
    return person.profile is None and bool(ways) and not any(person.has(parts_of(way)[0][1]) for way in ways)


def _entered_by(person: Person, value: bytes | None) -> bool:
    """Whether somebody entered by an address of theirs."""
    return any(map(person.has, _addresses_in(value)))


def _addresses_in(value: bytes | None) -> list[str]:
    """What a profile entered by, as a record has it; nothing where it has no addresses."""
    entered = _object(value).get("entered")
    return [str(way).partition(" ")[2] for way in entered.values()] if isinstance(entered, dict) else []


def members(topic: str, messages: Iterable[Message], person: Person) -> list[OutgoingRecord]:
    """Who is to be in which list."""

    def theirs(key: bytes, value: bytes) -> bool:
        said = _object(value)
        if person.profile is None:
            return _parts(key)[0] == cohort_records.MEMBER and person.has(said.get("id"))
        if _parts(key)[0::2] != [cohort_records.MEMBER, person.profile]:
            return False
        person.learn(said.get("id"))
        return True

    return _tombstones(topic, messages, theirs)


def followed(topic: str, messages: Iterable[Message], person: Person) -> list[OutgoingRecord]:
    """What is remembered of messages to them."""

    def theirs(key: bytes, value: bytes) -> bool:
        if key.startswith(ADDRESS):
            return False
        known = decode(state_of(value))
        origin: Any = None if known is None else known.origin
        of_profile = origin is not None and person.profile is not None and origin.profile_id == person.profile
        if of_profile:
            person.learn(origin.to)
        if not of_profile and (origin is None or person.profile is not None or not person.has(origin.to)):
            return key.decode(errors="replace") in person.messages
        person.messages.add(key.decode(errors="replace"))
        return True

    return _tombstones(topic, messages, theirs)


def addressed(topic: str, messages: Iterable[Message], person: Person) -> list[OutgoingRecord]:
    """What is remembered of their addresses, for what they answer."""
    keys = {address_key(known) for one in person.addresses if (known := canonical(one)) is not None}
    return _tombstones(topic, messages, lambda key, _: key in keys)


def last_messages(topic: str, messages: Iterable[Message], person: Person) -> list[OutgoingRecord]:
    """When they last had a message that nobody is to have twice."""

    def theirs(key: bytes, value: bytes) -> bool:
        return key == person.key or _object(value).get("message_id") in person.messages

    return _tombstones(topic, messages, theirs)


def entries(topic: str, messages: Iterable[Message], person: Person) -> list[OutgoingRecord]:
    """Their addresses in lists."""

    def theirs(key: bytes, _: bytes) -> bool:
        parts = _parts(key)
        return len(parts) == len(("entry", "audience", "id")) and parts[0] == "entry" and person.has(parts[2])

    return _tombstones(topic, messages, theirs)


def contacts(topic: str, messages: Iterable[Message], person: Person) -> list[OutgoingRecord]:
    """Their contacts; Infobip's ids of these are learnt."""

    def theirs(key: bytes, value: bytes) -> bool:
        return person.is_contact(key.decode(errors="replace"), _object(value))

    found = _tombstones(topic, messages, theirs)
    person.person_ids |= {(one.key or b"").decode(errors="replace") for one in found}
    return found


def imported(topic: str, messages: Iterable[Message], person: Person) -> list[OutgoingRecord]:
    """Which version of their contacts was written last."""
    return _tombstones(topic, messages, lambda key, _: key.decode(errors="replace") in person.person_ids)


#: Topics, without the job's name, whose records are found by the profile or the address that was asked for, and by
#: nothing that others tell: they are let go last.
ORIGINS: Mapping[str, Finder] = {
    "infobip_memberships": memberships,
    "infobip_addresses": memberships,
    "infobip_cohort_members": members,
    "infobip_tracked": followed,
}
#: Those whose records are found by what is learnt, too, in the order in which they are looked through; they are let go
#: the other way round, so contacts behind what is found by them.
DERIVED: Mapping[str, Finder] = {
    "infobip_contacts": contacts,
    "infobip_imported": imported,
    "infobip_cohorts": entries,
    "infobip_once": last_messages,
    "infobip_tracked": addressed,
}
_OF_JOBS = frozenset(topic.short for topic in TOPICS if topic.is_of_a_job)


def full(short: str, prefix: str, job: str) -> str:
    """The name of a topic: one that each job has, or all share."""
    return f"{prefix}{short}_{job}" if short in _OF_JOBS else f"{prefix}{short}"


def _tombstones(topic: str, messages: Iterable[Message], theirs: Theirs) -> list[OutgoingRecord]:
    """What lets go of the last records that are theirs: each in the partition that it is in."""
    found: dict[tuple[int, bytes], None] = {}
    for message in messages:
        key, value = message.key(), message.value()
        if key is None:
            continue
        if value is not None and theirs(key, value):
            found[message.partition(), key] = None
        else:
            found.pop((message.partition(), key), None)
    return [OutgoingRecord(topic, key, None, place) for place, key in found]


def _object(value: bytes | None) -> Mapping[str, Any]:
    """A record that is an object in JSON; nothing where it is none, for that is nobody's."""
    try:
        said = orjson.loads(value or b"")
    except orjson.JSONDecodeError:
        return {}
    return said if isinstance(said, dict) else {}


def _parts(key: bytes) -> list[Any]:
    try:
        parts = orjson.loads(key)
    except orjson.JSONDecodeError:
        return [None]
    return parts if isinstance(parts, list) and parts else [None]
