"""State on disk is a copy: it keeps what it was told, finds what is due, and gives way where it is no good."""

import os
import shutil
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from streams.errors import JobFailed
from streams.kafka.local_store import LocalStore, is_damage, open_store
from streams.pipeline.join_entries import entry
from tests.examples import examples


@pytest.fixture(name="store")
def _store(tmp_path: Path) -> Iterator[LocalStore]:
    store = open_store(tmp_path / "0", "topic/0")
    yield store
    store.close()


def test_what_was_applied_is_there_when_it_is_opened_again(tmp_path: Path) -> None:
    store = open_store(tmp_path / "0", "topic/0")
    store.apply({b"m1": entry(b"one", 5), b"m2": entry(b"two", None)}, 7)
    store.apply({b"m2": None}, 9)
    store.close()
    again = open_store(tmp_path / "0", "topic/0")
    assert (again.offset, again.states([b"m1", b"m2", b"m3"])) == (9, [entry(b"one", 5), None, None])
    again.close()


def test_keys_that_are_due_come_in_the_order_of_their_moments(store: LocalStore) -> None:
    store.apply({b"late": entry(b"", 30), b"first": entry(b"", 10), b"second": entry(b"", 20)}, 1)
    assert store.due(9, 10) == []
    assert store.due(25, 10) == [b"first", b"second"]
    assert store.due(25, 1) == [b"first"]


def test_a_key_that_was_put_off_or_forgotten_is_not_due(store: LocalStore) -> None:
    store.apply({b"m1": entry(b"", 10), b"m2": entry(b"", 10), b"m3": entry(b"", 10)}, 1)
    store.apply({b"m1": entry(b"", 90), b"m2": None, b"m3": entry(b"", None)}, 2)
    assert store.due(50, 10) == []
    assert store.due(90, 10) == [b"m1"]


def test_a_moment_in_the_past_is_found_although_later_ones_were_looked_for(store: LocalStore) -> None:
    assert store.due(1000, 10) == []
    store.apply({b"m1": entry(b"", 5)}, 1)
    assert store.due(1000, 10) == [b"m1"]


@examples(200, deadline=None)
@given(
    st.lists(
        st.tuples(
            st.binary(min_size=1, max_size=3),
            st.none() | st.tuples(st.binary(max_size=3), st.none() | st.integers(0, 60)),
        ),
        max_size=30,
    ),
    st.lists(st.integers(0, 60), max_size=5),
)
def test_what_is_due_is_what_a_plain_dictionary_says(
    tmp_path_factory: pytest.TempPathFactory,
    changes: list[tuple[bytes, tuple[bytes, int | None] | None]],
    looks: list[int],
) -> None:
    store, plain = open_store(tmp_path_factory.mktemp("store") / "0", "topic/0"), dict[bytes, int | None]()
    for number, (key, change) in enumerate(changes):
        store.apply({key: None if change is None else entry(*change)}, number)
        plain.pop(key, None)
        if change is not None:
            plain[key] = change[1]
        for now in looks:
            due = sorted(name for name, moment in plain.items() if moment is not None and moment <= now)
            assert sorted(store.due(now, 100)) == due
    store.close()


def test_the_copy_of_another_topic_is_thrown_away(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    store = open_store(tmp_path / "0", "topic/0/before")
    store.apply({b"m1": entry(b"one", None)}, 7)
    store.close()
    again = open_store(tmp_path / "0", "topic/0/anew")
    assert (again.offset, again.states([b"m1"])) == (0, [None])
    assert [record.message.split()[0] for record in caplog.records] == ["store_discarded"]
    again.close()


def test_a_copy_that_is_older_than_tombstones_is_thrown_away(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    store = open_store(tmp_path / "0", "topic/0")
    store.apply({b"m1": entry(b"one", None)}, 7)
    store.close()
    days_later = time.time() + 86_400
    monkeypatch.setattr(time, "time", lambda: days_later)
    again = open_store(tmp_path / "0", "topic/0")
    assert (again.offset, again.states([b"m1"])) == (0, [None])
    assert "so old" in caplog.text
    again.close()


@pytest.mark.parametrize("damaged", ["MANIFEST-*", "CURRENT", "*.sst"])
def test_a_copy_that_cannot_be_read_is_thrown_away(tmp_path: Path, damaged: str) -> None:
    store = open_store(tmp_path / "0", "topic/0")
    store.apply({b"m%d" % number: entry(os.urandom(100), None) for number in range(1000)}, 7)
    store._db.flush()
    store.close()
    for file in (tmp_path / "0").glob(damaged):
        file.write_bytes(b"nothing of the sort")
    again = open_store(tmp_path / "0", "topic/0")
    assert (again.offset, again.states([b"m1"])) == (0, [None])
    again.close()


def test_what_another_process_has_open_is_left_to_it(store: LocalStore, tmp_path: Path) -> None:
    other = open_store(tmp_path / "0", "topic/0")
    assert (store.directory.name, other.directory.name) == ("0", "0.2")
    other.close()


def test_a_folder_that_cannot_be_written_to_is_named(tmp_path: Path) -> None:
    (tmp_path / "state").write_text("a file")
    with pytest.raises(JobFailed, match=r"state/0: Not a directory; kafka.state_dir says where state is kept"):
        open_store(tmp_path / "state" / "0", "topic/0")


def test_a_folder_that_is_deleted_under_it_is_no_reason_to_fail(tmp_path: Path) -> None:
    store = open_store(tmp_path / "0", "topic/0")
    shutil.rmtree(tmp_path / "0")
    many = {b"m%d" % one: entry(os.urandom(100_000), None) for one in range(300)}  # more than a file holds
    store.apply(many, 1)
    with pytest.raises(Exception, match="No such file") as raised:
        store.apply(many, 2)
    assert is_damage(raised.value)
    store.discard()
    again = open_store(tmp_path / "0", "topic/0")
    assert again.offset == 0
    again.close()
