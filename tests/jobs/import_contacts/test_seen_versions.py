"""Which versions of people are known, for how long, and how they are read back."""

import asyncio
from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from streams.jobs.import_contacts import seen_versions as versions
from streams.jobs.import_contacts.contact import Read, read_person
from streams.jobs.import_contacts.seen_versions import SeenVersions
from streams.kafka.producer import OutgoingRecord

T = 1_700_000_000


def one(key: str = "1", second: int | None = T, digest: int = 5) -> Read:
    return Read(key, second, digest, b"{}")


def known(*people: Read, at: int = T) -> SeenVersions:
    found = SeenVersions("imported", {})
    found.remember(people, at)
    return found


def test_a_version_is_its_person_its_time_and_its_digest() -> None:
    found = known(one())
    assert found.is_current(one())
    others = [one("2"), one(second=T + 1), one(digest=6), one(digest=0)]
    assert not any(found.is_current(other) for other in others)


def test_a_version_with_an_earlier_time_is_a_new_one() -> None:
    """Whoever was modified in the future, by a clock that went ahead, is modified again in the present."""
    assert not known(one()).is_current(one(second=T - 1, digest=6))


def test_only_the_last_version_of_a_person_is_known() -> None:
    found = known(one(digest=5), one(digest=6))
    assert (found.is_current(one(digest=5)), found.is_current(one(digest=6)), len(found)) == (False, True, 1)


@given(st.integers(0, 2**64 - 1), st.integers(0, 2**64 - 1), st.integers(-(2**33), 2**33))
def test_digests_do_not_run_into_each_other(digest: int, other: int, second: int) -> None:
    assert known(one(second=second, digest=digest)).is_current(one(second=second, digest=other)) is (digest == other)


def test_whoever_has_no_time_is_known_by_the_digest_alone() -> None:
    """The page they come on may be another one the next time."""
    found = known(one(second=None), at=T)
    assert found.is_current(one(second=None))
    assert not found.is_current(one(second=None, digest=6))
    assert not found.is_current(one("2", second=None))
    assert found.is_current(one(second=T)), "it stands for the time of its page"
    assert not found.is_current(one(second=T + 1))


def test_whoever_gets_a_time_that_can_be_read_is_written() -> None:
    """The time that stood in for theirs is a later one, and tells nothing of whether they are older."""
    before, after = ({"id": 1, "modifiedAt": written} for written in (None, "2020-01-01T00:00:00"))
    assert not known(read_person(before), at=T).is_current(read_person(after))


def test_all_can_be_let_go_of() -> None:
    found = known(one())
    found.clear()
    assert (len(found), found.is_current(one())) == (0, False)


def test_whoever_is_gone_is_not_known() -> None:
    found = known(one("1"), one("2"))
    found.forget(["1", "nobody"])
    assert (found.is_current(one("1")), found.is_current(one("2")), len(found)) == (False, True, 1)


def test_people_are_those_who_have_an_id() -> None:
    """Who cannot even be told apart by an id was never written as a contact, and cannot be gone."""
    nameless = read_person({"city": "Zagreb"})
    found = known(one("1"), one("2"), nameless)
    assert found.people() == {"1", "2"}
    assert found.is_current(nameless)


def test_what_may_come_again_is_kept(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(versions, "FIRST_LOOK", 4)
    nameless = one("4", second=None, digest=0)
    found = known(one("1", T - 1, 2**64 - 1), one("2", T, 0), one("3", T + 1), nameless, at=T)
    found.forget_before(T)
    assert not found.is_current(one("1", T - 1, 2**64 - 1))
    assert all(found.is_current(each) for each in (one("2", T, 0), one("3", T + 1), nameless))


def test_old_versions_are_looked_for_now_and_then_only(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(versions, "FIRST_LOOK", 4)
    found = known(*(one(str(number), T - 1) for number in range(3)))
    found.forget_before(T)
    assert len(found) == 3, "too few to look at"
    found.remember([one(str(number)) for number in range(3, 9)], T)
    found.forget_before(T)
    assert len(found) == 6
    found.remember([one(str(number), T - 1) for number in range(10, 15)], T)
    found.forget_before(T)
    assert len(found) == 11, "not twice as many yet"
    found.remember([one("15")], T)
    found.forget_before(T)
    assert len(found) == 7


class Stored:
    """A record as the client library gives it."""

    def __init__(self, record: OutgoingRecord) -> None:
        self._record = record

    def key(self) -> bytes | None:
        return self._record.key

    def value(self) -> bytes | None:
        return self._record.value


ReadBack = Callable[..., SeenVersions]


@pytest.fixture(name="read_back")
def _read_back(monkeypatch: pytest.MonkeyPatch) -> ReadBack:
    """Versions as another process finds them that reads these records."""

    def read_back(*records: OutgoingRecord, since: int | None = None) -> SeenVersions:
        def read_topic(settings: Any, topic: str, partitions: Any, wanted: Callable[[], bool]) -> list[Stored]:
            assert (settings, topic, list(partitions), wanted()) == ({"a": "b"}, "imported", [0], True)
            return [Stored(record) for record in records]

        monkeypatch.setattr(versions, "read_topic", read_topic)
        found = SeenVersions("imported", {"a": "b"})
        asyncio.run(found.restore(since))
        return found

    return read_back


def test_what_was_written_is_read_back(read_back: ReadBack) -> None:
    people = [
        one("1", T, 0),
        one("2", T - 1, 2**64 - 1),
        one("3", None, 2**63),
        one("4", -5),
        read_person({"id": 7}),
        read_person(["nobody"]),
    ]
    before = known(*people, at=T)
    records = before.records(people, T)
    assert {record.topic for record in records} == {"imported"}
    assert [record.key for record in records] == [each.key.encode() for each in people]
    after = read_back(*records)
    assert after._known == before._known
    assert all(after.is_current(each) for each in people)


def test_the_last_record_of_a_person_counts(read_back: ReadBack) -> None:
    writer = known()
    records = [*writer.records([one("1"), one("2")], T), *writer.records([one("1", T + 9, 6)], T)]
    found = read_back(*records)
    assert not found.is_current(one("1", T + 9, 5))
    assert all(found.is_current(each) for each in (one("1", T + 9, 6), one("2")))


def test_who_is_gone_is_read_back_as_gone(read_back: ReadBack) -> None:
    writer = known()
    gone = writer.tombstones(["1", "2", "nobody"])
    assert gone == [OutgoingRecord("imported", key, None) for key in (b"1", b"2", b"nobody")]
    found = read_back(*writer.records([one("1"), one("2"), one("3")], T), *gone, *writer.records([one("2")], T))
    assert found.people() == {"2", "3"}


def test_only_what_may_come_again_is_read_back(read_back: ReadBack) -> None:
    writer = known()
    records = writer.records([one("1", T - 1), one("2", T), one("3", T + 1), one("4", T + 1), one("5", None)], T)
    records += writer.records([one("4", T - 1)], T)  # set back: what is known of them is not what was written last
    found = read_back(*records, since=T)
    assert found.people() == {"2", "3", "5"}
    assert read_back(*records).people() == {"1", "2", "3", "4", "5"}


def test_reading_back_replaces_what_was_known(read_back: ReadBack) -> None:
    found = read_back(*known().records([one("1")], T))
    found.remember([one("2")], T)
    asyncio.run(found.restore(None))
    assert found.people() == {"1"}
