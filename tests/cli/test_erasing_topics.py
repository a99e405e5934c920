"""What `erase` finds of a person in topics of ours, and that each of them says whether it can."""

from dataclasses import replace
from typing import Any

import orjson
import pytest
from hypothesis import given
from hypothesis import strategies as st

from schemas.records.exported import MODELS
from schemas.records.topic import ERASE
from schemas.records.topics import TOPICS
from streams.cli.erasing import topics
from streams.cli.erasing.person import Person
from streams.errors import ConfigurationError
from streams.jobs.export_audience.membership_records import COVERS, EPOCH, Gathered, Position, Read, membership
from streams.jobs.sync_cohort import records as cohorts
from streams.jobs.track_messages.notes import address_key
from streams.jobs.track_messages.state import Origin, Tracked, encode
from streams.kafka.producer import OutgoingRecord
from streams.pipeline.join_entries import DUE_BYTES
from tests.cli.erased import Told, keys, told

ANN = "447700900123"
#: Fields by which a record is about somebody.
PERSONAL = {
    "profile_id",
    "profile",
    "to",
    "from",
    "from_",
    "email",
    "phone",
    "address",
    "id",
    "entered",
    "value",
    "text",
}


def ann(**changes: Any) -> Person:
    return Person("u-ann", addresses={ANN, "ann@example.com"}, **changes)


def by_address() -> Person:
    return Person.of(None, "+44 7700 900123")


def tracked(profile: str, to: str | None) -> bytes:
    return bytes(DUE_BYTES) + encode(Tracked(0, origin=Origin(profile_id=profile, to=to)))


def test_every_topic_in_which_somebody_is_is_looked_through_or_goes_by_its_age() -> None:
    with_tombstones = {topic.short for topic in TOPICS if topic.erased == "tombstones"}
    assert with_tombstones == topics.ORIGINS.keys() | topics.DERIVED.keys()
    assert with_tombstones == {topic.short for topic in TOPICS if ERASE in topic.written_by}
    assert with_tombstones == {topic.short for topic in TOPICS if ERASE in topic.read_by}


def test_what_keeps_all_records_takes_no_tombstones_and_what_keeps_the_last_goes_by_no_age() -> None:
    by_age = {topic.name for topic in TOPICS if topic.erased == "by age"}
    assert by_age <= {topic.name for topic in TOPICS if topic.keeps == "records"}
    assert all(topic.gone for topic in TOPICS if topic.erased == "tombstones")


@pytest.mark.parametrize("topic", [one for one in TOPICS if one.erased == "nobody"], ids=lambda one: one.name)
def test_nobody_is_in_a_topic_that_is_not_looked_through(topic: Any) -> None:
    for form in topic.forms:
        assert not PERSONAL & MODELS[form.record].model_fields.keys()


@pytest.mark.parametrize(("profile", "to"), [(None, None), ("u", "a@b.c"), ("", None), (None, " ")])
def test_it_must_be_said_who(profile: str | None, to: str | None) -> None:
    with pytest.raises(ConfigurationError, match="say one of --profile ID and --address A"):
        Person.of(profile, to)


def test_an_address_is_the_same_however_it_is_written() -> None:
    assert Person.of(None, "+44 7700 900123").addresses == Person.of(None, "00447700900123").addresses == {ANN}
    assert Person.of(None, "Ann@Example.COM").addresses == {"ann@example.com"}


def test_what_infobip_knows_somebody_by_is_what_exports_give_that_account() -> None:
    person = Person("u-ann", addresses={"41793026727", "ann@example.com", "acme", "12"})
    person.external_ids = {"main": {"u-ann"}, "other": set()}
    contacts = [("EMAIL", "ann@example.com"), ("PHONE", "41793026727")]
    assert person.identities("main") == [("EXTERNAL_ID", "u-ann"), *contacts]
    assert person.identities("other") == contacts


def test_whose_external_id_is_another_is_somebody_else_where_exports_give_one() -> None:
    person = Person("u-ann", external_ids={"main": {"u-ann"}, "other": set()})
    assert person.is_other("u-bo", "main")
    assert not person.is_other("u-ann", "main")
    assert not person.is_other(None, "main")
    assert not person.is_other("crm-1", "other")
    assert not person.is_other("crm-1"), "of which account it is, is not known"


# --- memberships ----------------------------------------------------------------------------------------------------


