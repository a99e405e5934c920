"""A copy of a join's state that cannot be brought up to date, by what its disk says."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from streams.agents import join_partition
from streams.agents.join_partition import StateTopic
from streams.errors import JobFailed, Stalled
from streams.kafka.local_store import LocalStore, open_store
from streams.kafka.retry import always
from streams.pipeline.join_entries import entry

FULL = "IO error: No space left on device: While appending to file: 000010.log"
DAMAGED = "Corruption: block checksum mismatch in 000012.sst"


class Told:
    """One record of the state's topic."""

    def key(self) -> bytes:
        return b"m-1"

    def value(self) -> bytes:
        return entry(b"sent", None)

    def offset(self) -> int:
        return 0


class Changelog:
    """A topic of one record."""

    end = 1

    def __init__(self, *_: Any) -> None: ...

    def batches(self, *_: Any) -> Iterator[list[Told]]:
        yield [Told()]

    def close(self) -> None: ...


def restored(folder: Path) -> LocalStore:
    topic = StateTopic(
        job="outcomes", name="tracked", relay="relay", flushes="flushes", id="t", partitions=1, directory=folder
    )
    return join_partition._restored(topic, 0, {}, lambda: False, always)


def test_a_disk_that_fills_while_state_is_read_back_is_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(*_: Any) -> None:
        raise Exception(FULL)  # noqa: TRY002 - as the library says it

    monkeypatch.setattr(join_partition, "Changelog", Changelog)
    with monkeypatch.context() as disk:
        disk.setattr(LocalStore, "apply", full)
        with pytest.raises(JobFailed, match=rf"{tmp_path}/0: IO error: No space left on device"):
            restored(tmp_path)
    store = restored(tmp_path)
    assert (store.offset, store.states([b"m-1"])) == (1, [entry(b"sent", None)])
    store.close()


def test_a_copy_that_shows_its_damage_only_now_is_thrown_away(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    before = open_store(tmp_path / "0", "tracked/0/t")
    before.apply({b"m-0": entry(b"damaged", None)}, 0)
    before.close()

    def damaged(*_: Any) -> None:
        raise Exception(DAMAGED)  # noqa: TRY002 - as the library says it

    monkeypatch.setattr(join_partition, "Changelog", Changelog)
    with monkeypatch.context() as disk:
        disk.setattr(LocalStore, "apply", damaged)
        with pytest.raises(Stalled, match="is damaged"):
            restored(tmp_path)
    store = restored(tmp_path)
    assert store.states([b"m-0", b"m-1"]) == [None, entry(b"sent", None)]
    store.close()