def state(*records: OutgoingRecord | tuple[bytes, dict[str, Any]]) -> list[Told]:
    """Records of one partition of the state, as they are read back."""
    found = []
    for offset, one in enumerate(records):
        if isinstance(one, OutgoingRecord):
            found.append(Told(Read("s", 0, offset, one.key, one.value, [*one.headers])))
        else:
            found.append(Told(Read("s", 0, offset, one[0], orjson.dumps(one[1]))))
    return found


def entered(profile: str, *ways: str, epoch: int = 7, offset: int = 3, remembers: bool = True) -> OutgoingRecord:
    position = Position("id", 0, offset, epoch)
    return membership("s", 0, profile, frozenset(ways), position, entered=remembers)


def covers(epoch: int) -> tuple[bytes, dict[str, Any]]:
    said = {"audiences": None, "topic_id": "id", "next_offset": 9, "partitions": 1, "scattered": False, "epoch": epoch}
    return (COVERS, said)


def members_of(records: list[Told]) -> dict[str, frozenset[str]]:
    gathered = Gathered("s", entered=True)
    gathered.take(one.record for one in records)
    known = gathered.memberships({0: 99})
    assert not [one for one in known.records if one.value is not None], "nobody is written back"
    return known.audiences


def test_who_was_erased_is_in_nothing_when_the_job_reads_its_state_back() -> None:
    before: list[Any] = [
        (EPOCH, {"epoch": 7}),
        covers(7),
        entered("u-ann", "EMAIL ann@example.com vip"),
        entered("u-bo", "EMAIL bo@example.com vip"),
    ]
    person = Person("u-ann")
    (tombstone,) = topics.memberships("s", state(*before), person)
    assert (tombstone.key, tombstone.value, tombstone.partition) == (b"u-ann", None, 0)
    assert person.addresses == {"ann@example.com"}
    assert members_of(state(*before, tombstone)) == {"u-bo": frozenset({"EMAIL bo@example.com vip"})}
    # The job that is given the partition next, and an event that comes again.
    after: list[Any] = [
        *before,
        tombstone,
        (EPOCH, {"epoch": 50}),
        entered("u-ann", "EMAIL ann@example.com vip", epoch=50, offset=8),
    ]
    assert members_of(state(*after)).keys() == {"u-ann", "u-bo"}
    assert topics.memberships("s", state(*before, tombstone), person) == []


def test_of_shared_tags_the_same_is_true_without_addresses() -> None:
    before: list[Any] = [(EPOCH, {"epoch": 7}), entered("u-ann", "vip", remembers=False)]
    (tombstone,) = topics.memberships("s", state(*before), Person("u-ann"))
    assert members_of(state(*before, tombstone)) == {}
    assert topics.memberships("s", state(*before), by_address()) == []


def test_a_record_that_came_late_goes_though_it_says_nothing_that_counts() -> None:
    gone = membership("s", 0, "u-ann", frozenset(), Position("id", 0, 5, 9))
    late = entered("u-ann", "EMAIL ann@example.com vip", epoch=7)
    records: list[Any] = [(EPOCH, {"epoch": 7}), (EPOCH, {"epoch": 9}), gone, late]
    (tombstone,) = topics.memberships("s", state(*records), Person("u-ann"))
    assert members_of(state(*records, tombstone)) == {}


def test_a_record_that_nobody_can_read_goes_by_its_key() -> None:
    assert keys(topics.memberships("s", told(("u-ann", b"{")), Person("u-ann"))) == ["u-ann"]


def test_by_an_address_everybody_is_found_who_is_in_something_by_it() -> None:
    records = state(
        entered("u-1", f"PHONE {ANN} vip"),
        entered("u-2", f"PHONE {ANN} vip"),
        entered("u-2", "EMAIL bo@example.com vip", offset=4),
        entered("u-3", "EMAIL bo@example.com vip", f"PHONE {ANN} new"),
    )
    assert keys(topics.memberships("s", records, by_address())) == ["u-1", "u-3"]


# --- all others -----------------------------------------------------------------------------------------------------


def test_of_who_is_to_be_in_lists_the_profile_is_found_and_its_addresses_are_learnt() -> None:
    records = told(
        (cohorts.key_of("member", "vip", "u-ann"), {"audience": "vip", "profile_id": "u-ann", "id": "ann@example.com"}),
        (cohorts.key_of("member", "new", "u-ann"), {"audience": "new", "profile_id": "u-ann", "id": ANN}),
        (cohorts.key_of("member", "vip", "u-bo"), {"audience": "vip", "profile_id": "u-bo", "id": ANN}),
        (cohorts.key_of("mark", "u-ann"), {"session": "u-ann", "number": 1}),
        ("u-ann", b"{"),
    )
    person = Person("u-ann")
    assert keys(topics.members("t", records, person)) == ['["member","vip","u-ann"]', '["member","new","u-ann"]']
    assert person.addresses == {"ann@example.com", ANN}
    assert keys(topics.members("t", records, by_address())) == ['["member","new","u-ann"]', '["member","vip","u-bo"]']


def test_entries_of_lists_are_found_by_addresses() -> None:
    records = told(
        (cohorts.key_of("entry", "vip", "ann@example.com"), {"id": "ann@example.com"}),
        (cohorts.key_of("entry", "vip", "bo@example.com"), {"id": "bo@example.com"}),
        (cohorts.key_of("list", "ann@example.com"), {"audience": "ann@example.com"}),
    )
    assert keys(topics.entries("t", records, ann())) == ['["entry","vip","ann@example.com"]']


def test_messages_that_are_followed_are_found_by_whom_they_are_for() -> None:
    records = told(
        ("m1", tracked("u-ann", "+447700900123")),
        ("m2", tracked("u-bo", "447700900123")),
        ("m3", tracked("u-bo", "ann@example.com")),
        ("m4", bytes(DUE_BYTES) + encode(Tracked(0))),
        (address_key(ANN), b"{}"),
        (b"\x00position", b"?"),
    )
    person = Person("u-ann", messages={"m4"})
    assert keys(topics.followed("t", records, person)) == ["m1", "m4"]
    assert (person.addresses, person.messages) == ({ANN}, {"m1", "m4"})
    other = by_address()
    assert keys(topics.followed("t", records, other)) == ["m1", "m2"]
    assert other.messages == {"m1", "m2"}
    found = topics.addressed("t", records, other)
    assert [(one.key, one.value) for one in found] == [(address_key(ANN), None)]


def test_last_messages_are_found_by_the_profile_or_by_a_message_to_them() -> None:
    records = told(("u-ann", {"message_id": "m1"}), ("u-bo", {"message_id": "m2"}), ("u-cy", b"{"))
    assert keys(topics.last_messages("t", records, Person("u-ann"))) == ["u-ann"]
    assert keys(topics.last_messages("t", records, Person(None, messages={"m2"}))) == ["u-bo"]


def test_contacts_are_found_by_address_or_id_and_lead_to_their_versions() -> None:
    records = told(
        ("1", {"infobip_person_id": "1", "phone": "+447700900123"}),
        ("2", {"infobip_person_id": "2", "email": "Ann@example.com", "infobip_external_id": "u-bo"}),
        ("3", {"infobip_person_id": "3", "infobip_external_id": "u-ann"}),
        ("4", {"infobip_person_id": "4", "email": "bo@example.com"}),
        ("5", {"infobip_person_id": "5", "email": "bo@example.com"}),
    )
    person = replace(ann(), external_ids={"main": {"u-ann"}}, person_ids={"5"})
    assert keys(topics.contacts("t", records, person)) == ["1", "3", "5"]
    versions = told(*((str(number), {"version": "0"}) for number in range(7)))
    assert keys(topics.imported("t", versions, person)) == ["1", "3", "5"]
    assert keys(topics.contacts("t", records, ann())) == ["1", "2"]


FINDERS = [*topics.ORIGINS.items(), *topics.DERIVED.items()]
ANY = st.one_of(
    st.binary(max_size=9), st.sampled_from([b"u-ann", b"[]", b"{}", b"null", b'["entry"]', b"\xff", b"\xffepoch"])
)


@pytest.mark.parametrize(("short", "finder"), FINDERS, ids=[short for short, _ in FINDERS])
@given(records=st.lists(st.tuples(ANY, st.one_of(st.none(), ANY)), max_size=6))
def test_nothing_odd_in_a_topic_ends_the_search(short: str, finder: topics.Finder, records: list[Any]) -> None:
    assert short
    for person in (ann(), by_address()):
        assert all(one.value is None for one in finder("t", told(*records), person))


@pytest.mark.parametrize(("short", "finder"), FINDERS, ids=[short for short, _ in FINDERS])
def test_what_is_gone_already_is_not_found_again(short: str, finder: topics.Finder) -> None:
    key = cohorts.key_of("entry", "vip", ANN) if short == "infobip_cohorts" else b"u-ann"
    gone = [*told((key, b"{}"), (key, None))]
    assert finder("t", gone, ann(person_ids={"u-ann"}, messages={"u-ann"})) == []
